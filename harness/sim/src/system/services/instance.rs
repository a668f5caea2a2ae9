//! A running service with a pool of its own: what the backend and the auth service have in common.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{PgPool, Postgres};

use super::state::ServiceState;
use super::tokens::Claims;
use crate::servers::http::unavailable;
use crate::system::context::Context;
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;
use crate::system::service::Service;

/// Time limit of the database question behind a health answer.
const HEALTH_LIMIT: Duration = Duration::from_secs(2);

/// Longest wait for a connection of the pool.
pub(crate) const ACQUIRE_LIMIT: Duration = Duration::from_secs(60);

/// What handlers get.
pub(crate) type Shared = State<Arc<Instance>>;

/// A service that needs the database.
pub(crate) struct Instance {
    pub(crate) service: Service,
    pub(crate) context: Arc<Context>,
    pub(crate) state: Arc<ServiceState>,
    pub(crate) pool: PgPool,
    /// Connections that are never given back.
    leaked: Mutex<Vec<PoolConnection<Postgres>>>,
}

/// How to reach the database.
pub(crate) struct DatabaseAccess<'a> {
    pub(crate) port: u16,
    pub(crate) role: &'a str,
    pub(crate) password: &'a str,
    pub(crate) database: &'a str,
    pub(crate) pool_size: u32,
}

impl Instance {
    pub(crate) fn new(
        service: Service,
        context: Arc<Context>,
        state: Arc<ServiceState>,
        way: &DatabaseAccess<'_>,
    ) -> Arc<Self> {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(way.port)
            .username(way.role)
            .password(way.password)
            .database(way.database)
            .application_name(service.name())
            .ssl_mode(PgSslMode::Disable);
        let limit = context.time_scale.limit(ACQUIRE_LIMIT.min(context.profile.faults.init_timeout));
        let pool = PgPoolOptions::new()
            .max_connections(way.pool_size)
            .acquire_timeout(limit)
            .connect_lazy_with(options);
        Arc::new(Instance { service, context, state, pool, leaked: Mutex::default() })
    }

    pub(crate) fn startup(&self) -> Startup {
        self.state.readiness.of(self.service)
    }

    /// Whether the database answers through this instance's own pool, in time.
    pub(crate) async fn database_answers(&self) -> bool {
        let asked = sqlx::query("SELECT 1").execute(&self.pool);
        matches!(tokio::time::timeout(self.context.time_scale.limit(HEALTH_LIMIT), asked).await, Ok(Ok(_)))
    }

    /// One number from the database, in time.
    pub(crate) async fn number(&self, question: &'static str) -> Option<i64> {
        let asked = sqlx::query_scalar::<_, i64>(question).fetch_one(&self.pool);
        tokio::time::timeout(self.context.time_scale.limit(HEALTH_LIMIT), asked).await.ok()?.ok()
    }

    /// Takes connections for good.
    pub(crate) async fn leak(&self, connections: usize) -> Result<(), sqlx::Error> {
        for _ in 0..connections {
            let connection = self.pool.acquire().await?;
            crate::servers::lock::locked(&self.leaked).push(connection);
        }
        Ok(())
    }

    /// The claims of a token, if the backend accepts it.
    pub(crate) fn accepted(&self, token: &str) -> Option<Claims> {
        match self.context.has_app_fault(AppFault::TokensNotVerified) {
            // Not even the shape of the claims is checked: any token is accepted.
            true => Some(self.state.tokens.unverified(token).unwrap_or_else(|| Claims::of("unverified"))),
            false => self.state.tokens.verified(token).filter(Claims::opens),
        }
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
