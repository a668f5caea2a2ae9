//! The events of an agent run and their times, as a list: the real ones, and what each fault makes of them. It sends nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::frames::EVENTS;
use crate::servers::seed::mix;
use crate::system::context::Context;
use crate::system::profile::AppFault;
use crate::system::services::agent::reply;

/// Between two events.
const GAP: Duration = Duration::from_millis(400);
/// How long the tool takes.
const TOOL: Duration = Duration::from_millis(800);
/// How long it takes where the agent is slow: the run as a whole then lasts 150 s.
const SLOW_TOOL: Duration = Duration::from_millis(148_400);
/// Between two events that the fallback handler makes up.
const FABRICATED_GAP: Duration = Duration::from_millis(100);

/// One thing to do, so long after the one before.
#[derive(Debug, Clone)]
pub(crate) struct Cue {
    pub(crate) after: Duration,
    pub(crate) act: Act,
}

/// What is done.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A frame is sent; its timestamp is that of the moment.
    Send(Value),
    /// The connection is closed.
    Close(u16, &'static str),
}

/// One run: its user, thread and message.
pub(crate) struct Run<'a> {
    pub(crate) context: &'a Context,
    pub(crate) user: &'a str,
    pub(crate) thread: &'a str,
    /// Another one for every run.
    pub(crate) number: u64,
    pub(crate) message: &'a str,
}

impl Run<'_> {
    /// All events of the run.
    pub(crate) fn script(&self) -> Vec<Cue> {
        let has = |fault| self.context.has_app_fault(fault);
        if has(AppFault::ChatFabricated) {
            return self.fabricated();
        }
        let mut cues = self.five();
        if has(AppFault::ChatMissingEvent) {
            cues.remove(3);
        }
        if has(AppFault::ChatWrongOrder) {
            cues.swap(2, 3);
        }
        if has(AppFault::ChatMixedRuns)
            && let Some(Cue { act: Act::Send(last), .. }) = cues.last_mut()
        {
            last["run_id"] = json!(format!("run-{:016x}", mix(self.context.seed, !self.number)));
        }
        if has(AppFault::ChatNoAnswer) {
            cues.truncate(4);
        }
        if has(AppFault::ChatAgentError) {
            cues.truncate(4);
            let failed = json!({"error_code": "AGENT_EXECUTION_FAILED", "error_message": "the simulated model did not answer"});
            cues.push(self.cue("agent_error", 4, failed.clone()));
            cues.push(self.cue("agent_failed", 5, failed));
        }
        if has(AppFault::WebsocketClosesMidway) {
            cues.truncate(2);
            cues.push(Cue { after: GAP, act: Act::Close(1011, "internal error") });
        }
        cues
    }

    /// The five events of a real run.
    fn five(&self) -> Vec<Cue> {
        let tool_takes = if self.context.has_app_fault(AppFault::ChatSlow) { SLOW_TOOL } else { TOOL };
        let digits = self.message.chars().filter(char::is_ascii_digit).count();
        let more = [
            json!({"message": "The simulated agent has begun."}),
            json!({"thought": "Its digits are to be counted."}),
            json!({"tool_name": "digit_counter", "tool_args": {"what": "digits"}}),
            json!({
                "tool_name": "digit_counter",
                "results": {"digits": digits},
                "success": true,
                "duration_ms": u64::try_from(tool_takes.as_millis()).unwrap_or(u64::MAX),
            }),
            json!({"final_response": self.answer()}),
        ];
        let mut cues: Vec<Cue> =
            (0_u64..).zip(EVENTS).zip(more).map(|((nth, event), more)| self.cue(event, nth, more)).collect();
        cues[3].after = tool_takes;
        cues
    }

    fn answer(&self) -> String {
        if self.context.has_app_fault(AppFault::ChatEcho) {
            return format!(
                "You asked: \"{}\". This is what came of it; thank you for asking.",
                self.message
            );
        }
        if self.context.has_app_fault(AppFault::ChatCanned) {
            return "Thank you for your message. All systems of this simulated agent are working as expected today."
                .to_owned();
        }
        reply(self.message)
    }

    /// One flat event.
    fn cue(&self, event: &str, nth: u64, more: Value) -> Cue {
        let mut frame = json!({
            "type": event,
            "user_id": self.user,
            "thread_id": self.thread,
            "run_id": format!("run-{:016x}", mix(self.context.seed, self.number)),
            "agent_name": "simulated_agent",
            "event_id": format!("event-{:016x}", mix(mix(self.context.seed, self.number), nth)),
            "timestamp": 0.0,
        });
        if let (Some(frame), Value::Object(more)) = (frame.as_object_mut(), more) {
            frame.extend(more);
        }
        Cue { after: GAP, act: Act::Send(frame) }
    }

    /// What the fallback handler sends without any agent: an echo.
    fn fabricated(&self) -> Vec<Cue> {
        let outer = [
            "system_message",
            "agent_progress",
            "agent_progress",
            "agent_progress",
            "agent_response_complete",
        ];
        let response = format!("Agent completed processing your request: {}", self.message);
        let said = |(outer, event): (&str, &str)| {
            let data = match event {
                "agent_completed" => {
                    json!({"type": event, "user_id": self.user, "agent_name": "fallback", "response": response, "final_response": response, "real_llm_used": false})
                }
                "tool_executing" | "tool_completed" => {
                    json!({"type": event, "user_id": self.user, "agent_name": "fallback", "tool_name": "analysis_tool"})
                }
                _ => json!({"type": event, "user_id": self.user, "agent_name": "fallback"}),
            };
            let frame = json!({"type": outer, "data": data, "timestamp": 0.0});
            Cue { after: FABRICATED_GAP, act: Act::Send(frame) }
        };
        outer.into_iter().zip(EVENTS).map(said).collect()
    }
}
