//! What a name server's message says to a question, and what it only seems to say.
//!
//! Pure: a message goes in, and records, an absence or a reason not to believe it come out.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::question::Question;

/// What a server says: there is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// NXDOMAIN: nothing of that name.
    Name,
    /// The name is there, without a record of that kind.
    Record,
}

/// One record, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Whose it is, with its last dot.
    pub(super) name: String,
    /// A, MX …
    pub(super) record: RecordType,
    /// Seconds.
    pub(super) ttl: u32,
    /// As zone files write it; of a TXT its texts joined, without quotes.
    pub(super) data: String,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// NOERROR or NXDOMAIN.
    pub(super) code: String,
    /// Does the server answer for the zone itself?
    pub(super) authoritative: bool,
    /// The name the aliases lead to, with its last dot.
    pub(super) canonical: String,
    /// The aliases that led there, and then what was asked for.
    pub(super) rows: Vec<Row>,
    /// How many of the rows are aliases on the way.
    pub(super) aliases: usize,
    /// The shortest time that any of it may be kept: of an absence, what the zone's SOA says.
    pub(super) ttl: Option<u32>,
    /// There is nothing, and the server said so.
    pub(super) absence: Option<Absence>,
}

impl Answer {
    /// What was asked for, without the way there.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().skip(self.aliases)
    }
}

/// Reads a message whose question has been checked.
///
/// # Errors
/// What makes it no answer, as a sentence without its subject, the server.
pub(super) fn read(question: &Question, message: &Message) -> Result<Answer, String> {
    let code = message.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Err(format!("answered {}", code_name(code)));
    }
    let (way, canonical) = follow(question, &message.answers)?;
    let found: Vec<&Record> =
        of(&message.answers, &canonical).filter(|record| record.record_type() == question.record).collect();
    let absence = match (code, found.is_empty()) {
        (ResponseCode::NXDomain, false) => {
            return Err("says that the name does not exist, and what its records are".to_owned());
        }
        (ResponseCode::NXDomain, true) => Some(Absence::Name),
        (_, true) => Some(Absence::Record),
        (_, false) => None,
    };
    if absence == Some(Absence::Record) {
        refuse_emptiness(message, &way, &canonical)?;
    }
    let seconds = |record: &&Record| lifetime(record.ttl);
    let mut ttl = way.iter().chain(&found).map(seconds).min();
    if absence.is_some() {
        ttl = ttl.into_iter().chain(negative_lifetime(message, &canonical)).min();
    }
    Ok(Answer {
        code: code_name(code),
        authoritative: message.metadata.authoritative,
        canonical: canonical.to_ascii(),
        rows: way.iter().chain(&found).map(|record| row(record)).collect(),
        aliases: way.len(),
        ttl,
        absence,
    })
}

/// Follows aliases from the name that was asked for. Gives them, and the name at their end.
fn follow<'a>(question: &Question, answers: &'a [Record]) -> Result<(Vec<&'a Record>, Name), String> {
    let (mut way, mut at) = (Vec::new(), question.name.clone());
    if question.record == RecordType::CNAME {
        return Ok((way, at));
    }
    let alias = |name: &Name| {
        of(answers, name).find_map(|record| match &record.data {
            RData::CNAME(target) => Some((record, target.0.clone())),
            _ => None,
        })
    };
    // Every step takes a record, so that a way longer than there are records goes in a circle.
    while let Some((record, target)) = alias(&at) {
        if way.len() == answers.len() {
            return Err(format!("answered with aliases that lead in a circle ({})", at.to_ascii()));
        }
        way.push(record);
        at = target;
    }
    Ok((way, at))
}

/// The records of a name in the Internet's class.
fn of<'a>(records: &'a [Record], name: &Name) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| record.name == *name && record.dns_class == DNSClass::IN)
}

/// An answer that holds nothing is an absence only when the server knows that there is nothing.
fn refuse_emptiness(message: &Message, way: &[&Record], canonical: &Name) -> Result<(), String> {
    if way.is_empty() && !message.answers.is_empty() {
        let mut kinds: Vec<String> = Vec::new();
        for record in message.answers.iter().take(3) {
            kinds.push(format!("{} of {}", record.record_type(), record.name.to_ascii()));
        }
        return Err(format!("answered something that was not asked for ({})", kinds.join(", ")));
    }
    let knows = message.authorities.iter().any(|record| matches!(record.data, RData::SOA(_)));
    if knows {
        return Ok(());
    }
    if !way.is_empty() {
        let alias = canonical.to_ascii();
        return Err(format!("answered that the name is an alias of {alias}, and not what that is"));
    }
    let flags = &message.metadata;
    let refers = message.authorities.iter().any(|record| record.record_type() == RecordType::NS);
    if refers && !flags.authoritative {
        return Err("refers to other name servers instead of answering (no recursion)".to_owned());
    }
    if !flags.authoritative && !flags.recursion_available {
        return Err("neither knows the zone nor looks names up for others".to_owned());
    }
    Ok(())
}

/// How long an absence may be kept, by the SOA that comes with it (RFC 2308).
fn negative_lifetime(message: &Message, name: &Name) -> Option<u32> {
    message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) if record.name.zone_of(name) => Some(lifetime(record.ttl).min(lifetime(soa.minimum))),
        _ => None,
    })
}

/// A time to live with its highest bit set is none (RFC 2181).
fn lifetime(ttl: u32) -> u32 {
    if i32::try_from(ttl).is_ok() { ttl } else { 0 }
}

/// A record as it is shown.
pub(super) fn row(record: &Record) -> Row {
    Row {
        name: record.name.to_ascii(),
        record: record.record_type(),
        ttl: lifetime(record.ttl),
        data: record.data.to_string(),
    }
}

/// The word of the field for a response code.
pub(super) fn code_name(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("RCODE {}", u16::from(other)),
    }
}
