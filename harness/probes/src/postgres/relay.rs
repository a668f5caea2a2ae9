//! The relay between sqlx and the server: it carries every byte, and notes when what passed by.
//!
//! sqlx computes (PBKDF2) between a challenge and its answer; that time is the harness's own and is noted
//! apart. What is noted is always noted before sqlx can see it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::wire::{self, Frames, Message, ServerError};
use crate::clock::{Clock, Moment};
use crate::net::unix_socket::{Duplex, PrivateSocket};
use fixproof_core::model::{Transcript, shortened_bytes};

/// The port in the name of the relay's socket file.
pub(super) const PORT: u16 = 5432;
/// That name.
pub(super) const SOCKET: &str = ".s.PGSQL.5432";
/// At most this many lines of transcript each way.
const LINES: usize = 40;

/// One question and its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// When it was sent.
    pub(super) sent: Moment,
    /// When the server was ready for the next.
    pub(super) done: Option<Moment>,
}

/// What passed by.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// When the first message was sent.
    pub(super) started: Option<Moment>,
    /// When the server was ready for questions.
    pub(super) ready: Option<Moment>,
    /// The harness's own computing between challenge and answer.
    pub(super) own: Duration,
    challenge: Option<Moment>,
    /// How the server wanted the password.
    pub(super) method: Option<&'static str>,
    /// What the server calls its version.
    pub(super) version: Option<String>,
    /// The first refusal.
    pub(super) error: Option<ServerError>,
    /// The server closed, and what the system said to that.
    pub(super) closed: Option<String>,
    /// What came is not PostgreSQL: its beginning.
    pub(super) garbage: Option<String>,
    /// The questions.
    pub(super) queries: Vec<Asked>,
    /// For a reader.
    pub(super) transcript: Transcript,
}

/// The log, shared with the relay's task.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedLog(Arc<Mutex<Log>>);

impl SharedLog {
    /// Looks into it.
    pub(super) fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn sent(&mut self, line: String) {
        if self.transcript.sent.len() < LINES {
            self.transcript.sent.push(line);
        }
    }

    fn received(&mut self, line: String) {
        if self.transcript.received.len() < LINES {
            self.transcript.received.push(line);
        }
    }

    fn note_server(&mut self, message: &Message, at: Moment) {
        match message.tag {
            b'R' => self.authentication(wire::number(&message.body).unwrap_or(u32::MAX), at),
            b'S' => {
                let parameter = wire::parameter(&message.body);
                if let Some((_, value)) = parameter.filter(|(name, _)| name == "server_version") {
                    self.received(wire::clean(&format!("ParameterStatus server_version {value}"), 200));
                    self.version = Some(wire::clean(&value, 200));
                }
            }
            b'E' => {
                let error = ServerError::read(&message.body);
                self.received(format!("ErrorResponse {error}"));
                self.error.get_or_insert(error);
            }
            b'N' => self.received(format!("NoticeResponse {}", ServerError::read(&message.body))),
            b'C' => {
                let words = String::from_utf8_lossy(&message.body);
                self.received(wire::clean(&format!("CommandComplete {}", words.trim_end_matches('\0')), 200));
            }
            b'Z' => {
                self.received("ReadyForQuery".to_owned());
                if self.ready.is_none() {
                    self.ready = Some(at);
                } else if let Some(asked) = self.queries.last_mut() {
                    asked.done.get_or_insert(at);
                }
            }
            _ => {}
        }
    }

    fn authentication(&mut self, kind: u32, at: Moment) {
        let (method, line) = match kind {
            0 => (None, "AuthenticationOk"),
            3 => (Some("password"), "AuthenticationCleartextPassword"),
            5 => (Some("md5"), "AuthenticationMD5Password"),
            10 => (Some("scram-sha-256"), "AuthenticationSASL"),
            11 => (None, "AuthenticationSASLContinue"),
            12 => (None, "AuthenticationSASLFinal"),
            _ => (Some("other"), "an authentication request of another kind"),
        };
        if kind == 0 {
            self.method.get_or_insert("trust");
        }
        if let Some(method) = method {
            self.method = Some(method);
        }
        if matches!(kind, 3 | 5 | 10 | 11) {
            self.challenge = Some(at);
        }
        self.received(line.to_owned());
    }

    fn note_client(&mut self, message: &Message, at: Moment, clock: Clock) {
        match message.tag {
            b'p' => {
                if let Some(challenge) = self.challenge.take() {
                    self.own += clock.between(challenge, at);
                }
                self.sent("the answer to it (not shown)".to_owned());
            }
            b'Q' => {
                self.queries.push(Asked { sent: at, done: None });
                let words = String::from_utf8_lossy(&message.body);
                self.sent(wire::clean(&format!("Query {}", words.trim_end_matches('\0')), 1000));
            }
            b'X' => self.sent("Terminate".to_owned()),
            _ => {}
        }
    }
}

/// Carries everything between the server and the driver, until one of them ends.
pub(super) async fn run(
    door: PrivateSocket,
    server: Box<dyn Duplex>,
    startup: Vec<u8>,
    log: SharedLog,
    clock: Clock,
) -> io::Result<()> {
    let mut client = door.accept().await?;
    // sqlx has put the environment into its first message; ours takes its place.
    let length = client.read_u32().await?;
    let mut replaced = vec![0; usize::try_from(length).unwrap_or(0).saturating_sub(4).min(64 * 1024)];
    client.read_exact(&mut replaced).await?;
    let (from_server, mut to_server) = tokio::io::split(server);
    let (from_client, to_client) = client.into_split();
    {
        let mut log = log.lock();
        log.started = Some(clock.now());
        log.sent("StartupMessage".to_owned());
    }
    // Why the server does not take it, the other direction learns.
    if to_server.write_all(&startup).await.is_ok() {
        let _ = to_server.flush().await;
    }
    tokio::join!(up(from_client, to_server, &log, clock), down(from_server, to_client, &log, clock));
    Ok(())
}

async fn up(
    mut client: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    log: &SharedLog,
    clock: Clock,
) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer).await {
        let at = clock.now();
        if let Ok(messages) = frames.push(&buffer[..count], false) {
            let mut log = log.lock();
            messages.iter().for_each(|message| log.note_client(message, at, clock));
        }
        // Why the server does not take it, the other direction learns.
        if server.write_all(&buffer[..count]).await.is_err() || server.flush().await.is_err() {
            return;
        }
    }
    let _ = server.shutdown().await;
}

async fn down(
    mut server: impl AsyncRead + Unpin,
    mut client: impl AsyncWrite + Unpin,
    log: &SharedLog,
    clock: Clock,
) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = server.read(&mut buffer).await;
        let at = clock.now();
        let count = match read {
            Ok(0) => {
                log.lock().closed.get_or_insert("closed by the server".to_owned());
                break;
            }
            Err(error) => {
                log.lock().closed.get_or_insert(error.to_string());
                break;
            }
            Ok(count) => count,
        };
        match frames.push(&buffer[..count], true) {
            Ok(messages) => {
                let mut log = log.lock();
                messages.iter().for_each(|message| log.note_server(message, at));
            }
            Err(wire::Garbage) => {
                let beginning = shortened_bytes(&buffer[..count], 80);
                log.lock().garbage = Some(wire::clean(&beginning, 60));
                break;
            }
        }
        if client.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    let _ = client.shutdown().await;
}
