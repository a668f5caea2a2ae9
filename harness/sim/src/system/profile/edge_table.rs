//! The profiles of what stands between a client and the services: names, TLS, the chat, too much load.

use super::app_table::{app_fault, database, row};
use super::faults::{AppFault, Faults, HEALTHY, Profile};
use crate::servers::balancer::BalancerState;
use crate::servers::certificate::CertificateState;
use crate::servers::dns::NameServerState;
use crate::servers::postgres::DatabaseFaults;

const fn names(name_server: NameServerState) -> Faults {
    Faults { name_server, ..HEALTHY }
}

const fn balancer(balancer: BalancerState) -> Faults {
    Faults { balancer, ..HEALTHY }
}

const fn shows(certificate: CertificateState) -> Faults {
    balancer(BalancerState::Serving(certificate))
}

/// All of them.
pub(crate) static PROFILES: &[Profile] = &[
    row(
        "dns-missing-host",
        "the name server does not know the backend's host: NXDOMAIN",
        names(NameServerState::MissingHost),
    ),
    row(
        "dns-no-records",
        "the backend's host exists and has no address of either kind",
        names(NameServerState::NoRecords),
    ),
    row(
        "dns-servfail",
        "the name server answers every question with SERVFAIL",
        names(NameServerState::ServerFailure),
    ),
    row(
        "dns-silent",
        "the name server takes every question and never answers",
        names(NameServerState::Silent),
    ),
    row(
        "dns-refused",
        "the name server answers every question with REFUSED",
        names(NameServerState::Refused),
    ),
    row(
        "edge-certificate-expired",
        "the load balancer's certificate expired 3 days ago",
        shows(CertificateState::Expired),
    ),
    row(
        "edge-certificate-not-yet-valid",
        "the load balancer's certificate is valid from in 3 days on",
        shows(CertificateState::NotYetValid),
    ),
    row(
        "edge-certificate-wrong-host",
        "the load balancer's certificate is for another environment's hosts",
        shows(CertificateState::WrongHost),
    ),
    row(
        "edge-certificate-self-signed",
        "the load balancer's certificate is signed by itself",
        shows(CertificateState::SelfSigned),
    ),
    row(
        "edge-certificate-expiring",
        "the load balancer's certificate has 5 days left",
        shows(CertificateState::Expiring),
    ),
    row(
        "edge-unknown-issuer",
        "the load balancer's certificate is from another authority than the one that was handed out",
        shows(CertificateState::UnknownIssuer),
    ),
    row(
        "edge-no-tls",
        "the load balancer ends no TLS: its port speaks plain HTTP",
        balancer(BalancerState::NoTls),
    ),
    row(
        "edge-silent",
        "the load balancer accepts connections and never answers the handshake",
        balancer(BalancerState::Silent),
    ),
    row("edge-refused", "nobody listens on the load balancer's port", balancer(BalancerState::Refused)),
    row(
        "websocket-refused",
        "the load balancer in front of the chat answers the upgrade with 502",
        app_fault(&[AppFault::WebsocketRefused]),
    ),
    row(
        "websocket-silent",
        "the chat takes the upgrade and never says anything",
        app_fault(&[AppFault::WebsocketSilent]),
    ),
    row(
        "websocket-closes-before",
        "the chat closes with 1011 right after the upgrade, before connection_established",
        app_fault(&[AppFault::WebsocketClosesBefore]),
    ),
    row(
        "websocket-closes-midway",
        "the chat closes with 1011 after agent_thinking",
        app_fault(&[AppFault::WebsocketClosesMidway]),
    ),
    row(
        "websocket-open",
        "the chat admits anybody, with a bad token or none, as demo-user-001",
        app_fault(&[AppFault::WebsocketOpen]),
    ),
    row(
        "chat-fabricated",
        "a fallback handler sends all five events itself, 0.1 s apart, and echoes the message",
        app_fault(&[AppFault::ChatFabricated]),
    ),
    row(
        "chat-missing-event",
        "the chat never sends tool_completed",
        app_fault(&[AppFault::ChatMissingEvent]),
    ),
    row(
        "chat-wrong-order",
        "the chat sends tool_completed before tool_executing",
        app_fault(&[AppFault::ChatWrongOrder]),
    ),
    row(
        "chat-mixed-runs",
        "the last event of a run has another run's run_id",
        app_fault(&[AppFault::ChatMixedRuns]),
    ),
    row(
        "chat-echo",
        "the five events are real, the answer is the message again",
        app_fault(&[AppFault::ChatEcho]),
    ),
    row(
        "chat-canned",
        "the five events are real, the answer is always the same text",
        app_fault(&[AppFault::ChatCanned]),
    ),
    row("chat-slow", "the agent takes 150 s to answer", app_fault(&[AppFault::ChatSlow])),
    row(
        "chat-no-answer",
        "the agent says nothing any more after tool_completed; the chat stays open",
        app_fault(&[AppFault::ChatNoAnswer]),
    ),
    row(
        "chat-agent-error",
        "the agent fails after tool_completed: agent_error, agent_failed",
        app_fault(&[AppFault::ChatAgentError]),
    ),
    row(
        "agent-fallback-answers",
        "the agent endpoint answers from its fallback, with an echo of the message",
        app_fault(&[AppFault::AgentFallbackAnswers]),
    ),
    row(
        "backend-overloaded",
        "the backend serves 5 requests at once and answers 503 to those beyond",
        app_fault(&[AppFault::Overloaded]),
    ),
    row(
        "database-crowded",
        "others hold 85 of the database's 100 slots",
        database(DatabaseFaults { occupied: 85, ..DatabaseFaults::NONE }),
    ),
];
