//! How frames are named in messages, and listed in the fact `frames`.

use serde_json::{Value as Json, json};

use crate::messages::Labels;
use fixproof_core::model::Cause;

/// The words of messages and facts about frames.
pub(super) static LABELS: Labels = Labels {
    one: "frame",
    many: "frames",
    too_large: Cause::WebsocketTooLarge,
    timeout: Cause::WebsocketTimeout,
    bytes: "limit",
    count: "frame-count",
    first: "time.first-frame",
    all: "frames",
    counted: "frames.count",
};

/// A row of the fact `frames`.
pub(super) fn row(at: f64, frame: Json) -> Json {
    json!({ "at": at, "frame": frame })
}
