//! What came over the chat, to the name server and to the load balancer. It only counts; it never judges.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

use crate::servers::lock::locked;

/// More different names than this are counted as `others`: whoever asks must not fill the memory.
const NAMED: usize = 1000;
/// Longer names are cut.
const LONGEST: usize = 80;

/// The chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WebsocketJournal {
    /// Requests to upgrade, refused ones among them.
    pub upgrades: u64,
    /// Connections that were told `connection_established`.
    pub established: u64,
    /// Connections closed because their token was missing or not believed.
    pub rejected: u64,
    /// Messages received on established connections, by their `type`.
    pub messages: BTreeMap<String, u64>,
    /// Agent runs that came to their last event, whatever it was.
    pub runs: u64,
}

/// The name server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NameServerJournal {
    /// Questions received over UDP, unanswered ones among them.
    pub over_udp: u64,
    /// Questions received over TCP.
    pub over_tcp: u64,
    /// The same by name and type, in the form `api.staging.test A`; names in lower case.
    pub questions: BTreeMap<String, u64>,
}

/// The load balancer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EdgeJournal {
    /// Connections accepted.
    pub accepted: u64,
    /// TLS handshakes completed.
    pub handshakes: u64,
    /// TLS handshakes that failed: the client left, or spoke no TLS.
    pub failed_handshakes: u64,
    /// Completed handshakes by the server name asked for.
    pub by_host: BTreeMap<String, u64>,
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    let name: String = name.chars().take(LONGEST).collect();
    let name = if counts.len() < NAMED || counts.contains_key(&name) { name } else { "others".to_owned() };
    *counts.entry(name).or_default() += 1;
}

/// Where the chat writes.
#[derive(Debug, Default)]
pub(crate) struct ChatLedger(Mutex<WebsocketJournal>);

impl ChatLedger {
    /// Notes a request to upgrade and says the how manyth it is.
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

/// How a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// Where the name server writes.
#[derive(Debug, Default)]
pub(crate) struct NameLedger(Mutex<NameServerJournal>);

impl NameLedger {
    pub(crate) fn question(&self, over: Transport, question: &str) {
        let mut journal = locked(&self.0);
        match over {
            Transport::Udp => journal.over_udp += 1,
            Transport::Tcp => journal.over_tcp += 1,
        }
        count(&mut journal.questions, question);
    }

    pub(crate) fn journal(&self) -> NameServerJournal {
        locked(&self.0).clone()
    }
}

/// Where the load balancer writes.
#[derive(Debug, Default)]
pub(crate) struct EdgeLedger(Mutex<EdgeJournal>);

impl EdgeLedger {
    pub(crate) fn accepted(&self) {
        locked(&self.0).accepted += 1;
    }

    pub(crate) fn failed(&self) {
        locked(&self.0).failed_handshakes += 1;
    }

    pub(crate) fn shaken(&self, host: &str) {
        let mut journal = locked(&self.0);
        journal.handshakes += 1;
        count(&mut journal.by_host, host);
    }

    pub(crate) fn journal(&self) -> EdgeJournal {
        locked(&self.0).clone()
    }
}
