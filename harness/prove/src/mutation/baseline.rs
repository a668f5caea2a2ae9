//! What is known before anything is changed: which scenario requests which answer, and which of its fields it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixproof::model::{Outcome, Scenario, Suite};
use fixproof_sim::{Addresses, Answer, Field, Served, Shape};

use crate::field_coverage::{Looked, Reads, readings};

/// A scenario that ran alone while nothing was changed.
pub(crate) struct Baseline {
    pub outcome: Outcome,
    pub served: Vec<Served>,
    pub addresses: Addresses,
}

/// One kind of answer.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub asked_by: BTreeSet<Arc<str>>,
    pub fields: BTreeMap<Field, KnownField>,
}

/// One of its fields.
#[derive(Debug)]
pub(crate) struct KnownField {
    pub shape: Shape,
    /// The scenarios that read it, and how sure that is.
    pub readers: BTreeMap<Arc<str>, Reads>,
}

impl KnownField {
    pub(crate) fn with(&self, wanted: Reads) -> Vec<Arc<str>> {
        self.readers.iter().filter(|(_, reads)| **reads == wanted).map(|(id, _)| id.clone()).collect()
    }
}

/// Every answer that is known.
pub(crate) type Knowledge = BTreeMap<Answer, Known>;

/// Learns from scenarios that ran alone, and from the health endpoints, which need no scenario.
pub(crate) fn learned(suite: &Suite, baselines: &[Baseline], contract: &[Served]) -> Knowledge {
    let mut knowledge = Knowledge::new();
    for served in baselines.iter().flat_map(|baseline| &baseline.served).chain(contract) {
        let known = knowledge.entry(served.answer.clone()).or_default();
        for (field, shape) in &served.fields {
            let unread = || KnownField { shape: *shape, readers: BTreeMap::new() };
            let known = known.fields.entry(field.clone()).or_insert_with(unread);
            known.shape = known.shape.max(*shape);
        }
    }
    for baseline in baselines {
        let id = &baseline.outcome.scenario.id;
        let Some(scenario) = suite.scenarios.iter().find(|scenario| scenario.id.value == **id) else {
            continue;
        };
        for served in baseline.served.iter().filter(|served| served.times > 0) {
            let Some(known) = knowledge.get_mut(&served.answer) else { continue };
            known.asked_by.insert(id.clone());
            for (field, known) in &mut known.fields {
                let reads = reads(scenario, baseline, served, field);
                if reads > Reads::No {
                    known.readers.insert(id.clone(), reads);
                }
            }
        }
    }
    knowledge
}

/// Does a scenario read a field of an answer that it requested?
fn reads(scenario: &Scenario, baseline: &Baseline, served: &Served, field: &Field) -> Reads {
    // What is not understood may be read.
    let Some(looked) = Looked::named(&field.to_string()) else { return Reads::Perhaps };
    let readings = readings(scenario, &baseline.outcome);
    if served.answer.status.is_none() {
        let Looked::Body(path) = &looked else { return Reads::No };
        let all = readings.iter().filter(|reading| reading.hears_frames());
        return all.map(|r| r.reads_frame(&served.answer.route, path)).max().unwrap_or(Reads::Perhaps);
    }
    let (mut looks, mut strongest) = (0, Reads::No);
    for reading in &readings {
        let is_it = reading.answer().is_some_and(|seen| is_answer(seen, served, &baseline.addresses));
        if is_it {
            looks += reading.times;
            strongest = strongest.max(reading.reads(&looked));
        }
    }
    // More requests than its steps explain: a token, a log query or a command requested it too.
    if looks < served.times { strongest.max(Reads::Perhaps) } else { strongest }
}

fn is_answer((method, url, status): (&str, &str, u16), served: &Served, addresses: &Addresses) -> bool {
    let base = match served.answer.service {
        "frontend" => &addresses.frontend,
        "backend" => &addresses.backend,
        "auth" => &addresses.auth,
        "platform" => &addresses.platform,
        _ => return false,
    };
    let Some(path) = url.strip_prefix(base.as_str()) else { return false };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    served.answer.status == Some(status)
        && served.answer.route.split(' ').next() == Some(method)
        && served.paths.iter().any(|known| known == path)
}
