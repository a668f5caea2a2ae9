//! The values of options: what each accepts.

use std::time::Duration;

use clap::ValueEnum;

use fixproof::engine::Shard;
use fixproof::load::parse_duration;
use fixproof::model::Share;
use fixproof::report::Style;

use crate::output::terminal;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Colour {
    /// The style of everything that is printed.
    pub(super) fn style(self) -> Style {
        terminal::style(match self {
            Colour::Auto => None,
            Colour::Always => Some(true),
            Colour::Never => Some(false),
        })
    }
}

pub(super) fn parse_shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((index, of)) if index >= 1 && index <= of => Ok(Shard { index, of }),
        _ => Err("a shard is I/N with I from 1 to N, for example 1/4".to_owned()),
    }
}

pub(super) fn parse_threshold(text: &str) -> Result<Share, String> {
    let share = Share::parse(text)?;
    if share.part() == 0 {
        return Err("a threshold must be above 0%: 0% approves every run".to_owned());
    }
    if share.part() > share.whole() {
        return Err("a threshold must be at most 100%".to_owned());
    }
    Ok(share)
}

pub(super) fn parse_deadline(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("a deadline must be greater than zero".to_owned()),
        deadline => Ok(deadline),
    }
}

pub(super) fn parse_speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (1.0..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("the speed is a number from 1 to 1000".to_owned()),
    }
}

/// The maximum of `--notify-timeout`.
const MAX_TIMEOUT: Duration = Duration::from_secs(300);

pub(super) fn parse_notify_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("a time limit must be greater than zero".to_owned()),
        limit if limit > MAX_TIMEOUT => Err("a time limit for notifications is at most 5m".to_owned()),
        limit => Ok(limit),
    }
}
