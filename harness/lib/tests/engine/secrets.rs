//! Nothing secret leaves: not in events, not in the report, not in a mistake's message.

use std::time::Duration;

use serde_json::json;

use super::suite::{Ran, World, expect, scenario, step, steps};

const CANARY: &str = "c4nary<\"&!/%+ '>é";

/// The canary in any form that is still readable.
fn assert_silent(ran: &Ran) {
    let everything = ran.everything();
    for form in ["c4nary", "C4NARY", "YzRuYXJ5"] {
        if let Some(at) = everything.find(form) {
            let from = (0..at).rev().filter(|i| everything.is_char_boundary(*i)).nth(200).unwrap_or(0);
            let to =
                (at..=everything.len()).filter(|i| everything.is_char_boundary(*i)).nth(60).unwrap_or(at);
            panic!("{form} leaks: …{}", &everything[from..to]);
        }
    }
}

fn captured(play: &str) -> super::suite::Sc {
    let body = format!("body {}", json!({ "token": CANARY }));
    steps(
        "s",
        [
            step("login", &[&body]).capture_secret("token", "body", Some("$.token")),
            step("use", &[play])
                .with("say", json!("{{token}}"))
                .expect(expect("text", "equals", json!("no {{token}}")))
                .expect(expect("body", "one-of", json!(["{{token}}"])).at("$.said").not())
                .expect(expect("body", "equals", json!(1))),
        ],
    )
}

#[tokio::test(start_paused = true)]
async fn a_captured_secret_is_taken_out_of_events_and_report() {
    let ran = World::of([captured("echo")]).run().await;
    assert_eq!(ran.verdicts(), ["failed"]);
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn a_captured_secret_is_taken_out_of_a_panic() {
    let ran = World::of([captured("panic the token is ")]).run().await;
    assert_eq!(
        ran.why("s"),
        "errored: harness/internal: step `use`: the probe panicked: the token is [secret]"
    );
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn a_secret_captured_by_one_scenario_is_taken_out_of_all_and_of_those_under_way() {
    let body = format!("body {}", json!({ "token": CANARY }));
    let login = || step("login", &[&body]).capture_secret("token", "body", Some("$.token"));
    let ran = World::of([
        // Finishes first, and saw the same value without knowing that it is secret.
        scenario("early", &[&format!("after 1s, text {CANARY}")]).expect(expect(
            "text",
            "equals",
            json!("x"),
        )),
        steps("later", [login(), step("wait", &["after 5s"]).expect(expect("status", "equals", json!(200)))]),
    ])
    .run()
    .await;
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn the_target_s_secrets_are_taken_out_in_every_form() {
    let echoing = scenario("a", &["echo"])
        .with("say", json!("{{secret.key}}"))
        .title("about c4nary<\"&!/%+ '>é")
        .expect(expect("text", "equals", json!("{{secret.key}}")));
    let url = |text: &str| {
        let url = url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let path = url::Url::parse("http://h/").map(|mut u| {
            u.path_segments_mut().unwrap().push(text);
            u.set_query(Some(text));
            u.set_fragment(Some(text));
            u.to_string()
        });
        let user = url::Url::parse("http://h/").map(|mut u| {
            u.set_password(Some(text)).unwrap();
            u.to_string()
        });
        [url, path.unwrap(), user.unwrap()]
    };
    let mut plays: Vec<String> = url(CANARY).iter().map(|form| format!("text {form}")).collect();
    let least = CANARY.replace('&', "&amp;").replace('<', "&lt;");
    plays.push(format!("text {}", least.replace('"', "&quot;")));
    plays.push(format!("text {least}"));
    plays.push(format!("text {CANARY:?}"));
    let json = json!(CANARY).to_string();
    plays.push(format!("text {}", json.replace('/', "\\/")));
    plays.push(format!("text {}", json.replace('é', "\\u00e9")));
    plays.push(format!(
        "text {}",
        json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    ));
    plays.push(format!("text {json}"));
    let sees: Vec<_> = plays
        .iter()
        .enumerate()
        .map(|(i, play)| {
            scenario(&format!("s{i}"), &[play]).with("say", json!("{{secret.key}}")).expect(expect(
                "text",
                "equals",
                json!("x"),
            ))
        })
        .collect();
    let ran = World::of(std::iter::once(echoing).chain(sees)).known_secret("key", CANARY).run().await;
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn a_secret_cut_in_two_by_a_long_text_leaves_no_beginning() {
    let long = format!("text {}{}", "x".repeat(285), "c4nary-with-a-long-tail-of-its-own");
    let ran = World::of([scenario("a", &[&long]).with("say", json!("{{secret.key}}")).expect(expect(
        "text",
        "equals",
        json!("x"),
    ))])
    .known_secret("key", "c4nary-with-a-long-tail-of-its-own")
    .run()
    .await;
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn a_password_within_an_address_is_a_secret_of_its_own() {
    let ran = World::of([scenario("a", &["text password is c4nary!x"])
        .with("say", json!("{{secret.url}}"))
        .expect(expect("text", "equals", json!("x")))])
    .known_secret("url", "postgres://me:c4nary%21x@db/name")
    .run()
    .await;
    assert_silent(&ran);
}

#[tokio::test(start_paused = true)]
async fn a_short_captured_secret_is_refused() {
    let ran = World::of([steps(
        "s",
        [step("login", &["body {\"token\":\"abc\"}"]).capture_secret("token", "body", Some("$.token"))],
    )])
    .run()
    .await;
    assert!(
        ran.why("s").starts_with("errored: harness/secret: step `login`: capture `token`:"),
        "{}",
        ran.why("s")
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_a_sample_that_was_dropped_is_known_too() {
    let body = format!("body {}", json!({ "token": CANARY }));
    let sampled = steps(
        "s",
        [
            step("login", &[&body]).capture_secret("token", "body", Some("$.token")),
            step("use", &["status 500", "after 9s"]).expect(expect("status", "equals", json!(200))),
        ],
    )
    .sample(5, Duration::ZERO, 5);
    let seen =
        scenario("t", &[&format!("after 1s, text {CANARY}")]).expect(expect("text", "equals", json!("x")));
    assert_silent(&World::of([sampled, seen]).run().await);
}

#[tokio::test(start_paused = true)]
async fn a_secret_within_a_name_is_told_nowhere_and_the_names_still_mean_what_they_mean() {
    let red = scenario("c4nary-id", &["status 500"]).expect(expect("status", "equals", json!(200)));
    let blocked = scenario("b", &[]).needs("c4nary-id").title("after c4nary-id");
    let ran = World::of([red, blocked]).known_secret("key", "c4nary-id").run().await;
    assert_eq!(ran.verdicts(), ["failed", "blocked"]);
    assert_silent(&ran);
    let report = serde_json::to_value(&ran.report).unwrap();
    assert_eq!(report["causes"][0]["seen_by"], json!(["[secret]"]));
    assert_eq!(report["causes"][0]["effects"], json!(["b"]));
    assert_eq!(report["outcomes"][1]["reason"]["by"], json!(["[secret]"]));
}

#[test]
fn a_plan_shows_no_secret_to_a_debugger() {
    let mut world =
        World::of([scenario("a", &[]).with("say", json!("{{secret.key}}"))]).known_secret("key", CANARY);
    let plan = world.plan().unwrap();
    assert!(!format!("{plan:?}").contains("c4nary"));
}

#[tokio::test(start_paused = true)]
async fn the_reason_names_its_subject_also_where_the_wanted_value_is_a_secret() {
    let check = scenario("s", &["text hello"]).expect(expect("text", "equals", json!("{{secret.key}}")));
    let ran = World::of([check]).known_secret("key", CANARY).run().await;
    assert_eq!(ran.why("s"), "failed: content/differs: text is \"hello\", wanted equals [secret]");
    assert_silent(&ran);
}
