//! One field of one kind of answer is changed, and nothing else; what there is to change is learned from what is served.

mod support;

use std::collections::BTreeMap;

use fixproof_sim::{Answer, Change, Field, Mutation, Path, Segment, Served, Shape};
use serde_json::{Value, json};
use support::chat::{Chat, Credentials, Next};
use support::{get, post, send, settled};

fn place(names: &[&str]) -> Field {
    let segment = |name: &&str| match *name {
        "*" => Segment::Each,
        name => Segment::Member(name.to_owned()),
    };
    Field::Body(Path(names.iter().map(segment).collect()))
}

fn answer(service: &'static str, route: &str, status: u16) -> Answer {
    Answer { service, route: route.to_owned(), status: Some(status) }
}

fn mutation(answer: &Answer, field: Field, change: Change) -> Mutation {
    Mutation { answer: answer.clone(), field, change }
}

fn by_name(served: Vec<Served>) -> BTreeMap<String, Served> {
    served.into_iter().map(|served| (served.answer.to_string(), served)).collect()
}

/// The body without what is another at every look.
fn still(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("timestamp");
    }
    body
}

#[test]
fn only_the_field_that_is_named_is_changed_and_the_length_fits() {
    let (staging, _) = settled("healthy", 100.0);
    let base = staging.addresses().backend;
    let before = still(get(&base, "/health").json());
    assert!(staging.served().is_empty(), "nothing is recorded before watch");
    let health = answer("backend", "GET /health", 200);
    for (name, change, wanted) in [
        ("status", Change::Replaced, Some(json!("unhealthy"))),
        ("status", Change::Retyped, Some(json!(true))),
        ("version", Change::Emptied, Some(json!(""))),
        ("service", Change::Dropped, None),
    ] {
        let wish = mutation(&health, place(&[name]), change);
        staging.watch(vec![wish.clone()]);
        let seen = get(&base, "/health");
        let length: usize = seen.header("content-length").unwrap().parse().unwrap();
        assert_eq!((seen.status, length), (200, seen.body.len()));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        let body = seen.json();
        assert_eq!(body.get(name), wanted.as_ref(), "{body}");
        let mut expected = before.clone();
        match wanted {
            Some(wanted) => expected[name] = wanted,
            None => drop(expected.as_object_mut().unwrap().shift_remove(name)),
        }
        assert_eq!(still(body), expected);
        // Neither another route nor another status is touched.
        assert_eq!(get(&base, "/health/live").json()["status"], "healthy");
        let served = by_name(staging.served());
        assert_eq!(served["backend GET /health"].made, [(wish, 1)]);
        assert!(served["backend GET /health/live"].made.is_empty());
    }
    staging.watch(Vec::new());
    assert_eq!(still(get(&base, "/health").json()), before);
}

#[test]
fn status_and_type_and_text_can_be_changed_too() {
    let (staging, _) = settled("healthy", 100.0);
    let addresses = staging.addresses();
    let refused = answer("auth", "POST /auth/login", 401);
    staging.watch(vec![mutation(&refused, Field::Status, Change::Replaced)]);
    let wrong = json!({"email": "nobody", "password": "wrong"});
    let seen = post(&addresses.auth, "/auth/login", &[], &wrong);
    assert_eq!((seen.status, &seen.json()["detail"]), (200, &json!("Invalid credentials")));
    let page = answer("frontend", "GET /", 200);
    staging.watch(vec![
        mutation(&page, Field::ContentType, Change::Replaced),
        mutation(&page, Field::Text, Change::Replaced),
    ]);
    let seen = get(&addresses.frontend, "/");
    assert_eq!((seen.status, seen.header("content-type")), (200, Some("application/json")));
    assert!(!seen.body.contains("<title>") && seen.body.contains('<'), "{}", seen.body);
    staging.watch(vec![
        mutation(&page, Field::ContentType, Change::Dropped),
        mutation(&page, Field::Text, Change::Emptied),
    ]);
    let seen = get(&addresses.frontend, "/");
    assert_eq!((seen.header("content-type"), seen.body.as_str()), (None, ""));
    let served = by_name(staging.served());
    assert_eq!(served["auth POST /auth/login (401)"].made.len(), 1);
    assert_eq!(served["frontend GET /"].made.len(), 4);
}

#[test]
fn served_answers_are_recorded_and_so_is_the_unrequested_contract() {
    let (staging, _) = settled("healthy", 100.0);
    let addresses = staging.addresses();
    staging.watch(Vec::new());
    get(&addresses.backend, "/health/circuit-breakers");
    staging.ask_contract().unwrap();
    let served = by_name(staging.served());
    let breakers = &served["backend GET /health/circuit-breakers"];
    assert_eq!(
        (breakers.times, breakers.paths.as_slice()),
        (1, &["/health/circuit-breakers".to_owned()][..])
    );
    let shapes: BTreeMap<String, Shape> =
        breakers.fields.iter().map(|(field, shape)| (field.to_string(), *shape)).collect();
    assert_eq!(shapes["$.circuit_breakers"], Shape::List);
    assert_eq!(shapes["$.circuit_breakers[*].failure_count"], Shape::Number);
    assert_eq!(shapes["status"], Shape::Number);
    for name in ["auth GET /health/auth", "frontend GET /api/health/ready", "backend GET /health/agents"] {
        assert_eq!(served[name].times, 0, "{name}");
        assert!(served[name].fields.len() > 3, "{name}");
    }
    let asked = |service: &str| served.keys().filter(|name| name.starts_with(service)).count();
    assert_eq!((asked("frontend "), asked("backend "), asked("auth ")), (2, 13, 3), "{:?}", served.keys());
}

#[test]
fn answers_between_services_are_not_changed() {
    let (staging, _) = settled("healthy", 100.0);
    let addresses = staging.addresses();
    let health = answer("auth", "GET /health", 200);
    staging.watch(vec![mutation(&health, place(&["status"]), Change::Replaced)]);
    let seen = get(&addresses.frontend, "/health").json();
    assert_eq!(
        (&seen["status"], &seen["dependencies"]["auth"]["status"]),
        (&json!("healthy"), &json!("healthy"))
    );
    assert_eq!(get(&addresses.auth, "/health").json()["status"], "unhealthy");
}

#[test]
fn the_platform_is_named_by_its_paths() {
    let (staging, _) = settled("healthy", 100.0);
    let base = staging.addresses().platform;
    let path = "/computeMetadata/v1/instance/service-accounts/default/token";
    let token = answer("platform", &format!("GET {path}"), 200);
    staging.watch(vec![mutation(&token, place(&["token_type"]), Change::Emptied)]);
    let flavor = ["metadata-flavor: Google".to_owned()];
    let seen = send("GET", &base, path, &flavor, "").unwrap().json();
    assert_eq!(seen["token_type"], "");
    let bearer = [format!("authorization: Bearer {}", seen["access_token"].as_str().unwrap())];
    let secrets = send("GET", &base, "/v1/projects/netra-staging/secrets", &bearer, "").unwrap();
    assert_eq!(secrets.status, 200, "{}", secrets.body);
    let names: Vec<String> = by_name(staging.served()).into_keys().collect();
    assert_eq!(
        names,
        [
            "platform GET /computeMetadata/v1/instance/service-accounts/default/token",
            "platform GET /v1/projects/netra-staging/secrets"
        ]
    );
}

#[test]
fn a_frame_of_the_chat_is_changed_like_an_answer() {
    let (staging, _) = settled("healthy", 100.0);
    let token = support::chat::token(&staging);
    let hello = Answer { service: "chat", route: "connection_established".to_owned(), status: None };
    staging.watch(vec![mutation(&hello, place(&["data", "connection_id"]), Change::Emptied)]);
    let mut chat = Chat::upgrade(&staging, Credentials::Bearer(token)).unwrap();
    let Next::Frame(frame) = chat.next_within(support::PATIENCE) else { panic!("no frame") };
    assert_eq!((&frame["data"]["connection_id"], &frame["data"]["mode"]), (&json!(""), &json!("main")));
    let served = by_name(staging.served());
    assert_eq!(served["chat connection_established"].made.len(), 1);
    assert!(
        served["chat connection_established"]
            .fields
            .iter()
            .any(|(field, _)| field.to_string() == "$.data.mode")
    );
}
