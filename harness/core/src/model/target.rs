//! An environment as its file describes it: addresses, limits, and where secrets come from.

use super::{At, Span, Written};

/// A target file.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Only scenarios marked `safe` run here, unless the user says otherwise.
    pub protect: bool,
    /// May the proxies of the environment (`HTTP_PROXY` …) be used?
    pub proxy_from_environment: bool,
    /// The components, in the order they were written.
    pub components: Vec<Component>,
    /// Numbers and texts that differ per environment: `{{limit.NAME}}`.
    pub limits: Vec<(At<String>, At<Written>)>,
    /// Where each secret comes from.
    pub secrets: Vec<(At<String>, At<SecretSource>)>,
    /// The embedded simulated staging, where that is the target.
    pub simulate: Option<Simulation>,
    /// SHA-256 of the file's text. It covers the limits, which the suite's own hash does not.
    pub hash: String,
    /// The file's own span.
    pub span: Span,
}

/// One part of the environment.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name.
    pub name: At<String>,
    /// The components it can't work without.
    pub depends_on: Vec<At<String>>,
    /// Its addresses and other values: `{{NAME.KEY}}`. `url` is the common one.
    pub values: Vec<(At<String>, At<Written>)>,
}

/// Where a secret's value is read from. The value itself is nowhere in the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; one line break at its end is not part of the secret.
    File(String),
    /// A program and its arguments; its standard output without one line break at the end.
    Command(Vec<String>),
}

/// `[simulate]`
#[derive(Debug, Clone)]
pub struct Simulation {
    /// The profile of the simulated staging.
    pub profile: At<String>,
    /// How many times faster its clock runs.
    pub speed: At<f64>,
}
