//! A staging from start to stop. Its tasks run on a runtime and threads of their own, so that a busy caller and a busy
//! staging don't wait for each other. `wiring` assembles it.

use std::fmt;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::system::addresses::{Addresses, Credentials};
use crate::system::journal::Journal;
use crate::system::mutation::{Mutation, Served};
use crate::system::options::Options;
use crate::system::profile::Profile;
use crate::system::readiness::Settled;
use crate::system::services::health_contract;
use crate::system::start_error::StartError;
use crate::system::wiring::{Running, assemble};

/// A running simulated staging. Dropping it stops everything.
pub struct Staging {
    running: Running,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Staging {
    /// Binds all listeners and returns. The services start up in the background, as real ones do; see
    /// [`Staging::settled`].
    ///
    /// # Errors
    ///
    /// Where a listener can't be bound, a thread can't be started or a certificate can't be minted.
    pub fn start(options: Options) -> Result<Staging, StartError> {
        let (sender, bound) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("fixproof-sim".to_owned())
            .spawn(move || host(options, &sender, stopped))
            .map_err(StartError::Runtime)?;
        match bound.recv() {
            Ok(Ok(running)) => Ok(Staging { running, stop: Some(stop), thread: Some(thread) }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Runtime(std::io::Error::other("the simulation's thread ended early"))),
        }
    }

    /// Where everything listens.
    pub fn addresses(&self) -> Addresses {
        self.running.context.addresses.clone()
    }

    /// The made-up secrets that a suite needs.
    pub fn credentials(&self) -> Credentials {
        self.running.context.credentials.clone()
    }

    /// The requests received so far.
    pub fn journal(&self) -> Journal {
        let Running { state, platform, database, routes, .. } = &self.running;
        let (requests, unlisted_requests) = state.requests.requests();
        let connectors = [("probe", &routes.probe), ("backend", &routes.backend), ("auth", &routes.auth)];
        Journal {
            requests,
            unlisted_requests,
            platform: platform.requests(),
            database: database.journal(),
            websocket: state.chat.journal(),
            name_server: self.running.name_server.journal(),
            edge: self.running.balancer.journal(),
            connectors: connectors.into_iter().map(|(name, relay)| (name, relay.journal())).collect(),
        }
    }

    /// Applies these mutations, and no others, to all answers from now on, and records the answers; see
    /// [`Staging::served`].
    pub fn watch(&self, mutations: Vec<Mutation>) {
        self.running.state.mutations.watch(mutations);
    }

    /// The answers served, and the mutations applied, since the last call; nothing before [`Staging::watch`] was called.
    pub fn served(&self) -> Vec<Served> {
        self.running.state.mutations.served()
    }

    /// Requests every health endpoint once, so that [`Staging::served`] knows all of their answers. Blocks this thread.
    ///
    /// # Errors
    ///
    /// Where a request fails.
    pub fn ask_contract(&self) -> std::io::Result<()> {
        health_contract::request_all(&self.addresses())
    }

    /// Blocks this thread until every service's startup has either completed or failed for good, or `within`, in
    /// unscaled time, has passed. In profile `recovering` a failed startup is not for good.
    pub fn settled(&self, within: Duration) -> Settled {
        self.running.state.readiness.wait(within)
    }

    /// What is broken.
    pub fn profile(&self) -> &Profile {
        &self.running.context.profile
    }

    /// How much faster than the modelled system everything happens.
    pub fn speed(&self) -> f64 {
        self.running.context.time_scale.speed()
    }
}

impl fmt::Debug for Staging {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Staging")
            .field("profile", &self.running.context.profile.name)
            .finish_non_exhaustive()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the simulation's thread has nothing left to break.
            drop(thread.join());
        }
    }
}

/// The simulation's thread: it lives as long as the staging.
fn host(
    options: Options,
    sender: &mpsc::SyncSender<Result<Running, StartError>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("fixproof-sim")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return drop(sender.send(Err(StartError::Runtime(error)))),
    };
    runtime.block_on(async {
        let bound = assemble(options);
        let started = bound.is_ok();
        if sender.send(bound).is_ok() && started {
            drop(stopped.await);
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(500));
}
