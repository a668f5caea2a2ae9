//! What the services write to while they run: readiness, the request journal, the chat's counters, the platform's log.

use std::sync::Arc;

use super::chat::ChatCounters;
use super::tokens::Tokens;
use crate::system::journal::RequestLog;
use crate::system::mutation::MutationRegistry;
use crate::system::platform::Log;
use crate::system::readiness::Readiness;

/// The state that all services share.
pub(crate) struct ServiceState {
    pub(crate) readiness: Readiness,
    pub(crate) requests: RequestLog,
    pub(crate) chat: ChatCounters,
    pub(crate) tokens: Tokens,
    pub(crate) log: Arc<Log>,
    pub(crate) mutations: Arc<MutationRegistry>,
}
