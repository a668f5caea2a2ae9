//! Where the simulated services are, and the made-up secrets that open them. Data only.

use serde::Serialize;

use crate::servers::seed::mix;

/// Where a started staging listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// `http://127.0.0.1:PORT` of the frontend.
    pub frontend: String,
    /// `http://127.0.0.1:PORT` of the backend.
    pub backend: String,
    /// `http://127.0.0.1:PORT` of the auth service.
    pub auth: String,
    /// The database, through the connector that is the probe's alone.
    pub database: DatabaseAddress,
    /// `ws://127.0.0.1:PORT/ws`: the chat, on the backend's own listener.
    pub websocket: String,
    /// `127.0.0.1:PORT` of the name server, over UDP and TCP; it knows the three hosts.
    pub dns: String,
    /// `127.0.0.1:PORT` of the load balancer, which ends TLS and forwards the bytes by the client's server name (SNI).
    pub edge: String,
    /// Name of the frontend's host, in the name server and in the load balancer's certificate.
    pub frontend_host: String,
    /// Name of the backend's host.
    pub backend_host: String,
    /// Name of the auth service's host.
    pub auth_host: String,
    /// `http://127.0.0.1:PORT` of the platform: its metadata server and its APIs.
    pub platform: String,
}

/// What a PostgreSQL client needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseAddress {
    /// Always `127.0.0.1`.
    pub host: String,
    /// Port of the probe's connector.
    pub port: u16,
    /// An ordinary role, which may not use the reserved slots.
    pub user: String,
    /// Made up; valid unless the profile changed it.
    pub password: String,
    /// `netra_staging`.
    pub name: String,
}

impl DatabaseAddress {
    /// `postgres://user:password@host:port/name`.
    pub fn url(&self) -> String {
        format!("postgres://{}:{}@{}:{}/{}", self.user, self.password, self.host, self.port, self.name)
    }
}

/// Made-up secrets: canaries that no report may show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// E-mail address of the test user.
    pub email: String,
    /// Password of the test user for `POST /auth/login`.
    pub password: String,
    /// Value of `X-E2E-Bypass-Key` for `POST /auth/e2e/test-auth`.
    pub e2e_bypass_key: String,
    /// `service_id` for `POST /auth/service-token`.
    pub service_id: String,
    /// `service_secret` for `POST /auth/service-token`.
    pub service_secret: String,
    /// Certificate authority of the database's TLS certificate, in PEM.
    pub database_ca_pem: String,
    /// Certificate authority that the load balancer's certificate is to be verified with, in PEM.
    pub edge_ca_pem: String,
}

impl Credentials {
    pub(crate) fn made_up(seed: u64, database_ca_pem: String, edge_ca_pem: String) -> Self {
        let canary = |what: &str, salt: u64| format!("canary-{what}-{:016x}", mix(seed, salt));
        Credentials {
            email: "e2e@staging.invalid".to_owned(),
            password: canary("login", 101),
            e2e_bypass_key: canary("bypass", 102),
            // Not a piece of a public name: a secret is masked wherever it occurs.
            service_id: canary("service-id", 104),
            service_secret: canary("service", 103),
            database_ca_pem,
            edge_ca_pem,
        }
    }
}
