//! The profiles of the name server, the load balancer, the chat and of too much load: one row a profile.
//!
//! On top of what every row says, one of these says what the name server answers for the backend's host, what a look
//! through the load balancer comes to, what one message to the chat brings (the types of all frames), whose run the
//! frames are and what the answer is made of, and what the chat answers without a token.

use super::rows::{ALL_WELL, Row, row};

/// One profile.
pub(crate) struct EdgeRow {
    pub(crate) row: Row,
    pub(crate) names: &'static str,
    pub(crate) edge: &'static str,
    pub(crate) chat: &'static str,
    pub(crate) stranger: &'static str,
}

const WELL: EdgeRow = EdgeRow {
    row: row("healthy", ALL_WELL, &["POST auth /login 200"]),
    names: "NOERROR 127.0.0.1",
    edge: "verified 90",
    chat: "connection_established agent_started agent_thinking tool_executing tool_completed agent_completed, 1 run, computed",
    stranger: "error_message AUTH_FAILED, closed 1008",
};

const fn profile(profile: &'static str) -> Row {
    row(profile, ALL_WELL, &["POST auth /login 200"])
}

const fn names(name: &'static str, names: &'static str) -> EdgeRow {
    EdgeRow { row: profile(name), names, ..WELL }
}

const fn edge(name: &'static str, edge: &'static str) -> EdgeRow {
    EdgeRow { row: profile(name), edge, ..WELL }
}

const fn chat(name: &'static str, chat: &'static str) -> EdgeRow {
    EdgeRow { row: profile(name), chat, ..WELL }
}

/// All of them.
pub(crate) static EDGE_ROWS: &[EdgeRow] = &[
    WELL,
    names("dns-missing-host", "NXDOMAIN SOA"),
    names("dns-no-records", "NOERROR SOA"),
    names("dns-servfail", "SERVFAIL"),
    names("dns-silent", "silent"),
    names("dns-refused", "REFUSED"),
    edge("edge-certificate-expired", "expired"),
    edge("edge-certificate-not-yet-valid", "not-yet-valid"),
    edge("edge-certificate-wrong-host", "wrong-host 90"),
    edge("edge-certificate-self-signed", "unknown-issuer 90 self-signed"),
    edge("edge-certificate-expiring", "verified 5"),
    edge("edge-unknown-issuer", "unknown-issuer 90"),
    edge("edge-no-tls", "no-tls"),
    edge("edge-silent", "silent"),
    edge("edge-refused", "ConnectionRefused"),
    EdgeRow { stranger: "502", ..chat("websocket-refused", "502") },
    EdgeRow { stranger: "silence", ..chat("websocket-silent", "silence") },
    EdgeRow { stranger: "closed 1011", ..chat("websocket-closes-before", "closed 1011") },
    chat(
        "websocket-closes-midway",
        "connection_established agent_started agent_thinking closed 1011, 1 run, no answer",
    ),
    EdgeRow { row: profile("websocket-open"), stranger: "connection_established demo-user-001 demo", ..WELL },
    chat(
        "chat-fabricated",
        "connection_established system_message/agent_started agent_progress/agent_thinking agent_progress/tool_executing agent_progress/tool_completed agent_response_complete/agent_completed, 0 run, echo",
    ),
    chat(
        "chat-missing-event",
        "connection_established agent_started agent_thinking tool_executing agent_completed, 1 run, computed",
    ),
    chat(
        "chat-wrong-order",
        "connection_established agent_started agent_thinking tool_completed tool_executing agent_completed, 1 run, computed",
    ),
    chat(
        "chat-mixed-runs",
        "connection_established agent_started agent_thinking tool_executing tool_completed agent_completed, 2 run, computed",
    ),
    chat(
        "chat-echo",
        "connection_established agent_started agent_thinking tool_executing tool_completed agent_completed, 1 run, echo",
    ),
    chat(
        "chat-canned",
        "connection_established agent_started agent_thinking tool_executing tool_completed agent_completed, 1 run, canned",
    ),
    chat(
        "chat-slow",
        "connection_established agent_started agent_thinking tool_executing tool_completed agent_completed, 1 run, computed slow",
    ),
    chat(
        "chat-no-answer",
        "connection_established agent_started agent_thinking tool_executing tool_completed silence, 1 run, no answer",
    ),
    chat(
        "chat-agent-error",
        "connection_established agent_started agent_thinking tool_executing tool_completed agent_error agent_failed, 1 run, no answer",
    ),
    EdgeRow {
        row: row(
            "agent-fallback-answers",
            ALL_WELL,
            &[r#"POST backend /agent+token 200 /fallback_mode=true"#, "POST backend /agent 401"],
        ),
        ..WELL
    },
    EdgeRow { row: profile("backend-overloaded"), ..WELL },
    EdgeRow { row: profile("database-crowded"), ..WELL },
];
