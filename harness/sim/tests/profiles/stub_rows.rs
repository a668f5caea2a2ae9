//! The profiles whose health contract is a stub: what the services answer meanwhile.

use crate::rows::{ALL_WELL, Row, row};

/// All of them.
pub(crate) static ROWS: &[Row] = &[
    row(
        "stub-partial",
        ALL_WELL,
        &[
            r#"GET backend /health 200 /service="netra-ai-platform""#,
            r#"GET backend /health/ready 200 /core_db="connected""#,
            r#"GET backend /health/startup 200 /status="ready""#,
            "GET backend /health/database-env 200 /validation/valid=false",
            "GET backend /health/infrastructure 503",
            "GET backend /health/backend 503",
            "GET backend /health/schema-validation 503",
            "GET backend /health/agents 503",
            "GET backend /health/system/comprehensive 503",
            r#"GET auth /health 200 /database_status="connected""#,
        ],
    ),
    row(
        "stub-self-reported-failures",
        ALL_WELL,
        &[
            "GET backend /health/schema-validation 200 /passed=false",
            "GET backend /health/database-env 200 /validation/valid=false",
            "GET backend /health/agents 200 /fallback_mode=true",
            r#"GET backend /health/system/comprehensive 200 /status="degraded""#,
            "GET backend /health/infrastructure 503",
            "GET backend /health/backend 503",
            r#"GET backend /health/ready 200 /core_db="connected""#,
        ],
    ),
    row(
        "stub-not-found",
        ["404", "404", "404", "ok"],
        &[
            "GET backend /health/system/comprehensive 404",
            "GET frontend /api/health 404",
            "GET frontend / 200",
            "POST auth /login 200",
        ],
    ),
    row(
        "stub-error-500",
        ["500", "500", "500", "ok"],
        &["GET backend /health/ready 500", "GET auth /health/auth 500", "POST auth /login 200"],
    ),
    row(
        "stub-empty-object",
        ALL_WELL,
        &[
            "GET backend /health 200 ={}",
            "GET auth /health 200 ={}",
            "GET frontend /health 200 ={}",
            "GET backend /health/schema-validation 200 ={}",
            "GET backend /health/no-such-thing 200 ={}",
        ],
    ),
    row(
        "stub-says-unhealthy",
        ALL_WELL,
        &[
            r#"GET backend /health 200 ={"status":"unhealthy"}"#,
            r#"GET auth /health/ready 200 ={"status":"unhealthy"}"#,
            r#"GET frontend /health 200 ={"status":"unhealthy"}"#,
        ],
    ),
    row(
        "stub-html",
        ALL_WELL,
        &["GET backend /health 200 =null", "GET auth /health 200 =null", "GET frontend /health 200 =null"],
    ),
    row(
        "stub-contract",
        ALL_WELL,
        &[
            r#"GET backend /health 200 ={"status":"ok"}"#,
            r#"GET backend /health/ready 200 ={"status":"ready"}"#,
            r#"GET backend /health/startup 200 ={"status":"ok"}"#,
            r#"GET backend /health/backend 200 ={"status":"ok"}"#,
            "GET backend /health/schema-validation 404",
            "GET backend /health/database-env 404",
            "GET backend /health/agents 404",
            "GET backend /health/system/comprehensive 404",
            "GET backend /health/database 200 /connected=true",
            "GET backend /health/pool-metrics 200",
            r#"GET auth /health 200 /service="auth-service""#,
        ],
    ),
    row(
        "stub-rich-contract",
        ALL_WELL,
        &[
            r#"GET backend /health 200 /status="healthy""#,
            r#"GET backend /health/startup 503 /reason="basic_health_failed""#,
            "GET backend /health/backend 200 /capabilities/database_connectivity=false /readiness_score=0.8",
            "GET backend /health/infrastructure 200 /infrastructure_ready=false /vpc_connectivity/overall=false",
            "GET backend /health/schema-validation 200 /passed=true",
            "GET backend /health/database-env 200 /validation/valid=false",
            "GET backend /health/agents 200 /fallback_mode=true",
            "GET backend /health/system/comprehensive 500",
            "GET backend /health/circuit-breakers 404",
            r#"GET backend /health/ready 200 /status="ready""#,
        ],
    ),
];
