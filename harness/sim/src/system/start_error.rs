//! Why a staging did not start.

use std::fmt;

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
