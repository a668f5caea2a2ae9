//! How a Cloud Run service is deployed, with what the profile has wrong with it. Two interfaces show it, each in its own
//! shape; both read it here.

use super::names::{Deployed, NAMES};
use super::revisions::{self, backend_has};
use crate::system::context::Context;
use crate::system::profile::PlatformFault;

/// What the previous revision runs.
const OLD_DIGEST: &str = "sha256:5d90ab3e7714fc2268d1be40c7f3a95206e8d41b9c3375fa0d2287e16b4c9f03";
const OLD_COMMIT: &str = "b7e0d3c9f1a24568e9d0c7b6a5f4e3d2c1b0a998";

/// Seconds a request may take.
const TIMEOUT: u32 = 600;
const SHORT_TIMEOUT: u32 = 60;

/// A service's settings.
pub(crate) struct Deployment {
    pub(crate) deployed: &'static Deployed,
    pub(crate) url: String,
    pub(crate) ready: bool,
    pub(crate) latest_created: &'static str,
    /// The generation that the platform has acted upon, out of `GENERATION`.
    pub(crate) observed: u32,
    pub(crate) traffic: Vec<(&'static str, u32)>,
    pub(crate) newest: Revision,
}

/// How often a service was changed.
pub(crate) const GENERATION: u32 = 42;

/// One revision's settings.
pub(crate) struct Revision {
    pub(crate) name: &'static str,
    pub(crate) ready: bool,
    pub(crate) created: time::OffsetDateTime,
    pub(crate) image: String,
    pub(crate) commit: &'static str,
    pub(crate) connector: Option<&'static str>,
    pub(crate) egress: &'static str,
    pub(crate) timeout: u32,
    pub(crate) environment: Vec<(&'static str, Setting)>,
}

/// What an environment variable is set to. Never a secret's value.
pub(crate) enum Setting {
    Plain(String),
    Secret(&'static str),
}

impl Deployment {
    pub(crate) fn of(context: &Context, deployed: &'static Deployed) -> Self {
        let has = |fault| backend_has(context, deployed.service, fault);
        let stale = has(PlatformFault::RevisionStale);
        Deployment {
            deployed,
            url: context.base(deployed.service).to_owned(),
            ready: !has(PlatformFault::RevisionNotReady),
            latest_created: if stale { deployed.next } else { deployed.revision },
            observed: if stale { GENERATION - 1 } else { GENERATION },
            traffic: revisions::traffic(context, deployed),
            newest: Revision::newest(context, deployed),
        }
    }

    /// Its revisions, newest first.
    pub(crate) fn revisions(&self, context: &Context) -> Vec<Revision> {
        let mut found =
            vec![Revision::newest(context, self.deployed), Revision::previous(context, self.deployed)];
        if self.latest_created != self.deployed.revision {
            let newest = Revision::newest(context, self.deployed);
            found.insert(
                0,
                Revision { name: self.latest_created, ready: false, created: context.started_at, ..newest },
            );
        }
        found
    }
}

impl Revision {
    fn newest(context: &Context, deployed: &'static Deployed) -> Self {
        let has = |fault| backend_has(context, deployed.service, fault);
        let wrong = has(PlatformFault::DeploymentWrongImage);
        Revision {
            name: deployed.revision,
            ready: !has(PlatformFault::RevisionNotReady),
            created: revisions::created(context, deployed.service),
            image: if wrong { old_image(deployed) } else { deployed.image.to_owned() },
            commit: if wrong { OLD_COMMIT } else { NAMES.commit },
            connector: match deployed.pool.is_none() || has(PlatformFault::RunConnectorMissing) {
                true => None,
                false => Some(NAMES.connector),
            },
            egress: if has(PlatformFault::EgressAllTraffic) { "all-traffic" } else { NAMES.egress },
            timeout: if has(PlatformFault::RunTimeoutShort) { SHORT_TIMEOUT } else { TIMEOUT },
            environment: environment(context, deployed),
        }
    }

    fn previous(context: &Context, deployed: &'static Deployed) -> Self {
        Revision {
            name: deployed.previous,
            ready: true,
            created: revisions::previous_created(context),
            image: old_image(deployed),
            commit: OLD_COMMIT,
            ..Revision::newest(context, deployed)
        }
    }

    /// The database instance that is attached, where the service uses one.
    pub(crate) fn database(&self) -> Option<&'static str> {
        self.environment.iter().any(|(name, _)| *name == "DATABASE_POOL_SIZE").then_some(NAMES.sql_connection)
    }
}

fn old_image(deployed: &Deployed) -> String {
    let name = deployed.image.split('@').next().unwrap_or_default();
    format!("{name}@{OLD_DIGEST}")
}

fn environment(context: &Context, deployed: &'static Deployed) -> Vec<(&'static str, Setting)> {
    let mut settings = vec![("ENVIRONMENT", Setting::Plain("staging".to_owned()))];
    let Some(pool) = deployed.pool else { return settings };
    settings.push(("DATABASE_POOL_SIZE", Setting::Plain(pool.to_string())));
    settings.push(("POSTGRES_PASSWORD", Setting::Secret("postgres-password-staging")));
    settings.push(("JWT_SECRET_KEY", Setting::Secret("jwt-secret-staging")));
    let has = |fault| backend_has(context, deployed.service, fault);
    if has(PlatformFault::StartupBypassed) {
        settings.push(("BYPASS_STARTUP_VALIDATION", Setting::Plain("true".to_owned())));
    }
    if has(PlatformFault::StartupBypassEnv) {
        settings.push(("EMERGENCY_ALLOW_NO_DATABASE", Setting::Plain("true".to_owned())));
    }
    settings
}
