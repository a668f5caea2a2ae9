//! One DNS message in, one out: what the zone holds, and what a broken name server says instead. Never touches a socket.

use std::net::Ipv4Addr;

use simple_dns::rdata::{A, OPT, RData, SOA};
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE,
};

use crate::system::hosts;
use crate::system::profile::NameServer;

/// Seconds that an answer may be kept; a promise to caches, not divided by the speed.
const TTL: u32 = 300;
/// A header without anything behind it.
const HEADER: usize = 12;
/// What fits into a datagram that no path breaks up.
const DATAGRAM: u16 = 1232;

/// What became of a message.
pub(crate) struct Heard {
    /// `api.staging.test A`, or `?` where no question could be read.
    pub(crate) question: String,
    /// The answer; none where the server stays silent.
    pub(crate) answer: Option<Vec<u8>>,
}

/// Answers a message; nothing where it is none that a name server answers.
pub(crate) fn hear(state: NameServer, message: &[u8]) -> Option<Heard> {
    let Ok(query) = Packet::parse(message) else {
        return not_understood(message);
    };
    if query.has_flags(PacketFlag::RESPONSE) {
        return None;
    }
    let [question] = query.questions.as_slice() else {
        return not_understood(message);
    };
    let name = question.qname.to_string().to_ascii_lowercase();
    let kind = match question.qtype {
        QTYPE::TYPE(kind) => format!("{kind:?}"),
        other => format!("{other:?}"),
    };
    let answer = match state {
        NameServer::Silent => None,
        _ => reply(state, &query, question, &name).build_bytes_vec_compressed().ok(),
    };
    Some(Heard { question: format!("{name} {kind}"), answer })
}

/// "Format error", where there is at least a header to answer to.
fn not_understood(message: &[u8]) -> Option<Heard> {
    let [high, low, flags, ..] = message else {
        return None;
    };
    if message.len() < HEADER || flags & 0x80 != 0 {
        return None;
    }
    let mut reply = Packet::new_reply(u16::from_be_bytes([*high, *low]));
    *reply.rcode_mut() = RCODE::FormatError;
    Some(Heard { question: "?".to_owned(), answer: reply.build_bytes_vec().ok() })
}

fn reply<'a>(state: NameServer, query: &Packet<'_>, question: &Question<'a>, name: &str) -> Packet<'a> {
    let mut reply = Packet::new_reply(query.id());
    *reply.opcode_mut() = query.opcode();
    reply.set_flags(PacketFlag::RECURSION_AVAILABLE);
    if query.has_flags(PacketFlag::RECURSION_DESIRED) {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    reply.questions.push(question.clone());
    if query.opt().is_some() {
        *reply.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: DATAGRAM, version: 0 });
    }
    let known = matches!(question.qclass, QCLASS::CLASS(CLASS::IN) | QCLASS::ANY);
    *reply.rcode_mut() = match state {
        NameServer::ServerFailure => RCODE::ServerFailure,
        NameServer::Refused => RCODE::Refused,
        _ if query.opcode() != OPCODE::StandardQuery => RCODE::NotImplemented,
        _ if !known => RCODE::Refused,
        _ => fill(state, &mut reply, question, name),
    };
    reply
}

/// Puts the records in, and says whether the name exists.
fn fill<'a>(state: NameServer, reply: &mut Packet<'a>, question: &Question<'a>, name: &str) -> RCODE {
    let missing = state == NameServer::MissingHost && name == hosts::BACKEND;
    let bare = state == NameServer::NoRecords && name == hosts::BACKEND;
    let host = hosts::ALL.contains(&name) && !missing;
    let address = host && !bare && matches!(question.qtype, QTYPE::TYPE(TYPE::A) | QTYPE::ANY);
    reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    if address {
        let record = RData::A(A { address: Ipv4Addr::LOCALHOST.into() });
        reply.answers.push(ResourceRecord::new(question.qname.clone(), CLASS::IN, TTL, record));
    } else if name == hosts::ZONE && matches!(question.qtype, QTYPE::TYPE(TYPE::SOA) | QTYPE::ANY) {
        reply.answers.push(authority(hosts::ZONE));
    } else {
        let inside = name == hosts::ZONE || name.ends_with(&format!(".{}", hosts::ZONE));
        reply.name_servers.push(authority(if inside { hosts::ZONE } else { "" }));
    }
    match host || name == hosts::ZONE {
        true => RCODE::NoError,
        false => RCODE::NameError,
    }
}

/// The record that says for how long "there is no such thing" may be kept.
fn authority(zone: &'static str) -> ResourceRecord<'static> {
    let record = SOA {
        mname: Name::new_unchecked("ns.staging.test"),
        rname: Name::new_unchecked("simulated.staging.test"),
        serial: 1,
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: TTL,
    };
    ResourceRecord::new(Name::new_unchecked(zone), CLASS::IN, TTL, RData::SOA(record))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, kind: TYPE) -> Vec<u8> {
        let mut query = Packet::new_query(7);
        let question = Question::new(Name::new_unchecked(name), kind.into(), CLASS::IN.into(), false);
        query.questions.push(question);
        query.build_bytes_vec().unwrap()
    }

    fn heard(state: NameServer, name: &str, kind: TYPE) -> (RCODE, usize, usize) {
        let answer = hear(state, &asked(name, kind)).unwrap().answer.unwrap();
        let reply = Packet::parse(&answer).unwrap();
        assert!(reply.id() == 7 && reply.has_flags(PacketFlag::RESPONSE));
        (reply.rcode(), reply.answers.len(), reply.name_servers.len())
    }

    #[test]
    fn a_host_has_one_address_of_the_old_kind_and_whatever_is_missing_comes_with_an_authority() {
        let serving = NameServer::Serving;
        assert_eq!(heard(serving, hosts::BACKEND, TYPE::A), (RCODE::NoError, 1, 0));
        assert_eq!(heard(serving, "API.Staging.TEST", TYPE::A), (RCODE::NoError, 1, 0));
        assert_eq!(heard(serving, hosts::BACKEND, TYPE::AAAA), (RCODE::NoError, 0, 1));
        assert_eq!(heard(serving, "db.staging.test", TYPE::A), (RCODE::NameError, 0, 1));
        assert_eq!(heard(serving, "staging.example", TYPE::A), (RCODE::NameError, 0, 1));
        assert_eq!(heard(serving, hosts::ZONE, TYPE::SOA), (RCODE::NoError, 1, 0));
    }

    #[test]
    fn a_fault_of_one_host_touches_no_other_host() {
        for (state, api) in
            [(NameServer::MissingHost, RCODE::NameError), (NameServer::NoRecords, RCODE::NoError)]
        {
            assert_eq!(heard(state, hosts::BACKEND, TYPE::A), (api, 0, 1));
            assert_eq!(heard(state, hosts::AUTH, TYPE::A), (RCODE::NoError, 1, 0));
        }
    }

    #[test]
    fn no_bytes_bring_the_server_down() {
        let whole = asked(hosts::BACKEND, TYPE::A);
        for nth in 0..20_000_u64 {
            let mut message = whole.clone();
            for change in 0..3 {
                let random = crate::servers::seed::mix(nth, change);
                let at = usize::try_from(random >> 8).unwrap() % message.len();
                message[at] = random as u8;
            }
            message.truncate(usize::try_from(nth).unwrap() % (2 * whole.len()));
            drop(hear(NameServer::Serving, &message));
        }
    }

    #[test]
    fn what_is_no_question_is_told_so_or_left_alone() {
        let mut garbled = asked(hosts::BACKEND, TYPE::A);
        garbled.truncate(20);
        let log = hear(NameServer::Serving, &garbled).unwrap();
        assert_eq!(Packet::parse(&log.answer.unwrap()).unwrap().rcode(), RCODE::FormatError);
        assert!(hear(NameServer::Serving, b"hello").is_none());
        let answer = hear(NameServer::Serving, &asked(hosts::AUTH, TYPE::A)).unwrap().answer.unwrap();
        assert!(hear(NameServer::Serving, &answer).is_none());
    }
}
