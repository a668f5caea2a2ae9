//! One look: name, socket, TLS, AUTH and SELECT, the command, INFO, each under the same deadline.

use std::io;
use std::time::Duration;

use redis::Value as Reply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::reply::{self, Scan, Unfit};
use super::{classify, info};
use crate::ObserveContext;
use crate::db::address::Address;
use crate::net::cause;
use crate::net::connect::io_error;
use crate::net::handshake::handshake_error;
use crate::net::observation_builder::ObservationBuilder;
use crate::net::tls::{PresentedChain, TlsClient};
use crate::net::unix_socket::Duplex;
use crate::sanitize::clean;
use fixproof_core::model::{Cause, Observation, ProbeError, Secret, Text, Value};

/// Everything an observation needs.
pub(super) struct RedisProbe {
    /// Where and who.
    pub(super) address: Address,
    /// How to shake hands; none where no TLS is wanted.
    pub(super) tls: Option<TlsClient>,
    /// The number of the database, if one is given.
    pub(super) database: Option<u64>,
    /// The command, word by word.
    pub(super) command: Vec<Text>,
    /// Send INFO too?
    pub(super) info: bool,
}

impl RedisProbe {
    /// Looks once.
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut builder = ObservationBuilder::begin(ask);
        let result = self.all(&mut builder).await;
        builder.finish(result)
    }

    async fn all(&self, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let (stream, peer) = builder.connect_route(&self.address.route).await?;
        let (stream, tls): (Box<dyn Duplex>, _) = match &self.tls {
            None => (stream, None),
            Some(tls_client) => {
                let (config, presented) = tls_client.config()?;
                let setup = (config, presented.clone());
                let stream = builder.handshake(stream, setup, self.address.route.host(), &peer).await?;
                builder.fact("tls.verified", Value::Flag(true));
                (Box::new(stream), Some(presented))
            }
        };
        let mut line = Line { stream, tls, peer, read: Vec::new() };
        self.enter(&mut line, builder).await?;
        let connect = builder.spent(&["time.dns", "time.tcp", "time.tls", "time.auth"]);
        builder.fact("time.connect", Value::Duration(connect));
        self.ask(&mut line, builder).await?;
        let total = connect + builder.spent(&["time.query", "time.info"]);
        builder.fact("time.total", Value::Duration(total));
        // QUIT closes the session cleanly. The observation is complete, so it may fail.
        let patience = builder.within(Duration::from_millis(100));
        let _ = builder.clock.until(patience, line.stream.shutdown()).await;
        Ok(())
    }

    /// AUTH and SELECT, where there is anything to say.
    async fn enter(&self, line: &mut Line, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let mut steps = Vec::new();
        if let Some(password) = self.address.password.as_ref().map(Secret::expose) {
            let mut auth = redis::cmd("AUTH");
            if !self.address.user.is_empty() {
                auth.arg(&self.address.user);
            }
            steps.push(("AUTH", "AUTH (not shown)".to_owned(), auth.arg(password).get_packed_command()));
        }
        // A session starts in database 0, and SELECT may be forbidden.
        if let Some(number) = self.database.filter(|number| *number != 0) {
            steps.push((
                "SELECT",
                format!("SELECT {number}"),
                redis::cmd("SELECT").arg(number).get_packed_command(),
            ));
        }
        if steps.is_empty() {
            return Ok(());
        }
        let late =
            (Cause::DatabaseTimeout, format!("{} has not let us in in time (AUTH, SELECT)", line.peer));
        let mut said = Vec::new();
        let entering = async {
            for (stage, shown, packed) in steps {
                said.push((shown, None));
                let reply = line.exchange(stage, &packed).await?;
                said.last_mut().into_iter().for_each(|last| last.1 = Some(shown_reply(&reply)));
                if let Some(words) = reply::error(&reply) {
                    return Err(classify::refusal(&words, stage, &line.peer));
                }
                if reply != Reply::Okay {
                    let what = format!("{} answered {stage} with something else than OK", line.peer);
                    return Err(ProbeError::new(Cause::DatabaseProtocol, what));
                }
            }
            Ok(())
        };
        let result = builder.phase(("auth", "time.auth"), late, entering).await;
        said.into_iter().for_each(|(sent, received)| write_down(builder, sent, received));
        result
    }

    /// The command, and INFO.
    async fn ask(&self, line: &mut Line, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let name = clean(self.command.first().map_or("", shown_word), 40);
        let words = self.command.iter().map(shown_word).collect::<Vec<_>>().join(" ");
        let mut command = redis::Cmd::new();
        for word in &self.command {
            command.arg(word.expose());
        }
        let packed = command.get_packed_command();
        let reply =
            asked(line, builder, ("query", "time.query"), (&name, clean(&words, 1000)), &packed).await?;
        let is_ping = self.command.len() == 1 && name.eq_ignore_ascii_case("PING");
        if is_ping && reply::json(&reply) != "PONG" {
            let what = format!("{} answered PING with {} instead of PONG", line.peer, shown_reply(&reply));
            return Err(ProbeError::new(Cause::DatabaseProtocol, what));
        }
        builder.fact("value", Value::from_json(reply::json(&reply)));
        if self.info {
            let packed = redis::cmd("INFO").get_packed_command();
            let reply =
                asked(line, builder, ("info", "time.info"), ("INFO", "INFO".to_owned()), &packed).await?;
            let serde_json::Value::String(text) = reply::json(&reply) else {
                let what = format!("{} answered INFO with something else than a text", line.peer);
                return Err(ProbeError::new(Cause::DatabaseProtocol, what));
            };
            info::facts(&text, &mut builder.seen.facts);
        }
        Ok(())
    }
}

/// One command as a phase; a refusal is an obstacle.
async fn asked(
    line: &mut Line,
    builder: &mut ObservationBuilder,
    phase: (&'static str, &'static str),
    (name, shown): (&str, String),
    packed: &[u8],
) -> Result<Reply, ProbeError> {
    let late = (
        Cause::DatabaseTimeout,
        format!("{} accepted the connection and has not answered {name} in time", line.peer),
    );
    let mut received = None;
    let asking = async {
        let reply = line.exchange(name, packed).await?;
        received = Some(shown_reply(&reply));
        match reply::error(&reply) {
            Some(words) => Err(classify::refusal(&words, name, &line.peer)),
            None => Ok(reply),
        }
    };
    let result = builder.phase(phase, late, asking).await;
    write_down(builder, shown, received);
    result
}

fn write_down(builder: &mut ObservationBuilder, sent: String, received: Option<String>) {
    builder.sent(sent);
    builder.seen.transcript.received.extend(received);
}

fn shown_word(word: &Text) -> &str {
    if word.is_secret() { "…" } else { word.expose() }
}

fn shown_reply(reply: &Reply) -> String {
    clean(&reply::error(reply).unwrap_or_else(|| reply::json(reply).to_string()), 500)
}

/// The connection, and what came over it that belongs to no reply yet.
struct Line {
    stream: Box<dyn Duplex>,
    /// What was presented, where it is over TLS.
    tls: Option<PresentedChain>,
    peer: String,
    read: Vec<u8>,
}

impl Line {
    /// Sends one command and reads its reply.
    async fn exchange(&mut self, stage: &str, packed: &[u8]) -> Result<Reply, ProbeError> {
        if !self.read.is_empty() {
            let what = format!("{} sent more than one reply to what came before {stage}", self.peer);
            return Err(ProbeError::new(Cause::DatabaseProtocol, what));
        }
        // A server that refuses a client sends the reason before it closes, so a received error counts also if nothing
        // more is taken.
        let sent = match self.stream.write_all(packed).await {
            Ok(()) => self.stream.flush().await,
            Err(error) => Err(error),
        };
        let mut scan = Scan::default();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.taken(&mut scan) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(unfit) => return Err(classify::unfit(unfit, stage, &self.peer, &self.read)),
            }
            match self.stream.read(&mut buffer).await {
                Ok(0) => return Err(self.lost(sent.err().as_ref(), stage)),
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(self.lost(Some(sent.as_ref().err().unwrap_or(&error)), stage)),
            }
        }
    }

    /// The connection ended before the reply did.
    fn lost(&self, error: Option<&io::Error>, stage: &str) -> ProbeError {
        let peer = &self.peer;
        if let (Some(error), Some(presented)) = (error, &self.tls)
            && cause::find::<rustls::Error>(error).is_some()
        {
            // With TLS 1.3 a server says only now that it wants a client's certificate.
            return handshake_error(error, presented, peer);
        }
        let found = error.map(|error| io_error(error, peer));
        if let Some(found) = found.filter(|found| found.cause != Cause::Reset) {
            return found;
        }
        let how_far = match (self.read.is_empty(), &self.tls) {
            (true, None) => "without a word (if it wants TLS, write rediss://)",
            (true, Some(_)) => "without a word",
            (false, _) => "in the middle of it",
        };
        let said = error.map(|error| format!(": {error}")).unwrap_or_default();
        let what = format!("{peer} closed the connection instead of answering {stage}, {how_far}{said}");
        ProbeError::new(Cause::Reset, what)
    }

    /// Takes the first reply out of what came, once it is complete.
    fn taken(&mut self, scan: &mut Scan) -> Result<Option<Reply>, Unfit> {
        let Some(end) = scan.end(&self.read)? else { return Ok(None) };
        let reply = reply::read(&self.read[..end])?;
        self.read.drain(..end);
        Ok(Some(reply))
    }
}
