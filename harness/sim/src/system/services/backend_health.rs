//! The backend's health contract. Everything about the database comes from a query through the pool at that moment.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use serde_json::{Map, Value, json};

use super::instance::{ACQUIRE_LIMIT, Instance, Shared};
use crate::servers::http::{answer, unavailable};
use crate::servers::wall_clock::{epoch, timestamp};
use crate::system::profile::AppFault;
use crate::system::service::{ENVIRONMENT, VERSION};

/// Tables and columns that the backend needs.
const NEEDED: &[&str] = &["agent_runs", "messages", "threads", "users"];

/// The whole contract: paths and their handlers.
fn table() -> Vec<(&'static str, MethodRouter<Arc<Instance>>)> {
    vec![
        ("/health", get(basic)),
        ("/health/live", get(live)),
        ("/health/ready", get(ready)),
        ("/health/startup", get(startup)),
        ("/health/backend", get(capabilities)),
        ("/health/infrastructure", get(infrastructure)),
        ("/health/circuit-breakers", get(breakers)),
        ("/health/schema-validation", get(schema)),
        ("/health/database-env", get(database_env)),
        ("/health/database", get(database)),
        ("/health/pool-metrics", get(pool_metrics)),
        ("/health/agents", get(agents)),
        ("/health/system/comprehensive", get(comprehensive)),
    ]
}

/// The routes below `/health`.
pub(crate) fn routes() -> Router<Arc<Instance>> {
    let router = Router::new().route("/health/", get(basic));
    table().into_iter().fold(router, |router, (path, answers)| router.route(path, answers))
}

/// Every path of the contract.
pub(crate) fn contract() -> Vec<&'static str> {
    table().into_iter().map(|(path, _)| path).collect()
}

const SERVICE: &str = "netra-ai-platform";

fn no_database() -> Value {
    json!({"status": "unhealthy", "service": SERVICE, "message": "Core database unavailable", "timestamp": epoch()})
}

async fn basic(State(instance): Shared) -> Response {
    match instance.database_answers().await {
        true => answer(
            true,
            json!({"status": "healthy", "service": SERVICE, "version": VERSION, "timestamp": epoch()}),
        ),
        false => unavailable(no_database()),
    }
}

async fn live() -> Response {
    answer(
        true,
        json!({"status": "healthy", "service": SERVICE, "version": VERSION, "environment": ENVIRONMENT, "timestamp": timestamp()}),
    )
}

async fn ready(State(instance): Shared) -> Response {
    if !instance.database_answers().await {
        return unavailable(no_database());
    }
    let websocket = !instance.context.has_app_fault(AppFault::WebsocketNotReady);
    answer(
        true,
        json!({
            "status": "ready",
            "service": SERVICE,
            "timestamp": epoch(),
            "environment": ENVIRONMENT,
            "core_db": "connected",
            "clickhouse_db": "skipped_optional",
            "redis_db": if instance.context.has_app_fault(AppFault::RedisDegraded) { "vpc_connectivity_degraded" } else { "connected" },
            "websocket_readiness": {
                "status": if websocket { "ready" } else { "not_ready" },
                "websocket_ready": websocket,
                "details": {"phase": "finalize", "pending_handlers": if websocket { 0 } else { 2 }},
            },
            "details": {"startup_complete": true},
        }),
    )
}

fn readiness(holds: bool) -> &'static str {
    if holds { "ready" } else { "not_ready" }
}

async fn startup(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    let redis = !instance.context.has_app_fault(AppFault::RedisDegraded);
    let websocket = !instance.context.has_app_fault(AppFault::WebsocketNotReady);
    let check = |holds: bool, what: &str| json!({"status": readiness(holds), "message": format!("{what} {}", if holds { "answers" } else { "does not answer" })});
    let all = database && redis && websocket;
    answer(
        all,
        json!({
            "status": readiness(all),
            "message": if all { "startup completed" } else { "startup checks failed" },
            "timestamp": timestamp(),
            "checks": {
                "database": check(database, "the database"),
                "redis": check(redis, "Redis"),
                "websocket": check(websocket, "the WebSocket manager"),
                "startup_module": check(true, "the startup module"),
            },
            "version": VERSION,
        }),
    )
}

async fn capabilities(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    let websocket = !instance.context.has_app_fault(AppFault::WebsocketNotReady);
    let agents = !instance.context.has_app_fault(AppFault::AgentsFallback);
    let held = [
        ("agent_execution", agents),
        ("tool_system", true),
        ("llm_integration", true),
        ("websocket_integration", websocket),
        ("database_connectivity", database),
    ];
    let degraded: Vec<&str> = held.iter().filter(|(_, holds)| !holds).map(|(name, _)| *name).collect();
    let score = (held.len() - degraded.len()) as f64 / held.len() as f64;
    let named: Map<String, Value> =
        held.iter().map(|(name, holds)| ((*name).to_owned(), json!(holds))).collect();
    answer(
        database,
        json!({
            "service": "backend-service",
            "version": VERSION,
            "timestamp": timestamp(),
            "environment": ENVIRONMENT,
            "status": match (database, degraded.is_empty()) { (false, _) => "unhealthy", (true, false) => "degraded", (true, true) => "healthy" },
            "capabilities": named,
            "service_criticality": {"postgres": "critical", "websocket": "critical", "llm": "optional", "redis": "optional", "auth_service": "important"},
            "degraded_services": degraded,
            "golden_path_ready": database && websocket && agents,
            "readiness_score": score,
            "failed_services": if database { json!({}) } else { json!({"postgres": "no answer through the pool"}) },
            "failure_analysis": {
                "should_fail": !database,
                "reason": if database { "all critical services answer" } else { "a critical service does not answer" },
                "environment_config": {"allow_partial_startup": true, "failure_threshold": 0.3},
            },
        }),
    )
}

async fn infrastructure(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    let redis = !instance.context.has_app_fault(AppFault::RedisDegraded);
    let websocket = !instance.context.has_app_fault(AppFault::WebsocketNotReady);
    let components = [
        ("database", "PostgreSQL", database, true),
        ("redis", "Redis", redis, false),
        ("websocket", "WebSocket", websocket, true),
    ];
    let degraded: Vec<&str> =
        components.iter().filter(|(.., holds, _)| !holds).map(|(name, ..)| *name).collect();
    let described: Map<String, Value> = components
        .iter()
        .map(|(name, component, holds, critical)| {
            let status = if *holds { "healthy" } else { "degraded" };
            ((*name).to_owned(), json!({"status": status, "component": component, "critical": critical, "issue_type": if *holds { Value::Null } else { json!("connectivity") }}))
        })
        .collect();
    answer(
        database,
        json!({
            "service": "infrastructure-monitoring",
            "environment": ENVIRONMENT,
            "timestamp": timestamp(),
            "status": if degraded.is_empty() { "healthy" } else { "degraded" },
            "infrastructure_components": described,
            "infrastructure_ready": degraded.is_empty(),
            "vpc_connectivity": {
                "overall": database && redis,
                "indicators": {"redis_connectivity": redis, "database_connectivity": database, "websocket_readiness": websocket},
                "degraded_count": degraded.len(),
            },
            "degraded_components": degraded,
        }),
    )
}

async fn breakers(State(instance): Shared) -> Response {
    let open = instance.context.has_app_fault(AppFault::BreakerOpen);
    let breaker = |name: &str, open: bool| json!({"name": name, "state": if open { "open" } else { "closed" }, "failure_count": if open { 3 } else { 0 }});
    answer(
        true,
        json!({
            "status": if open { "degraded" } else { "healthy" },
            "timestamp": timestamp(),
            "circuit_breakers": [breaker("database", open), breaker("redis", false), breaker("websocket", false)],
            "health_summary": {"total_breakers": 3, "open_breakers": u8::from(open), "half_open_breakers": 0, "closed_breakers": 3 - u8::from(open)},
        }),
    )
}

async fn schema(State(instance): Shared) -> Response {
    let asked = sqlx::query_scalar::<_, String>(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(&instance.pool);
    let limit = instance.context.time_scale.limit(std::time::Duration::from_secs(10));
    let Ok(Ok(found)) = tokio::time::timeout(limit, asked).await else {
        return unavailable(no_database());
    };
    let missing: Vec<&&str> =
        NEEDED.iter().filter(|needed| !found.iter().any(|name| name == *needed)).collect();
    answer(
        true,
        json!({"passed": missing.is_empty(), "missing_tables": missing, "missing_columns": {}, "type_mismatches": {}, "warnings": []}),
    )
}

async fn database_env(State(instance): Shared) -> Response {
    let invalid = instance.context.has_app_fault(AppFault::DatabaseEnvInvalid);
    let name = if invalid { "netra_dev" } else { instance.context.addresses.database.name.as_str() };
    let errors: &[&str] =
        if invalid { &["database name netra_dev does not belong to environment staging"] } else { &[] };
    answer(
        true,
        json!({
            "environment": if invalid { "development" } else { ENVIRONMENT },
            "database_name": name,
            "validation": {"valid": !invalid, "errors": errors, "warnings": []},
            "debug_mode": false,
            "safe_database_name": name,
        }),
    )
}

async fn database(State(instance): Shared) -> Response {
    let sessions = instance
        .number("SELECT count(*)::int8 FROM pg_stat_activity WHERE backend_type = 'client backend'")
        .await;
    answer(
        sessions.is_some(),
        json!({
            "status": if sessions.is_some() { "healthy" } else { "unhealthy" },
            "connected": sessions.is_some(),
            "pool_status": if sessions.is_some() { "active" } else { "unavailable" },
            "database_stats": {"active_connections": sessions, "last_activity": sessions.map(|_| timestamp())},
            "timestamp": timestamp(),
        }),
    )
}

async fn pool_metrics(State(instance): Shared) -> Response {
    let pool = &instance.pool;
    let limit = pool.options().get_max_connections();
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    let active = pool.size().saturating_sub(idle);
    let percent = f64::from(active) * 100.0 / f64::from(limit.max(1));
    answer(
        true,
        json!({
            "pool_configuration": {"pool_size": limit, "max_overflow": 0, "pool_timeout": ACQUIRE_LIMIT.as_secs()},
            "current_status": {"size": pool.size(), "idle": idle, "checked_out": active},
            "utilization": {"active_connections": active, "utilization_percent": percent},
            "timestamp": timestamp(),
        }),
    )
}

async fn agents(State(instance): Shared) -> Response {
    let fallback = instance.context.has_app_fault(AppFault::AgentsFallback);
    let mut body = json!({
        "status": "healthy",
        "message": if fallback { "the agent registry is not available" } else { "all agents answer" },
        "agents_count": if fallback { 0 } else { 3 },
        "fallback_mode": fallback,
        "timestamp": timestamp(),
    });
    if !fallback {
        body["system_overview"] =
            json!({"healthy_agents": ["supervisor", "triage", "data"], "unhealthy_agents": []});
    }
    answer(true, body)
}

async fn comprehensive(State(instance): Shared) -> Response {
    let database = instance.database_answers().await;
    let degraded = instance.context.has_app_fault(AppFault::SystemDegraded);
    let check = |holds: bool| json!({"status": if holds { "healthy" } else { "degraded" }});
    answer(
        database,
        json!({
            "status": match (database, degraded) { (false, _) => "unhealthy", (true, true) => "degraded", (true, false) => "healthy" },
            "service": SERVICE,
            "version": VERSION,
            "timestamp": timestamp(),
            "environment": ENVIRONMENT,
            "uptime_seconds": instance.context.uptime(),
            "checks": {"database": check(database), "agents": check(!instance.context.has_app_fault(AppFault::AgentsFallback)), "memory": check(!degraded)},
            "metrics": {"pool_size": instance.pool.size()},
            "sla_target": 99.9,
        }),
    )
}
