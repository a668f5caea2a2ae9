//! One look: reach, upgrade, talk or listen, say goodbye.

use std::time::Duration;

use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::VOICE;
use super::chat::{Chat, goodbye};
use super::request::Request;
use super::upgrade::{Answer, Stream, Upgrade};
use crate::ObserveContext;
use crate::messages::Hearing;
use crate::net::address::host;
use crate::net::headers;
use crate::net::observation_builder::{Sight, obstacle};
use fixproof_core::model::{Cause, Observation, ProbeError, Value};

/// How long the other side may take over what nobody depends on (a refusal's body, a goodbye), on the wall.
const PATIENCE: Duration = Duration::from_millis(500);
/// What is read at once, in bytes.
const READ: usize = 16 * 1024;
/// How many headers a transcript keeps.
const HEADERS: usize = 40;

/// Makes one observation.
pub(super) async fn observe(request: &Request, ask: ObserveContext<'_>) -> Observation {
    let mut sight = Sight::begin(ask);
    let result = look(&mut sight, request).await;
    if sight.seen.facts.value("time.total").is_none() {
        total(&mut sight);
    }
    sight.finish(result)
}

fn total(sight: &mut Sight) {
    let total = sight.clock.since(sight.start);
    sight.seen.facts.insert("time.total", Value::Duration(total));
}

async fn look(sight: &mut Sight, request: &Request) -> Result<(), ProbeError> {
    let tcp = sight.dial(&request.place, ("connect", "time.connect")).await?;
    let whom = match sight.seen.facts.value("peer") {
        Some(Value::Text(peer)) if *peer != host(&request.url) => format!("{} ({peer})", host(&request.url)),
        _ => host(&request.url),
    };
    let mut stream: Box<dyn Stream> = match &request.trust {
        None => Box::new(tcp),
        Some((name, trust)) => Box::new(sight.shake(tcp, trust.once()?, name, &whom).await?),
    };
    let upgrade = Upgrade::new(request);
    sight.seen.transcript.sent.extend(upgrade.shown.iter().cloned());
    let late = format!("{whom} accepted the connection and did not answer the upgrade in time");
    let asking = upgrade.ask(&mut *stream, &whom);
    let mut answer = sight.phase(("upgrade", "time.upgrade"), (Cause::HttpTimeout, late), asking).await?;
    tell(sight, &answer);
    if answer.status.as_u16() != 101 {
        return refused(sight, request, answer, (&mut *stream, &whom)).await;
    }
    let chosen = upgrade.accepted(&answer, request).map_err(|why| {
        obstacle(Cause::WebsocketHandshake, format!("{whom} answered 101 to the upgrade, but {why}"))
    })?;
    if let Some(chosen) = chosen {
        sight.seen.facts.insert("subprotocol", Value::Text(chosen));
    }
    talk(sight, request, (stream, std::mem::take(&mut answer.rest)), &whom).await
}

/// The answer's head, as facts and for a reader.
fn tell(sight: &mut Sight, answer: &Answer) {
    let status = answer.status;
    sight.seen.facts.insert("status", Value::count(u64::from(status.as_u16())));
    headers::facts(&answer.headers, &mut sight.seen.facts);
    let received = &mut sight.seen.transcript.received;
    received.push(format!("HTTP/1.1 {status}"));
    let lines = answer.headers.iter().take(HEADERS);
    received.extend(lines.map(|(name, value)| format!("{name}: {}", headers::shown(name, value.as_bytes()))));
}

/// The upgrade was refused: an obstacle, unless the scenario only listens.
async fn refused(
    sight: &mut Sight,
    request: &Request,
    mut answer: Answer,
    (stream, whom): (&mut dyn Stream, &str),
) -> Result<(), ProbeError> {
    let clock = sight.clock;
    let until = clock.after(clock.now(), clock.from_wall(PATIENCE)).min(sight.deadline);
    // What came of the body until then is kept.
    let _ = clock.until(until, answer.body(stream)).await;
    answer.shorten();
    if !answer.rest.is_empty() {
        sight.seen.transcript.received.push(String::from_utf8_lossy(&answer.rest).into_owned());
    }
    let status = answer.status.as_u16();
    sight.seen.facts.insert("ended", Value::Text(format!("refused:{status}")));
    if request.listen.is_none() {
        let detail = format!("{whom} {}", answer.refusal());
        return Err(obstacle(Cause::WebsocketHandshake, detail));
    }
    let nothing = Hearing::begin(&request.script, &VOICE, request.limits, (clock, sight.start));
    nothing.tell(super::row, &mut sight.seen.facts);
    Ok(())
}

async fn talk(
    sight: &mut Sight,
    request: &Request,
    (stream, already): (Box<dyn Stream>, Vec<u8>),
    whom: &str,
) -> Result<(), ProbeError> {
    let clock = sight.clock;
    let from = clock.now();
    let largest = usize::try_from(request.frame_limit).unwrap_or(usize::MAX);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .max_message_size(Some(largest))
        .max_frame_size(Some(largest));
    let socket = WebSocketStream::from_partially_read(stream, already, Role::Client, Some(config)).await;
    let hearing = Hearing::begin(&request.script, &VOICE, request.limits, (clock, sight.start));
    let mut chat = Chat::new(socket, hearing, (clock, sight.deadline), whom);
    let result = chat.run(request).await;
    let took = clock.since(from);
    sight.note("talk", from, took, result.is_ok());
    if result.is_ok() {
        sight.seen.facts.insert("time.talk", Value::Duration(took));
    }
    total(sight);
    let socket = chat.tell(&mut sight.seen.facts, &mut sight.seen.transcript);
    let until = clock.after(clock.now(), clock.from_wall(PATIENCE)).min(sight.deadline);
    goodbye(socket, clock, until).await;
    result
}
