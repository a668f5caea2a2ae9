//! Held against every run of these tests: its report is read back as it was, and judged again with the same suite it
//! comes to the same verdicts, by the same reason.

use fixproof::engine::{Identity, Overlay, RecordedRun, replay};
use fixproof::model::{Reason, Report, Suite, Target, Verdict};
use fixproof::redact::MASK;
use fixproof::report::{FormatOptions, format_named};
use fixproof_prove::recorded::{Source, prove_recorded};

/// A run names what blocks in the order in which it came home.
fn in_order(reason: &Reason) -> Reason {
    let mut reason = reason.clone();
    if let Reason::Blocked { by } = &mut reason {
        by.sort();
    }
    reason
}

pub fn assert_alike(report: &Report, suite: &Suite, target: &Target, overlay: &Overlay) {
    let options = FormatOptions::default();
    let written = format_named("json").unwrap().render(report, &options).unwrap().remove(0);
    let read = Report::read(&written.bytes).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(&read, report, "a report that is not read back as it was");

    let (recall, problems) = RecordedRun::of(suite, target, overlay, &read);
    let told: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
    let recall = recall.unwrap_or_else(|| panic!("{told:#?}"));
    let again = replay(&recall, Identity::named("test"), None);
    // Whose name was taken out is not found again, and so is told.
    if report.outcomes.iter().any(|outcome| outcome.scenario.id.contains(MASK)) {
        assert!(again.outcomes.iter().all(|outcome| outcome.verdict != Verdict::Passed));
        return;
    }
    for (then, now) in report.outcomes.iter().zip(&again.outcomes) {
        assert_eq!(in_order(&now.reason), in_order(&then.reason), "{} judged again", then.scenario.id);
        assert_eq!(now.findings, then.findings, "{} judged again", then.scenario.id);
    }
    assert!(again.decision.partial);
    // Whatever was recorded, proving ends, and every scenario of the suite has its word.
    assert_eq!(prove_recorded(&recall, Source::Report).scenarios.len(), suite.scenarios.len());
}
