//! One question, asked of one server after another until one answers, with its lines for a reader.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType};

use super::answer::{self, Answer};
use super::question::{Question, Transport};
use super::servers::Servers;
use super::wire::{Exchange, Log, obstacle};
use crate::clock::{Clock, Moment};
use crate::model::{Cause, Obstacle, Transcript, Value};

/// Records of one answer that a reader is shown.
const SHOWN_RECORDS: usize = 10;
/// Characters of one line.
const SHOWN_LINE: usize = 300;

/// What became of one question.
#[derive(Debug)]
pub(super) struct Looked {
    /// The answer and who gave it, or why there is none.
    pub(super) answer: Result<(Answer, SocketAddr), Obstacle>,
    /// Questions that were sent again because no answer came.
    pub(super) resends: u64,
    /// For a reader.
    pub(super) transcript: Transcript,
}

/// Asks the servers one after another. A server that does not answer, or answers with a failure, is followed by the
/// next one; the last has all the time there is.
pub(super) async fn lookup(
    clock: Clock,
    deadline: Moment,
    servers: &Servers,
    transport: Transport,
    question: &Question,
) -> Looked {
    let (mut resends, mut transcript) = (0, Transcript::default());
    let mut failures: Vec<Obstacle> = Vec::new();
    for (at, &server) in servers.list.iter().enumerate() {
        let began = clock.now();
        let left = u32::try_from(servers.list.len() - at).unwrap_or(u32::MAX);
        let share = (clock.between(began, deadline) / left).min(servers.patience);
        let deadline = if left == 1 { deadline } else { clock.after(began, share) };
        let mut log = Log::default();
        let exchange = Exchange { clock: &clock, deadline, server, transport, question };
        let message = exchange.run(&mut log).await;
        resends += log.resends;
        let took = clock.since(began);
        for way in &log.asked {
            transcript.sent.push(line(format!(
                "{} IN {}  to {server} over {way}",
                question.name.to_ascii(),
                question.record
            )));
        }
        let read = message.and_then(|message| {
            shown(&message, server, &log, took, &mut transcript);
            answer::read(question, &message)
                .map_err(|what| obstacle(Cause::DnsServer, format!("{server} {what}")))
        });
        match read {
            Ok(answer) => return Looked { answer: Ok((answer, server)), resends, transcript },
            Err(failure) => {
                transcript.received.push(line(format!(";; {failure}", failure = failure.detail)));
                failures.push(failure);
            }
        }
    }
    if let (Some(problem), Some(last)) = (&servers.problem, failures.last_mut()) {
        last.detail = format!("{} (asked because {problem})", last.detail);
    }
    Looked { answer: Err(together(failures)), resends, transcript }
}

/// Several obstacles as one: the cause that says most, and all the details, each once.
pub(super) fn together(obstacles: Vec<Obstacle>) -> Obstacle {
    let cause = obstacles.iter().map(|obstacle| obstacle.cause).min_by_key(|cause| rank(*cause));
    let mut details: Vec<String> = Vec::new();
    for obstacle in obstacles {
        if !details.contains(&obstacle.detail) {
            details.push(obstacle.detail);
        }
    }
    obstacle(cause.unwrap_or(Cause::Internal), details.join("; "))
}

/// What the harness could not do comes before all; then the more was heard, the more it says.
fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::Internal => 0,
        Cause::OwnLimit => 1,
        Cause::DnsServer => 2,
        Cause::NoSuchName => 3,
        Cause::NoRecords => 4,
        Cause::Truncated => 5,
        Cause::DnsTimeout => 6,
        Cause::Reset => 7,
        Cause::ConnectTimeout => 8,
        Cause::Refused => 9,
        _ => 10,
    }
}

/// An answer in the lines of the field, bounded.
fn shown(message: &Message, server: SocketAddr, log: &Log, took: Duration, transcript: &mut Transcript) {
    let header = &message.metadata;
    let flags = [
        (header.message_type == MessageType::Response, "qr"),
        (header.authoritative, "aa"),
        (header.truncation, "tc"),
        (header.recursion_desired, "rd"),
        (header.recursion_available, "ra"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag).collect();
    transcript.received.push(line(format!(
        ";; {}, flags: {}; answers: {}, authority: {}; {} bytes from {server} over {} after {}",
        answer::code_name(header.response_code),
        flags.join(" "),
        message.answers.len(),
        message.authorities.len(),
        log.size,
        log.asked.last().unwrap_or(&"?"),
        Value::Duration(took),
    )));
    for record in message.answers.iter().chain(&message.authorities).take(SHOWN_RECORDS) {
        let row = answer::row(record);
        transcript.received.push(line(format!("{} {} IN {} {}", row.name, row.ttl, row.record, row.data)));
    }
    let more = (message.answers.len() + message.authorities.len()).saturating_sub(SHOWN_RECORDS);
    if more > 0 {
        transcript.received.push(format!(";; and {more} more records"));
    }
}

fn line(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_LINE) {
        text.truncate(end);
        text.push('…');
    }
    text
}
