//! One question to one server, over UDP and TCP: sent, sent again where UDP lost it, and read with suspicion.
//!
//! What does not answer the question is not taken for an answer; what is larger than its bounds is not read at all.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::DNSClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::question::{Question, Transport};
use crate::clock::{Clock, Moment};
use crate::net::cause::io_cause;
use fixproof_core::model::{Cause, ProbeError, Value};

/// How long a datagram is waited for before the question is sent again; then twice as long, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// The largest datagram that is asked for, and more than any that is sent then.
const PAYLOAD: u16 = 1232;
const DATAGRAM: usize = 4096;
/// A header; nothing shorter is a message.
const HEADER: usize = 12;
/// More records than this are not read.
const MOST_RECORDS: u16 = 1000;

/// One question to one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange<'a> {
    /// The target's clock.
    pub(super) clock: &'a Clock,
    /// Since when it is waited for.
    pub(super) began: Moment,
    /// Nothing outlives it.
    pub(super) deadline: Moment,
    /// Who is asked.
    pub(super) server: SocketAddr,
    /// How.
    pub(super) transport: Transport,
    /// What.
    pub(super) question: &'a Question,
}

/// What came of it on the way; it is there also when the deadline cut the exchange off.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Questions that were sent again because no answer came.
    pub(super) resends: u64,
    /// The way of every question, for a reader.
    pub(super) asked: Vec<&'static str>,
    /// Bytes of the last answer.
    pub(super) size: usize,
    cut: bool,
    strays: u64,
    stray: &'static str,
    stage: Stage,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Default)]
enum Stage {
    #[default]
    Udp,
    Connecting,
    Connected,
    Reading {
        got: usize,
        of: usize,
    },
}

impl Exchange<'_> {
    /// Asks, and gives the message that answers the question.
    ///
    /// # Errors
    /// Why there is none. The detail does not repeat the name that was asked for.
    pub(super) async fn run(&self, log: &mut Log) -> Result<Message, ProbeError> {
        let answer = match self.clock.until(self.deadline, self.ask(log)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.late(log, Value::Duration(self.clock.between(self.began, self.deadline)))),
        };
        answer.map_err(|mut failure| {
            if log.cut {
                failure.detail.push_str(" (asked over TCP because its answer over UDP was cut off)");
            }
            failure
        })
    }

    async fn ask(&self, log: &mut Log) -> Result<Message, ProbeError> {
        let message = self.round(true, log).await?;
        // A server older than EDNS does not know what to make of it, and is asked in its own words (RFC 6891).
        let code = message.metadata.response_code;
        if message.edns.is_none() && matches!(code, ResponseCode::FormErr | ResponseCode::NotImp) {
            return self.round(false, log).await;
        }
        Ok(message)
    }

    async fn round(&self, edns: bool, log: &mut Log) -> Result<Message, ProbeError> {
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(self.question.name.clone(), self.question.record));
        if edns {
            let mut options = Edns::new();
            options.set_max_payload(PAYLOAD);
            message.set_edns(options);
        }
        let id = message.metadata.id;
        let bytes = message.to_vec().map_err(|error| {
            obstacle(Cause::Internal, format!("the question can't be written as a message: {error}"))
        })?;
        if self.transport != Transport::Tcp {
            match self.udp(id, &bytes, log).await? {
                Heard::Answer(message) => return Ok(*message),
                Heard::Truncated if self.transport == Transport::Udp => {
                    let detail = format!(
                        "{} cut its answer off to fit into a datagram, and `transport` is udp: with auto it is asked again over TCP",
                        self.server
                    );
                    return Err(obstacle(Cause::Truncated, detail));
                }
                Heard::Truncated | Heard::Stray(_) => log.cut = true,
            }
        }
        self.tcp(id, &bytes, log).await
    }

    async fn udp(&self, id: u16, question: &[u8], log: &mut Log) -> Result<Heard, ProbeError> {
        log.stage = Stage::Udp;
        let any = match self.server.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let socket = UdpSocket::bind((any, 0)).await.map_err(|error| self.failed("UDP", &error))?;
        // Only a connected socket reports a closed port, and it receives packets of this server only.
        socket.connect(self.server).await.map_err(|error| self.failed("UDP", &error))?;
        let mut wait = FIRST_WAIT;
        loop {
            log.asked.push("udp");
            socket.send(question).await.map_err(|error| self.failed("UDP", &error))?;
            let until = self.clock.after(self.clock.now(), wait);
            match self.clock.until(until, self.datagram(&socket, id, log)).await {
                Ok(heard) => return heard,
                Err(_) => log.resends += 1,
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Waits for a datagram that answers.
    async fn datagram(&self, socket: &UdpSocket, id: u16, log: &mut Log) -> Result<Heard, ProbeError> {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            let size = socket.recv(&mut buffer).await.map_err(|error| self.failed("UDP", &error))?;
            match self.hear(id, buffer.get(..size).unwrap_or_default())? {
                // Anybody can send a datagram in a server's name; it is passed over, and counted.
                Heard::Stray(what) => {
                    log.strays += 1;
                    log.stray = what;
                }
                heard => {
                    log.size = size;
                    return Ok(heard);
                }
            }
        }
    }

    async fn tcp(&self, id: u16, question: &[u8], log: &mut Log) -> Result<Message, ProbeError> {
        log.stage = Stage::Connecting;
        let failed = |error: io::Error| self.failed("TCP", &error);
        let mut stream = TcpStream::connect(self.server).await.map_err(failed)?;
        log.stage = Stage::Connected;
        log.asked.push("tcp");
        let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
        let framed = [&length.to_be_bytes()[..], question].concat();
        stream.write_all(&framed).await.map_err(failed)?;
        let of = usize::from(stream.read_u16().await.map_err(failed)?);
        let mut answer = vec![0; of];
        let mut got = 0;
        while let Some(rest) = answer.get_mut(got..).filter(|rest| !rest.is_empty()) {
            log.stage = Stage::Reading { got, of };
            match stream.read(rest).await.map_err(failed)? {
                0 => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
                more => got += more,
            }
        }
        log.size = of;
        let wrong = |what: &str| obstacle(Cause::DnsServer, format!("{} sent {what} over TCP", self.server));
        match self.hear(id, &answer)? {
            Heard::Answer(message) => Ok(*message),
            Heard::Truncated => Err(wrong("an answer that says it is cut off")),
            Heard::Stray(what) => Err(wrong(what)),
        }
    }

    /// Is it an answer, and to this question?
    fn hear(&self, id: u16, bytes: &[u8]) -> Result<Heard, ProbeError> {
        let word = |at: usize| match bytes.get(at..at + 2) {
            Some(&[high, low]) => u16::from_be_bytes([high, low]),
            _ => 0,
        };
        if bytes.len() < HEADER {
            return Ok(Heard::Stray("something too short for a message"));
        }
        if word(0) != id {
            return Ok(Heard::Stray("an answer with another id"));
        }
        if bytes[2] & 0x80 == 0 {
            return Ok(Heard::Stray("a question instead of an answer"));
        }
        if bytes[2] & 0x02 != 0 {
            return Ok(Heard::Truncated);
        }
        // The counts are looked at before anything is set aside for them.
        let (questions, records) = (word(4), word(6).saturating_add(word(8)).saturating_add(word(10)));
        if records > MOST_RECORDS {
            let detail = format!(
                "{} announces {records} records in one answer; no more than {MOST_RECORDS} are read",
                self.server
            );
            return Err(obstacle(Cause::Truncated, detail));
        }
        if questions > 1 {
            return Ok(Heard::Stray("an answer to several questions"));
        }
        match Message::from_vec(bytes) {
            Ok(message) if self.is_answered_by(&message) => Ok(Heard::Answer(Box::new(message))),
            Ok(_) => Ok(Heard::Stray("an answer to another question")),
            Err(error) => {
                let detail = format!(
                    "{} sent an answer that can't be read ({} bytes): {error}",
                    self.server,
                    bytes.len()
                );
                Err(obstacle(Cause::DnsServer, detail))
            }
        }
    }

    fn is_answered_by(&self, message: &Message) -> bool {
        let header = &message.metadata;
        if header.message_type != MessageType::Response || header.op_code != OpCode::Query {
            return false;
        }
        match message.queries.as_slice() {
            [query] => {
                query.name == self.question.name
                    && query.query_type == self.question.record
                    && query.query_class == DNSClass::IN
            }
            // A server that did not understand the question may leave it out.
            [] => header.response_code != ResponseCode::NoError,
            _ => false,
        }
    }

    fn failed(&self, over: &str, error: &io::Error) -> ProbeError {
        let server = self.server;
        let cause = match io_cause(error) {
            // A machine without IPv6 says so in these words; ports don't run out for datagrams.
            Some(Cause::OwnLimit) if error.kind() == io::ErrorKind::AddrNotAvailable && over == "UDP" => {
                Cause::Unreachable
            }
            Some(cause) => cause,
            // No port of our own is free.
            None if error.kind() == io::ErrorKind::AddrInUse => Cause::OwnLimit,
            None => Cause::Unreachable,
        };
        let detail = match cause {
            Cause::Refused if over == "UDP" => {
                format!("{server} refused the question over UDP: no name server listens there")
            }
            Cause::Refused => {
                format!("{server} refused the connection over TCP: no name server listens there")
            }
            Cause::Reset => format!("{server} closed the TCP connection before its answer was complete"),
            Cause::OwnLimit => format!("no socket to ask {server} with: {error}"),
            _ => format!("{server} can't be reached over {over}: {error}"),
        };
        obstacle(cause, detail)
    }

    /// The deadline came first: where, and what was heard until then.
    fn late(&self, log: &Log, waited: Value) -> ProbeError {
        let server = self.server;
        let (cause, what) = match log.stage {
            Stage::Udp => {
                let times = match log.asked.len() {
                    0 | 1 => "asked once".to_owned(),
                    times => format!("asked {times} times"),
                };
                (Cause::DnsTimeout, format!("{server} did not answer over UDP within {waited} ({times})"))
            }
            Stage::Connecting => {
                (Cause::ConnectTimeout, format!("{server} did not accept a TCP connection within {waited}"))
            }
            Stage::Connected => (
                Cause::DnsTimeout,
                format!("{server} accepted a TCP connection and did not answer within {waited}"),
            ),
            Stage::Reading { got, of } => (
                Cause::DnsTimeout,
                format!("{server} sent {got} of {of} bytes of its answer over TCP within {waited}"),
            ),
        };
        let detail = match log.strays {
            0 => what,
            1 => format!("{what}; it sent {}, which was passed over", log.stray),
            many => format!("{what}; {many} datagrams were passed over, the last was {}", log.stray),
        };
        obstacle(cause, detail)
    }
}

/// What a datagram or a message over TCP is.
enum Heard {
    Answer(Box<Message>),
    Truncated,
    Stray(&'static str),
}

pub(super) fn obstacle(cause: Cause, detail: String) -> ProbeError {
    ProbeError { cause, detail }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{MX, TXT};
    use hickory_proto::rr::{Name, RData, Record, RecordType};

    use super::super::answer;
    use super::*;

    fn name(text: &str) -> Name {
        let mut name = Name::from_ascii(text).unwrap();
        name.set_fqdn(true);
        name
    }

    fn exchange<'a>(clock: &'a Clock, question: &'a Question) -> Exchange<'a> {
        let (began, server) = (clock.now(), SocketAddr::from(([127, 0, 0, 1], 53)));
        Exchange { clock, began, deadline: began, server, transport: Transport::Auto, question }
    }

    #[tokio::test]
    async fn what_the_system_says_has_a_cause() {
        let question = Question { name: name("a.test"), record: RecordType::A };
        let exchange = exchange(&Clock::WALL, &question);
        for (code, over, cause) in [
            (24, "UDP", Cause::OwnLimit),
            (23, "TCP", Cause::OwnLimit),
            (98, "UDP", Cause::OwnLimit),
            (99, "TCP", Cause::OwnLimit),
            (99, "UDP", Cause::Unreachable),
            (111, "UDP", Cause::Refused),
            (104, "TCP", Cause::Reset),
            (101, "UDP", Cause::Unreachable),
            (113, "TCP", Cause::Unreachable),
            (1, "UDP", Cause::Unreachable),
        ] {
            let failure = exchange.failed(over, &io::Error::from_raw_os_error(code));
            assert_eq!(failure.cause, cause, "{code} {failure:?}");
            assert!(failure.detail.contains("127.0.0.1:53"), "{failure:?}");
        }
    }

    /// Every byte of a message is changed in many ways; nothing panics, and what can still be read is read.
    #[tokio::test]
    async fn no_message_breaks_the_reader() {
        let question = Question { name: name("a.test"), record: RecordType::MX };
        let exchange = exchange(&Clock::WALL, &question);
        let mut message = Message::response(7, OpCode::Query);
        message.add_query(Query::query(question.name.clone(), question.record));
        message.add_answer(Record::from_rdata(name("a.test"), 60, RData::MX(MX::new(10, name("mx.test")))));
        message.add_authority(Record::from_rdata(
            name("test"),
            60,
            RData::TXT(TXT::new(vec!["text".to_owned()])),
        ));
        message.set_edns(Edns::new());
        let whole = message.to_vec().unwrap();
        let (mut answers, mut state) = (0, 0x2545_f491_4f6c_dd1du64);
        for round in 0..60_000 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 4 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = 2 + usize::try_from(state >> 32).unwrap() % (bytes.len() - 2);
                bytes[at] = state.to_le_bytes()[0];
            }
            bytes.truncate(if round % 7 == 0 { round % whole.len() } else { whole.len() });
            if let Ok(Heard::Answer(message)) = exchange.hear(7, &bytes)
                && let Ok(answer) = answer::read(&question, &message)
            {
                answers += usize::from(answer.absence.is_none());
                assert!(message.queries[0].name == question.name);
            }
        }
        assert!((100..59_000).contains(&answers), "{answers}");
    }
}
