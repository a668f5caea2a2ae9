//! Waiting for frames or events in order: what is wanted, what must not come, what came. It knows no socket and has no
//! deadline of its own; whoever reads the wire hands it one document after another and asks when the next one is due.

mod hearing;
mod script;
mod want;

pub(super) use hearing::{Hearing, Limits, Voice};
pub(super) use script::Script;
pub(super) use want::Want;
