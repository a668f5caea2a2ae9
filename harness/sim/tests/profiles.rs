//! Every profile does what its summary says, and nothing else: one row a profile.
//!
//! A row says what `GET /health` of each service answers (`200`, `503`, `refused`, `silent`, `garbage`, `slow`), what a
//! session through the probe's route comes to (`ok`, `refused`, `reset`, `timeout`, an SQLSTATE), and what else differs
//! from a healthy staging: `METHOD SERVICE PATH STATUS [POINTER=JSON]…`.

mod support;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use fixproof_sim::{Profile, Staging, Startup};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};
use support::{PATIENCE, block_on, eventually, get, post, send, settled, started};

const SPEED: f64 = 100.0;

struct Row {
    profile: &'static str,
    backend: &'static str,
    auth: &'static str,
    frontend: &'static str,
    database: &'static str,
    more: &'static [&'static str],
}

const fn row(
    profile: &'static str,
    [backend, auth, frontend, database]: [&'static str; 4],
    more: &'static [&'static str],
) -> Row {
    Row {
        profile,
        backend,
        auth,
        frontend,
        database,
        more,
    }
}

const ALL_WELL: [&str; 4] = ["200", "200", "200", "ok"];
const NO_POOL: [&str; 2] = [
    r#"GET backend /health 503 /startup_failed=true /details/phase="database""#,
    r#"GET frontend /health 200 /status="degraded""#,
];

static ROWS: &[Row] = &[
    row(
        "healthy",
        ALL_WELL,
        &[
            r#"GET frontend /health 200 /status="healthy""#,
            "POST auth /login 200",
            "GET backend /api/threads+tampered 401",
            "POST backend /agent 401",
        ],
    ),
    row(
        "incident",
        ["503", "503", "200", "timeout"],
        &[
            NO_POOL[0],
            NO_POOL[1],
            r#"GET auth /health 503 /startup_failed=true /details/phase="database""#,
            "GET frontend / 200",
        ],
    ),
    row("flapping", ALL_WELL, &[]),
    row("connector-scaling", ALL_WELL, &[]),
    row(
        "database-refused",
        ["503", "200", "200", "refused"],
        &NO_POOL,
    ),
    row("database-reset", ["503", "200", "200", "reset"], &NO_POOL),
    row(
        "database-reset-later",
        ["503", "200", "200", "reset"],
        &NO_POOL,
    ),
    row(
        "database-silent",
        ["503", "200", "200", "timeout"],
        &NO_POOL,
    ),
    row(
        "database-slow-connect",
        ["200", "200", "200", "timeout"],
        &[],
    ),
    row("database-slow-network", ALL_WELL, &[]),
    row(
        "database-too-many-connections",
        ["503", "503", "200", "53300"],
        &NO_POOL,
    ),
    row(
        "database-starting-up",
        ["503", "503", "200", "57P03"],
        &NO_POOL,
    ),
    row(
        "database-wrong-password",
        ["503", "503", "200", "28P01"],
        &NO_POOL,
    ),
    row("database-missing", ["503", "503", "200", "3D000"], &NO_POOL),
    row("database-tls-expired", ALL_WELL, &[]),
    row(
        "schema-missing-table",
        ALL_WELL,
        &[
            r#"GET backend /health/schema-validation 200 /passed=false /missing_tables=["threads"]"#,
            "GET backend /api/threads+token 500",
        ],
    ),
    row(
        "pool-exhausted",
        ALL_WELL,
        &[
            "GET backend /health/pool-metrics 200 /utilization/active_connections=18 /utilization/utilization_percent=90.0",
        ],
    ),
    row(
        "database-env-invalid",
        ALL_WELL,
        &[
            r#"GET backend /health/database-env 200 /validation/valid=false /environment="development""#,
        ],
    ),
    row(
        "backend-down",
        ["refused", "200", "200", "ok"],
        &[
            r#"GET frontend /health 200 /status="degraded" /dependencies/backend/status="unreachable""#,
        ],
    ),
    row(
        "backend-slow",
        ["slow", "200", "200", "ok"],
        &[r#"GET backend /health 200 /status="healthy""#],
    ),
    row("backend-silent", ["silent", "200", "200", "ok"], &[]),
    row("backend-garbage", ["garbage", "200", "200", "ok"], &[]),
    row(
        "backend-not-json",
        ["200", "200", "200", "ok"],
        &[
            "GET backend /health 200 =null",
            "GET backend /health/ready 200 =null",
        ],
    ),
    row(
        "backend-empty-object",
        ["200", "200", "200", "ok"],
        &[
            "GET backend /health 200 ={}",
            "GET backend /health/ready 200 ={}",
        ],
    ),
    row(
        "backend-wrong-identity",
        ["200", "200", "200", "ok"],
        &[
            r#"GET backend /health 200 /service="frontend""#,
            "GET backend /health/ready 404",
        ],
    ),
    row(
        "auth-down",
        ["200", "refused", "200", "ok"],
        &[r#"GET frontend /health 200 /status="degraded" /dependencies/backend/status="healthy""#],
    ),
    row(
        "auth-not-json",
        ["200", "200", "200", "ok"],
        &["GET auth /health 200 =null"],
    ),
    row("frontend-down", ["200", "200", "refused", "ok"], &[]),
    row(
        "frontend-degraded",
        ALL_WELL,
        &[
            r#"GET frontend /health 200 /status="degraded" /dependencies/auth/status="unreachable""#,
            r#"GET auth /health 200 /status="healthy""#,
        ],
    ),
    row("login-broken", ALL_WELL, &["POST auth /login 500"]),
    row(
        "login-empty-token",
        ALL_WELL,
        &[r#"POST auth /login 200 /access_token="" /expires_in=900"#],
    ),
    row(
        "tokens-not-verified",
        ALL_WELL,
        &[
            "GET backend /api/threads+tampered 200",
            "GET backend /api/threads 401",
        ],
    ),
    row(
        "agent-open",
        ALL_WELL,
        &["POST backend /agent 200", "GET backend /api/threads 401"],
    ),
    row(
        "cors-wrong",
        ALL_WELL,
        &["OPTIONS backend /api/threads 400"],
    ),
    row(
        "breaker-open",
        ALL_WELL,
        &["GET backend /health/circuit-breakers 200 /health_summary/open_breakers=1"],
    ),
    row(
        "agents-fallback",
        ALL_WELL,
        &["GET backend /health/agents 200 /fallback_mode=true /agents_count=0"],
    ),
    row(
        "redis-degraded",
        ALL_WELL,
        &[
            r#"GET backend /health/ready 200 /redis_db="vpc_connectivity_degraded""#,
            r#"GET backend /health/infrastructure 200 /degraded_components=["redis"]"#,
        ],
    ),
    row(
        "system-degraded",
        ALL_WELL,
        &[r#"GET backend /health/system/comprehensive 200 /status="degraded""#],
    ),
    row(
        "websocket-not-ready",
        ALL_WELL,
        &[
            "GET backend /health/ready 200 /websocket_readiness/websocket_ready=false",
            r#"GET backend /health/infrastructure 200 /degraded_components=["websocket"]"#,
        ],
    ),
];

fn base(staging: &Staging, service: &str) -> String {
    let at = staging.addresses();
    match service {
        "frontend" => at.frontend,
        "backend" => at.backend,
        "auth" => at.auth,
        other => panic!("no such service: {other}"),
    }
}

/// What asking for `/health` comes to.
fn health(staging: &Staging, service: &str, wanted: &str) -> String {
    let before = Instant::now();
    if wanted == "silent" {
        use std::io::{Read, Write};
        let mut socket =
            std::net::TcpStream::connect(base(staging, service).trim_start_matches("http://"))
                .unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        socket
            .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            .unwrap();
        return match socket.read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                "silent".to_owned()
            }
            other => format!("{other:?}"),
        };
    }
    match send("GET", &base(staging, service), "/health", &[], "") {
        // 20 s longer, at speed 100.
        Ok(_) if wanted == "slow" && before.elapsed() >= Duration::from_millis(200) => {
            "slow".to_owned()
        }
        Ok(answer) => answer.status.to_string(),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => "refused".to_owned(),
        Err(error) if error.to_string() == "no HTTP" => "garbage".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What a session through the probe's route comes to.
fn session(staging: &Staging, wanted: &str) -> String {
    let at = staging.addresses().database;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&at.host)
        .port(at.port)
        .username(&at.user);
    let options = options
        .password(&at.password)
        .database(&at.name)
        .ssl_mode(PgSslMode::Disable);
    let within = if wanted == "timeout" {
        Duration::from_millis(300)
    } else {
        PATIENCE
    };
    block_on(async {
        match tokio::time::timeout(within, options.connect()).await {
            Err(_) => "timeout".to_owned(),
            Ok(Ok(session)) => {
                session.close().await.unwrap();
                "ok".to_owned()
            }
            Ok(Err(sqlx::Error::Database(error))) => error.code().unwrap_or_default().into_owned(),
            Ok(Err(sqlx::Error::Io(error))) if error.kind() == ErrorKind::ConnectionRefused => {
                "refused".to_owned()
            }
            Ok(Err(sqlx::Error::Io(error))) if error.kind() == ErrorKind::ConnectionReset => {
                "reset".to_owned()
            }
            Ok(Err(error)) => error.to_string(),
        }
    })
}

/// A token of the test user, with its last characters changed if it shall be tampered with.
fn bearer(staging: &Staging, tampered: bool) -> String {
    let secrets = staging.credentials();
    let login = json!({"email": secrets.email, "password": secrets.password});
    let token = post(&staging.addresses().auth, "/auth/login", &[], &login).json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let changed = if token.ends_with("AA") { "BB" } else { "AA" };
    let token = if tampered {
        format!("{}{changed}", &token[..token.len() - 2])
    } else {
        token
    };
    format!("authorization: Bearer {token}")
}

fn check(staging: &Staging, expectation: &str) {
    let words: Vec<&str> = expectation.split(' ').collect();
    let [method, service, path, status, pointers @ ..] = words.as_slice() else {
        panic!("{expectation}")
    };
    let base = base(staging, service);
    let secrets = staging.credentials();
    let answer = match (*method, *path) {
        ("POST", "/login") => post(
            &base,
            "/auth/login",
            &[],
            &json!({"email": secrets.email, "password": secrets.password}),
        ),
        ("POST", "/agent") => post(
            &base,
            "/api/agents/execute",
            &[],
            &json!({"message": "hello 12"}),
        ),
        ("OPTIONS", path) => {
            let headers = [
                format!("origin: {}", staging.addresses().frontend),
                "access-control-request-method: GET".to_owned(),
            ];
            send("OPTIONS", &base, path, &headers, "").unwrap()
        }
        (_, path) => match path.split_once('+') {
            Some((path, kind)) => send(
                "GET",
                &base,
                path,
                &[bearer(staging, kind == "tampered")],
                "",
            )
            .unwrap(),
            None => get(&base, path),
        },
    };
    let name = staging.profile().name;
    assert_eq!(
        answer.status.to_string(),
        *status,
        "{name}: {expectation}: {answer:?}"
    );
    for pointer in pointers {
        let (pointer, wanted) = pointer.split_once('=').unwrap();
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(
            answer.json().pointer(pointer),
            Some(&wanted),
            "{name}: {expectation}: {answer:?}"
        );
    }
}

fn verify(row: &Row) {
    let (staging, _) = settled(row.profile, SPEED);
    for (service, wanted) in [
        ("backend", row.backend),
        ("auth", row.auth),
        ("frontend", row.frontend),
    ] {
        assert_eq!(
            health(&staging, service, wanted),
            wanted,
            "{}: {service}",
            row.profile
        );
    }
    assert_eq!(
        session(&staging, row.database),
        row.database,
        "{}: database",
        row.profile
    );
    for expectation in row.more {
        check(&staging, expectation);
    }
}

/// Every `lane`th of `lanes` rows, so that the two cores of a small machine are used and not drowned.
fn verify_lane(lane: usize) {
    ROWS.iter().skip(lane).step_by(3).for_each(verify);
}

#[test]
fn every_profile_does_what_its_row_says_first_lane() {
    verify_lane(0);
}

#[test]
fn every_profile_does_what_its_row_says_second_lane() {
    verify_lane(1);
}

#[test]
fn every_profile_does_what_its_row_says_third_lane() {
    verify_lane(2);
}

#[test]
fn every_profile_has_a_row_or_a_test_of_its_own() {
    let rows: BTreeSet<&str> = ROWS
        .iter()
        .map(|row| row.profile)
        .chain(["recovering"])
        .collect();
    let profiles: BTreeSet<&str> = Profile::all().iter().map(|profile| profile.name).collect();
    assert_eq!(rows, profiles);
}

#[test]
fn the_incidents_503_comes_from_pools_that_ran_into_the_time_limit() {
    let begun = Instant::now();
    let (staging, state) = settled("incident", 50.0);
    // The limit of the phase is 75 s, at speed 50.
    assert!(
        begun.elapsed() >= Duration::from_millis(1500),
        "{:?}",
        begun.elapsed()
    );
    for startup in [&state.backend, &state.auth] {
        let Startup::Failed { phase, reason } = startup else {
            panic!("{state:?}")
        };
        assert!(
            *phase == "database" && reason.starts_with("timed out after 75 s: pool timed out"),
            "{reason}"
        );
    }
    assert_eq!(state.frontend, Startup::Ready);
    let journal = staging.journal();
    assert!(
        journal.connectors["backend"].scale_outs >= 1 && journal.connectors["auth"].scale_outs >= 1,
        "{journal:?}"
    );
    assert_eq!(journal.database.accepted, 0);
}

#[test]
fn a_recovering_staging_crashes_is_restarted_and_heals() {
    let staging = started("recovering", 50.0);
    let at = staging.addresses();
    let crashed = eventually("the platform without an instance", || {
        Some(get(&at.backend, "/health")).filter(|answer| answer.body.contains("no instance"))
    });
    assert_eq!(crashed.status, 503);
    eventually("all services are ready", || {
        staging.settled(Duration::ZERO).all_ready().then_some(())
    });
    assert_eq!(
        (
            get(&at.backend, "/health").status,
            get(&at.auth, "/health").status
        ),
        (200, 200)
    );
    assert_eq!(session(&staging, "ok"), "ok");
}

#[test]
fn a_flapping_backend_alternates_and_the_auth_service_does_not() {
    let (staging, _) = settled("flapping", 50.0);
    let at = staging.addresses();
    for wanted in [200, 503, 200, 503, 200] {
        eventually("the backend alternates", || {
            (get(&at.backend, "/health").status == wanted).then_some(())
        });
        assert_eq!(get(&at.auth, "/health").status, 200);
    }
    assert!(staging.journal().connectors["backend"].resets >= 2);
}

#[test]
fn the_same_seed_scales_out_the_same_and_speaks_the_same_secrets() {
    let (once, again) = (started("healthy", SPEED), started("healthy", SPEED));
    let (left, right) = (once.credentials(), again.credentials());
    assert_eq!(
        (left.password, left.e2e_bypass_key),
        (right.password, right.e2e_bypass_key)
    );
    assert_eq!(
        once.addresses().database.password,
        again.addresses().database.password
    );
}
