//! A client of the chat that shares no code with the simulation. It blocks, and it judges nothing.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use fixproof_sim::Staging;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket, client};

use super::{PATIENCE, post};

/// The client's credentials.
pub(crate) enum Credentials {
    Nothing,
    Bearer(String),
    Subprotocols(String),
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Frame(Value),
    Closed(u16),
    Cut,
    Silence,
}

/// An upgraded connection.
pub(crate) struct Chat {
    socket: WebSocket<TcpStream>,
    pub(crate) protocol: Option<String>,
}

impl Chat {
    /// Upgrades, or returns the status of the refusal.
    pub(crate) fn upgrade(staging: &Staging, credentials: Credentials) -> Result<Chat, u16> {
        let url = staging.addresses().websocket;
        let host = url.strip_prefix("ws://").and_then(|rest| rest.strip_suffix("/ws")).expect("ws://HOST/ws");
        let stream = TcpStream::connect(host).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut request = url.as_str().into_client_request().expect("a request");
        let (name, value) = match credentials {
            Credentials::Nothing => ("x-nothing", "nothing".to_owned()),
            Credentials::Bearer(token) => ("authorization", format!("Bearer {token}")),
            Credentials::Subprotocols(offer) => ("sec-websocket-protocol", offer),
        };
        request.headers_mut().insert(name, HeaderValue::from_str(&value).expect("a header"));
        match client(request, stream) {
            Ok((socket, response)) => {
                let protocol = response.headers().get("sec-websocket-protocol");
                let protocol = protocol.map(|value| value.to_str().expect("text").to_owned());
                Ok(Chat { socket, protocol })
            }
            Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(crate) fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string());
    }

    pub(crate) fn say_text(&mut self, message: &str) {
        // A connection that the server has closed is seen as closed on the next read.
        drop(self.socket.send(Message::text(message)));
    }

    /// Waits so long for a frame before it is called silence.
    pub(crate) fn next_within(&mut self, within: Duration) -> Next {
        self.socket.get_ref().set_read_timeout(Some(within)).expect("a timeout");
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    return Next::Frame(serde_json::from_str(&text).expect("every frame is JSON"));
                }
                Ok(Message::Close(frame)) => {
                    return Next::Closed(frame.map_or(1005, |frame| frame.code.into()));
                }
                Ok(_) => {}
                Err(Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Next::Silence;
                }
                Err(_) => return Next::Cut,
            }
        }
    }

    pub(crate) fn frame(&mut self) -> Value {
        match self.next_within(PATIENCE) {
            Next::Frame(frame) => frame,
            other => panic!("{other:?} instead of a frame"),
        }
    }

    /// Sends a message and reads until the run is over.
    pub(crate) fn run(&mut self, message: &Value, patience: Duration) -> Run {
        let begun = Instant::now();
        self.say(message);
        let mut run = Run::default();
        loop {
            let frame = match self.next_within(patience) {
                Next::Frame(frame) => frame,
                Next::Closed(code) => run.ended(&format!("closed {code}")),
                Next::Cut => run.ended("cut"),
                Next::Silence => run.ended("silence"),
            };
            let kind = frame["type"].as_str().unwrap_or("?").to_owned();
            let event = frame["data"]["type"].as_str().unwrap_or(&kind).to_owned();
            let over = ["agent_completed", "agent_failed", "error_message", "over"].contains(&event.as_str());
            if kind != "over" {
                run.kinds.push(if event == kind { kind } else { format!("{kind}/{event}") });
                run.frames.push(frame);
            }
            if over {
                run.lasted = begun.elapsed();
                return run;
            }
        }
    }
}

/// The frames of a run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Types of the frames, in order; where one is wrapped, `OUTER/EVENT`. Last how it ended, if oddly.
    pub(crate) kinds: Vec<String>,
    pub(crate) frames: Vec<Value>,
    pub(crate) lasted: Duration,
}

impl Run {
    fn ended(&mut self, how: &str) -> Value {
        self.kinds.push(how.to_owned());
        json!({"type": "over"})
    }

    /// How many different runs the frames belong to.
    pub(crate) fn runs(&self) -> usize {
        let ids = self.frames.iter().filter_map(|frame| frame["run_id"].as_str());
        ids.collect::<std::collections::BTreeSet<_>>().len()
    }

    pub(crate) fn answer(&self) -> &str {
        self.frames.last().and_then(|frame| frame["final_response"].as_str()).unwrap_or("")
    }
}

/// A token of the test user.
pub(crate) fn token(staging: &Staging) -> String {
    let secrets = staging.credentials();
    let login = json!({"email": secrets.email, "password": secrets.password});
    let answer = post(&staging.addresses().auth, "/auth/login", &[], &login).json();
    answer["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) fn user_message(text: &str) -> Value {
    json!({"type": "user_message", "payload": {"text": text, "references": [], "thread_id": "thread-1"}})
}
