//! One look: name, socket, TLS, AUTH and SELECT, the command, INFO, each under the same deadline.

use std::io;
use std::time::Duration;

use redis::Value as Reply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::address::Address;
use super::reply::{self, Scan, Unfit};
use super::{classify, info};
use crate::ObserveContext;
use crate::net::connect::{handshake, system};
use crate::net::observation_builder::{Sight, obstacle};
use crate::net::tls::{self, Presented, Trust};
use crate::net::unix_socket::Duplex;
use crate::sanitize::clean;
use fixproof_core::model::{Cause, Fact, Observation, ProbeError, Secret, Text, Value};

/// Everything an observation needs.
pub(super) struct Plan {
    /// Where and who.
    pub(super) address: Address,
    /// How to shake hands; none where no TLS is wanted.
    pub(super) tls: Option<Trust>,
    /// The command, word by word.
    pub(super) command: Vec<Text>,
    /// Send INFO too?
    pub(super) info: bool,
}

impl Plan {
    /// Looks once.
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut sight = Sight::begin(ask);
        let result = self.all(&mut sight).await;
        sight.finish(result)
    }

    async fn all(&self, sight: &mut Sight) -> Result<(), ProbeError> {
        let place = &self.address.place;
        let stream = sight.dial(place, ("tcp", "time.tcp")).await?;
        let whom = stream.peer_addr().map_or_else(|_| place.to_string(), |peer| peer.to_string());
        let (stream, tls): (Box<dyn Duplex>, _) = match &self.tls {
            None => (Box::new(stream), None),
            Some(trust) => {
                let (config, presented) = trust.once()?;
                let setup = (config, presented.clone());
                let stream = sight.shake(stream, setup, &place.host, &whom).await?;
                sight.seen.facts.insert("tls.verified", Value::Flag(true));
                (Box::new(stream), Some(presented))
            }
        };
        let mut line = Line { stream, tls, whom, read: Vec::new() };
        self.enter(&mut line, sight).await?;
        let connect = spent(sight, &["time.dns", "time.tcp", "time.tls", "time.auth"]);
        sight.seen.facts.insert("time.connect", Value::Duration(connect));
        self.ask(&mut line, sight).await?;
        let total = connect + spent(sight, &["time.query", "time.info"]);
        sight.seen.facts.insert("time.total", Value::Duration(total));
        // A farewell, so that nobody need wonder. All is seen; it may fail.
        let patience =
            sight.clock.after(sight.clock.now(), sight.clock.from_wall(Duration::from_millis(100)));
        let _ = sight.clock.until(sight.deadline.min(patience), line.stream.shutdown()).await;
        Ok(())
    }

    /// AUTH and SELECT, where there is anything to say.
    async fn enter(&self, line: &mut Line, sight: &mut Sight) -> Result<(), ProbeError> {
        let mut steps = Vec::new();
        if let Some(password) = self.address.password.as_ref().map(Secret::expose) {
            let mut auth = redis::cmd("AUTH");
            if let Some(user) = &self.address.user {
                auth.arg(user);
            }
            steps.push(("AUTH", "AUTH (not shown)".to_owned(), auth.arg(password).get_packed_command()));
        }
        // A session begins in 0, and not everybody may SELECT.
        if let Some(number) = self.address.database.filter(|number| *number != 0) {
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
            (Cause::DatabaseTimeout, format!("{} has not let us in in time (AUTH, SELECT)", line.whom));
        let mut said = Vec::new();
        let entering = async {
            for (stage, shown, packed) in steps {
                said.push((shown, None));
                let reply = line.exchange(stage, &packed).await?;
                said.last_mut().into_iter().for_each(|last| last.1 = Some(shown_reply(&reply)));
                if let Some(words) = reply::error(&reply) {
                    return Err(classify::refusal(&words, stage, &line.whom));
                }
                if reply != Reply::Okay {
                    let what = format!("{} answered {stage} with something else than OK", line.whom);
                    return Err(obstacle(Cause::DatabaseProtocol, what));
                }
            }
            Ok(())
        };
        let result = sight.phase(("auth", "time.auth"), late, entering).await;
        said.into_iter().for_each(|(sent, received)| write_down(sight, sent, received));
        result
    }

    /// The command, and INFO.
    async fn ask(&self, line: &mut Line, sight: &mut Sight) -> Result<(), ProbeError> {
        let name = clean(self.command.first().map_or("", shown_word), 40);
        let words = self.command.iter().map(shown_word).collect::<Vec<_>>().join(" ");
        let mut command = redis::Cmd::new();
        for word in &self.command {
            command.arg(word.expose());
        }
        let packed = command.get_packed_command();
        let reply =
            asked(line, sight, ("query", "time.query"), (&name, clean(&words, 1000)), &packed).await?;
        let is_ping = self.command.len() == 1 && name.eq_ignore_ascii_case("PING");
        if is_ping && reply::json(&reply) != "PONG" {
            let what = format!("{} answered PING with {} instead of PONG", line.whom, shown_reply(&reply));
            return Err(obstacle(Cause::DatabaseProtocol, what));
        }
        sight.seen.facts.insert("value", Value::from_json(reply::json(&reply)));
        if self.info {
            let packed = redis::cmd("INFO").get_packed_command();
            let reply =
                asked(line, sight, ("info", "time.info"), ("INFO", "INFO".to_owned()), &packed).await?;
            let serde_json::Value::String(text) = reply::json(&reply) else {
                let what = format!("{} answered INFO with something else than a text", line.whom);
                return Err(obstacle(Cause::DatabaseProtocol, what));
            };
            info::facts(&text, &mut sight.seen.facts);
        }
        Ok(())
    }
}

/// One command as a phase; a refusal is an obstacle.
async fn asked(
    line: &mut Line,
    sight: &mut Sight,
    phase: (&'static str, &'static str),
    (name, shown): (&str, String),
    packed: &[u8],
) -> Result<Reply, ProbeError> {
    let late = (
        Cause::DatabaseTimeout,
        format!("{} accepted the connection and has not answered {name} in time", line.whom),
    );
    let mut received = None;
    let asking = async {
        let reply = line.exchange(name, packed).await?;
        received = Some(shown_reply(&reply));
        match reply::error(&reply) {
            Some(words) => Err(classify::refusal(&words, name, &line.whom)),
            None => Ok(reply),
        }
    };
    let result = sight.phase(phase, late, asking).await;
    write_down(sight, shown, received);
    result
}

fn write_down(sight: &mut Sight, sent: String, received: Option<String>) {
    sight.seen.transcript.sent.push(sent);
    sight.seen.transcript.received.extend(received);
}

fn shown_word(word: &Text) -> &str {
    if word.is_secret() { "…" } else { word.expose() }
}

fn shown_reply(reply: &Reply) -> String {
    clean(&reply::error(reply).unwrap_or_else(|| reply::json(reply).to_string()), 500)
}

fn spent(sight: &Sight, facts: &[&str]) -> Duration {
    let times = facts.iter().filter_map(|fact| match sight.seen.facts.get(fact) {
        Some(Fact::Seen(Value::Duration(took))) => Some(*took),
        _ => None,
    });
    times.sum()
}

/// The connection, and what came over it that belongs to no reply yet.
struct Line {
    stream: Box<dyn Duplex>,
    /// What was presented, where it is over TLS.
    tls: Option<Presented>,
    whom: String,
    read: Vec<u8>,
}

impl Line {
    /// Sends one command and reads its reply.
    async fn exchange(&mut self, stage: &str, packed: &[u8]) -> Result<Reply, ProbeError> {
        if !self.read.is_empty() {
            let what = format!("{} sent more than one reply to what came before {stage}", self.whom);
            return Err(obstacle(Cause::DatabaseProtocol, what));
        }
        // Who is turned away is told why before the connection is closed, so what was said counts also where nothing
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
                Err(unfit) => return Err(classify::unfit(unfit, stage, &self.whom, &self.read)),
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
        let whom = &self.whom;
        if let (Some(error), Some(presented)) = (error, &self.tls)
            && tls::find::<rustls::Error>(error).is_some()
        {
            // With TLS 1.3 a server says only now that it wants a client's certificate.
            return handshake(error, presented, whom);
        }
        let found = error.map(|error| system(error, whom));
        if let Some(found) = found.filter(|found| found.cause != Cause::Reset) {
            return found;
        }
        let how_far = match (self.read.is_empty(), &self.tls) {
            (true, None) => "without a word (if it wants TLS, write rediss://)",
            (true, Some(_)) => "without a word",
            (false, _) => "in the middle of it",
        };
        let said = error.map(|error| format!(": {error}")).unwrap_or_default();
        let what = format!("{whom} closed the connection instead of answering {stage}, {how_far}{said}");
        obstacle(Cause::Reset, what)
    }

    /// Takes the first reply out of what came, once it is complete.
    fn taken(&mut self, scan: &mut Scan) -> Result<Option<Reply>, Unfit> {
        let Some(end) = scan.end(&self.read)? else { return Ok(None) };
        let reply = reply::read(&self.read[..end])?;
        self.read.drain(..end);
        Ok(Some(reply))
    }
}
