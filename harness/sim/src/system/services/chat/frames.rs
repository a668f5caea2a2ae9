//! The frames of the chat, as JSON. It decides nothing.

use serde_json::{Value, json};

use crate::servers::wall_clock::epoch;

/// The five events of a run, in order.
pub(crate) const EVENTS: [&str; 5] =
    ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"];

/// Longer user names are cut in the first frame.
const SHOWN: usize = 16;

/// The first frame.
pub(crate) fn established(mode: &str, user: &str, connection: &str) -> Value {
    let shown: String = user.chars().take(SHOWN).collect();
    json!({
        "type": "connection_established",
        "data": {
            "mode": mode,
            "user_id": shown,
            "connection_id": connection,
            "golden_path_events": EVENTS,
            "features": {"agent_events": true, "heartbeat": true},
            "timestamp": epoch(),
        },
        "server_id": "fixproof-sim",
        "timestamp": epoch(),
    })
}

/// What went wrong, in a code and a sentence.
pub(crate) fn error(code: &str, message: &str, suggestion: &str) -> Value {
    json!({
        "type": "error_message",
        "error_code": code,
        "error_message": message,
        "details": {},
        "timestamp": epoch(),
        "recovery_suggestions": [suggestion],
    })
}

/// The answer to `ping`.
pub(crate) fn pong() -> Value {
    json!({"type": "pong", "timestamp": epoch()})
}
