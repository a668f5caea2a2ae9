//! Waiting for frames or events in order: what is expected, what is forbidden, what was received. It knows no socket and
//! has no deadline of its own; the reader of the wire passes one document after another and asks when the next is due.

mod matcher;
mod message_log;
mod script;

pub(crate) use matcher::Matcher;
pub(crate) use message_log::{Labels, Limits, MessageLog};
pub(crate) use script::Script;
