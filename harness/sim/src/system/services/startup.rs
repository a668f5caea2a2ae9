//! A service's startup: its phases, run one after the other in code. The database phase opens the real pool through
//! the service's own connector; nothing else makes a startup fail.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::instance::Instance;
use super::phases::{self, Phases};
use super::startup_log::StartupLog;
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;

/// What a phase does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// It takes this long.
    Takes(Duration),
    /// It takes this long and opens the pool.
    OpensPool(Duration),
    /// It took this long and was over before this staging was started; only leading phases may be.
    Took(Duration),
}

/// Why a startup ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) phase: &'static str,
    pub(crate) reason: String,
    /// The phase's own limit ended it.
    pub(crate) timeout: bool,
}

/// How long the frontend's takes.
const FRONTEND: Duration = Duration::from_millis(900);

/// Attempts to open the pool, and the wait after the first failed one; it doubles.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// How long the platform takes to start a new instance.
const RESTART: Duration = Duration::from_secs(10);

/// The pool connections that a leaking backend keeps.
const LEAKED: usize = 18;

/// Starts the service up; starts it again after a failure where the platform does.
pub(crate) async fn boot(instance: Arc<Instance>) {
    let world = Arc::clone(&instance.world);
    let readiness = &world.readiness;
    let phases = phases::of(&world, instance.service);
    for number in 0.. {
        let mut log = StartupLog::new(&instance, number, phases);
        let Err(failure) = run(&instance, phases, &mut log).await else {
            log.completed();
            return readiness.set(instance.service, Startup::Ready);
        };
        log.failed(&failure);
        let Failure { phase, reason, .. } = failure;
        if !world.profile.faults.restarts {
            return readiness.set(instance.service, Startup::Failed { phase, reason });
        }
        readiness.set(instance.service, Startup::Restarting { phase, reason });
        world.time_scale.sleep(RESTART).await;
    }
}

/// The frontend needs nothing but a moment.
pub(crate) async fn boot_frontend(world: Arc<super::World>) {
    world.time_scale.sleep(FRONTEND).await;
    world.readiness.set(Service::Frontend, Startup::Ready);
}

async fn run(instance: &Instance, phases: Phases, log: &mut StartupLog<'_>) -> Result<(), Failure> {
    let world = &instance.world;
    for (phase, work) in phases {
        world.readiness.set(instance.service, Startup::Starting { phase });
        log.begins(phase);
        match work {
            Work::Took(_) => {}
            Work::Takes(lasts) => world.time_scale.sleep(*lasts).await,
            Work::OpensPool(lasts) => {
                let limit = world.profile.faults.init_timeout;
                let mut last = String::from("the pool got no connection");
                let opened = async {
                    open_pool(instance, &mut last).await?;
                    world.time_scale.sleep(*lasts).await;
                    Ok(())
                };
                let failure = |reason: String, timeout: bool| Failure { phase, reason, timeout };
                match tokio::time::timeout(world.time_scale.limit(limit), opened).await {
                    Ok(outcome) => {
                        outcome.map_err(|error: sqlx::Error| failure(error.to_string(), false))?;
                    }
                    Err(_) => {
                        return Err(failure(format!("timed out after {} s: {last}", limit.as_secs()), true));
                    }
                }
            }
        }
        log.completes(phase, *work);
    }
    Ok(())
}

/// Opens the pool, in several attempts.
async fn open_pool(instance: &Instance, last: &mut String) -> Result<(), sqlx::Error> {
    let mut wait = FIRST_WAIT;
    let mut attempt = 1;
    loop {
        match sqlx::query("SELECT 1").execute(&instance.pool).await {
            Ok(_) => break,
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(error) => *last = error.to_string(),
        }
        instance.world.time_scale.sleep(wait).await;
        wait *= 2;
        attempt += 1;
    }
    match instance.service {
        Service::Backend if instance.world.has_app_fault(AppFault::LeakedPool) => instance.leak(LEAKED).await,
        _ => Ok(()),
    }
}
