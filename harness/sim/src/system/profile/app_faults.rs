//! Faults of the application: one thing that a service answers otherwise.

use super::single_fault::{SingleFault, single_faults};

single_faults! {
    /// One thing in which the application answers otherwise.
    AppFault, APP_FAULTS:
    LeakedPool "pool-exhausted" "the backend holds 18 of its pool's 20 connections and gives none back"
    DatabaseEnvInvalid "database-env-invalid" "the backend was deployed with another environment's database settings"
    FrontendMisdirected "frontend-degraded" "the frontend was deployed with a wrong address of the auth service"
    LoginBroken "login-broken" "logging in ends in an internal error"
    LoginEmptyToken "login-empty-token" "logging in answers 200 with an empty token"
    TokensNotVerified "tokens-not-verified" "the backend does not verify the signature of tokens"
    AgentOpen "agent-open" "the agent endpoint asks for no token"
    CorsWrong "cors-wrong" "the backend allows another origin than the frontend's"
    BreakerOpen "breaker-open" "one of the backend's circuit breakers is open"
    AgentsFallback "agents-fallback" "the backend's agent registry answers its fallback"
    RedisDegraded "redis-degraded" "the backend can't reach Redis"
    SystemDegraded "system-degraded" "the backend's comprehensive check finds the system degraded"
    WebsocketNotReady "websocket-not-ready" "the backend's WebSocket manager is not ready"
    WebsocketRefused "websocket-refused" "the load balancer in front of the chat answers the upgrade with 502"
    WebsocketSilent "websocket-silent" "the chat takes the upgrade and never says anything"
    WebsocketClosesBefore "websocket-closes-before"
        "the chat closes with 1011 right after the upgrade, before connection_established"
    WebsocketClosesMidway "websocket-closes-midway" "the chat closes with 1011 after agent_thinking"
    WebsocketOpen "websocket-open" "the chat admits clients with a bad token or none, as demo-user-001"
    ChatFabricated "chat-fabricated"
        "a fallback handler sends all five events itself, 0.1 s apart, and echoes the message"
    ChatMissingEvent "chat-missing-event" "the chat never sends tool_completed"
    ChatWrongOrder "chat-wrong-order" "the chat sends tool_completed before tool_executing"
    ChatMixedRuns "chat-mixed-runs" "the last event of a run has another run's run_id"
    ChatEcho "chat-echo" "the five events are real, the answer is the message again"
    ChatCanned "chat-canned" "the five events are real, the answer is always the same text"
    ChatSlow "chat-slow" "the agent takes 150 s to answer"
    ChatNoAnswer "chat-no-answer" "the agent says nothing any more after tool_completed; the chat stays open"
    ChatAgentError "chat-agent-error" "the agent fails after tool_completed: agent_error, agent_failed"
    AgentFallbackAnswers "agent-fallback-answers"
        "the agent endpoint answers from its fallback, with an echo of the message"
    Overloaded "backend-overloaded" "the backend serves 5 requests at once and answers 503 to those beyond"
}
