//! One observation: every name asked for at the same moment, and what came of them made facts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::answer::{Absence, Answer, Row};
use super::lookup::{Looked, lookup, together};
use super::question::{DnsProbe, Host, Question};
use super::servers::Servers;
use super::wire::obstacle;
use crate::ObserveContext;
use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, Facts, Observation, Phase, ProbeError, Transcript, Value};

/// Lines of a transcript, all names together.
const SHOWN_LINES: usize = 400;

/// Looks once.
pub(super) async fn look(probe: Arc<DnsProbe>, ask: ObserveContext<'_>) -> Observation {
    let clock = *ask.clock;
    let began = clock.now();
    let servers = Arc::new(probe.peer.servers());
    let asked = clock.now();
    let looked = ask_all(&probe, &servers, (asked, ask.deadline), clock).await;
    let (dns, total) = (clock.since(asked), clock.since(began));
    let mut seen = Observation::default();
    let mut hosts: Vec<Resolved> = Vec::new();
    // A refusal is an end; silence is not.
    let complete = !looked.iter().any(|one| {
        one.answer.as_ref().is_err_and(|why| {
            matches!(why.cause, Cause::DnsTimeout | Cause::ConnectTimeout | Cause::Internal)
        })
    });
    let (mut resends, mut looked) = (0, looked.into_iter());
    for host in &probe.hosts {
        let mut answers = Vec::new();
        for looked in looked.by_ref().take(probe.records.len()) {
            resends += looked.resends;
            keep(&mut seen.transcript, looked.transcript);
            answers.push(looked.answer);
        }
        hosts.push(Resolved::new(host, &probe, answers));
    }
    tell(&hosts, &probe, &mut seen.facts);
    seen.facts.insert("resends", Value::count(resends));
    seen.facts.insert("time.dns", Value::Duration(dns));
    seen.facts.insert("time.total", Value::Duration(total));
    seen.obstacle = all_in_the_way(&hosts);
    seen.phases = vec![Phase { name: "dns".into(), after: total.saturating_sub(dns), took: dns, complete }];
    seen
}

/// Every question at once, and the answers in the order of the questions.
async fn ask_all(
    probe: &Arc<DnsProbe>,
    servers: &Arc<Servers>,
    time: (Moment, Moment),
    clock: Clock,
) -> Vec<Looked> {
    let mut tasks = JoinSet::new();
    let mut looked: Vec<Option<Looked>> = Vec::new();
    for host in &probe.hosts {
        for &record in probe.records {
            let at = looked.len();
            looked.push(None);
            let question = Question { name: host.name.clone(), record };
            let (servers, probe) = (Arc::clone(servers), Arc::clone(probe));
            tasks.spawn(async move { (at, lookup(clock, time, &servers, probe.transport, &question).await) });
        }
    }
    while let Some(ended) = tasks.join_next().await {
        // A task that panicked leaves its place empty.
        if let Ok((at, one)) = ended
            && let Some(place) = looked.get_mut(at)
        {
            *place = Some(one);
        }
    }
    let broke = || obstacle(Cause::Internal, "reading the answer broke".to_owned());
    let lost = || Looked { answer: Err(broke()), resends: 0, transcript: Transcript::default() };
    looked.into_iter().map(|one| one.unwrap_or_else(lost)).collect()
}

fn keep(transcript: &mut Transcript, more: Transcript) {
    for (kept, new) in [(&mut transcript.sent, more.sent), (&mut transcript.received, more.received)] {
        let room = SHOWN_LINES.saturating_sub(kept.len());
        kept.extend(new.into_iter().take(room));
    }
}

/// What became of one name.
struct Resolved<'a> {
    host: &'a Host,
    /// One a kind of record; empty with an obstacle that is more than an absence.
    answers: Vec<(Answer, SocketAddr)>,
    obstacle: Option<ProbeError>,
}

impl Resolved<'_> {
    fn new<'a>(
        host: &'a Host,
        probe: &DnsProbe,
        answers: Vec<Result<(Answer, SocketAddr), ProbeError>>,
    ) -> Resolved<'a> {
        let (mut whole, mut failures) = (Vec::new(), Vec::new());
        for (answer, record) in answers.into_iter().zip(probe.records) {
            match answer {
                Ok(answer) => whole.push(answer),
                // Of two questions it has to be said which one failed.
                Err(failure) if probe.records.len() > 1 => {
                    failures.push(obstacle(failure.cause, format!("{record}: {}", failure.detail)));
                }
                Err(failure) => failures.push(failure),
            }
        }
        if !failures.is_empty() {
            let obstacle = Some(merged(failures, probe));
            return Resolved { host, answers: Vec::new(), obstacle };
        }
        let obstacle = contradiction(&whole).or_else(|| absence(&whole, probe));
        Resolved { host, answers: whole, obstacle }
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.answers.iter().flat_map(|(answer, _)| answer.answers())
    }

    /// What was asked for, sorted, because servers like to change the order.
    fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.rows().map(|row| row.data.as_str()).collect();
        texts.sort_unstable();
        texts
    }

    /// The whole answer; A and AAAA lead over the same aliases, which are listed once.
    fn records(&self) -> Vec<&Row> {
        let mut records: Vec<&Row> = Vec::new();
        for (answer, _) in &self.answers {
            let (way, found) = answer.rows.split_at(answer.aliases);
            let new: Vec<&Row> = way.iter().filter(|row| !records.contains(row)).collect();
            records.extend(new);
            records.extend(found);
        }
        records
    }

    fn ttl(&self) -> Option<u32> {
        // The half of an address that is not there says nothing about how long the other half is.
        let any = self.answers.iter().any(|(answer, _)| answer.absence.is_none());
        let telling = self.answers.iter().filter(|(answer, _)| !any || answer.absence.is_none());
        telling.filter_map(|(answer, _)| answer.ttl).min()
    }

    fn code(&self) -> Option<&str> {
        self.answers.first().map(|(answer, _)| answer.code.as_str())
    }

    fn to_json(&self) -> serde_json::Value {
        let mut entry = json!({ "name": self.host.written, "answers": self.texts() });
        if let Some(ttl) = self.ttl() {
            entry["ttl"] = ttl.into();
        }
        if let Some(code) = self.code() {
            entry["code"] = code.into();
        }
        if let Some(why) = &self.obstacle {
            entry["error"] = format!("{}: {}", why.cause, why.detail).into();
        }
        entry
    }
}

/// A and AAAA that failed for the same reason are reported once.
fn merged(failures: Vec<ProbeError>, probe: &DnsProbe) -> ProbeError {
    let bare = |failure: &ProbeError| failure.detail.split_once(": ").map(|(_, bare)| bare.to_owned());
    let all = failures.len() > 1 && failures.len() == probe.records.len();
    match failures.first().and_then(bare) {
        Some(first) if all && failures.iter().all(|failure| bare(failure).as_ref() == Some(&first)) => {
            obstacle(together(failures).cause, first)
        }
        _ => together(failures),
    }
}

/// A name can't be there for one kind of record and not for another.
fn contradiction(answers: &[(Answer, SocketAddr)]) -> Option<ProbeError> {
    let absent = |(answer, _): &&(Answer, SocketAddr)| answer.absence == Some(Absence::Name);
    let (_, server) = answers.iter().find(absent)?;
    let (there, other) = answers.iter().find(|one| !absent(one))?;
    let said = match there.answers().next() {
        Some(row) => format!("{} {}", row.record, row.data),
        None => "it exists".to_owned(),
    };
    let peer = if server == other { format!("{server} says") } else { format!("{other} and {server} say") };
    let detail = format!(
        "{peer} both that the name is there ({said}) and that it does not exist (NXDOMAIN for the other kind of address); \
         who caches the latter loses the former"
    );
    Some(obstacle(Cause::DnsServer, detail))
}

/// There is nothing, and something was to be there.
fn absence(answers: &[(Answer, SocketAddr)], probe: &DnsProbe) -> Option<ProbeError> {
    let (answer, server) = answers.first()?;
    if probe.absence_is_an_answer || answers.iter().any(|(answer, _)| answer.absence.is_none()) {
        return None;
    }
    let what = match answer.aliases {
        0 => String::new(),
        _ => format!("it is an alias of {}; ", answer.canonical),
    };
    let kinds: Vec<String> = probe.records.iter().map(ToString::to_string).collect();
    Some(match answer.absence {
        Some(Absence::Name) => {
            obstacle(Cause::NoSuchName, format!("{what}no such name ({server} answered NXDOMAIN)"))
        }
        _ => {
            let detail = format!("{what}no {} record ({server} answered NOERROR)", kinds.join(" and no "));
            obstacle(Cause::NoRecords, detail)
        }
    })
}

/// The obstacles of all names as one: names with the same reason stand together before it.
fn all_in_the_way(hosts: &[Resolved<'_>]) -> Option<ProbeError> {
    let mut reasons: Vec<(ProbeError, Vec<&str>)> = Vec::new();
    for host in hosts {
        let Some(why) = &host.obstacle else { continue };
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) => names.push(&host.host.written),
            None => reasons.push((why.clone(), vec![&host.host.written])),
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let named = reasons
        .into_iter()
        .map(|(why, names)| obstacle(why.cause, format!("{}: {}", names.join(", "), why.detail)));
    Some(together(named.collect()))
}

fn shown(row: &Row) -> serde_json::Value {
    json!({ "name": row.name, "type": row.record.to_string(), "ttl": row.ttl, "data": row.data })
}

fn tell(hosts: &[Resolved<'_>], probe: &DnsProbe, facts: &mut Facts) {
    let seconds = |ttl: u32| Value::Duration(Duration::from_secs(ttl.into()));
    if let [host] = hosts
        && !host.answers.is_empty()
    {
        let records: Vec<serde_json::Value> = host.records().into_iter().map(shown).collect();
        facts.insert("answers", Value::Json(host.texts().into()));
        facts.insert("records", Value::Json(records.into()));
        if let Some(code) = host.code() {
            facts.insert("code", Value::Text(code.to_owned()));
        }
        if let Some((answer, _)) = host.answers.first() {
            facts.insert("name", Value::Text(answer.canonical.clone()));
        }
    }
    let unresolved = hosts.iter().filter(|host| host.rows().next().is_none()).count();
    let count = hosts.iter().map(|host| host.rows().count()).sum::<usize>();
    facts.insert("hosts", Value::Json(hosts.iter().map(Resolved::to_json).collect()));
    facts.insert("unresolved", Value::count(unresolved as u64));
    facts.insert("count", Value::count(count as u64));
    if let Some(ttl) = hosts.iter().filter_map(Resolved::ttl).min() {
        facts.insert("ttl", seconds(ttl));
    }
    let answers: Vec<&(Answer, SocketAddr)> = hosts.iter().flat_map(|host| &host.answers).collect();
    // Who did not answer is not left out of what is said about all of them.
    if answers.len() == hosts.len() * probe.records.len() {
        let mut servers: Vec<String> = Vec::new();
        for (_, server) in &answers {
            let server = server.to_string();
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        facts.insert("server", Value::Text(servers.join(", ")));
        facts.insert("authoritative", Value::Flag(answers.iter().all(|(answer, _)| answer.authoritative)));
    }
}
