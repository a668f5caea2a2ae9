//! One look: reach, upgrade, talk or listen, say goodbye.

use std::time::Duration;

use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::chat::{Chat, goodbye};
use super::frames::{LABELS, row};
use super::request::Request;
use super::upgrade::{Answer, Stream, Upgrade};
use crate::ObserveContext;
use crate::messages::MessageLog;
use crate::net::address::host;
use crate::net::headers;
use crate::net::observation_builder::ObservationBuilder;
use fixproof_core::model::{Cause, Observation, ProbeError, Value};

/// How long the peer may take for what no result depends on (a refusal's body, a close frame), on the wall.
const PATIENCE: Duration = Duration::from_millis(500);
/// What is read at once, in bytes.
const READ: usize = 16 * 1024;
/// How many headers a transcript keeps.
const HEADERS: usize = 40;

/// Makes one observation.
pub(super) async fn observe(request: &Request, ask: ObserveContext<'_>) -> Observation {
    let mut builder = ObservationBuilder::begin(ask);
    let result = look(&mut builder, request).await;
    if builder.seen.facts.value("time.total").is_none() {
        total(&mut builder);
    }
    builder.finish(result)
}

fn total(builder: &mut ObservationBuilder) {
    let total = builder.clock.since(builder.start);
    builder.fact("time.total", Value::Duration(total));
}

async fn look(builder: &mut ObservationBuilder, request: &Request) -> Result<(), ProbeError> {
    let tcp = builder.connect(&request.endpoint, ("connect", "time.connect")).await?;
    let peer = match builder.seen.facts.value("peer") {
        Some(Value::Text(peer)) if *peer != host(&request.url) => format!("{} ({peer})", host(&request.url)),
        _ => host(&request.url),
    };
    let mut stream: Box<dyn Stream> = match &request.tls_client {
        None => Box::new(tcp),
        Some((name, tls_client)) => {
            Box::new(builder.handshake(tcp, tls_client.config()?, name, &peer).await?)
        }
    };
    let upgrade = Upgrade::new(request);
    builder.seen.transcript.sent.extend(upgrade.shown.iter().cloned());
    let late = format!("{peer} accepted the connection and did not answer the upgrade in time");
    let asking = upgrade.ask(&mut *stream, &peer);
    let mut answer = builder.phase(("upgrade", "time.upgrade"), (Cause::HttpTimeout, late), asking).await?;
    tell(builder, &answer);
    if answer.status.as_u16() != 101 {
        return refused(builder, request, answer, (&mut *stream, &peer)).await;
    }
    let chosen = upgrade.accepted(&answer, request).map_err(|why| {
        ProbeError::new(Cause::WebsocketHandshake, format!("{peer} answered 101 to the upgrade, but {why}"))
    })?;
    if let Some(chosen) = chosen {
        builder.fact("subprotocol", Value::Text(chosen));
    }
    talk(builder, request, (stream, std::mem::take(&mut answer.rest)), &peer).await
}

/// The answer's head, as facts and for a reader.
fn tell(builder: &mut ObservationBuilder, answer: &Answer) {
    let status = answer.status;
    builder.fact("status", Value::count(u64::from(status.as_u16())));
    headers::facts(&answer.headers, &mut builder.seen.facts);
    let received = &mut builder.seen.transcript.received;
    received.push(format!("HTTP/1.1 {status}"));
    let lines = answer.headers.iter().take(HEADERS);
    received.extend(lines.map(|(name, value)| format!("{name}: {}", headers::shown(name, value.as_bytes()))));
}

/// The upgrade was refused: an obstacle, unless the scenario only listens.
async fn refused(
    builder: &mut ObservationBuilder,
    request: &Request,
    mut answer: Answer,
    (stream, peer): (&mut dyn Stream, &str),
) -> Result<(), ProbeError> {
    let clock = builder.clock;
    let until = clock.after(clock.now(), clock.from_wall(PATIENCE)).min(builder.deadline);
    // What came of the body until then is kept.
    let _ = clock.until(until, answer.body(stream)).await;
    answer.shorten();
    if !answer.rest.is_empty() {
        builder.received(String::from_utf8_lossy(&answer.rest).into_owned());
    }
    let status = answer.status.as_u16();
    builder.fact("ended", Value::Text(format!("refused:{status}")));
    if request.listen.is_none() {
        let detail = format!("{peer} {}", answer.refusal());
        return Err(ProbeError::new(Cause::WebsocketHandshake, detail));
    }
    let nothing = MessageLog::begin(&request.script, &LABELS, request.limits, (clock, builder.start));
    nothing.tell(row, &mut builder.seen.facts);
    Ok(())
}

async fn talk(
    builder: &mut ObservationBuilder,
    request: &Request,
    (stream, already): (Box<dyn Stream>, Vec<u8>),
    peer: &str,
) -> Result<(), ProbeError> {
    let clock = builder.clock;
    let from = clock.now();
    let largest = usize::try_from(request.frame_limit).unwrap_or(usize::MAX);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .max_message_size(Some(largest))
        .max_frame_size(Some(largest));
    let socket = WebSocketStream::from_partially_read(stream, already, Role::Client, Some(config)).await;
    let log = MessageLog::begin(&request.script, &LABELS, request.limits, (clock, builder.start));
    let mut chat = Chat::new(socket, log, (clock, builder.deadline), peer);
    let result = chat.run(request).await;
    let took = clock.since(from);
    builder.note("talk", from, took, result.is_ok());
    if result.is_ok() {
        builder.fact("time.talk", Value::Duration(took));
    }
    total(builder);
    let socket = chat.tell(&mut builder.seen.facts, &mut builder.seen.transcript);
    let until = clock.after(clock.now(), clock.from_wall(PATIENCE)).min(builder.deadline);
    goodbye(socket, clock, until).await;
    result
}
