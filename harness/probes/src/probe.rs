//! What a probe is: the traits that every kind implements, the contexts they are called with, and the row of a
//! built-in kind.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Mistake, Observation, ProbeSpec, Settings};

/// A future that a probe returns.
pub type Observing<'a> = Pin<Box<dyn Future<Output = Observation> + Send + 'a>>;

/// A kind of probe: its settings and facts, and how one is prepared.
pub trait ProbeKind: Sync {
    /// Its settings, facts and phases.
    fn spec(&self) -> &'static ProbeSpec;

    /// Prepares a probe without sending anything.
    ///
    /// # Errors
    /// Every setting that is invalid.
    fn prepare(&self, settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult;

    /// The shell command that makes the same observation; nothing where no common tool can. `shown` are the settings
    /// with a [variable](crate::reproduce::variable) in the place of every secret and every captured value.
    fn reproduce(&self, shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String>;

    /// The observation of an empty source (a log without entries); nothing where that can't be. Expectations that all
    /// pass on it prove nothing.
    fn silence(&self) -> Option<Observation> {
        None
    }
}

/// A prepared probe: nothing is left to look up.
pub trait Probe: Send + Sync {
    /// Observes once, over a fresh connection. Ends by the deadline, whatever the target does; a failure is an
    /// observation with an error.
    fn observe<'a>(&'a self, context: ObserveContext<'a>) -> Observing<'a>;
}

/// A prepared probe, or every setting that is invalid.
pub type PrepareResult = Result<Box<dyn Probe>, Vec<Mistake>>;

/// A built-in kind as a row.
pub(crate) struct BuiltInProbe {
    /// See [`ProbeKind::spec`].
    pub(crate) spec: &'static ProbeSpec,
    /// See [`ProbeKind::prepare`].
    pub(crate) prepare: fn(&Settings, &PrepareContext<'_>) -> PrepareResult,
    /// See [`ProbeKind::reproduce`].
    pub(crate) reproduce: fn(&Settings, Duration, &PrepareContext<'_>) -> Option<String>,
}

impl ProbeKind for BuiltInProbe {
    fn spec(&self) -> &'static ProbeSpec {
        self.spec
    }

    fn prepare(&self, settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult {
        (self.prepare)(settings, context)
    }

    fn reproduce(&self, shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
        (self.reproduce)(shown, within, context)
    }
}

/// What preparing a probe needs besides its settings.
#[derive(Debug, Clone, Copy)]
pub struct PrepareContext<'a> {
    /// Relative paths in settings start here: the suite's folder.
    pub root: &'a Path,
    /// May the proxies of the environment be used?
    pub proxy_from_environment: bool,
    /// What the probes of this run share.
    pub resources: &'a RunResources,
}

/// What one observation needs besides the prepared probe.
#[derive(Debug, Clone, Copy)]
pub struct ObserveContext<'a> {
    /// The target's clock.
    pub clock: &'a Clock,
    /// Absolute: nothing of the observation may outlive it.
    pub deadline: Moment,
}

/// What the probes of one run share: HTTP clients, access tokens. Dropped with the run; no other run sees it.
#[derive(Clone, Default)]
pub struct RunResources(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl RunResources {
    /// The run's only value of this type, created at the first request.
    #[must_use]
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::<T>::default());
        Arc::clone(value).downcast().unwrap_or_default()
    }
}

impl std::fmt::Debug for RunResources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunResources")
    }
}
