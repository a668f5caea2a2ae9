//! What the database knows: its settings, its live sessions, its counters. It never touches a socket.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio::sync::Notify;

use super::error::PgError;
use super::settings::{DatabaseFaults, Settings};
use crate::servers::lock::locked;
use crate::servers::seed::mix;

/// The tables of the schema `public`, with their columns and the number of rows in each.
pub(crate) static TABLES: &[(&str, &[&str], i64)] = &[
    ("users", &["id", "email", "full_name", "created_at"], 3),
    ("threads", &["id", "user_id", "title", "created_at"], 2),
    ("messages", &["id", "thread_id", "role", "content", "created_at"], 4),
    ("agent_runs", &["id", "thread_id", "agent_name", "status", "started_at"], 1),
];

/// One session, as `pg_stat_activity` shows it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) pid: i32,
    pub(crate) role: String,
    pub(crate) database: String,
    pub(crate) application_name: String,
    pub(crate) active: bool,
    pub(crate) in_transaction: bool,
    secret: i32,
    cancel: Arc<Notify>,
}

#[cfg(test)]
impl Row {
    pub(crate) fn secret(&self) -> i32 {
        self.secret
    }
}

/// The database's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DatabaseJournal {
    /// Sessions that got as far as ready for query.
    pub accepted: u64,
    /// The same by role: `fixproof_probe` is the probe's, the others are the services'.
    pub accepted_by_role: BTreeMap<String, u64>,
    /// Sessions refused at start-up, by SQLSTATE.
    pub rejected: BTreeMap<String, u64>,
    /// Most slots in use at once.
    pub peak: usize,
    /// Slots in use now.
    pub now: usize,
    /// Statements executed, those of the services among them.
    pub statements: u64,
    /// Statements executed by role.
    pub statements_by_role: BTreeMap<String, u64>,
    /// Cancel requests that named a live session.
    pub cancelled: u64,
}

/// The database.
pub(crate) struct Database {
    pub(crate) settings: Settings,
    faults: Mutex<DatabaseFaults>,
    sessions: Mutex<Sessions>,
    next_pid: AtomicI32,
}

#[derive(Default)]
struct Sessions {
    rows: HashMap<i32, Row>,
    journal: DatabaseJournal,
}

impl Database {
    pub(crate) fn new(settings: Settings, faults: DatabaseFaults) -> Arc<Self> {
        Arc::new(Database {
            settings,
            faults: Mutex::new(faults),
            sessions: Mutex::default(),
            next_pid: AtomicI32::new(1000),
        })
    }

    pub(crate) fn faults(&self) -> DatabaseFaults {
        *locked(&self.faults)
    }

    /// Puts other faults in place; live sessions go on.
    pub(crate) fn switch(&self, faults: DatabaseFaults) {
        *locked(&self.faults) = faults;
    }

    pub(crate) fn journal(&self) -> DatabaseJournal {
        let sessions = locked(&self.sessions);
        DatabaseJournal { now: sessions.rows.len(), ..sessions.journal.clone() }
    }

    /// Takes a slot, as PostgreSQL does before authentication.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Slot, PgError> {
        let faults = self.faults();
        if faults.starting_up {
            return Err(PgError::new("57P03", "the database system is starting up"));
        }
        let mut sessions = locked(&self.sessions);
        if sessions.rows.len() + faults.occupied >= self.settings.max_connections {
            return Err(PgError::new("53300", "sorry, too many clients already"));
        }
        let pid = self.next_pid.fetch_add(1, Ordering::Relaxed);
        let secret = mix(self.settings.seed, pid.unsigned_abs().into()) as u32 as i32;
        let cancel = Arc::new(Notify::new());
        let row = Row {
            pid,
            role: String::new(),
            database: String::new(),
            application_name: String::new(),
            active: true,
            in_transaction: false,
            secret,
            cancel: Arc::clone(&cancel),
        };
        sessions.rows.insert(pid, row);
        sessions.journal.peak = sessions.journal.peak.max(sessions.rows.len());
        Ok(Slot { database: Arc::clone(self), pid, secret, cancel })
    }

    /// Whether only reserved slots are left for an ordinary role.
    pub(crate) fn only_reserved_slots_left(&self) -> bool {
        let used = locked(&self.sessions).rows.len() + self.faults().occupied;
        self.settings.max_connections.saturating_sub(used) < self.settings.reserved
    }

    pub(crate) fn note_rejected(&self, sqlstate: &str) {
        *locked(&self.sessions).journal.rejected.entry(sqlstate.to_owned()).or_default() += 1;
    }

    /// Interrupts the statement of the session that has this pid and secret.
    pub(crate) fn cancel(&self, pid: i32, secret: i32) {
        let mut sessions = locked(&self.sessions);
        if let Some(row) = sessions.rows.get(&pid).filter(|row| row.secret == secret && row.active) {
            row.cancel.notify_one();
            sessions.journal.cancelled += 1;
        }
    }

    /// The client sessions, oldest first.
    pub(crate) fn activity(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = locked(&self.sessions).rows.values().cloned().collect();
        rows.sort_by_key(|row| row.pid);
        rows
    }

    /// The tables that exist.
    pub(crate) fn tables(
        &self,
    ) -> impl Iterator<Item = &'static (&'static str, &'static [&'static str], i64)> {
        let missing = self.faults().missing_table;
        TABLES.iter().filter(move |(name, _, _)| Some(*name) != missing)
    }
}

/// A taken slot; dropping it gives it back.
pub(crate) struct Slot {
    pub(crate) database: Arc<Database>,
    pub(crate) pid: i32,
    pub(crate) secret: i32,
    /// Notified when a client cancels this session's statement.
    pub(crate) cancel: Arc<Notify>,
}

impl Slot {
    /// Enters role, database and application name, once they are known.
    pub(crate) fn introduce(&self, parameters: &BTreeMap<String, String>) {
        let named = |key: &str| parameters.get(key).cloned().unwrap_or_default();
        if let Some(row) = locked(&self.database.sessions).rows.get_mut(&self.pid) {
            row.role = named("user");
            row.database = parameters.get("database").cloned().unwrap_or_else(|| named("user"));
            row.application_name = named("application_name");
        }
    }

    /// Counts the session as accepted.
    pub(crate) fn note_accepted(&self) {
        let mut sessions = locked(&self.database.sessions);
        let role = sessions.rows.get(&self.pid).map(|row| row.role.clone()).unwrap_or_default();
        sessions.journal.accepted += 1;
        *sessions.journal.accepted_by_role.entry(role).or_default() += 1;
    }

    /// Forgets a cancel request that came too late for the statement before.
    pub(crate) fn forget_cancel(&self) {
        let mut late = std::pin::pin!(self.cancel.notified());
        late.as_mut().enable();
    }

    /// Enters whether a statement runs, and whether a transaction is open.
    pub(crate) fn show(&self, active: bool, in_transaction: bool) {
        if let Some(row) = locked(&self.database.sessions).rows.get_mut(&self.pid) {
            row.active = active;
            row.in_transaction = in_transaction;
        }
    }

    /// Counts an executed statement.
    pub(crate) fn note_statement(&self) {
        let mut sessions = locked(&self.database.sessions);
        let role = sessions.rows.get(&self.pid).map(|row| row.role.clone()).unwrap_or_default();
        sessions.journal.statements += 1;
        *sessions.journal.statements_by_role.entry(role).or_default() += 1;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        locked(&self.database.sessions).rows.remove(&self.pid);
    }
}
