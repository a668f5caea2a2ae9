//! A healthy staging becomes ready and answers its whole contract.

mod support;

use fixproof_sim::{Asker, Service};
use serde_json::json;
use support::{get, get_with, post, send, settled, started};

#[test]
fn a_healthy_staging_starts_unready_and_becomes_ready() {
    let staging = started("healthy", 20.0);
    let at = staging.addresses();
    let early = get(&at.backend, "/health");
    assert_eq!(
        (early.status, &early.json()["startup_in_progress"]),
        (503, &json!(true)),
        "{early:?}"
    );
    assert!(early.json()["details"]["phase"].is_string());
    assert!(staging.settled(support::PATIENCE).all_ready());
    assert_eq!(get(&at.backend, "/health").status, 200);
}

#[test]
fn every_health_endpoint_of_a_healthy_staging_says_so() {
    let (staging, state) = settled("healthy", 100.0);
    assert!(state.all_ready(), "{state:?}");
    let at = staging.addresses();
    let backend = |path: &str| {
        let answer = get(&at.backend, path);
        assert_eq!(
            (answer.status, answer.header("x-simulated")),
            (200, Some("fixproof-sim")),
            "{path}: {answer:?}"
        );
        if std::env::var("SIM_SHOW").is_ok() {
            println!("{path} {}", answer.body);
        }
        answer.json()
    };
    assert_eq!(backend("/health")["service"], "netra-ai-platform");
    assert_eq!(backend("/health")["status"], "healthy");
    assert_eq!(backend("/health/live")["environment"], "staging");
    let ready = backend("/health/ready");
    assert_eq!(
        (&ready["status"], &ready["core_db"], &ready["redis_db"]),
        (&json!("ready"), &json!("connected"), &json!("connected"))
    );
    assert_eq!(ready["websocket_readiness"]["websocket_ready"], true);
    let startup = backend("/health/startup");
    let checks = startup["checks"].as_object().unwrap();
    assert!(
        startup["status"] == "ready"
            && checks.len() >= 4
            && checks.values().all(|check| check["status"] == "ready")
    );
    let capable = backend("/health/backend");
    assert!(
        capable["capabilities"]
            .as_object()
            .unwrap()
            .values()
            .all(|holds| holds == true)
    );
    assert_eq!(
        (&capable["golden_path_ready"], &capable["readiness_score"]),
        (&json!(true), &json!(1.0))
    );
    let infrastructure = backend("/health/infrastructure");
    assert_eq!(infrastructure["degraded_components"], json!([]));
    assert_eq!(
        (
            &infrastructure["infrastructure_ready"],
            &infrastructure["vpc_connectivity"]["overall"]
        ),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        infrastructure["infrastructure_components"]
            .as_object()
            .unwrap()
            .len(),
        3
    );
    let breakers = backend("/health/circuit-breakers");
    assert_eq!(
        (
            &breakers["health_summary"]["open_breakers"],
            &breakers["health_summary"]["total_breakers"]
        ),
        (&json!(0), &json!(3))
    );
    let schema = backend("/health/schema-validation");
    assert_eq!(
        (
            &schema["passed"],
            &schema["missing_tables"],
            &schema["missing_columns"]
        ),
        (&json!(true), &json!([]), &json!({}))
    );
    assert_eq!(backend("/health/database-env")["validation"]["valid"], true);
    let database = backend("/health/database");
    assert!(
        database["connected"] == true
            && database["database_stats"]["active_connections"]
                .as_i64()
                .unwrap()
                >= 1
    );
    assert!(
        backend("/health/pool-metrics")["utilization"]["utilization_percent"]
            .as_f64()
            .unwrap()
            <= 80.0
    );
    assert_eq!(
        (
            &backend("/health/agents")["fallback_mode"],
            &backend("/health/agents")["agents_count"]
        ),
        (&json!(false), &json!(3))
    );
    assert_eq!(backend("/health/system/comprehensive")["status"], "healthy");
    assert_eq!(get(&at.backend, "/no/such/path").status, 404);
}

#[test]
fn auth_and_frontend_name_themselves_and_look_after_each_other() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let auth = get(&at.auth, "/health").json();
    assert_eq!(
        (&auth["service"], &auth["status"], &auth["database_status"]),
        (
            &json!("auth-service"),
            &json!("healthy"),
            &json!("connected")
        )
    );
    assert_eq!(get(&at.auth, "/").json()["status"], "running");
    assert_eq!(get(&at.auth, "/health/ready").json()["status"], "ready");
    assert_eq!(
        get(&at.auth, "/health/auth").json()["golden_path_ready"],
        true
    );
    let frontend = get(&at.frontend, "/health").json();
    assert_eq!(
        (&frontend["service"], &frontend["status"]),
        (&json!("frontend"), &json!("healthy")),
        "{frontend}"
    );
    assert_eq!(
        frontend["dependencies"]["backend"]["details"]["service"],
        "netra-ai-platform"
    );
    assert_eq!(frontend["dependencies"]["auth"]["status"], "healthy");
    let page = get(&at.frontend, "/");
    assert!(
        page.body.contains("SIMULATED")
            && page
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
    );
}

#[test]
fn a_login_gives_a_token_that_both_services_believe_and_a_tampered_one_gives_401() {
    let (staging, _) = settled("healthy", 100.0);
    let (at, secrets) = (staging.addresses(), staging.credentials());
    let login = post(
        &at.auth,
        "/auth/login",
        &[],
        &json!({"email": secrets.email, "password": secrets.password}),
    );
    assert_eq!(
        (login.status, &login.json()["expires_in"]),
        (200, &json!(900)),
        "{login:?}"
    );
    let token = login.json()["access_token"].as_str().unwrap().to_owned();
    let bearer = |token: &str| format!("authorization: Bearer {token}");
    let threads = get_with(&at.backend, "/api/threads", bearer(&token));
    assert_eq!(
        (threads.status, &threads.json()["total"]),
        (200, &json!(2)),
        "{threads:?}"
    );
    let tampered = format!(
        "{}{}",
        &token[..token.len() - 2],
        if token.ends_with("AA") { "BB" } else { "AA" }
    );
    assert_eq!(
        get_with(&at.backend, "/api/threads", bearer(&tampered)).status,
        401
    );
    assert_eq!(get(&at.backend, "/api/threads").status, 401);
    assert_eq!(
        get_with(&at.auth, "/auth/me", bearer(&token)).json()["email"],
        secrets.email
    );
    assert_eq!(
        post(&at.auth, "/auth/verify", &[bearer(&token)], &json!({})).json()["valid"],
        true
    );
    assert_eq!(
        post(&at.auth, "/auth/verify", &[bearer(&tampered)], &json!({})).status,
        401
    );
    assert_eq!(
        post(
            &at.auth,
            "/auth/login",
            &[],
            &json!({"email": secrets.email, "password": "wrong"})
        )
        .status,
        401
    );
    assert_eq!(post(&at.auth, "/auth/login", &[], &json!({})).status, 422);
    let key = format!("x-e2e-bypass-key: {}", secrets.e2e_bypass_key);
    assert!(
        post(&at.auth, "/auth/e2e/test-auth", &[key], &json!({})).json()["access_token"]
            .as_str()
            .unwrap()
            .len()
            > 40
    );
    assert_eq!(
        post(&at.auth, "/auth/e2e/test-auth", &[], &json!({})).status,
        401
    );
    let service =
        json!({"service_id": secrets.service_id, "service_secret": secrets.service_secret});
    let service = post(&at.auth, "/auth/service-token", &[], &service).json();
    assert_eq!(
        get_with(
            &at.backend,
            "/api/threads",
            bearer(service["access_token"].as_str().unwrap())
        )
        .status,
        200
    );
    let asked = post(
        &at.backend,
        "/api/agents/execute",
        &[bearer(&token)],
        &json!({"message": "nonce 4711 please"}),
    );
    assert!(
        asked.json()["response"]
            .as_str()
            .unwrap()
            .contains("digits add up to 13"),
        "{asked:?}"
    );
    assert_eq!(
        post(
            &at.backend,
            "/api/agents/execute",
            &[],
            &json!({"message": "hello"})
        )
        .status,
        401
    );
}

#[test]
fn a_preflight_from_the_frontend_is_allowed_and_from_elsewhere_is_not() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    let ask = |origin: &str| {
        let headers = [
            format!("origin: {origin}"),
            "access-control-request-method: GET".to_owned(),
        ];
        send("OPTIONS", &at.backend, "/api/threads", &headers, "").unwrap()
    };
    let allowed = ask(&at.frontend);
    assert_eq!(
        (
            allowed.status,
            allowed.header("access-control-allow-origin")
        ),
        (200, Some(at.frontend.as_str()))
    );
    let refused = ask("https://elsewhere.invalid");
    assert_eq!(
        (
            refused.status,
            refused.header("access-control-allow-origin")
        ),
        (400, None)
    );
}

#[test]
fn the_journal_counts_every_request_and_tells_the_frontends_own_apart() {
    let (staging, _) = settled("healthy", 100.0);
    let at = staging.addresses();
    assert_eq!(staging.journal().from_outside().count(), 0);
    for _ in 0..3 {
        get(&at.auth, "/health?x=1");
    }
    get(&at.frontend, "/health");
    let journal = staging.journal();
    assert_eq!(journal.times_asked(Service::Auth, "GET", "/health"), 3);
    assert_eq!(journal.times_asked(Service::Backend, "GET", "/health"), 0);
    assert_eq!(journal.from_outside().count(), 4);
    let by_frontend = journal
        .requests
        .iter()
        .filter(|request| request.asked_by == Asker::Frontend);
    assert_eq!(
        by_frontend
            .map(|request| request.status)
            .collect::<Vec<_>>(),
        [Some(200), Some(200)]
    );
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
fn curl_reads_the_health_answer_and_the_mark_that_says_simulated() {
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
