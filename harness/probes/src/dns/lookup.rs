//! One question, asked of one server after another until one answers, with its lines for a reader.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType};

use super::answer::{self, Answer};
use super::question::{Question, Transport};
use super::servers::Servers;
use super::wire::{Exchange, Log, obstacle};
use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, ProbeError, Transcript, Value, shortened};

/// Records of one answer that a reader is shown.
const SHOWN_RECORDS: usize = 10;
/// Characters of one line.
const SHOWN_LINE: usize = 300;

/// What became of one question.
#[derive(Debug)]
pub(super) struct Looked {
    /// The answer and who gave it, or why there is none.
    pub(super) answer: Result<(Answer, SocketAddr), ProbeError>,
    /// Questions that were sent again because no answer came.
    pub(super) resends: u64,
    /// For a reader.
    pub(super) transcript: Transcript,
}

/// Asks the servers one after another. A server that does not answer, or answers with a failure, is followed by the
/// next one; the last has all the time there is. Transcript and messages count the wait from `began`.
pub(super) async fn lookup(
    clock: Clock,
    (mut began, deadline): (Moment, Moment),
    servers: &Servers,
    transport: Transport,
    question: &Question,
) -> Looked {
    let (mut resends, mut transcript) = (0, Transcript::default());
    let asked = format!("{} IN {}", question.name.to_ascii(), question.record);
    let mut failures: Vec<ProbeError> = Vec::new();
    for (at, &server) in servers.list.iter().enumerate() {
        let left = u32::try_from(servers.list.len() - at).unwrap_or(u32::MAX);
        let share = (clock.between(began, deadline) / left).min(servers.patience);
        let deadline = if left == 1 { deadline } else { clock.after(began, share) };
        let mut log = Log::default();
        let exchange = Exchange { clock: &clock, began, deadline, server, transport, question };
        let message = exchange.run(&mut log).await;
        resends += log.resends;
        let took = clock.since(began);
        for way in &log.asked {
            transcript.sent.push(line(format!("{asked}  to {server} over {way}")));
        }
        let read = message.and_then(|message| {
            shown((&asked, &message), server, &log, took, &mut transcript);
            answer::read(question, &message)
                .map_err(|what| obstacle(Cause::DnsServer, format!("{server} {what}")))
        });
        match read {
            Ok(answer) => return Looked { answer: Ok((answer, server)), resends, transcript },
            Err(failure) => {
                transcript.received.push(line(format!(";; {asked}: {}", failure.detail)));
                failures.push(failure);
                began = clock.now();
            }
        }
    }
    if let (Some(problem), Some(last)) = (&servers.problem, failures.last_mut()) {
        last.detail = format!("{} (asked because {problem})", last.detail);
    }
    Looked { answer: Err(together(failures)), resends, transcript }
}

/// Several obstacles as one: the cause that says most, and all the details, each once.
pub(super) fn together(obstacles: Vec<ProbeError>) -> ProbeError {
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
fn shown(
    (asked, message): (&str, &Message),
    server: SocketAddr,
    log: &Log,
    took: Duration,
    transcript: &mut Transcript,
) {
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
        ";; {asked}: {}, flags: {}; answers: {}, authority: {}; {} bytes from {server} over {} after {}",
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

fn line(text: String) -> String {
    shortened(&text, SHOWN_LINE)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use hickory_proto::op::ResponseCode;
    use hickory_proto::rr::{Name, RData, Record, RecordType};

    use super::*;

    /// A server that answers every question with a code, or with an address; or that is silent.
    fn server(code: Option<ResponseCode>) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((size, from)) = socket.recv_from(&mut buffer) {
                let Some(code) = code else { continue };
                let mut message = Message::from_vec(&buffer[..size]).unwrap();
                message.metadata.message_type = MessageType::Response;
                message.metadata.recursion_available = true;
                message.metadata.response_code = code;
                if code == ResponseCode::NoError {
                    let name = message.queries[0].name.clone();
                    message.add_answer(Record::from_rdata(name, 9, RData::A("192.0.2.1".parse().unwrap())));
                }
                socket.send_to(&message.to_vec().unwrap(), from).unwrap();
            }
        });
        address
    }

    /// An address that refuses questions as long as the socket lives, which accepts packets of one other address only.
    fn refusing() -> (SocketAddr, UdpSocket) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect("127.0.0.1:9").unwrap();
        (socket.local_addr().unwrap(), socket)
    }

    async fn ask(list: &[SocketAddr], patience: u64, within: u64) -> Looked {
        let servers = Servers {
            list: list.to_vec(),
            patience: Duration::from_millis(patience),
            problem: Some("of a problem".to_owned()),
        };
        let question = Question { name: Name::from_ascii("a.test.").unwrap(), record: RecordType::A };
        let began = Clock::WALL.now();
        let deadline = Clock::WALL.after(began, Duration::from_millis(within));
        let looked = lookup(Clock::WALL, (began, deadline), &servers, Transport::Auto, &question).await;
        assert!(Clock::WALL.since(deadline) < Duration::from_secs(2));
        looked
    }

    #[tokio::test]
    async fn the_next_server_is_asked_when_one_fails_and_the_one_that_answered_is_known() {
        let (gone, _held) = refusing();
        let good = server(Some(ResponseCode::NoError));
        for (bad, says) in [
            (gone, "refused the question"),
            (server(Some(ResponseCode::ServFail)), "answered SERVFAIL"),
            (server(None), "did not answer over UDP"),
        ] {
            let looked = ask(&[bad, good], 300, 20_000).await;
            assert_eq!(looked.answer.map(|(_, server)| server), Ok(good), "{says}");
            assert!(
                looked.transcript.received[0].contains(says) || looked.transcript.received[1].contains(says)
            );
            assert_eq!(looked.transcript.sent.len(), 2);
        }
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_an_answer_and_no_other_server_is_asked() {
        let both = [server(Some(ResponseCode::NXDomain)), server(Some(ResponseCode::NoError))];
        let (answer, _) = ask(&both, 300, 9_000).await.answer.unwrap();
        assert_eq!(answer.absence, Some(answer::Absence::Name));
    }

    #[tokio::test]
    async fn when_all_fail_the_message_names_each_and_an_answer_weighs_more_than_silence() {
        let (gone, _held) = refusing();
        let failing = server(Some(ResponseCode::Refused));
        let silent = server(None);
        let why = ask(&[gone, failing, silent], 5_000, 900).await.answer.unwrap_err();
        assert_eq!(why.cause, Cause::DnsServer);
        for says in [
            format!("{gone} refused the question"),
            format!("{failing} answered REFUSED"),
            format!("{silent} did not answer"),
            "(asked because of a problem)".to_owned(),
        ] {
            assert!(why.detail.contains(&says), "{says}: {}", why.detail);
        }
        let why = ask(&[silent, gone], 5_000, 600).await.answer.unwrap_err();
        assert_eq!(why.cause, Cause::DnsTimeout);
    }
}
