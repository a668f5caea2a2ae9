//! Reports for a browser: an incident like a real one, and the most hostile text a target can send.

use std::sync::Arc;
use std::time::Duration;

use fixproof::model::{
    Aggregate, Attempt, Cause, ComponentTally, Decision, Evaluation, Excerpt, ExpectationCard, FactPath,
    Finding, FoldedCause, Gate, Host, Judgement, Nonce, Observation, Operator, Outcome, Owner, Phase, Place,
    ProbeError, Provenance, Reason, Rejection, Report, ReportParts, Sample, ScenarioCard, Seen, SelfCheck,
    Severity, Share, Shown, Simulated, Tally, Timestamp, Transcript, Value, Verdict,
};
use fixproof::redact::Redactor;

/// What would be seen if a browser obeyed a target.
pub(crate) const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)> <svg onload=alert(3)> \
     \" onfocus=alert(4) autofocus x=\" ' javascript:alert(5) </style></pre></details><iframe src=//evil.invalid> \
     &lt;b&gt; {{7*7}} \u{202e}drowssap\u{2066} \u{0}\u{1b}[31m ]]> <!-- <base href=//evil.invalid> \
     one-word-that-never-ends-one-word-that-never-ends_one_word_that_never_ends_one_word_that_never_ends_one_word_that_never_ends";

const COMPONENTS: [(&str, &[&str]); 5] = [
    ("frontend", &["edge"]),
    ("backend", &["edge", "database"]),
    ("auth", &["edge", "database"]),
    ("edge", &[]),
    ("database", &[]),
];

/// A report of so many scenarios with so many samples each: every third is red because of the database. What a target
/// or a scenario says is `text`.
pub(crate) fn incident(scenarios: usize, samples: u32, text: &str) -> Report {
    let outcomes: Vec<Outcome> = (0..scenarios).map(|number| outcome(number, samples, text)).collect();
    let mut tally = Tally::default();
    outcomes.iter().for_each(|outcome| tally.add(outcome.verdict));
    let component = |(name, needs): &(&str, &[&str])| {
        let mut counted = Tally::default();
        let own = outcomes.iter().filter(|outcome| &*outcome.scenario.component == *name);
        own.for_each(|outcome| counted.add(outcome.verdict));
        ComponentTally {
            component: (*name).into(),
            depends_on: needs.iter().map(|one| (*one).into()).collect(),
            address: Some(format!("https://{name}.invalid/ {text}")),
            tally: counted,
        }
    };
    let ids = |verdict: Verdict| {
        let of = outcomes.iter().filter(move |outcome| outcome.verdict == verdict);
        of.map(|outcome| outcome.scenario.id.clone()).collect::<Vec<_>>()
    };
    let (failed, blocked) = (ids(Verdict::Failed), ids(Verdict::Blocked));
    let share = |part, whole| Share::of(part, whole).unwrap();
    let decision = Decision {
        judgement: Judgement::Rejected,
        partial: false,
        percentage: tally.percentage(),
        gate: Gate { threshold: share(4, 5), components: vec![] },
        rejections: failed
            .iter()
            .map(|id| Rejection::Critical { scenario: id.clone(), verdict: Verdict::Failed })
            .collect(),
        lower_bound: Some(0.5),
    };
    let cause = FoldedCause {
        component: "database".into(),
        cause: Some(Cause::ConnectTimeout),
        detail: text.to_owned(),
        seen_by: failed,
        effects: blocked,
        dependents: vec!["backend".into(), "auth".into()],
    };
    let components = COMPONENTS.iter().map(component).collect();
    let parts = ReportParts {
        provenance: provenance(text),
        decision,
        tally,
        components,
        causes: vec![cause],
        outcomes,
    };
    Report::redacted(parts, &Redactor::new([]))
}

fn moment() -> Timestamp {
    serde_json::from_str("\"2026-03-01T03:12:45.678Z\"").unwrap()
}

fn provenance(text: &str) -> Provenance {
    Provenance {
        tool: "fixproof 0.1.0".to_owned(),
        optimised: true,
        run: "20260301-031245-1a2b".to_owned(),
        nonce: Nonce::STAND_IN,
        begun: moment(),
        target: format!("staging {text}"),
        suite: "scenarios".to_owned(),
        target_hash: String::new(),
        suite_hash: "9f86d081884c7d65".to_owned(),
        started: moment(),
        took: Duration::from_secs(42),
        wall: Duration::from_secs(2),
        simulated: Some(Simulated { profile: text.to_owned(), speed: 20.0 }),
        narrowing: vec![],
        interrupted: false,
        replay: None,
        host: Host { name: text.to_owned(), system: "linux x86_64".to_owned(), processors: 2 },
        self_check: SelfCheck { items: vec![] },
        notes: vec![text.to_owned()],
        proof: None,
    }
}

fn outcome(number: usize, samples: u32, text: &str) -> Outcome {
    let component = COMPONENTS[number % COMPONENTS.len()].0;
    let id = format!("{component}-scenario-{number}");
    let place = Place { file: "scenarios/database.toml".into(), line: 3, column: 3 };
    let written = "  { that = \"time.connect.p95\", at-most = \"800ms\" },";
    let card = ScenarioCard {
        id: id.as_str().into(),
        title: format!("The {component} keeps its promise {text}"),
        component: component.into(),
        owner: Some(if number.is_multiple_of(2) { Owner::Infrastructure } else { Owner::Application }),
        source: Some(text.to_owned()),
        critical: number.is_multiple_of(3),
        needs: vec![],
        tags: vec![text.to_owned()],
        remedy: Some(text.to_owned()),
        runbook: Some(if number.is_multiple_of(2) {
            "https://wiki.invalid/a?b=1&c=2".into()
        } else {
            "javascript:alert(6)".into()
        }),
        place: place.clone(),
        text: format!("[[scenario]]\nexpect = [\n{written}\n] # {text}").into(),
        text_line: 1,
        reproduce: vec![format!("curl -sS 'https://{component}.invalid/health' # {text}")],
        probes: vec!["http".into()],
    };
    let red = number.is_multiple_of(3);
    let expectation = ExpectationCard {
        step: None,
        fact: FactPath::Aggregate("time.connect".into(), Aggregate::Percentile(95)),
        at: None,
        operator: Operator::named("at-most").unwrap(),
        not: false,
        wanted: vec![Shown::Whole(Value::Duration(Duration::from_millis(800)))],
        confidence: None,
        severity: Severity::Error,
        excerpt: Excerpt { place, text: written.to_owned(), mark: (2, written.len() - 1) },
    };
    let finding = Finding {
        expectation: Arc::new(expectation),
        seen: Seen::Unreadable(format!("1.2s {text}")),
        evaluation: if red { Evaluation::Fail(Cause::Differs) } else { Evaluation::Pass },
    };
    let reason = match number % 3 {
        0 => {
            Reason::Failed { cause: Cause::ConnectTimeout, detail: format!("no answer from 10.8.0.3 {text}") }
        }
        1 => Reason::Passed,
        _ => Reason::Blocked { by: vec!["frontend-scenario-0".into()] },
    };
    if matches!(reason, Reason::Blocked { .. }) {
        return Outcome::unasked(Arc::new(card), reason);
    }
    Outcome {
        findings: vec![finding],
        samples: (0..samples).map(|at| sample(at, red && at.is_multiple_of(4), text)).collect(),
        planned_samples: Some(samples),
        started: Some(moment()),
        took: Duration::from_millis(1200),
        notes: vec![text.to_owned()],
        ..Outcome::unasked(Arc::new(card), reason)
    }
}

fn sample(number: u32, red: bool, text: &str) -> Sample {
    let took = Duration::from_micros(300_000 + u64::from(number * number) * 97);
    let phase =
        |name: &str, after, took, complete| Phase { name: name.to_owned().into(), after, took, complete };
    let mut observation = Observation {
        phases: vec![
            phase("connect", Duration::ZERO, took / 3, true),
            phase("first-byte", took / 3, took / 2, !red),
        ],
        obstacle: red.then(|| ProbeError { cause: Cause::ConnectTimeout, detail: text.to_owned() }),
        transcript: Transcript {
            sent: vec![format!("GET https://backend.invalid/health {text}")],
            received: vec!["HTTP/1.1 503 Service Unavailable".to_owned(), text.to_owned()],
        },
        ..Observation::default()
    };
    observation.facts.insert("time.connect", Value::Duration(took));
    observation.facts.insert("body", Value::Text(text.to_owned()));
    let attempt = Attempt { step: None, probe: "http".into(), observation, findings: vec![] };
    Sample { after: took * number, took, met: !red, attempts: vec![attempt] }
}
