//! Which expectations a proof has seen broken.

use super::*;
use fixproof::model::{Excerpt, ExpectationCard, FactPath, Operator, Place, Seen};

/// An outcome of `a` with one finding a line: its step, whether it held, and whether it can fail a scenario.
fn held(id: &str, findings: &[(Option<&str>, Evaluation, Severity)]) -> Outcome {
    let finding = |(line, (step, evaluation, severity)): (u32, &(Option<&str>, Evaluation, Severity))| {
        let place = Place { file: "x.toml".into(), line, column: 3 };
        let card = ExpectationCard {
            step: step.map(Into::into),
            fact: FactPath::Plain(format!("fact-{line}").into()),
            at: None,
            operator: Operator::named("equals").unwrap(),
            not: false,
            wanted: Vec::new(),
            confidence: None,
            severity: *severity,
            excerpt: Excerpt { place, text: String::new(), mark: (0, 0) },
        };
        Finding { expectation: card.into(), seen: Seen::NotRecorded, evaluation: evaluation.clone() }
    };
    let findings = (1..).zip(findings).map(finding).collect();
    Outcome { findings, ..outcome(id, Reason::Passed) }
}

#[test]
fn every_expectation_is_counted_that_some_control_broke_and_the_others_are_named() {
    use Severity::{Error, Warn};
    let no = || Evaluation::Fail(Cause::Differs);
    let well = [
        (None, Evaluation::Pass, Error),
        (Some("b"), Evaluation::Pass, Error),
        (None, Evaluation::Pass, Warn),
    ];
    let mut depth = Depth::of(&[held("a", &well), held("other", &well)]);
    // Beside one fault the first broke, beside another the warning; an inconclusive one is not broken.
    let beside = [
        (None, no(), Error),
        (Some("b"), Evaluation::Inconclusive(Undecided::Interrupted), Error),
        (None, no(), Warn),
    ];
    depth.join(Depth::beside(&[held("a", &beside)]));
    let proof = |depth: &Depth| {
        let whole = proof(&suite(&["a"]), &[], vec![judged(&control(), &seen(&[]))]);
        concluded(&suite(&["a"]), whole.provenance, whole.found.healthy, whole.found.outcomes, depth, false)
    };
    let found = proof(&depth);
    assert_eq!(found.expectations.to_string(), "1/2", "a warning is none, and `other` is not of the suite");
    let [unbroken] = found.unbroken.as_slice() else { panic!("{:?}", found.unbroken) };
    assert_eq!((&*unbroken.expectation, unbroken.step.as_deref()), ("fact-2 equals ", Some("b")));
    assert_eq!(found.result, ProofResult::Proved, "it is reported, and fails nothing");
    depth.join(Depth::beside(&[held("a", &[(None, Evaluation::Pass, Error), (Some("b"), no(), Error)])]));
    assert_eq!(proof(&depth).expectations.to_string(), "2/2");
}
