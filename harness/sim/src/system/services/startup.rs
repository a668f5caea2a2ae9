//! A service's startup: its phases, run one after the other in code. The database phase opens the real pool through
//! the service's own connector; nothing else makes a startup fail.

use std::sync::Arc;
use std::time::Duration;

use super::instance::Instance;
use super::startup_log::StartupLog;
use super::state::ServiceState;
use crate::servers::time_scale::TimeScale;
use crate::system::phases::{self, Failure, Phases, Work};
use crate::system::profile::AppFault;
use crate::system::readiness::Startup;
use crate::system::service::Service;

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
    let context = &instance.context;
    let readiness = &instance.state.readiness;
    let phases = phases::of(context, instance.service);
    for number in 0.. {
        let mut log = StartupLog::new(&instance, number, phases);
        let Err(failure) = run(&instance, phases, &mut log).await else {
            log.completed();
            return readiness.set(instance.service, Startup::Ready);
        };
        log.failed(&failure);
        let Failure { phase, reason, .. } = failure;
        if !context.profile.faults.restarts {
            return readiness.set(instance.service, Startup::Failed { phase, reason });
        }
        readiness.set(instance.service, Startup::Restarting { phase, reason });
        context.time_scale.sleep(RESTART).await;
    }
}

/// The frontend needs nothing but a moment.
pub(crate) async fn boot_frontend(time_scale: TimeScale, state: Arc<ServiceState>) {
    time_scale.sleep(FRONTEND).await;
    state.readiness.set(Service::Frontend, Startup::Ready);
}

async fn run(instance: &Instance, phases: Phases, log: &mut StartupLog<'_>) -> Result<(), Failure> {
    let context = &instance.context;
    for (phase, work) in phases {
        instance.state.readiness.set(instance.service, Startup::Starting { phase });
        log.begins(phase);
        match work {
            Work::Took(_) => {}
            Work::Takes(lasts) => context.time_scale.sleep(*lasts).await,
            Work::OpensPool(lasts) => {
                let limit = context.profile.faults.init_timeout;
                let mut last = String::from("the pool got no connection");
                let opened = async {
                    open_pool(instance, &mut last).await?;
                    context.time_scale.sleep(*lasts).await;
                    Ok(())
                };
                let failure = |reason: String, timeout: bool| Failure { phase, reason, timeout };
                match tokio::time::timeout(context.time_scale.limit(limit), opened).await {
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
        instance.context.time_scale.sleep(wait).await;
        wait *= 2;
        attempt += 1;
    }
    match instance.service {
        Service::Backend if instance.context.has_app_fault(AppFault::LeakedPool) => {
            instance.leak(LEAKED).await
        }
        _ => Ok(()),
    }
}
