//! Every profile does what its summary says, and nothing else: one row a profile.
//!
//! A row says what `GET /health` of each service answers (`200`, `503`, `refused`, `silent`, `garbage`, `slow`), what a
//! session through the probe's route comes to (`ok`, `refused`, `reset`, `timeout`, an SQLSTATE), and what else differs
//! from a healthy staging: `METHOD SERVICE PATH STATUS [POINTER=JSON | POINTER>NUMBER | late:SECONDS]…`.

/// One profile.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) profile: &'static str,
    pub(crate) backend: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) frontend: &'static str,
    pub(crate) database: &'static str,
    pub(crate) more: &'static [&'static str],
}

pub(crate) const fn row(
    profile: &'static str,
    [backend, auth, frontend, database]: [&'static str; 4],
    more: &'static [&'static str],
) -> Row {
    Row { profile, backend, auth, frontend, database, more }
}

pub(crate) const ALL_WELL: [&str; 4] = ["200", "200", "200", "ok"];
const NO_POOL: [&str; 2] = [
    r#"GET backend /health 503 /startup_failed=true /details/phase="database""#,
    r#"GET frontend /health 200 /status="degraded""#,
];

/// All of them.
pub(crate) static ROWS: &[Row] = &[
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
    row("database-refused", ["503", "200", "200", "refused"], &NO_POOL),
    row("database-reset", ["503", "200", "200", "reset"], &NO_POOL),
    row("database-reset-later", ["503", "200", "200", "reset"], &NO_POOL),
    row("database-silent", ["503", "200", "200", "timeout"], &NO_POOL),
    row("database-slow-connect", ["200", "200", "200", "timeout"], &[]),
    row("database-slow-network", ALL_WELL, &[]),
    row("database-too-many-connections", ["503", "503", "200", "53300"], &NO_POOL),
    row("database-starting-up", ["503", "503", "200", "57P03"], &NO_POOL),
    row("database-wrong-password", ["503", "503", "200", "28P01"], &NO_POOL),
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
        &["GET backend /health/pool-metrics 200 /current_status/size>17 /utilization/utilization_percent>80"],
    ),
    row(
        "database-env-invalid",
        ALL_WELL,
        &[r#"GET backend /health/database-env 200 /validation/valid=false /environment="development""#],
    ),
    row(
        "backend-down",
        ["refused", "200", "200", "ok"],
        &[r#"GET frontend /health 200 /status="degraded" /dependencies/backend/status="unreachable""#],
    ),
    row("backend-slow", ["slow", "200", "200", "ok"], &[r#"GET backend /health 200 /status="healthy""#]),
    row("backend-sluggish", ALL_WELL, &["GET backend /health 200 late:3"]),
    row("database-check-slow", ALL_WELL, &["GET backend /health/database 200 late:12"]),
    row("answer-slow", ALL_WELL, &["POST backend /agent+token 200 late:65"]),
    row("websocket-slow", ALL_WELL, &["GET backend /ws 400 late:22"]),
    row("backend-silent", ["silent", "200", "200", "ok"], &[]),
    row("backend-garbage", ["garbage", "200", "200", "ok"], &[]),
    row(
        "backend-not-json",
        ["200", "200", "200", "ok"],
        &["GET backend /health 200 =null", "GET backend /health/ready 200 =null"],
    ),
    row(
        "backend-empty-object",
        ["200", "200", "200", "ok"],
        &["GET backend /health 200 ={}", "GET backend /health/ready 200 ={}"],
    ),
    row(
        "backend-wrong-identity",
        ["200", "200", "200", "ok"],
        &[r#"GET backend /health 200 /service="frontend""#, "GET backend /health/ready 404"],
    ),
    row("cached-answers", ALL_WELL, &[r#"GET backend /health 200 /status="healthy""#]),
    row(
        "auth-down",
        ["200", "refused", "200", "ok"],
        &[r#"GET frontend /health 200 /status="degraded" /dependencies/backend/status="healthy""#],
    ),
    row("auth-slow", ["200", "slow", "200", "ok"], &[r#"GET auth /health 200 /status="healthy""#]),
    row("login-slow", ALL_WELL, &["GET auth /auth/e2e/test-auth 405 late:15"]),
    row("auth-not-json", ["200", "200", "200", "ok"], &["GET auth /health 200 =null"]),
    row("frontend-down", ["200", "200", "refused", "ok"], &[]),
    row("frontend-slow", ["200", "200", "slow", "ok"], &[r#"GET frontend /health 200 /status="healthy""#]),
    row("page-slow", ALL_WELL, &["GET frontend / 200 late:7"]),
    row(
        "frontend-degraded",
        ALL_WELL,
        &[
            r#"GET frontend /health 200 /status="degraded" /dependencies/auth/status="unreachable""#,
            r#"GET auth /health 200 /status="healthy""#,
        ],
    ),
    row("login-broken", ALL_WELL, &["POST auth /login 500"]),
    row("login-empty-token", ALL_WELL, &[r#"POST auth /login 200 /access_token="" /expires_in=900"#]),
    row(
        "tokens-not-verified",
        ALL_WELL,
        &["GET backend /api/threads+tampered 200", "GET backend /api/threads 401"],
    ),
    row("agent-open", ALL_WELL, &["POST backend /agent 200", "GET backend /api/threads 401"]),
    row("cors-wrong", ALL_WELL, &["OPTIONS backend /api/threads 400"]),
    row(
        "breaker-open",
        ALL_WELL,
        &["GET backend /health/circuit-breakers 200 /health_summary/open_breakers=1"],
    ),
    row("agents-fallback", ALL_WELL, &["GET backend /health/agents 200 /fallback_mode=true /agents_count=0"]),
    row(
        "redis-degraded",
        ALL_WELL,
        &[
            r#"GET backend /health/ready 200 /redis_db="vpc_connectivity_degraded""#,
            r#"GET backend /health/infrastructure 200 /degraded_components=["redis"]"#,
        ],
    ),
    row("system-degraded", ALL_WELL, &[r#"GET backend /health/system/comprehensive 200 /status="degraded""#]),
    row(
        "websocket-not-ready",
        ALL_WELL,
        &[
            "GET backend /health/ready 200 /websocket_readiness/websocket_ready=false",
            r#"GET backend /health/infrastructure 200 /degraded_components=["websocket"]"#,
        ],
    ),
];
