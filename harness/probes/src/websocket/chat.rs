//! The conversation on a WebSocket that stands: frames out, frames in, and how it ended.

use std::time::Duration;

use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::frames::row;
use super::request::Request;
use super::talk::{Outgoing, Turn};
use super::upgrade::{Stream, lost};
use crate::clock::{Clock, Moment};
use crate::messages::MessageLog;
use fixproof_core::model::{Cause, Facts, ProbeError, Transcript, Value, excerpt as beginning};

/// How much of a frame a transcript keeps, in bytes.
const EXCERPT: usize = 512;
/// How many frames a transcript keeps.
const LINES: u64 = 200;
/// What a close without a code means to both sides (RFC 6455, 7.1.5).
const NO_CODE: u16 = 1005;

/// A socket over a stream of either kind.
pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// The conversation.
pub(super) struct Chat<'a> {
    socket: Socket,
    log: MessageLog<'a>,
    clock: Clock,
    deadline: Moment,
    peer: &'a str,
    end: End,
    pings: u64,
    frames: u64,
    transcript: Transcript,
}

/// How it ended, as far as it did.
enum End {
    Open,
    Closed { code: u16, reason: String },
    Lost(ProbeError),
}

/// What a look at the wire brought.
enum Came {
    /// The awaited frame.
    Awaited,
    /// Something else.
    Other,
    /// Nothing until the moment.
    Late,
    /// The end.
    Ended,
}

impl<'a> Chat<'a> {
    /// A conversation that has not begun.
    pub(super) fn new(
        socket: Socket,
        log: MessageLog<'a>,
        (clock, deadline): (Clock, Moment),
        peer: &'a str,
    ) -> Chat<'a> {
        let transcript = Transcript::default();
        Chat { socket, log, clock, deadline, peer, end: End::Open, pings: 0, frames: 0, transcript }
    }

    /// Takes every turn, then listens where that was asked for.
    ///
    /// # Errors
    /// What stood in the way.
    pub(super) async fn run(&mut self, request: &Request) -> Result<(), ProbeError> {
        for turn in &request.turns {
            match turn {
                Turn::Send(outgoing) => self.send(outgoing).await?,
                Turn::Await => self.wait().await?,
            }
            if request.listen.is_some() && !matches!(self.end, End::Open) {
                return Ok(());
            }
        }
        match request.listen {
            Some(listen) => self.listen(listen).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, outgoing: &Outgoing) -> Result<(), ProbeError> {
        let shown = match outgoing.secret {
            true => format!("({} bytes with a secret in them)", outgoing.text.len()),
            false => excerpt(&outgoing.text),
        };
        self.transcript.sent.push(shown);
        let sending = self.socket.send(Message::text(outgoing.text.as_str()));
        match self.clock.until(self.deadline, sending).await {
            Ok(Ok(())) => {
                self.log.resume();
                Ok(())
            }
            // The other side may have said why before it stopped taking anything; only reading tells.
            Ok(Err(_)) => loop {
                match self.next(self.deadline).await? {
                    Came::Awaited | Came::Other => {}
                    Came::Late => return Err(self.silence()),
                    Came::Ended => return self.ended(),
                }
            },
            Err(_) => {
                let detail = format!("{} did not take what was sent; {}", self.peer, self.log.so_far());
                Err(ProbeError::new(Cause::WebsocketTimeout, detail))
            }
        }
    }

    /// Waits for the next one of the script.
    async fn wait(&mut self) -> Result<(), ProbeError> {
        let until = self.log.due().map_or(self.deadline, |due| due.min(self.deadline));
        loop {
            match self.next(until).await? {
                Came::Awaited => return Ok(()),
                Came::Other => {}
                Came::Late => return Err(self.silence()),
                Came::Ended => return self.ended(),
            }
        }
    }

    /// Listens so long, or until the other side ends it.
    async fn listen(&mut self, listen: Duration) -> Result<(), ProbeError> {
        let from = self.clock.now();
        let end = self.clock.after(from, listen);
        loop {
            match self.next(end.min(self.deadline)).await? {
                Came::Awaited | Came::Other => {}
                Came::Ended => return Ok(()),
                Came::Late if end <= self.deadline => return Ok(()),
                Came::Late => {
                    let (received, listen) = (self.clock.since(from), Value::Duration(listen));
                    let received = Value::Duration(received);
                    let detail = format!(
                        "time was up after listening to {} for {received} of {listen} (`listen`): give the scenario more time",
                        self.peer
                    );
                    return Err(ProbeError::new(Cause::WebsocketTimeout, detail));
                }
            }
        }
    }

    /// Reads one frame, but not beyond a moment.
    async fn next(&mut self, until: Moment) -> Result<Came, ProbeError> {
        // A flood that is always ready would be read beyond the moment otherwise.
        if self.clock.now() >= until {
            return Ok(Came::Late);
        }
        let Ok(came) = self.clock.until(until, self.socket.next()).await else { return Ok(Came::Late) };
        let message = match came {
            Some(Ok(message)) => message,
            Some(Err(error)) => return self.broken(error),
            None => return self.broken(Error::ConnectionClosed),
        };
        let awaited = match message {
            Message::Text(text) => {
                self.note(excerpt(&text));
                let document = self.log.document(&text, self.peer)?;
                self.log.hear(document, text.len() as u64, self.peer)?
            }
            Message::Binary(bytes) => {
                self.note(format!("({} binary bytes)", bytes.len()));
                let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
                let document = json!({ "binary": text, "size": bytes.len() });
                self.log.hear(document, bytes.len() as u64, self.peer)?
            }
            Message::Close(frame) => {
                self.closed(frame);
                return Ok(Came::Ended);
            }
            // A ping is answered by the next read or write.
            Message::Ping(_) => {
                self.pings += 1;
                false
            }
            Message::Pong(_) | Message::Frame(_) => false,
        };
        Ok(if awaited { Came::Awaited } else { Came::Other })
    }

    fn closed(&mut self, frame: Option<CloseFrame>) {
        let (code, reason) = match frame {
            Some(frame) => (frame.code.into(), frame.reason.as_str().to_owned()),
            None => (NO_CODE, String::new()),
        };
        self.transcript.received.push(format!("close {code} {reason}"));
        self.end = End::Closed { code, reason };
    }

    /// An error of the wire: an end, or an obstacle.
    fn broken(&mut self, error: Error) -> Result<Came, ProbeError> {
        let peer = self.peer;
        let what = match error {
            Error::ConnectionClosed | Error::AlreadyClosed => match self.end {
                End::Closed { .. } | End::Lost(_) => return Ok(Came::Ended),
                End::Open => ProbeError::new(Cause::Reset, format!("{peer} closed the connection")),
            },
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                ProbeError::new(Cause::Reset, format!("{peer} closed the connection without a close frame"))
            }
            Error::Io(error) => match lost(&error, peer) {
                reset @ ProbeError { cause: Cause::Reset, .. } => reset,
                other => return Err(other),
            },
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                let (size, most) = (Value::Size(size as u64), Value::Size(max_size as u64));
                let detail = format!("{peer} sent a frame of {size}, and {most} is the most (`frame-limit`)");
                return Err(self.with_context(Cause::WebsocketTooLarge, detail));
            }
            Error::Utf8(_) => {
                let detail = format!("{peer} sent a text frame that is no UTF-8");
                return Err(self.with_context(Cause::WebsocketProtocol, detail));
            }
            Error::Protocol(error) => {
                let detail = format!("{peer} does not keep to the WebSocket protocol: {error}");
                return Err(self.with_context(Cause::WebsocketProtocol, detail));
            }
            error => {
                let detail = format!("{peer} exchange failed: {error}");
                return Err(self.with_context(Cause::WebsocketProtocol, detail));
            }
        };
        self.end = End::Lost(what);
        Ok(Came::Ended)
    }

    fn with_context(&self, cause: Cause, detail: String) -> ProbeError {
        ProbeError::new(cause, format!("{detail}; {}", self.log.so_far()))
    }

    fn silence(&self) -> ProbeError {
        let mut silence = self.log.silence(self.peer);
        if self.pings > 0 {
            let noun = if self.pings == 1 { "ping" } else { "pings" };
            silence.detail.push_str(&format!("; {} {noun} came and {noun} only", self.pings));
        }
        silence
    }

    /// The end, where something is still awaited.
    fn ended(&self) -> Result<(), ProbeError> {
        let waiting = match self.log.awaited() {
            None => return Ok(()),
            Some(matcher) => format!("while `{}` was awaited; {}", matcher.name, self.log.so_far()),
        };
        Err(match &self.end {
            End::Open => return Ok(()),
            End::Closed { code, reason } => {
                let cause = match self.log.reached() {
                    0 => Cause::WebsocketClosedBefore,
                    _ => Cause::WebsocketClosed,
                };
                let reason = if reason.is_empty() { "no reason".to_owned() } else { format!("{reason:?}") };
                let code = format!("{code}{}", meaning(*code));
                ProbeError::new(cause, format!("{} closed with {code} ({reason}) {waiting}", self.peer))
            }
            End::Lost(what) => ProbeError::new(what.cause, format!("{} {waiting}", what.detail)),
        })
    }

    fn note(&mut self, line: String) {
        self.frames += 1;
        if self.frames <= LINES {
            self.transcript.received.push(line);
        }
    }

    /// Everything as facts and lines; what is left is the socket, to say goodbye on.
    pub(super) fn tell(self, facts: &mut Facts, transcript: &mut Transcript) -> Socket {
        let ended = match &self.end {
            End::Open => "open".to_owned(),
            End::Closed { code, reason } => {
                facts.insert("close.code", Value::count(u64::from(*code)));
                facts.insert("close.reason", Value::Text(reason.clone()));
                format!("closed:{code}")
            }
            End::Lost(_) => "reset".to_owned(),
        };
        facts.insert("ended", Value::Text(ended));
        self.log.tell(row, facts);
        transcript.sent.extend(self.transcript.sent);
        transcript.received.extend(self.transcript.received);
        if self.frames > LINES {
            transcript.received.push(format!("(and {} more frames)", self.frames - LINES));
        }
        self.socket
    }
}

/// Says goodbye, and gives the other side until a moment to do the same.
pub(super) async fn goodbye(mut socket: Socket, clock: Clock, until: Moment) {
    let leave = async {
        let normal = CloseFrame { code: CloseCode::Normal, reason: Default::default() };
        // Where it was closed already, this only sends what was to be sent.
        let well = socket.close(Some(normal)).await;
        while well.is_ok() && socket.next().await.is_some_and(|came| came.is_ok()) {}
    };
    // The observation is complete; a failure here changes nothing.
    let _ = clock.until(until, leave).await;
}

/// The meaning of a close code.
fn meaning(code: u16) -> &'static str {
    match code {
        1000 => " normal",
        1001 => " going away",
        1002 => " protocol error",
        1003 => " unsupported data",
        NO_CODE => " no code",
        1007 => " invalid payload",
        1008 => " policy violation",
        1009 => " message too big",
        1011 => " internal error",
        1012 => " service restart",
        1013 => " try again later",
        _ => "",
    }
}

/// The beginning of a frame.
fn excerpt(text: &str) -> String {
    beginning(text, EXCERPT)
}
