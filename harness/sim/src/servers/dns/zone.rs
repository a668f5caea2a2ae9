//! One DNS message in, one out: what the zone holds, and what a broken name server answers instead. It touches no socket.

use std::net::Ipv4Addr;

use simple_dns::rdata::{A, OPT, RData, SOA};
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE,
};

/// Seconds that an answer may be kept; a promise to caches, not divided by the speed.
const TTL: u32 = 300;
/// A header without anything behind it.
const HEADER: usize = 12;
/// What fits into a datagram that no path breaks up.
const DATAGRAM: u16 = 1232;

/// A zone whose hosts all have the address 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone {
    /// Its name.
    pub(crate) name: &'static str,
    /// The full names of its hosts.
    pub(crate) hosts: &'static [&'static str],
    /// The host that `MissingHost` and `NoRecords` break.
    pub(crate) faulty_host: &'static str,
}

/// How the name server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameServerState {
    /// Every host has its address.
    Serving,
    /// The faulty host does not exist.
    MissingHost,
    /// The faulty host exists and has no address of either kind.
    NoRecords,
    /// Every question ends in a failure of the server.
    ServerFailure,
    /// Nothing is ever answered.
    Silent,
    /// Every question is refused.
    Refused,
}

impl Zone {
    /// The question (`api.staging.test A`, or `?` where none can be read) and the answer, none where the server stays
    /// silent. Nothing for a message that a name server does not answer.
    pub(crate) fn answer(&self, state: NameServerState, message: &[u8]) -> Option<(String, Option<Vec<u8>>)> {
        let Ok(query) = Packet::parse(message) else {
            return format_error(message);
        };
        if query.has_flags(PacketFlag::RESPONSE) {
            return None;
        }
        let [question] = query.questions.as_slice() else {
            return format_error(message);
        };
        let name = question.qname.to_string().to_ascii_lowercase();
        let kind = match question.qtype {
            QTYPE::TYPE(kind) => format!("{kind:?}"),
            other => format!("{other:?}"),
        };
        let answer = match state {
            NameServerState::Silent => None,
            _ => self.reply(state, &query, question, &name).build_bytes_vec_compressed().ok(),
        };
        Some((format!("{name} {kind}"), answer))
    }

    fn reply<'a>(
        &self,
        state: NameServerState,
        query: &Packet<'_>,
        question: &Question<'a>,
        name: &str,
    ) -> Packet<'a> {
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
            NameServerState::ServerFailure => RCODE::ServerFailure,
            NameServerState::Refused => RCODE::Refused,
            _ if query.opcode() != OPCODE::StandardQuery => RCODE::NotImplemented,
            _ if !known => RCODE::Refused,
            _ => self.fill(state, &mut reply, question, name),
        };
        reply
    }

    /// Adds the records; returns whether the name exists.
    fn fill<'a>(
        &self,
        state: NameServerState,
        reply: &mut Packet<'a>,
        question: &Question<'a>,
        name: &str,
    ) -> RCODE {
        let missing = state == NameServerState::MissingHost && name == self.faulty_host;
        let bare = state == NameServerState::NoRecords && name == self.faulty_host;
        let host = self.hosts.contains(&name) && !missing;
        let address = host && !bare && matches!(question.qtype, QTYPE::TYPE(TYPE::A) | QTYPE::ANY);
        reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        if address {
            let record = RData::A(A { address: Ipv4Addr::LOCALHOST.into() });
            reply.answers.push(ResourceRecord::new(question.qname.clone(), CLASS::IN, TTL, record));
        } else if name == self.name && matches!(question.qtype, QTYPE::TYPE(TYPE::SOA) | QTYPE::ANY) {
            reply.answers.push(authority(self.name));
        } else {
            let inside = name == self.name || name.ends_with(&format!(".{}", self.name));
            reply.name_servers.push(authority(if inside { self.name } else { "" }));
        }
        match host || name == self.name {
            true => RCODE::NoError,
            false => RCODE::NameError,
        }
    }
}

/// "Format error", where there is at least a header to answer to.
fn format_error(message: &[u8]) -> Option<(String, Option<Vec<u8>>)> {
    let [high, low, flags, ..] = message else {
        return None;
    };
    if message.len() < HEADER || flags & 0x80 != 0 {
        return None;
    }
    let mut reply = Packet::new_reply(u16::from_be_bytes([*high, *low]));
    *reply.rcode_mut() = RCODE::FormatError;
    Some(("?".to_owned(), reply.build_bytes_vec().ok()))
}

/// The SOA record: how long a negative answer may be cached.
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

    const BACKEND: &str = "api.staging.test";
    const AUTH: &str = "auth.staging.test";
    const ZONE: Zone = Zone { name: "staging.test", hosts: &[BACKEND, AUTH], faulty_host: BACKEND };

    fn hear(state: NameServerState, message: &[u8]) -> Option<Option<Vec<u8>>> {
        ZONE.answer(state, message).map(|(_, answer)| answer)
    }

    fn asked(name: &str, kind: TYPE) -> Vec<u8> {
        let mut query = Packet::new_query(7);
        let question = Question::new(Name::new_unchecked(name), kind.into(), CLASS::IN.into(), false);
        query.questions.push(question);
        query.build_bytes_vec().unwrap()
    }

    fn heard(state: NameServerState, name: &str, kind: TYPE) -> (RCODE, usize, usize) {
        let answer = hear(state, &asked(name, kind)).unwrap().unwrap();
        let reply = Packet::parse(&answer).unwrap();
        assert!(reply.id() == 7 && reply.has_flags(PacketFlag::RESPONSE));
        (reply.rcode(), reply.answers.len(), reply.name_servers.len())
    }

    #[test]
    fn a_host_has_one_a_record_and_a_negative_answer_comes_with_an_soa_record() {
        let serving = NameServerState::Serving;
        assert_eq!(heard(serving, BACKEND, TYPE::A), (RCODE::NoError, 1, 0));
        assert_eq!(heard(serving, "API.Staging.TEST", TYPE::A), (RCODE::NoError, 1, 0));
        assert_eq!(heard(serving, BACKEND, TYPE::AAAA), (RCODE::NoError, 0, 1));
        assert_eq!(heard(serving, "db.staging.test", TYPE::A), (RCODE::NameError, 0, 1));
        assert_eq!(heard(serving, "staging.example", TYPE::A), (RCODE::NameError, 0, 1));
        assert_eq!(heard(serving, ZONE.name, TYPE::SOA), (RCODE::NoError, 1, 0));
    }

    #[test]
    fn a_fault_of_one_host_affects_no_other_host() {
        for (state, api) in
            [(NameServerState::MissingHost, RCODE::NameError), (NameServerState::NoRecords, RCODE::NoError)]
        {
            assert_eq!(heard(state, BACKEND, TYPE::A), (api, 0, 1));
            assert_eq!(heard(state, AUTH, TYPE::A), (RCODE::NoError, 1, 0));
        }
    }

    #[test]
    fn no_bytes_bring_the_server_down() {
        let whole = asked(BACKEND, TYPE::A);
        for nth in 0..20_000_u64 {
            let mut message = whole.clone();
            for change in 0..3 {
                let random = crate::servers::seed::mix(nth, change);
                let at = usize::try_from(random >> 8).unwrap() % message.len();
                message[at] = random as u8;
            }
            message.truncate(usize::try_from(nth).unwrap() % (2 * whole.len()));
            drop(hear(NameServerState::Serving, &message));
        }
    }

    #[test]
    fn a_message_without_a_question_gets_a_format_error_or_no_answer() {
        let mut garbled = asked(BACKEND, TYPE::A);
        garbled.truncate(20);
        let answer = hear(NameServerState::Serving, &garbled).unwrap();
        assert_eq!(Packet::parse(&answer.unwrap()).unwrap().rcode(), RCODE::FormatError);
        assert!(hear(NameServerState::Serving, b"hello").is_none());
        let answer = hear(NameServerState::Serving, &asked(AUTH, TYPE::A)).unwrap().unwrap();
        assert!(hear(NameServerState::Serving, &answer).is_none());
    }
}
