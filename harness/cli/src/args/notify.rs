//! Options of notifications.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::notify::NotifyRequest;

use super::values::parse_notify_timeout;

/// The notices to send.
#[derive(Debug, Args)]
pub(super) struct NotifyArguments {
    /// Post a notice of the verdict: slack=URL, notice=URL; for URL also env:NAME or file:PATH (repeatable)
    #[arg(long, value_name = "FORMAT=URL")]
    notify: Vec<String>,
    /// Which verdicts to send
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Occasion::Always, requires = "notify")]
    notify_on: Occasion,
    /// Time limit for all notifications, retries included; at most 5m
    #[arg(long, value_name = "10s", default_value = "10s", value_parser = parse_notify_timeout, requires = "notify")]
    notify_timeout: Duration,
    /// Certificate authorities (PEM) to trust for notifications [default: the system's]
    #[arg(long, value_name = "FILE", requires = "notify")]
    notify_ca: Option<PathBuf>,
}

/// When a notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum Occasion {
    /// After every run
    #[default]
    Always,
    /// Only when the verdict is not an approval
    Red,
}

impl NotifyArguments {
    /// The notices to send.
    pub(super) fn request(self) -> NotifyRequest {
        NotifyRequest {
            receivers: self.notify,
            only_red: self.notify_on == Occasion::Red,
            timeout: self.notify_timeout,
            ca: self.notify_ca,
        }
    }
}
