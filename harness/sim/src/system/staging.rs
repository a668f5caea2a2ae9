//! A staging from start to stop. Its tasks run on a runtime and threads of their own, so that a busy caller and a busy
//! staging don't wait for each other. What it is made of is `wiring`'s business.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::servers::postgres::Database;
use crate::system::mutation::{Mutation, Served};
use crate::system::options::Options;
use crate::system::profile::Profile;
use crate::system::readiness::Settled;
use crate::system::services::{World, health_contract};
use crate::system::wiring::{Routes, assemble};
use crate::{Addresses, Credentials, Journal};

/// A running simulated staging. Dropping it stops everything.
pub struct Staging {
    world: Arc<World>,
    database: Arc<Database>,
    routes: Routes,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a staging did not start.
#[derive(Debug)]
pub enum StartError {
    /// A listener could not be bound.
    Bind {
        /// What was to listen there.
        what: &'static str,
        /// The port asked for; 0 where the system picks.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The runtime could not be started.
    Runtime(std::io::Error),
    /// A certificate could not be minted.
    Certificate(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Bind { what, port, source } => {
                write!(formatter, "the simulated {what} can't listen on 127.0.0.1:{port}: {source}")
            }
            StartError::Runtime(source) => {
                write!(formatter, "the simulation's runtime can't be started: {source}")
            }
            StartError::Certificate(reason) => {
                write!(formatter, "a simulated certificate can't be minted: {reason}")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Bind { source, .. } | StartError::Runtime(source) => Some(source),
            StartError::Certificate(_) => None,
        }
    }
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
            Ok(Ok((world, database, routes))) => {
                Ok(Staging { world, database, routes, stop: Some(stop), thread: Some(thread) })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Runtime(std::io::Error::other("the simulation's thread ended early"))),
        }
    }

    /// Where everything listens.
    pub fn addresses(&self) -> Addresses {
        self.world.addresses.clone()
    }

    /// The made-up secrets that a suite needs.
    pub fn credentials(&self) -> Credentials {
        self.world.credentials.clone()
    }

    /// What was asked so far.
    pub fn journal(&self) -> Journal {
        let (requests, unlisted_requests) = self.world.ledger.requests();
        let connectors =
            [("probe", &self.routes.probe), ("backend", &self.routes.backend), ("auth", &self.routes.auth)];
        Journal {
            requests,
            unlisted_requests,
            platform: self.world.platform.requests(),
            database: self.database.journal(),
            websocket: self.world.ledger.chat.journal(),
            name_server: self.world.ledger.names.journal(),
            edge: self.world.ledger.edge.journal(),
            connectors: connectors.into_iter().map(|(name, connector)| (name, connector.journal())).collect(),
        }
    }

    /// Makes these changes, and no others, in what is served from now on, and notes what is served; see
    /// [`Staging::served`].
    pub fn watch(&self, mutations: Vec<Mutation>) {
        self.world.mutations.watch(mutations);
    }

    /// What was served, and changed, since this was asked last; nothing before [`Staging::watch`] was called.
    pub fn served(&self) -> Vec<Served> {
        self.world.mutations.served()
    }

    /// Asks every health endpoint once, so that [`Staging::served`] knows its answer also where nobody outside asks for
    /// it. Blocks this thread.
    ///
    /// # Errors
    ///
    /// Where one can't be asked.
    pub fn ask_contract(&self) -> std::io::Result<()> {
        health_contract::ask(&self.addresses())
    }

    /// Blocks this thread until every service's startup has either completed or failed for good, or `within`, in
    /// unscaled time, has passed. In profile `recovering` a failed startup is not for good.
    pub fn settled(&self, within: Duration) -> Settled {
        self.world.readiness.wait(within)
    }

    /// What is broken.
    pub fn profile(&self) -> &Profile {
        &self.world.profile
    }

    /// How much faster than the modelled system everything happens.
    pub fn speed(&self) -> f64 {
        self.world.time_scale.speed()
    }
}

impl fmt::Debug for Staging {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Staging").field("profile", &self.world.profile.name).finish_non_exhaustive()
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

/// Everything a caller may look at, or why there is nothing.
pub(crate) type Bound = Result<(Arc<World>, Arc<Database>, Routes), StartError>;

/// The simulation's thread: it lives as long as the staging.
fn host(options: Options, sender: &mpsc::SyncSender<Bound>, stopped: oneshot::Receiver<()>) {
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
