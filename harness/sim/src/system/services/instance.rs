//! A running service with a pool of its own: what the backend and the auth service have in common.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{PgPool, Postgres};

use super::{Service, World};
use crate::system::readiness::Startup;

/// Time limit of the database question behind a health answer.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// Longest wait for a connection of the pool.
pub(crate) const ACQUIRE_LIMIT: Duration = Duration::from_secs(60);

/// A service that needs the database.
pub(crate) struct Instance {
    pub(crate) service: Service,
    pub(crate) world: Arc<World>,
    pub(crate) pool: PgPool,
    /// Connections that are never given back.
    leaked: Mutex<Vec<PoolConnection<Postgres>>>,
}

/// How to reach the database.
pub(crate) struct Way<'a> {
    pub(crate) port: u16,
    pub(crate) role: &'a str,
    pub(crate) password: &'a str,
    pub(crate) database: &'a str,
    pub(crate) pool_size: u32,
}

impl Instance {
    pub(crate) fn new(service: Service, world: Arc<World>, way: &Way<'_>) -> Arc<Self> {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(way.port)
            .username(way.role)
            .password(way.password)
            .database(way.database)
            .application_name(service.name())
            .ssl_mode(PgSslMode::Disable);
        let limit = world.time_scale.limit(ACQUIRE_LIMIT.min(world.profile.faults.init_timeout));
        let pool = PgPoolOptions::new()
            .max_connections(way.pool_size)
            .acquire_timeout(limit)
            .connect_lazy_with(options);
        Arc::new(Instance { service, world, pool, leaked: Mutex::default() })
    }

    pub(crate) fn startup(&self) -> Startup {
        self.world.readiness.of(self.service)
    }

    /// Whether the database answers through this instance's own pool, in time.
    pub(crate) async fn database_answers(&self) -> bool {
        let asked = sqlx::query("SELECT 1").execute(&self.pool);
        matches!(tokio::time::timeout(self.world.time_scale.limit(HEALTH_LIMIT), asked).await, Ok(Ok(_)))
    }

    /// One number from the database, in time.
    pub(crate) async fn number(&self, question: &'static str) -> Option<i64> {
        let asked = sqlx::query_scalar::<_, i64>(question).fetch_one(&self.pool);
        tokio::time::timeout(self.world.time_scale.limit(HEALTH_LIMIT), asked).await.ok()?.ok()
    }

    /// Takes connections for good.
    pub(crate) async fn leak(&self, connections: usize) -> Result<(), sqlx::Error> {
        for _ in 0..connections {
            let connection = self.pool.acquire().await?;
            crate::servers::lock::locked(&self.leaked).push(connection);
        }
        Ok(())
    }

    /// The answer of a service whose startup has not completed; none once it has.
    pub(crate) fn not_started(&self) -> Option<Response> {
        let body = match self.startup() {
            Startup::Ready => return None,
            Startup::Starting { phase } => json!({
                "status": "unhealthy",
                "message": "startup is in progress",
                "startup_in_progress": true,
                "details": {"phase": phase},
            }),
            Startup::Failed { phase, reason } | Startup::Restarting { phase, reason } => json!({
                "status": "unhealthy",
                "message": format!("startup failed in phase {phase}: {reason}"),
                "startup_failed": true,
                "details": {"phase": phase},
            }),
            Startup::Absent => {
                json!({"status": "unhealthy", "message": "there is no such process"})
            }
        };
        Some(unavailable(body))
    }
}

/// 503 with a body.
pub(crate) fn unavailable(body: Value) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

/// 200 or 503 with the same body.
pub(crate) fn answer(healthy: bool, body: Value) -> Response {
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
