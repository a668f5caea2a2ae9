//! The report for GitLab's Code Quality: an issue for each scenario that is red, for each warning, and for a gate that
//! does not hold.
//!
//! GitLab compares two branches by fingerprint, and calls solved what is no longer there. So a red scenario is one issue
//! with one fingerprint, for any cause and also when it did not run: one that is blocked is not solved, and a
//! gate that judged nothing is not a page without issues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Finding, Outcome, Place, Report, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;
use crate::report::prose::{SENTENCE, is_red, verdict_word};
use crate::report::sanitize::one_line;

/// The format.
pub(super) struct Gitlab;

/// One issue as GitLab reads it.
#[derive(Debug, Serialize, Deserialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: Severity,
    location: Location,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Info,
    Minor,
    Major,
    Critical,
    Blocker,
}

#[derive(Debug, Serialize, Deserialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize, Deserialize)]
struct Lines {
    begin: u32,
}

impl Format for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn summary(&self) -> &'static str {
        "GitLab Code Quality: what is red, at its line in a merge request"
    }

    fn file_name(&self) -> &'static str {
        "gl-code-quality-report.json"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let mut issues: Vec<Issue> = gate(report).into_iter().collect();
        issues.extend(report.outcomes.iter().filter(|outcome| is_red(outcome.verdict)).map(red));
        let nonce = report.provenance.nonce.digits();
        issues.extend(report.outcomes.iter().flat_map(|outcome| warnings(outcome, &nonce)));
        let mut bytes = serde_json::to_vec_pretty(&issues)?;
        bytes.push(b'\n');
        Ok(vec![Rendered { part: None, bytes }])
    }
}

/// The gate, where it does not hold for this very run.
fn gate(report: &Report) -> Option<Issue> {
    let severity = match verdict_word(report) {
        "approved" => return None,
        "simulated" | "partial" | "replayed" => Severity::Info,
        _ => Severity::Blocker,
    };
    let mut said = vec![prose::verdict_line(report).to_string(), prose::pass_rate(report)];
    said.extend(prose::rejections(report).into_iter().take(5));
    let file = format!("{}/suite.toml", report.provenance.suite.trim_end_matches('/'));
    Some(Issue {
        description: said.join("; "),
        check_name: "gate".to_owned(),
        fingerprint: fingerprint(&["gate"]),
        severity,
        location: location(&Place { file: file.into(), line: 1, column: 1 }),
    })
}

fn red(outcome: &Outcome) -> Issue {
    let card = &outcome.scenario;
    let broken = outcome.findings.iter().find(|finding| finding.breaks());
    let why = prose::reason(outcome).unwrap_or_default();
    Issue {
        description: format!("{}: {why}", prose::headline(outcome)),
        check_name: one_line(&card.id, 200),
        fingerprint: fingerprint(&["scenario", &card.id]),
        severity: severity(outcome),
        location: location(broken.map_or(&card.place, |finding| finding.expectation.place())),
    }
}

/// What rejects the fix by itself is worst; what is red for another's sake least.
fn severity(outcome: &Outcome) -> Severity {
    match (outcome.scenario.critical, outcome.verdict) {
        (true, Verdict::Blocked) => Severity::Critical,
        (true, _) => Severity::Blocker,
        (false, Verdict::Blocked) => Severity::Minor,
        (false, _) => Severity::Major,
    }
}

/// The same expectation twice has two fingerprints; the run's nonce, which may be part of the text, is in none.
fn warnings<'a>(outcome: &'a Outcome, nonce: &'a str) -> impl Iterator<Item = Issue> + 'a {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    prose::warnings(outcome).map(move |finding| {
        let step = finding.expectation.step.as_deref().unwrap_or_default();
        let said = format!("{step}\0{}", finding.expectation.to_string().replace(nonce, ""));
        let time = times.entry(said.clone()).or_default();
        *time += 1;
        let fingerprint = fingerprint(&["warning", &outcome.scenario.id, &said, &time.to_string()]);
        warning(outcome, finding, fingerprint)
    })
}

fn warning(outcome: &Outcome, finding: &Finding, fingerprint: String) -> Issue {
    let id = one_line(&outcome.scenario.id, 120);
    let (expectation, seen) =
        (one_line(&finding.expectation.to_string(), SENTENCE), one_line(&finding.seen_text(), SENTENCE));
    Issue {
        description: format!("warning in {id}: {expectation}: saw {seen}"),
        check_name: one_line(&outcome.scenario.id, 200),
        fingerprint,
        severity: Severity::Info,
        location: location(finding.expectation.place()),
    }
}

/// GitLab wants a path from the top of the repository, without a dot in front.
fn location(place: &Place) -> Location {
    let file = one_line(&place.file, SENTENCE);
    let path = file.strip_prefix("./").unwrap_or(&file).to_owned();
    Location { path, lines: Lines { begin: place.line.max(1) } }
}

/// SHA-256 of the parts, each behind its length, so that no two lists look the same.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
