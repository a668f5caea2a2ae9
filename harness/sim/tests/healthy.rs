//! A healthy staging becomes ready and answers its whole contract.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod support;

use fixproof_sim::{FixedPorts, Options, Ports, Profile, Sender, Service, Staging};
use serde_json::{Value, json};
use support::{get, get_with, post, send, settled, started};

#[test]
fn a_healthy_staging_starts_unready_and_becomes_ready() {
    let staging = started("healthy", 20.0);
    let at = staging.addresses();
    let early = get(&at.backend, "/health");
    assert_eq!((early.status, &early.json()["startup_in_progress"]), (503, &json!(true)), "{early:?}");
    assert!(early.json()["details"]["phase"].is_string());
    assert!(staging.settled(support::PATIENCE).all_ready());
    assert_eq!(get(&at.backend, "/health").status, 200);
}

/// The JSON of a healthy backend's answer, which is 200 and says that it is simulated.
fn healthy(staging: &Staging, path: &str) -> Value {
    let answer = get(&staging.addresses().backend, path);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.header("x-simulated"), Some("fixproof-sim"), "{path}");
    answer.json()
}

#[test]
fn a_healthy_backend_is_ready_in_every_respect() {
    let (staging, state) = settled("healthy", 100.0);
    assert!(state.all_ready(), "{state:?}");
    let basic = healthy(&staging, "/health");
    assert!(basic["service"] == "netra-ai-platform" && basic["status"] == "healthy");
    assert_eq!(healthy(&staging, "/health/live")["environment"], "staging");
    let ready = healthy(&staging, "/health/ready");
    assert!(ready["status"] == "ready" && ready["core_db"] == "connected", "{ready}");
    assert!(
        ready["redis_db"] == "connected" && ready["websocket_readiness"]["websocket_ready"] == true,
        "{ready}"
    );
    let startup = healthy(&staging, "/health/startup");
    let checks = startup["checks"].as_object().unwrap();
    assert!(startup["status"] == "ready" && checks.len() >= 4, "{startup}");
    assert!(checks.values().all(|check| check["status"] == "ready"), "{startup}");
    let capable = healthy(&staging, "/health/backend");
    assert!(capable["capabilities"].as_object().unwrap().values().all(|holds| holds == true), "{capable}");
    assert!(capable["golden_path_ready"] == true && capable["readiness_score"] == 1.0, "{capable}");
    let infrastructure = healthy(&staging, "/health/infrastructure");
    assert_eq!(infrastructure["degraded_components"], json!([]));
    assert_eq!(infrastructure["infrastructure_ready"], true);
    assert_eq!(infrastructure["vpc_connectivity"]["overall"], true);
    assert_eq!(infrastructure["infrastructure_components"].as_object().unwrap().len(), 3);
    assert_eq!(get(&staging.addresses().backend, "/no/such/path").status, 404);
}

#[test]
fn a_healthy_backend_reports_each_part_as_healthy() {
    let (staging, _) = settled("healthy", 100.0);
    let breakers = healthy(&staging, "/health/circuit-breakers");
    assert_eq!(breakers["health_summary"]["open_breakers"], 0);
    assert_eq!(breakers["health_summary"]["total_breakers"], 3);
    let schema = healthy(&staging, "/health/schema-validation");
    assert_eq!(schema["passed"], true);
    assert_eq!((&schema["missing_tables"], &schema["missing_columns"]), (&json!([]), &json!({})));
    assert_eq!(healthy(&staging, "/health/database-env")["validation"]["valid"], true);
    let database = healthy(&staging, "/health/database");
    assert_eq!(database["connected"], true);
    assert!(database["database_stats"]["active_connections"].as_i64().unwrap() >= 1);
    let pool = healthy(&staging, "/health/pool-metrics");
    assert!(pool["utilization"]["utilization_percent"].as_f64().unwrap() <= 80.0);
    let agents = healthy(&staging, "/health/agents");
    assert_eq!((&agents["fallback_mode"], &agents["agents_count"]), (&json!(false), &json!(3)));
    assert_eq!(healthy(&staging, "/health/system/comprehensive")["status"], "healthy");
}

#[test]
fn auth_and_frontend_name_themselves_and_look_after_each_other() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let auth = get(&at.auth, "/health").json();
    assert_eq!(
        (&auth["service"], &auth["status"], &auth["database_status"]),
        (&json!("auth-service"), &json!("healthy"), &json!("connected"))
    );
    assert_eq!(get(&at.auth, "/").json()["status"], "running");
    assert_eq!(get(&at.auth, "/health/ready").json()["status"], "ready");
    assert_eq!(get(&at.auth, "/health/auth").json()["golden_path_ready"], true);
    let frontend = get(&at.frontend, "/health").json();
    assert_eq!(
        (&frontend["service"], &frontend["status"]),
        (&json!("frontend"), &json!("healthy")),
        "{frontend}"
    );
    assert_eq!(frontend["dependencies"]["backend"]["details"]["service"], "netra-ai-platform");
    assert_eq!(frontend["dependencies"]["auth"]["status"], "healthy");
    let page = get(&at.frontend, "/");
    assert!(page.body.contains("SIMULATED") && page.header("content-type").unwrap().starts_with("text/html"));
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}")
}

fn logged_in(staging: &Staging) -> String {
    let secrets = staging.credentials();
    let body = json!({"email": secrets.email, "password": secrets.password});
    let login = post(&staging.addresses().auth, "/auth/login", &[], &body);
    assert_eq!((login.status, &login.json()["expires_in"]), (200, &json!(900)), "{login:?}");
    login.json()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn both_services_accept_a_token_and_neither_a_tampered_one() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let token = logged_in(&staging);
    let threads = get_with(&at.backend, "/api/threads", bearer(&token));
    assert_eq!((threads.status, &threads.json()["total"]), (200, &json!(2)), "{threads:?}");
    let changed = if token.ends_with("AA") { "BB" } else { "AA" };
    let tampered = format!("{}{changed}", &token[..token.len() - 2]);
    assert_eq!(get_with(&at.backend, "/api/threads", bearer(&tampered)).status, 401);
    assert_eq!(get(&at.backend, "/api/threads").status, 401);
    let me = get_with(&at.auth, "/auth/me", bearer(&token));
    assert_eq!(me.json()["email"], staging.credentials().email);
    let verified = post(&at.auth, "/auth/verify", &[bearer(&token)], &json!({}));
    assert_eq!(verified.json()["valid"], true);
    assert_eq!(post(&at.auth, "/auth/verify", &[bearer(&tampered)], &json!({})).status, 401);
    let asked = json!({"message": "nonce 4711 please"});
    let reply = post(&at.backend, "/api/agents/execute", &[bearer(&token)], &asked).json();
    assert!(reply["response"].as_str().unwrap().contains("digits add up to 13"), "{reply}");
    assert_eq!(post(&at.backend, "/api/agents/execute", &[], &asked).status, 401);
}

#[test]
fn every_other_login_requires_its_own_secret() {
    let (staging, _) = settled("healthy", 100.0);
    let (at, secrets) = (staging.addresses(), staging.credentials());
    let wrong = json!({"email": secrets.email, "password": "wrong"});
    assert_eq!(post(&at.auth, "/auth/login", &[], &wrong).status, 401);
    let right = json!({"email": secrets.email, "password": secrets.password});
    let login = post(&at.auth, "/auth/login", &[], &right).json();
    let refresh = bearer(login["refresh_token"].as_str().unwrap());
    assert_eq!(get_with(&at.backend, "/api/threads", refresh).status, 401);
    assert_eq!(post(&at.auth, "/auth/login", &[], &json!({})).status, 422);
    let key = format!("x-e2e-bypass-key: {}", secrets.e2e_bypass_key);
    let test_user = post(&at.auth, "/auth/e2e/test-auth", &[key], &json!({})).json();
    assert!(test_user["access_token"].as_str().unwrap().len() > 40, "{test_user}");
    assert_eq!(post(&at.auth, "/auth/e2e/test-auth", &[], &json!({})).status, 401);
    let known = json!({"service_id": secrets.service_id, "service_secret": secrets.service_secret});
    let service = post(&at.auth, "/auth/service-token", &[], &known).json();
    let token = service["access_token"].as_str().unwrap();
    assert_eq!(get_with(&at.backend, "/api/threads", bearer(token)).status, 200);
    let unknown = json!({"service_id": secrets.service_id, "service_secret": "wrong"});
    assert_eq!(post(&at.auth, "/auth/service-token", &[], &unknown).status, 401);
}

#[test]
fn a_preflight_from_the_frontend_is_allowed_and_from_elsewhere_is_not() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let ask = |origin: &str| {
        let headers = [format!("origin: {origin}"), "access-control-request-method: GET".to_owned()];
        send("OPTIONS", &at.backend, "/api/threads", &headers, "").unwrap()
    };
    let allowed = ask(&at.frontend);
    assert_eq!(
        (allowed.status, allowed.header("access-control-allow-origin")),
        (200, Some(at.frontend.as_str()))
    );
    let refused = ask("https://elsewhere.invalid");
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (400, None));
}

#[test]
fn the_journal_counts_every_request_and_marks_those_of_the_frontend() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    assert_eq!(staging.journal().from_outside().count(), 0);
    for _ in 0..3 {
        get(&at.auth, "/health?x=1");
    }
    get(&at.frontend, "/health");
    let journal = staging.journal();
    assert_eq!(journal.request_count(Service::Auth, "GET", "/health"), 3);
    assert_eq!(journal.request_count(Service::Backend, "GET", "/health"), 0);
    assert_eq!(journal.from_outside().count(), 4);
    let by_frontend = journal.requests.iter().filter(|request| request.sender == Sender::Frontend);
    assert_eq!(by_frontend.map(|request| request.status).collect::<Vec<_>>(), [Some(200), Some(200)]);
    assert!(journal.database.accepted >= 2 && journal.connectors["backend"].accepted >= 1);
    assert_eq!(journal.connectors["probe"].accepted, 0);
}

#[test]
fn dropping_a_staging_frees_its_ports() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    drop(staging);
    assert!(send("GET", &at.backend, "/health", &[], "").is_err());
    assert!(send("GET", &at.frontend, "/", &[], "").is_err());
}

#[test]
fn curl_reads_the_health_answer_and_the_simulated_mark() {
    if !support::has_tool("curl") {
        return;
    }
    let (staging, _) = settled("healthy", 100.0);
    let url = format!("{}/health", staging.addresses().backend);
    let output = std::process::Command::new("curl")
        .args(["-sS", "-i", "--noproxy", "*", "--max-time", "20", &url])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.starts_with("HTTP/1.1 200 OK")
            && text.contains("x-simulated: fixproof-sim")
            && text.contains("netra-ai-platform"),
        "{text}"
    );
}

#[test]
fn a_taken_port_is_a_start_error_that_names_the_service_and_the_port() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ports = Ports::Fixed(FixedPorts {
        frontend: 0,
        backend: port,
        auth: 0,
        database: 0,
        dns: 0,
        edge: 0,
        platform: 0,
    });
    let refused = Staging::start(Options { ports, ..Options::of(Profile::default()) }).unwrap_err();
    assert!(
        refused.to_string().starts_with(&format!("the simulated backend can't listen on 127.0.0.1:{port}")),
        "{refused}"
    );
}

#[test]
fn forty_requests_at_once_are_all_answered_200_and_all_noted() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let asking: Vec<_> = (0..40)
        .map(|_| {
            let base = at.backend.clone();
            std::thread::spawn(move || get(&base, "/health").status)
        })
        .collect();
    let statuses: Vec<u16> = asking.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(staging.journal().request_count(Service::Backend, "GET", "/health"), 40);
}
