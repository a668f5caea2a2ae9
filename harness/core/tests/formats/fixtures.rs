//! One report with everything in it: every verdict, every rejection, and the most hostile text a target can send.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fixproof_core::model::{
    Attempt, Cause, CheckItem, ComponentTally, Counted, Cut, Decision, Evaluation, Excerpt, ExpectationCard,
    FactPath, Finding, FoldedCause, Gate, Host, Judgement, Narrowing, Nonce, Observation, Operator, Outcome,
    Owner, Phase, Place, ProbeError, ProofMention, Provenance, Reason, Rejection, Report, ReportParts, Rest,
    Sample, ScenarioCard, Secret, Seen, SelfCheck, Severity, Share, Shown, Simulated, Tally, Timestamp,
    Transcript, Undecided, Value,
};
use fixproof_core::redact::Redactor;
use time::macros::datetime;

/// A secret that stands in everything the target sent.
pub(crate) const CANARY: &str = "canary-7f3a9c51e2";
/// Everything that ever broke a report.
pub(crate) const HOSTILE: &str = "nul \u{0} bell \u{7} esc \u{1b}[31mred\u{1b}[0m csi \u{9b}2J ]]> <script>alert(1)</script> & \" ' \
     bidi \u{202e}drowssap\u{2066} nonchar \u{fffe}\u{ffff} zero\u{200b}width line\nbreak\r\ttab";

pub(crate) fn share(part: u64, whole: u64) -> Share {
    Share::of(part, whole).unwrap()
}

fn moment() -> Timestamp {
    Timestamp(datetime!(2026-03-01 03:12:45.678901 UTC))
}

fn place(line: u32, column: u32) -> Place {
    Place { file: "scenarios/backend.toml".into(), line, column }
}

fn card(id: &str, component: &str, critical: bool) -> Arc<ScenarioCard> {
    Arc::new(ScenarioCard {
        id: id.into(),
        title: format!("The {component} keeps its promise"),
        component: component.into(),
        owner: Some(Owner::Infrastructure),
        source: Some("fix checklist, point 3".to_owned()),
        critical,
        needs: Vec::new(),
        tags: vec!["smoke".to_owned()],
        remedy: Some("Raise the connector's minimum instances.".to_owned()),
        runbook: Some("https://wiki.invalid/runbook?a=1&b=2".to_owned()),
        place: place(3, 1),
        text: format!("[[scenario]]\nid = \"{id}\" # {HOSTILE} {CANARY}").into(),
        text_line: 2,
        probes: vec!["http".into()],
        reproduce: vec![format!("curl -sS -D- 'https://{component}.invalid/health' # {HOSTILE} {CANARY}")],
    })
}

/// `status equals 200`, as an expectation of the backend.
fn expectation(severity: Severity) -> ExpectationCard {
    let text = "  { that = \"status\", equals = 200 },";
    ExpectationCard {
        step: None,
        fact: FactPath::Plain("status".into()),
        at: None,
        operator: Operator::named("equals").unwrap(),
        not: false,
        wanted: vec![Shown::Whole(Value::count(200))],
        confidence: None,
        severity,
        excerpt: Excerpt { place: place(14, 3), text: text.to_owned(), mark: (2, text.len() - 1) },
    }
}

fn finding(evaluation: Evaluation, severity: Severity, seen: &str) -> Finding {
    Finding { expectation: expectation(severity).into(), seen: Seen::Unreadable(seen.to_owned()), evaluation }
}

/// Changes what an expectation of a finding says.
pub(crate) fn reworded(finding: &mut Finding, change: impl FnOnce(&mut ExpectationCard)) {
    change(Arc::make_mut(&mut finding.expectation));
}

fn sample(met: bool, findings: Vec<Finding>, received: String, obstacle: Option<ProbeError>) -> Sample {
    let mut observation = Observation {
        phases: vec![
            Phase {
                name: "connect".into(),
                after: Duration::ZERO,
                took: Duration::from_micros(812),
                complete: true,
            },
            Phase {
                name: "first-byte".into(),
                after: Duration::from_micros(812),
                took: Duration::from_secs(10),
                complete: met,
            },
        ],
        obstacle,
        transcript: Transcript {
            sent: vec![
                "GET https://backend.invalid/health HTTP/1.1".to_owned(),
                format!("authorization: {CANARY}"),
            ],
            received: vec!["HTTP/1.1 503 Service Unavailable".to_owned(), received],
        },
        ..Observation::default()
    };
    observation.facts.insert("status", Value::count(503));
    observation.facts.insert("body", Value::Text(format!("{HOSTILE} {CANARY}")));
    observation.facts.insert_unreadable("json", Cause::NotJson, HOSTILE.to_owned());
    let lines = serde_json::json!([format!("{HOSTILE} {CANARY}")]);
    let cut = Cut { seen: Some(Value::Json(lines)), rest: Rest::Raises, read: 1000 };
    observation.facts.insert_cut("matches", cut);
    let attempt = Attempt { step: None, probe: "http".into(), observation, findings };
    Sample { after: Duration::ZERO, took: Duration::from_millis(1234), met, attempts: vec![attempt] }
}

fn outcome(
    scenario: Arc<ScenarioCard>,
    reason: Reason,
    took: u64,
    findings: Vec<Finding>,
    samples: Vec<Sample>,
) -> Outcome {
    let last_unmet = samples.iter().rposition(|sample| !sample.met);
    Outcome {
        deciding_sample: last_unmet.or(samples.len().checked_sub(1)),
        findings,
        samples,
        planned_samples: Some(1),
        started: Some(moment()),
        took: Duration::from_millis(took),
        ..Outcome::unasked(scenario, reason)
    }
}

fn broke(cause: Cause, detail: &str) -> Reason {
    Reason::Failed { cause, detail: detail.to_owned() }
}

fn huge() -> String {
    format!("{HOSTILE}{}", "x]]>\u{1}".repeat(1 << 18))
}

fn outcomes() -> Vec<Outcome> {
    let error = |cause, seen: &str| finding(Evaluation::Fail(cause), Severity::Error, seen);
    let plain = || vec![sample(true, vec![], "{}".to_owned(), None)];
    let warned = finding(Evaluation::Fail(Cause::Differs), Severity::Warn, "201");
    let mut green = outcome(
        card("backend-health", "backend", true),
        Reason::Passed,
        1234,
        vec![finding(Evaluation::Pass, Severity::Error, "200"), warned],
        plain(),
    );
    green.notes.push("up to 3ms of the time may be the harness's own".to_owned());
    let timeout = "no answer from 10.8.0.3:5432 within 10s";
    let obstacle = Some(ProbeError { cause: Cause::ConnectTimeout, detail: timeout.to_owned() });
    let hostile =
        vec![error(Cause::Differs, HOSTILE), error(Cause::Missing, &format!("nothing at $.status {CANARY}"))];
    let too_few = Undecided::TooFewSamples { have: 10, need: Some(29) };
    let cannot = finding(Evaluation::Inconclusive(too_few.clone()), Severity::Error, "100% of 10");
    let mut shy = outcome(
        card("backend-steady", "backend", false),
        Reason::Inconclusive(too_few),
        9000,
        vec![cannot],
        plain(),
    );
    shy.planned_samples = Some(10);
    shy.stopped_early = Some("too many were missed".to_owned());
    vec![
        green,
        outcome(
            card("db-connect", "database", true),
            broke(Cause::ConnectTimeout, timeout),
            10_000,
            vec![error(Cause::ConnectTimeout, "nothing: no answer")],
            vec![sample(false, vec![], String::new(), obstacle)],
        ),
        outcome(
            card("backend-hostile", "backend", false),
            broke(Cause::Differs, HOSTILE),
            55,
            hostile.clone(),
            vec![sample(false, hostile, HOSTILE.to_owned(), None)],
        ),
        outcome(
            card("backend-huge", "backend", false),
            broke(Cause::NotJson, &huge()),
            56,
            vec![error(Cause::NotJson, &huge())],
            vec![sample(false, vec![], huge(), None)],
        ),
        outcome(
            card("db-secret", "database", false),
            broke(Cause::SecretUnavailable, "DB_PASSWORD is not set"),
            0,
            vec![],
            vec![],
        ),
        Outcome::unasked(
            card("frontend-login", "frontend", false),
            Reason::Blocked { by: vec!["db-connect".into(), "backend-health".into()] },
        ),
        shy,
        Outcome::unasked(card("frontend-late", "frontend", false), Reason::Inconclusive(Undecided::Deadline)),
        Outcome::unasked(
            card("frontend-stopped", "frontend", false),
            Reason::Inconclusive(Undecided::Interrupted),
        ),
        outcome(
            card("frontend-quick", "frontend", false),
            Reason::Inconclusive(Undecided::HarnessLate { own_nanos: 30_000_000 }),
            400,
            vec![],
            plain(),
        ),
        Outcome::unasked(
            card("frontend-chat", "frontend", false),
            Reason::Skipped { reason: "skipped until 2026-04-01: <chat> moves & changes".to_owned() },
        ),
    ]
}

fn self_check() -> SelfCheck {
    let item = |name: &'static str, measured, limit, healthy, sentence: &str| CheckItem {
        name: name.into(),
        measured,
        limit,
        healthy,
        sentence: sentence.to_owned(),
    };
    let millis = |n| Value::Duration(Duration::from_millis(n));
    SelfCheck {
        items: vec![
            item("lag", millis(90), millis(50), false, "99% of 900 wake-ups were at most 90ms late"),
            item("files", Value::count(1024), Value::count(256), true, "1024 files may be open"),
            item("clocks", Value::Null, Value::Null, true, &format!("can't be told {HOSTILE} {CANARY}")),
        ],
    }
}

fn provenance() -> Provenance {
    Provenance {
        tool: "fixproof 0.1.0".to_owned(),
        optimised: false,
        run: "20260301-031245-1a2b".to_owned(),
        nonce: Nonce::STAND_IN,
        begun: moment(),
        target: "staging".to_owned(),
        suite: "scenarios".to_owned(),
        suite_hash: "9f86d081884c7d65".to_owned(),
        target_hash: "60303ae22b998861".to_owned(),
        started: moment(),
        took: Duration::from_secs(42),
        wall: Duration::from_millis(2100),
        simulated: Some(Simulated { profile: "incident".to_owned(), speed: 20.0 }),
        narrowing: vec![Narrowing { by: "--component \"data\nbase\"".to_owned(), left_out: 3 }],
        interrupted: false,
        replay: None,
        host: Host { name: "ci \u{7}box".to_owned(), system: "linux x86_64".to_owned(), processors: 2 },
        self_check: self_check(),
        notes: vec!["an unoptimised build: its own cost is larger".to_owned()],
        proof: Some(ProofMention {
            target: format!("local{HOSTILE} {CANARY}"),
            target_hash: "fd61a03af4f77d87".to_owned(),
            started: format!("2026-03-01T02:00:00Z{HOSTILE} {CANARY}"),
            result: "not-proved".to_owned(),
            partial: false,
            sensitivity: Counted { seen: 22, of: 23 },
            specificity: Counted { seen: 145, of: 145 },
        }),
    }
}

/// The report, decided that way.
pub(crate) fn decided(judgement: Judgement, partial: bool) -> Report {
    // Its megabytes of hostile text are redacted once for each outcome of the gate, not once for each test.
    static BORN: Mutex<Vec<(Judgement, bool, Report)>> = Mutex::new(Vec::new());
    let mut born = BORN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((.., known)) = born.iter().find(|(j, p, _)| (*j, *p) == (judgement, partial)) {
        return known.clone();
    }
    let report = report(outcomes(), judgement, partial);
    born.push((judgement, partial, report.clone()));
    report
}

/// A report of these outcomes.
pub(crate) fn report(outcomes: Vec<Outcome>, judgement: Judgement, partial: bool) -> Report {
    let (mut tally, mut components) = (Tally::default(), Vec::new());
    for name in ["database", "backend", "frontend"] {
        let mut counted = Tally::default();
        outcomes.iter().filter(|o| &*o.scenario.component == name).for_each(|o| counted.add(o.verdict));
        let depends_on = if name == "frontend" { vec!["backend".into()] } else { Vec::new() };
        let address = (name != "database").then(|| format!("https://{name}.invalid/{HOSTILE} {CANARY}"));
        components.push(ComponentTally { component: name.into(), depends_on, address, tally: counted });
    }
    outcomes.iter().for_each(|o| tally.add(o.verdict));
    let rejections = vec![
        Rejection::BelowThreshold { percentage: share(1, 10), threshold: share(4, 5) },
        Rejection::ComponentBelow {
            component: "database".into(),
            percentage: Some(share(0, 2)),
            threshold: share(1, 1),
        },
        Rejection::ComponentBelow { component: "chat".into(), percentage: None, threshold: share(1, 2) },
        Rejection::Critical { scenario: "db-connect".into(), verdict: fixproof_core::model::Verdict::Failed },
    ];
    let decision = Decision {
        judgement,
        partial,
        percentage: (judgement != Judgement::NothingJudged).then(|| tally.percentage()).flatten(),
        gate: Gate { threshold: share(4, 5), components: vec![("database".into(), share(1, 1))] },
        rejections: if judgement == Judgement::Rejected { rejections } else { Vec::new() },
        lower_bound: Some(0.005_116),
    };
    let causes = vec![FoldedCause {
        component: "database".into(),
        cause: Some(Cause::ConnectTimeout),
        detail: "no answer from 10.8.0.3:5432 within 10s".to_owned(),
        seen_by: vec!["db-connect".into()],
        effects: vec!["frontend-login".into(), "backend-hostile".into()],
        dependents: vec!["backend".into(), "frontend".into()],
    }];
    let parts = ReportParts { provenance: provenance(), decision, tally, components, causes, outcomes };
    Report::redacted(parts, &Redactor::new([&Secret::new(CANARY.to_owned())]))
}
