//! What a case is written as: every verdict, repeated scenarios, scenarios that are red and not critical, the gate.

use fixproof_core::model::Report;
use fixproof_core::report::{FormatOptions, JunitProfile, Rendered, format_named};
mod readers;
mod schemas;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roxmltree::{Document, Node};

use crate::fixtures::{decided, report};
use fixproof_core::judge::{decide, tally};
use fixproof_core::model::{
    Cause, Gate, Judgement, Outcome, ProbeError, Reason, Sample, ScenarioCard, Share, Undecided, Verdict,
};
use fixproof_core::report::Noncritical;

pub(crate) const PROFILES: [JunitProfile; 3] =
    [JunitProfile::Strict, JunitProfile::Surefire, JunitProfile::Rich];
pub(crate) const WAYS: [Noncritical; 3] = [Noncritical::Failure, Noncritical::Skipped, Noncritical::Property];

/// The files of a report, as text.
pub(crate) fn files(
    report: &Report,
    junit_profile: JunitProfile,
    junit_noncritical: Noncritical,
) -> Vec<String> {
    let options = FormatOptions { junit_profile, junit_noncritical, ..FormatOptions::default() };
    let rendered = format_named("junit").unwrap().render(report, &options).unwrap();
    rendered.into_iter().map(|one| String::from_utf8(one.bytes).unwrap()).collect()
}

/// Every report worth looking at, in every profile and every way, as another library than the writer's reads it.
pub(crate) fn each_file(mut look: impl FnMut(&Report, JunitProfile, &str, &Document<'_>)) {
    for report in reports() {
        for profile in PROFILES {
            for way in WAYS {
                for xml in files(&report, profile, way) {
                    let document = Document::parse(&xml).unwrap_or_else(|e| panic!("{profile:?} {e}\n{xml}"));
                    look(&report, profile, &xml, &document);
                }
            }
        }
    }
}

/// One report for each judgement, and one in which scenarios were asked again and again.
pub(crate) fn reports() -> Vec<Report> {
    let judgements =
        [Judgement::Rejected, Judgement::Approved, Judgement::NothingJudged, Judgement::Interrupted];
    let mut reports: Vec<Report> = judgements.map(|judgement| decided(judgement, false)).into();
    reports.push(decided(Judgement::Approved, true));
    reports.push(report(repeated(), Judgement::Rejected, true));
    reports
}

pub(crate) fn elements<'a, 'b: 'a>(document: &'a Document<'b>, name: &str) -> Vec<Node<'a, 'b>> {
    document.descendants().filter(|node| node.has_tag_name(name)).collect()
}

pub(crate) fn children<'a, 'b>(node: Node<'a, 'b>, name: &str) -> Vec<Node<'a, 'b>> {
    node.children().filter(|child| child.has_tag_name(name)).collect()
}

fn case<'a, 'b: 'a>(document: &'a Document<'b>, name: &str) -> Node<'a, 'b> {
    *elements(document, "testcase").iter().find(|case| case.attribute("name") == Some(name)).unwrap()
}

/// All text of an element; a body that holds `]]>` is written in several sections.
pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn property<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let all = children(node, "properties");
    let found = all.first()?.children().find(|property| property.attribute("name") == Some(name));
    found.and_then(|property| property.attribute("value"))
}

pub(crate) fn outcome(id: &str) -> Outcome {
    let all = decided(Judgement::Rejected, false).outcomes;
    all.into_iter().find(|outcome| &*outcome.scenario.id == id).unwrap()
}

pub(crate) fn renamed(mut outcome: Outcome, change: impl FnOnce(&mut ScenarioCard)) -> Outcome {
    change(Arc::make_mut(&mut outcome.scenario));
    outcome
}

/// As many samples as there are letters: `+` met, `-` not met, `!` stopped by an obstacle.
fn sampled(mut outcome: Outcome, planned: Option<u32>, samples: &str) -> Outcome {
    let [good, bad] = ["backend-health", "backend-hostile"].map(|id| self::outcome(id).samples.remove(0));
    let at = |(index, letter): (u64, char)| {
        let mut sample: Sample = if letter == '+' { good.clone() } else { bad.clone() };
        sample.after = Duration::from_secs(2 * index);
        if letter == '!' {
            let cause = Cause::Refused;
            let detail = format!("attempt {index} was refused [[ATTACHMENT|/etc/passwd]]");
            sample.attempts[0].observation.obstacle = Some(ProbeError { cause, detail });
        }
        sample
    };
    outcome.samples = (0..).zip(samples.chars()).map(at).collect();
    outcome.planned_samples = planned;
    outcome.deciding_sample = samples.find(|letter| letter != '+').or(samples.len().checked_sub(1));
    if planned.is_none() {
        let first = samples.rfind(|letter| letter != '+').map_or(0, |last| last + 1);
        outcome.deciding_sample = samples.len().checked_sub(1);
        outcome.settled_after = outcome.samples.get(first).map(|sample| sample.after + sample.took);
    }
    outcome
}

/// Scenarios that were asked again and again.
pub(crate) fn repeated() -> Vec<Outcome> {
    let named = |outcome: &str, id: &str| renamed(self::outcome(outcome), |card| card.id = id.into());
    vec![
        sampled(named("backend-health", "settled"), None, "-!-++"),
        sampled(named("backend-health", "settled-at-once"), None, "++"),
        sampled(named("backend-health", "tolerant"), Some(60), &("-".repeat(40) + &"+".repeat(20))),
        sampled(named("backend-hostile", "red"), Some(5), "+-+!-"),
        sampled(named("backend-hostile", "red-once"), Some(1), "-"),
        sampled(named("db-secret", "errored"), Some(3), "-!!"),
        outcome("frontend-login"),
    ]
}

#[test]
fn a_pass_with_unmet_samples_looks_different() {
    let report = report(repeated(), Judgement::Rejected, false);
    for profile in [JunitProfile::Surefire, JunitProfile::Rich] {
        let xml =
            files(&report, profile, Noncritical::Failure).into_iter().find(|x| x.contains("\"settled\""));
        let xml = xml.unwrap();
        let document = Document::parse(&xml).unwrap();
        let flaky = children(case(&document, "settled"), "flakyFailure");
        let types: Vec<_> = flaky.iter().map(|one| one.attribute("type").unwrap()).collect();
        assert_eq!(types, ["content/differs", "connect/refused", "content/differs"]);
        let message = flaky[1].attribute("message").unwrap();
        assert!(
            message.starts_with("sample 2 of 5, begun after 2s: connect/refused: attempt 1"),
            "{message}"
        );
        for one in flaky {
            let trace = text_of(children(one, "stackTrace")[0]);
            assert!(trace.contains(one.attribute("message").unwrap()) || trace.contains("[ [ATT"), "{trace}");
            assert!(trace.contains("evidence (sample") && trace.contains("503"), "{trace}");
        }
        let out = text_of(children(case(&document, "settled"), "system-out")[0]);
        assert!(out.contains("2 met of 5 samples") && out.contains("it has held since 7.2"), "{out}");
        assert!(children(case(&document, "settled-at-once"), "flakyFailure").is_empty());
    }
}

#[test]
fn a_red_scenario_tells_one_sample_as_its_failure_and_the_others_as_reruns() {
    let report = report(repeated(), Judgement::Rejected, false);
    let [xml] = files(&report, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    let document = Document::parse(&xml).unwrap();
    let red = case(&document, "red");
    let body = text_of(children(red, "failure")[0]);
    assert!(body.contains("evidence (sample 2 of 5"), "{body}");
    let told: Vec<_> = children(red, "rerunFailure")
        .iter()
        .map(|one| one.attribute("message").unwrap().to_owned())
        .collect();
    assert!(
        told.len() == 2 && told[0].starts_with("sample 4 ") && told[1].starts_with("sample 5 "),
        "{told:?}"
    );
    assert!(children(case(&document, "red-once"), "rerunFailure").is_empty());
    assert_eq!(children(case(&document, "errored"), "rerunError").len(), 2);
    assert_eq!(property(red, "samples.met"), Some("2"));
}

#[test]
fn reruns_are_bounded_and_say_how_many_are_left_out() {
    let many = report(repeated(), Judgement::Rejected, false);
    let [xml] = files(&many, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    let document = Document::parse(&xml).unwrap();
    let tolerant = case(&document, "tolerant");
    assert_eq!(children(tolerant, "flakyFailure").len(), 20);
    assert_eq!(property(tolerant, "unmet-left-out"), Some("20"));
    let out = text_of(children(tolerant, "system-out")[0]);
    assert!(
        out.contains("the first 20 unmet samples are listed here; 20 more are in the JSON report"),
        "{out}"
    );
    let settled = repeated().remove(0);
    let all: Vec<Outcome> = (0..4_000).map(|_| settled.clone()).collect();
    let many = report(all, Judgement::Approved, false);
    let [xml] = files(&many, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    let document = Document::parse(&xml).unwrap();
    let told = |case: &Node<'_, '_>| children(*case, "flakyFailure").len();
    assert_eq!(elements(&document, "testcase").iter().map(told).sum::<usize>(), 4_000, "one each");
}

#[test]
fn strict_has_no_word_for_reruns_and_says_them_in_the_suites_output() {
    let report = report(repeated(), Judgement::Rejected, false);
    let [xml] = files(&report, JunitProfile::Strict, Noncritical::Failure).try_into().unwrap();
    assert!(!xml.contains("<flaky") && !xml.contains("<rerun"));
    let document = Document::parse(&xml).unwrap();
    let all: String = elements(&document, "system-out").into_iter().map(text_of).collect();
    for line in
        ["settled: not met: sample 2 of 5", "red: not met: sample 4 of 5", "settled: 2 met of 5 samples"]
    {
        assert!(all.contains(line), "{line}\n{all}");
    }
}

/// What a scenario became, as one word.
fn word(case: Node<'_, '_>) -> &'static str {
    let known = ["failure", "error", "skipped"];
    let found: Vec<&str> = known.into_iter().filter(|name| !children(case, name).is_empty()).collect();
    assert!(found.len() <= 1, "{found:?}");
    found.first().copied().unwrap_or("passed")
}

#[test]
fn what_is_red_and_not_critical_is_written_as_the_user_wants_it() {
    let report = decided(Judgement::Approved, false);
    let expected = [
        ("backend-health", ["passed"; 3]),
        ("db-connect", ["failure"; 3]),
        ("backend-hostile", ["failure", "skipped", "passed"]),
        ("db-secret", ["error", "skipped", "passed"]),
        ("frontend-login", ["failure", "skipped", "passed"]),
        ("frontend-late", ["failure", "skipped", "passed"]),
        ("frontend-chat", ["skipped"; 3]),
    ];
    for profile in PROFILES {
        for (at, way) in WAYS.into_iter().enumerate() {
            let files = files(&report, profile, way);
            let documents: Vec<Document<'_>> =
                files.iter().map(|xml| Document::parse(xml).unwrap()).collect();
            let named = |id: &str| {
                let mut all = documents.iter().flat_map(|document| elements(document, "testcase"));
                all.find(|case| case.attribute("name") == Some(id)).unwrap()
            };
            for (id, words) in expected {
                assert_eq!(word(named(id)), words[at], "{id} {profile:?} {way:?}");
            }
            let suite = named("backend-hostile").parent_element().unwrap();
            assert_eq!(property(suite, "junit-noncritical"), Some(way.name()));
            let told = property(suite, "noncritical.backend-hostile");
            assert_eq!(
                told.is_some_and(|told| told.starts_with("failed: content/differs")),
                at > 0,
                "{told:?}"
            );
            let rich = profile == JunitProfile::Rich && at > 0;
            let of_case = property(named("backend-hostile"), "noncritical");
            assert_eq!(of_case, rich.then_some("failed"), "{profile:?} {way:?}");
            // Nothing of the story is lost.
            let all: String = documents.iter().map(|document| text_of(document.root())).collect();
            assert!(all.contains("failed[content/differs] backend-hostile"), "{profile:?} {way:?}");
        }
    }
}

/// Every judgement the gate comes to over many mixtures of verdicts, and what a reader of nothing but JUnit sees.
#[test]
fn a_reader_of_nothing_but_junit_sees_red_exactly_when_the_gate_does_not_hold() {
    let (mut greens, mut reds) = (0, 0);
    for seed in 0_u32..40 {
        let outcomes = mixture(seed);
        for (partial, interrupted) in [(false, false), (true, false), (false, true)] {
            let components = vec![("database".into(), Share::of(u64::from(seed % 3), 2).unwrap())];
            let gate = Gate { threshold: Share::of(u64::from(seed % 5), 5).unwrap(), components };
            let mut all = report(outcomes.clone(), Judgement::Approved, partial);
            all.decision = decide(&outcomes, &gate, partial, interrupted);
            let holds = all.decision.judgement == Judgement::Approved;
            for profile in PROFILES {
                for way in WAYS {
                    let red = files(&all, profile, way).iter().any(|xml| is_red(xml));
                    if way == Noncritical::Failure {
                        let green = tally(&outcomes).judged() == tally(&outcomes).passed;
                        assert_eq!(red, !holds || !green, "{seed} {profile:?}");
                    } else {
                        assert_eq!(red, !holds, "{seed} {profile:?} {way:?} {:?}", all.decision);
                    }
                }
            }
            *(if holds { &mut greens } else { &mut reds }) += 1;
        }
    }
    assert!(greens > 10 && reds > 10, "{greens} greens, {reds} reds");
}

/// By the elements, and by the counters: some readers know only the one, some only the other.
fn is_red(xml: &str) -> bool {
    let document = Document::parse(xml).unwrap();
    let by_elements = ["failure", "error"].iter().any(|name| !elements(&document, name).is_empty());
    let by_counters = elements(&document, "testsuite")
        .iter()
        .any(|suite| ["failures", "errors"].iter().any(|name| suite.attribute(*name) != Some("0")));
    assert_eq!(by_elements, by_counters);
    by_elements
}

fn mixture(seed: u32) -> Vec<Outcome> {
    let reason = [
        Reason::Passed,
        Reason::Failed { cause: Cause::Differs, detail: "503".to_owned() },
        Reason::Failed { cause: Cause::SecretUnavailable, detail: "not set".to_owned() },
        Reason::Blocked { by: vec!["other".into()] },
        Reason::Inconclusive(Undecided::Deadline),
        Reason::Skipped { reason: "not today".to_owned() },
    ];
    // Small numbers that are the same in every run.
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let known = outcome("backend-health").scenario;
    (0..next(6))
        .map(|number| {
            let mut card = (*known).clone();
            card.id = format!("scenario-{number}").into();
            card.component = ["database", "backend"][next(2) as usize].into();
            card.critical = next(4) == 0;
            let kind = if next(2) == 0 { 0 } else { next(6) };
            Outcome::unasked(Arc::new(card), reason[kind as usize].clone())
        })
        .collect()
}

#[test]
fn a_component_called_gate_does_not_hide_the_gate() {
    let known = renamed(outcome("backend-health"), |card| {
        (card.id, card.component) = ("gate".into(), "gate".into());
    });
    let report = report(vec![known], Judgement::Rejected, false);
    let [xml] = files(&report, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    let document = Document::parse(&xml).unwrap();
    let named: Vec<_> = elements(&document, "testcase")
        .iter()
        .map(|case| (case.attribute("classname").unwrap(), word(*case)))
        .collect();
    assert_eq!(named, [("gate", "passed"), ("fixproof.gate", "failure")]);
    let options = FormatOptions { junit_profile: JunitProfile::Surefire, ..FormatOptions::default() };
    let parts = format_named("junit").unwrap().render(&report, &options).unwrap();
    let places: HashSet<_> = parts.iter().map(|part| part.place(Path::new("junit.xml"))).collect();
    assert_eq!(places.len(), 2, "{places:?}");
}

#[test]
fn two_suites_never_share_a_file() {
    let names = ["db", "DB", "a-b", "a_b", "a b", &"x".repeat(90), &"x".repeat(91)];
    let of = |name: &str| renamed(outcome("backend-health"), |card| card.component = name.into());
    let report = report(names.map(of).into(), Judgement::Approved, false);
    let options = FormatOptions { junit_profile: JunitProfile::Surefire, ..FormatOptions::default() };
    let parts = format_named("junit").unwrap().render(&report, &options).unwrap();
    // Some file systems know no capitals.
    let file = |part: &Rendered| part.place(Path::new("junit.xml")).to_str().unwrap().to_lowercase();
    let files: HashSet<String> = parts.iter().map(file).collect();
    assert_eq!((parts.len(), files.len()), (8, 8), "{files:?}");
}

#[test]
fn every_verdict_is_told_by_its_own_word() {
    let report = decided(Judgement::Rejected, false);
    let [xml] = files(&report, JunitProfile::Rich, Noncritical::Failure).try_into().unwrap();
    let document = Document::parse(&xml).unwrap();
    for outcome in &report.outcomes {
        let found = property(case(&document, &outcome.scenario.id), "verdict");
        assert_eq!(found, Some(outcome.verdict.name()));
    }
    let suite = elements(&document, "testsuite")[0];
    assert!(property(suite, "simulated").unwrap().contains("says nothing about a real environment"));
    assert!(property(suite, "proof").unwrap().starts_with("not-proved, sensitivity 22/23"));
    assert!(property(suite, "gate").unwrap().starts_with("REJECTED"));
    assert!(property(suite, "self-check").unwrap().starts_with("not sound (lag)"));
    assert_eq!(property(case(&document, "backend-health"), "warnings"), Some("1"));
    assert!(Verdict::ALL.len() == 6);
}
