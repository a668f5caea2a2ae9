//! Counts what came over the chat. It never judges.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

use crate::servers::counts::count;
use crate::servers::lock::locked;

/// The chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WebsocketJournal {
    /// Requests to upgrade, refused ones among them.
    pub upgrades: u64,
    /// Connections that received `connection_established`.
    pub established: u64,
    /// Connections closed because their token was missing or invalid.
    pub rejected: u64,
    /// Messages received on established connections, by their `type`.
    pub messages: BTreeMap<String, u64>,
    /// Agent runs that came to their last event, whatever it was.
    pub runs: u64,
}

/// The chat's counters.
#[derive(Debug, Default)]
pub(crate) struct ChatCounters(Mutex<WebsocketJournal>);

impl ChatCounters {
    /// Counts a request to upgrade; returns its number.
    pub(crate) fn upgrade(&self) -> u64 {
        let mut journal = locked(&self.0);
        journal.upgrades += 1;
        journal.upgrades
    }

    pub(crate) fn established(&self) {
        locked(&self.0).established += 1;
    }

    pub(crate) fn rejected(&self) {
        locked(&self.0).rejected += 1;
    }

    pub(crate) fn message(&self, kind: &str) {
        count(&mut locked(&self.0).messages, kind);
    }

    pub(crate) fn run_ended(&self) {
        locked(&self.0).runs += 1;
    }

    pub(crate) fn journal(&self) -> WebsocketJournal {
        locked(&self.0).clone()
    }
}
