//! Waiting for frames or events in order: what is wanted, what must not come, what came. It knows no socket and has no
//! deadline of its own; whoever reads the wire hands it one document after another and asks when the next one is due.

mod matcher;
mod message_log;
mod script;

pub(crate) use matcher::Matcher;
pub(crate) use message_log::{Labels, Limits, MessageLog};
pub(crate) use script::Script;
