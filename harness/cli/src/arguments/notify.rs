//! What may be said about who is told of a verdict.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use fixproof::load::parse_duration;

/// Who is told.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct NotifyArguments {
    /// After the verdict, post a notice of it: slack=URL, notice=URL; for URL also env:NAME or file:PATH (repeatable)
    #[arg(long, value_name = "FORMAT=URL")]
    pub notify: Vec<String>,
    /// Which verdicts are told
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Occasion::Always, requires = "notify")]
    pub notify_on: Occasion,
    /// Longest that telling may keep the process, retries included; at most 5m
    #[arg(long, value_name = "10s", default_value = "10s", value_parser = parse_limit, requires = "notify")]
    pub notify_timeout: Duration,
    /// Authorities (PEM) that the notices' receivers are trusted by [default: the system's]
    #[arg(long, value_name = "FILE", requires = "notify")]
    pub notify_ca: Option<PathBuf>,
}

/// When somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Occasion {
    /// After every run
    #[default]
    Always,
    /// Only when the verdict is no approval
    Red,
}

/// Nobody waits longer for a chat.
const LONGEST: Duration = Duration::from_secs(300);

fn parse_limit(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("a limit of zero leaves no time to tell anybody".to_owned()),
        limit if limit > LONGEST => Err("a process that has its verdict waits at most 5m".to_owned()),
        limit => Ok(limit),
    }
}
