//! One connection of the chat, from the first frame to the last. Several runs are played one after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::frames;
use super::script::{Act, Cue, Run};
use crate::servers::seed::mix;
use crate::servers::wall_clock::epoch;
use crate::system::profile::AppFault;
use crate::system::services::instance::Instance;
use crate::system::services::state::ServiceState;

/// How long a client has to answer a close.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// How long a silent connection is kept.
const SILENT_LIMIT: Duration = Duration::from_secs(3600);
/// More cues than this may not wait.
const MAX_CUES: usize = 100;

/// The user of a connection.
pub(crate) enum ChatUser {
    /// From a valid token.
    Known(String),
    /// The demo user; no token was checked.
    Demo(String),
    /// No token, or an invalid one.
    Stranger,
}

/// A connection's beginning.
pub(crate) struct Upgraded {
    pub(crate) instance: Arc<Instance>,
    pub(crate) user: ChatUser,
    /// The number of the upgrade.
    pub(crate) number: u64,
}

/// The client is gone, or was sent away.
struct Over;

/// Serves a connection until it is over.
pub(crate) async fn serve(upgraded: Upgraded, mut socket: WebSocket) {
    let (context, state) = (Arc::clone(&upgraded.instance.context), Arc::clone(&upgraded.instance.state));
    if context.has_app_fault(AppFault::WebsocketSilent) {
        // Not even read from: what reads answers pings by itself.
        return context.time_scale.sleep(SILENT_LIMIT).await;
    }
    if context.has_app_fault(AppFault::WebsocketClosesBefore) {
        return close(&upgraded.instance, &mut socket, 1011, "internal error").await;
    }
    let (mode, user) = match upgraded.user {
        ChatUser::Known(user) => ("main", user),
        ChatUser::Demo(user) => ("demo", user),
        ChatUser::Stranger => {
            state.chat.rejected();
            let refusal = frames::error("AUTH_FAILED", "the token is missing or not valid", "log in again");
            let _ = send(&state, &mut socket, refusal).await;
            return close(&upgraded.instance, &mut socket, 1008, "authentication failed").await;
        }
    };
    if context.has_app_fault(AppFault::WebsocketNotReady) {
        let refusal = frames::error("SERVICE_INIT_FAILED", "the chat is not ready", "try again later");
        let _ = send(&state, &mut socket, refusal).await;
        return close(&upgraded.instance, &mut socket, 1011, "service not ready").await;
    }
    let connection = format!("ws-{:016x}", mix(context.seed, upgraded.number));
    // Counted first: a client that has read the frame finds it in the journal.
    state.chat.established();
    if send(&state, &mut socket, frames::established(mode, &user, &connection)).await.is_err() {
        return;
    }
    let instance = upgraded.instance;
    let mut session = Session {
        instance,
        socket,
        user,
        number: upgraded.number,
        runs: 0,
        cues: VecDeque::new(),
        due: None,
    };
    while session.step().await.is_ok() {}
}

/// An established connection.
struct Session {
    instance: Arc<Instance>,
    socket: WebSocket,
    user: String,
    number: u64,
    runs: u64,
    /// Frames still to be sent.
    cues: VecDeque<Cue>,
    /// When the first of them is due.
    due: Option<Instant>,
}

impl Session {
    /// Receives the next message or sends the next frame, whichever comes first.
    async fn step(&mut self) -> Result<(), Over> {
        if self.due.is_none() {
            self.due = self
                .cues
                .front()
                .map(|cue| Instant::now() + self.instance.context.time_scale.lasts(cue.after));
        }
        let due = self.due;
        tokio::select! {
            received = self.socket.recv() => match received {
                Some(Ok(message)) => self.receive(message).await,
                Some(Err(_)) | None => Err(Over),
            },
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.act().await,
        }
    }

    async fn act(&mut self) -> Result<(), Over> {
        self.due = None;
        match self.cues.pop_front().map(|cue| cue.act) {
            Some(Act::Send(mut frame)) => {
                frame["timestamp"] = json!(epoch());
                if self.cues.is_empty() {
                    self.instance.state.chat.run_ended();
                }
                send(&self.instance.state, &mut self.socket, frame).await
            }
            Some(Act::Close(code, reason)) => {
                close(&self.instance, &mut self.socket, code, reason).await;
                Err(Over)
            }
            None => Ok(()),
        }
    }

    async fn receive(&mut self, message: Message) -> Result<(), Over> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => {
                return self.send_error("INVALID_MESSAGE", "binary messages are not read").await;
            }
            // CommandOutput by the protocol itself; after a close there is nothing more to read.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        let Ok(asked) = serde_json::from_str::<Value>(text.as_str()) else {
            return self.send_error("INVALID_MESSAGE", "the message is no JSON").await;
        };
        let kind = asked["type"].as_str().unwrap_or("?").to_owned();
        self.instance.state.chat.message(&kind);
        let payload = &asked["payload"];
        let said = match kind.as_str() {
            "user_message" | "chat_message" => {
                payload["text"].as_str().or_else(|| payload["content"].as_str())
            }
            "start_agent" | "execute_agent" | "agent_request" => payload["user_request"].as_str(),
            "ping" => return send(&self.instance.state, &mut self.socket, frames::pong()).await,
            _ => return self.send_error("UNKNOWN_MESSAGE_TYPE", "no such message type is known").await,
        };
        match said.filter(|said| !said.trim().is_empty()) {
            Some(said) => self.run(said, payload["thread_id"].as_str()).await,
            None => self.send_error("AGENT_REQUEST_ERROR", "the message holds no text").await,
        }
    }

    /// Looks the threads up, as the API does, and begins a run.
    async fn run(&mut self, message: &str, thread: Option<&str>) -> Result<(), Over> {
        if self.cues.len() > MAX_CUES {
            return self.send_error("AGENT_REQUEST_ERROR", "too many runs are waiting").await;
        }
        let context = &self.instance.context;
        if !context.has_app_fault(AppFault::ChatFabricated)
            && self.instance.number("SELECT count(*) FROM threads").await.is_none()
        {
            return self
                .send_error("AGENT_REQUEST_ERROR", "threads could not be read from the database")
                .await;
        }
        self.runs += 1;
        let number = (self.number << 20) + self.runs;
        let fresh = format!("thread-{:016x}", mix(context.seed ^ 1, number));
        let thread = thread.unwrap_or(&fresh);
        let run = Run { context, user: &self.user, thread, number, message };
        self.cues.extend(run.script());
        Ok(())
    }

    async fn send_error(&mut self, code: &str, message: &str) -> Result<(), Over> {
        send(
            &self.instance.state,
            &mut self.socket,
            frames::error(code, message, "send a user_message with a text"),
        )
        .await
    }
}

async fn send(state: &ServiceState, socket: &mut WebSocket, mut frame: Value) -> Result<(), Over> {
    state.mutations.frame(&mut frame);
    socket.send(Message::text(frame.to_string())).await.map_err(|_| Over)
}

/// Closes and waits for the other side to agree: a connection cut at once might take the last frame with it.
async fn close(instance: &Instance, socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    if socket.send(Message::Close(Some(frame))).await.is_err() {
        return;
    }
    let agreed = async { while matches!(socket.recv().await, Some(Ok(_))) {} };
    drop(tokio::time::timeout(instance.context.time_scale.limit(CLOSE_LIMIT), agreed).await);
}
