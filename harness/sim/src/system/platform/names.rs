//! What everything on the simulated platform is called and set to: one table, nothing else. The names are the ones of
//! the modelled staging; images end in `.invalid`, hosts in `.test`, so none of them resolves.

use serde::Serialize;

use crate::system::service::Service;

/// Declares the names as a struct and its only value: one row a name.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $value:expr;)*) => {
        /// The names of the simulated platform's parts, as a target file needs them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub struct Names { $($(#[$doc])* pub $name: $kind,)* }

        pub(crate) static NAMES: Names = Names { $($name: $value),* };
    };
}

names! {
    /// The project's id.
    project: &'static str = "netra-staging";
    /// The project's number.
    project_number: &'static str = "701982941522";
    /// Where everything regional is.
    region: &'static str = "us-central1";
    /// The Cloud Run service of the backend.
    backend_service: &'static str = "netra-backend-staging";
    /// The Cloud Run service of the auth service.
    auth_service: &'static str = "netra-auth-service";
    /// The Cloud Run service of the frontend.
    frontend_service: &'static str = "netra-frontend-staging";
    /// The backend's newest revision.
    backend_revision: &'static str = "netra-backend-staging-00042-kif";
    /// The auth service's newest revision.
    auth_revision: &'static str = "netra-auth-service-00031-wob";
    /// The frontend's newest revision.
    frontend_revision: &'static str = "netra-frontend-staging-00028-lup";
    /// `jsonPayload.context.name` of the backend's startup lines.
    backend_logger: &'static str = "netra_backend.app.smd";
    /// `jsonPayload.context.name` of the auth service's startup lines.
    auth_logger: &'static str = "auth_service.app.smd";
    /// The backend's image, by digest.
    backend_image: &'static str =
        "images.invalid/netra-staging/netra-backend-staging@sha256:6b1f0c9d52a7e8343f6f0a9cbb21d0de75c2a1f4980e3b7d1c6655aa09e4f712";
    /// The auth service's image, by digest.
    auth_image: &'static str =
        "images.invalid/netra-staging/netra-auth-service@sha256:a3d57b6120fe49c8817e02bd6c94f3350e1b8d27ca60f594d7326be8f10c5a49";
    /// The frontend's image, by digest.
    frontend_image: &'static str =
        "images.invalid/netra-staging/netra-frontend-staging@sha256:0e82c4f7b15a963dd1407f6ea92b58c3f7d604e1823bca5590ef17a6d43c2b98";
    /// The commit that was deployed; label `commit-sha` of services and revisions.
    commit: &'static str = "4f2c1e9a7b3d5c6e8f0a1b2c3d4e5f6a7b8c9d0e";
    /// The VPC connector.
    connector: &'static str = "staging-connector";
    /// The network the connector leads into.
    network: &'static str = "staging-vpc";
    /// The connector's own addresses.
    connector_cidr: &'static str = "10.2.0.0/28";
    /// The egress setting of the services that use the connector.
    egress: &'static str = "private-ranges-only";
    /// The Cloud SQL instance.
    sql_instance: &'static str = "staging-shared-postgres";
    /// The same as services name it: `project:region:instance`.
    sql_connection: &'static str = "netra-staging:us-central1:staging-shared-postgres";
    /// The Redis instance.
    redis_instance: &'static str = "staging-redis";
    /// The load balancer's URL map.
    url_map: &'static str = "staging-url-map";
    /// The load balancer's managed certificate.
    certificate: &'static str = "staging-managed-cert-complete";
    /// Host that the URL map sends to `api_backend`.
    api_host: &'static str = "api.staging.test";
    /// Host that the URL map sends to `auth_backend`.
    auth_host: &'static str = "auth.staging.test";
    /// Host that the URL map sends to `frontend_backend`.
    app_host: &'static str = "app.staging.test";
    /// The load balancer's backend service of the API.
    api_backend: &'static str = "staging-api-backend";
    /// The load balancer's backend service of the auth service.
    auth_backend: &'static str = "staging-auth-backend";
    /// The load balancer's backend service of the frontend.
    frontend_backend: &'static str = "staging-frontend-backend";
    /// The secrets that the services mount.
    secrets: &'static [&'static str] = &[
        "postgres-host-staging", "postgres-port-staging", "postgres-db-staging", "postgres-user-staging",
        "postgres-password-staging", "redis-host-staging", "redis-port-staging", "redis-password-staging",
        "redis-url-staging", "jwt-secret-staging", "secret-key-staging", "service-secret-staging",
        "service-id-staging", "fernet-key-staging",
    ];
    /// The account that probes run as.
    probe_account: &'static str = "fixproof-probe@netra-staging.iam.gserviceaccount.invalid";
    /// The account that the services run as.
    runtime_account: &'static str = "netra-staging-runtime@netra-staging.iam.gserviceaccount.invalid";
}

/// The simulated platform's names. They are the same in every profile: a profile changes what is there, not what
/// should be.
pub const fn platform_names() -> &'static Names {
    &NAMES
}

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
