//! A service's startup: its phases, run one after the other in code. The database phase opens the real pool through
//! the service's own connector; nothing else makes a startup fail.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::instance::Instance;
use crate::profile::Quirk;
use crate::settled::Startup;

/// What a phase does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// It takes this long.
    Takes(Duration),
    /// It takes this long and opens the pool.
    OpensPool(Duration),
}

const fn takes(millis: u64) -> Work {
    Work::Takes(Duration::from_millis(millis))
}

const fn opens_pool(millis: u64) -> Work {
    Work::OpensPool(Duration::from_millis(millis))
}

/// The backend's seven phases.
pub(crate) static BACKEND: &[(&str, Work)] = &[
    ("init", takes(60)),
    ("dependencies", takes(4000)),
    ("database", opens_pool(2400)),
    ("cache", takes(300)),
    ("services", takes(1500)),
    ("websocket", takes(800)),
    ("finalize", takes(600)),
];

/// The auth service's.
pub(crate) static AUTH: &[(&str, Work)] = &[
    ("init", takes(60)),
    ("dependencies", takes(1500)),
    ("database", opens_pool(1200)),
    ("services", takes(500)),
    ("finalize", takes(200)),
];

/// The frontend's.
const FRONTEND: Duration = Duration::from_millis(900);

/// Attempts to open the pool, and the wait after the first failed one; it doubles.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// How long the platform takes to start a new instance.
const RESTART: Duration = Duration::from_secs(10);

/// The pool connections that a leaking backend keeps.
const LEAKED: usize = 18;

/// Starts the service up; starts it again after a failure where the platform does.
pub(crate) async fn boot(instance: Arc<Instance>, phases: &'static [(&'static str, Work)]) {
    let world = Arc::clone(&instance.world);
    let board = &world.board;
    loop {
        let Err((phase, reason)) = run(&instance, phases).await else {
            return board.set(instance.service, Startup::Ready);
        };
        if !world.profile.plan.restarts {
            return board.set(instance.service, Startup::Failed { phase, reason });
        }
        board.set(instance.service, Startup::Restarting { phase, reason });
        world.pace.sleep(RESTART).await;
    }
}

/// The frontend needs nothing but a moment.
pub(crate) async fn boot_frontend(world: Arc<super::World>) {
    world.pace.sleep(FRONTEND).await;
    world.board.set(Service::Frontend, Startup::Ready);
}

async fn run(
    instance: &Instance,
    phases: &'static [(&'static str, Work)],
) -> Result<(), (&'static str, String)> {
    let world = &instance.world;
    for (phase, work) in phases {
        world.board.set(instance.service, Startup::Starting { phase });
        match work {
            Work::Takes(lasts) => world.pace.sleep(*lasts).await,
            Work::OpensPool(lasts) => {
                let limit = world.profile.plan.init_timeout;
                let mut last = String::from("the pool got no connection");
                let opened = async {
                    open_pool(instance, &mut last).await?;
                    world.pace.sleep(*lasts).await;
                    Ok(())
                };
                match tokio::time::timeout(world.pace.limit(limit), opened).await {
                    Ok(outcome) => outcome.map_err(|error: sqlx::Error| (*phase, error.to_string()))?,
                    Err(_) => {
                        return Err((phase, format!("timed out after {} s: {last}", limit.as_secs())));
                    }
                }
            }
        }
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
        instance.world.pace.sleep(wait).await;
        wait *= 2;
        attempt += 1;
    }
    match instance.service {
        Service::Backend if instance.world.has(Quirk::LeakedPool) => instance.leak(LEAKED).await,
        _ => Ok(()),
    }
}
