//! What everything on the simulated platform is called and set to: one table, nothing else. The names are the ones of
//! the modelled staging; images end in `.invalid`, hosts in `.test`, so none of them resolves.

use serde::Serialize;

use crate::system::service::Service;

/// The names of the simulated platform's parts, as a target file needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Names {
    /// The project's id.
    pub project: &'static str,
    /// The project's number.
    pub project_number: &'static str,
    /// Where everything regional is.
    pub region: &'static str,
    /// The Cloud Run service of the backend.
    pub backend_service: &'static str,
    /// The Cloud Run service of the auth service.
    pub auth_service: &'static str,
    /// The Cloud Run service of the frontend.
    pub frontend_service: &'static str,
    /// The backend's newest revision.
    pub backend_revision: &'static str,
    /// The auth service's newest revision.
    pub auth_revision: &'static str,
    /// The frontend's newest revision.
    pub frontend_revision: &'static str,
    /// `jsonPayload.context.name` of the backend's startup lines.
    pub backend_logger: &'static str,
    /// `jsonPayload.context.name` of the auth service's startup lines.
    pub auth_logger: &'static str,
    /// The backend's image, by digest.
    pub backend_image: &'static str,
    /// The auth service's image, by digest.
    pub auth_image: &'static str,
    /// The frontend's image, by digest.
    pub frontend_image: &'static str,
    /// The commit that was deployed; label `commit-sha` of services and revisions.
    pub commit: &'static str,
    /// The VPC connector.
    pub connector: &'static str,
    /// The network the connector leads into.
    pub network: &'static str,
    /// The connector's own addresses.
    pub connector_cidr: &'static str,
    /// The egress setting of the services that use the connector.
    pub egress: &'static str,
    /// The Cloud SQL instance.
    pub sql_instance: &'static str,
    /// The same as services name it: `project:region:instance`.
    pub sql_connection: &'static str,
    /// The Redis instance.
    pub redis_instance: &'static str,
    /// The load balancer's URL map.
    pub url_map: &'static str,
    /// The load balancer's managed certificate.
    pub certificate: &'static str,
    /// Host that the URL map sends to `api_backend`.
    pub api_host: &'static str,
    /// Host that the URL map sends to `auth_backend`.
    pub auth_host: &'static str,
    /// Host that the URL map sends to `frontend_backend`.
    pub app_host: &'static str,
    /// The load balancer's backend service of the API.
    pub api_backend: &'static str,
    /// The load balancer's backend service of the auth service.
    pub auth_backend: &'static str,
    /// The load balancer's backend service of the frontend.
    pub frontend_backend: &'static str,
    /// The secrets that the services mount.
    pub secrets: &'static [&'static str],
    /// The account that probes run as.
    pub probe_account: &'static str,
    /// The account that the services run as.
    pub runtime_account: &'static str,
}

/// The simulated platform's names. They are the same in every profile: a profile changes what is there, not what
/// should be.
pub const fn platform_names() -> &'static Names {
    &NAMES
}

/// The table itself.
pub(crate) static NAMES: Names = Names {
    project: "netra-staging",
    project_number: "701982941522",
    region: "us-central1",
    backend_service: "netra-backend-staging",
    auth_service: "netra-auth-service",
    frontend_service: "netra-frontend-staging",
    backend_revision: "netra-backend-staging-00042-kif",
    auth_revision: "netra-auth-service-00031-wob",
    frontend_revision: "netra-frontend-staging-00028-lup",
    backend_logger: "netra_backend.app.smd",
    auth_logger: "auth_service.app.smd",
    backend_image: "images.invalid/netra-staging/netra-backend-staging@sha256:6b1f0c9d52a7e8343f6f0a9cbb21d0de75c2a1f4980e3b7d1c6655aa09e4f712",
    auth_image: "images.invalid/netra-staging/netra-auth-service@sha256:a3d57b6120fe49c8817e02bd6c94f3350e1b8d27ca60f594d7326be8f10c5a49",
    frontend_image: "images.invalid/netra-staging/netra-frontend-staging@sha256:0e82c4f7b15a963dd1407f6ea92b58c3f7d604e1823bca5590ef17a6d43c2b98",
    commit: "4f2c1e9a7b3d5c6e8f0a1b2c3d4e5f6a7b8c9d0e",
    connector: "staging-connector",
    network: "staging-vpc",
    connector_cidr: "10.2.0.0/28",
    egress: "private-ranges-only",
    sql_instance: "staging-shared-postgres",
    sql_connection: "netra-staging:us-central1:staging-shared-postgres",
    redis_instance: "staging-redis",
    url_map: "staging-url-map",
    certificate: "staging-managed-cert-complete",
    api_host: "api.staging.test",
    auth_host: "auth.staging.test",
    app_host: "app.staging.test",
    api_backend: "staging-api-backend",
    auth_backend: "staging-auth-backend",
    frontend_backend: "staging-frontend-backend",
    secrets: &[
        "postgres-host-staging",
        "postgres-port-staging",
        "postgres-db-staging",
        "postgres-user-staging",
        "postgres-password-staging",
        "redis-host-staging",
        "redis-port-staging",
        "redis-password-staging",
        "redis-url-staging",
        "jwt-secret-staging",
        "secret-key-staging",
        "service-secret-staging",
        "service-id-staging",
        "fernet-key-staging",
    ],
    probe_account: "fixproof-probe@netra-staging.iam.gserviceaccount.invalid",
    runtime_account: "netra-staging-runtime@netra-staging.iam.gserviceaccount.invalid",
};

/// A Cloud Run service as it was deployed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployed {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) image: &'static str,
    pub(crate) logger: &'static str,
    pub(crate) port: u16,
    pub(crate) cpu: &'static str,
    pub(crate) memory: &'static str,
    /// Fewest and most instances: pools of all of them together must fit into the database.
    pub(crate) scale: (u32, u32),
    /// Connections of one instance's pool; none where it has no pool.
    pub(crate) pool: Option<u32>,
}

/// The three of them.
pub(crate) static DEPLOYED: [Deployed; 3] = [
    Deployed {
        service: Service::Backend,
        name: NAMES.backend_service,
        revision: NAMES.backend_revision,
        previous: "netra-backend-staging-00041-fam",
        next: "netra-backend-staging-00043-duz",
        image: NAMES.backend_image,
        logger: NAMES.backend_logger,
        port: 8000,
        cpu: "4",
        memory: "4Gi",
        scale: (1, 4),
        pool: Some(20),
    },
    Deployed {
        service: Service::Auth,
        name: NAMES.auth_service,
        revision: NAMES.auth_revision,
        previous: "netra-auth-service-00030-hex",
        next: "netra-auth-service-00032-rud",
        image: NAMES.auth_image,
        logger: NAMES.auth_logger,
        port: 8080,
        cpu: "1",
        memory: "512Mi",
        scale: (1, 2),
        pool: Some(5),
    },
    Deployed {
        service: Service::Frontend,
        name: NAMES.frontend_service,
        revision: NAMES.frontend_revision,
        previous: "netra-frontend-staging-00027-nij",
        next: "netra-frontend-staging-00029-bol",
        image: NAMES.frontend_image,
        logger: "netra_frontend",
        port: 3000,
        cpu: "1",
        memory: "512Mi",
        scale: (1, 10),
        pool: None,
    },
];

impl Deployed {
    /// The Cloud Run service behind one of ours.
    pub(crate) fn of(service: Service) -> &'static Deployed {
        match service {
            Service::Backend => &DEPLOYED[0],
            Service::Auth => &DEPLOYED[1],
            Service::Frontend => &DEPLOYED[2],
        }
    }

    /// The Cloud Run service of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Deployed> {
        DEPLOYED.iter().find(|deployed| deployed.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pools_of_all_instances_fit_into_the_database() {
        let wanted: u32 =
            DEPLOYED.iter().filter_map(|deployed| Some(deployed.pool? * deployed.scale.1)).sum();
        assert!(wanted <= 97, "{wanted}");
    }
}
