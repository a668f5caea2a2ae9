//! The report as TAP, the Test Anything Protocol: a test point a scenario, and the gate as the last.
//!
//! It says version 13 and nothing that version 14 reads otherwise: the parser of Perl's `prove`, as the distributions
//! ship it, refuses a document that calls itself 14. Every judged scenario that did not pass is `not ok`.

use std::fmt::Write;
use std::time::Duration;

use crate::model::{Evaluation, Finding, Judgement, Outcome, Place, Report, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;
use crate::report::prose::SENTENCE;
use crate::report::sanitize::one_line;

/// The format.
pub(super) struct Tap;

const VERSION: &str = "TAP version 13";
/// The most findings, notes or reasons of one test point.
const LISTED: usize = 10;

impl Format for Tap {
    fn name(&self) -> &'static str {
        "tap"
    }

    fn summary(&self) -> &'static str {
        "TAP, for prove, Jenkins and other harnesses"
    }

    fn file_name(&self) -> &'static str {
        "report.tap"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let points = report.outcomes.len() + 1;
        let mut out = format!("{VERSION}\n1..{points}\n");
        for notice in [prose::simulated_notice(report), prose::replay_notice(report)].into_iter().flatten() {
            comment(&mut out, &notice);
        }
        for (index, outcome) in report.outcomes.iter().enumerate() {
            scenario(&mut out, index + 1, outcome);
        }
        gate(&mut out, points, report);
        Ok(vec![Rendered { part: None, bytes: out.into_bytes() }])
    }
}

fn comment(out: &mut String, text: &str) {
    // Writing to a text can't fail.
    let _ = writeln!(out, "# {text}");
}

fn scenario(out: &mut String, number: usize, outcome: &Outcome) {
    let card = &outcome.scenario;
    let said = format!("{}: {}", one_line(&card.id, 120), one_line(&card.title, SENTENCE));
    let ok = match outcome.verdict {
        Verdict::Passed | Verdict::Skipped => "ok",
        Verdict::Failed | Verdict::Errored | Verdict::Blocked | Verdict::Inconclusive => "not ok",
    };
    let directive = match outcome.verdict {
        Verdict::Skipped => format!(" # SKIP {}", escaped(&prose::reason(outcome).unwrap_or_default())),
        _ => String::new(),
    };
    let _ = writeln!(out, "{ok} {number} - {}{directive}", escaped(&said));
    if outcome.verdict != Verdict::Skipped {
        diagnostics(out, outcome);
    }
}

/// A description ends where an unescaped `#` begins a directive.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// A block of YAML: every text in single quotes, where nothing but a quote means anything.
struct Block<'a> {
    out: &'a mut String,
}

impl<'a> Block<'a> {
    fn begun(out: &'a mut String) -> Block<'a> {
        out.push_str("  ---\n");
        Block { out }
    }

    fn text(&mut self, key: &str, text: &str) {
        let _ = writeln!(self.out, "  {key}: {}", quoted(text));
    }

    fn list(&mut self, key: &str, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "  {key}:");
        for text in texts.iter().take(LISTED) {
            let _ = writeln!(self.out, "    - {}", quoted(text));
        }
        if texts.len() > LISTED {
            let _ = writeln!(self.out, "    - {}", quoted(&format!("and {} more", texts.len() - LISTED)));
        }
    }

    fn place(&mut self, place: &Place) {
        let file = quoted(&one_line(&place.file, SENTENCE));
        let (line, column) = (place.line, place.column);
        let _ = writeln!(self.out, "  at:\n    file: {file}\n    line: {line}\n    column: {column}");
    }

    fn took(&mut self, took: Duration) {
        let _ = writeln!(self.out, "  duration_ms: {}.{:03}", took.as_millis(), took.subsec_micros() % 1000);
    }

    fn ended(self) {
        self.out.push_str("  ...\n");
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn diagnostics(out: &mut String, outcome: &Outcome) {
    let card = &outcome.scenario;
    let mut block = Block::begun(out);
    if let Some(reason) = prose::reason(outcome) {
        block.text("message", &reason);
    }
    block.text("verdict", outcome.verdict.name());
    if let Some(cause) = outcome.cause() {
        block.text("cause", &cause.to_string());
    }
    block.text("component", &one_line(&card.component, 120));
    block.text("critical", if card.critical { "yes" } else { "no" });
    if outcome.started.is_some() {
        block.took(outcome.took);
    }
    let listed = |keep: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        outcome.findings.iter().filter(|finding| keep(finding)).map(broken).collect()
    };
    block.list("broken", &listed(&Finding::breaks));
    block.list(
        "undecided",
        &listed(&|finding| !finding.warns() && matches!(finding.evaluation, Evaluation::Inconclusive(_))),
    );
    block.list("warnings", &listed(&Finding::warns));
    let notes: Vec<String> = outcome.notes.iter().map(|note| one_line(note, SENTENCE)).collect();
    block.list("notes", &notes);
    if outcome.verdict != Verdict::Passed {
        if let Some(owner) = card.owner {
            block.text("owner", owner.name());
        }
        if let Some(remedy) = &card.remedy {
            block.text("remedy", &one_line(remedy, 2000));
        }
        if let Some(runbook) = &card.runbook {
            block.text("runbook", &one_line(runbook, SENTENCE));
        }
    }
    block.place(&card.place);
    block.ended();
}

fn broken(finding: &Finding) -> String {
    let step = finding
        .expectation
        .step
        .as_ref()
        .map(|step| format!("step {}, ", one_line(step, 80)))
        .unwrap_or_default();
    let (expectation, seen) =
        (one_line(&finding.expectation.to_string(), SENTENCE), one_line(&finding.seen_text(), SENTENCE));
    format!("{step}{expectation}: saw {seen} (line {})", finding.expectation.place().line)
}

/// The gate is a test point like every other, with a name that never changes.
fn gate(out: &mut String, number: usize, report: &Report) {
    let ok = match report.decision.judgement {
        Judgement::Approved => "ok",
        Judgement::Rejected | Judgement::NothingJudged | Judgement::Interrupted => "not ok",
    };
    let _ = writeln!(out, "{ok} {number} - gate");
    let mut block = Block::begun(out);
    block.text("message", &format!("{}; {}", prose::verdict_line(report), prose::pass_rate(report)));
    block.text("verdict", prose::verdict_word(report));
    block.list("reasons", &prose::rejections(report));
    if report.decision.partial {
        let narrowing = report.provenance.narrowing.iter();
        let left_out = narrowing.map(|by| format!("{} left out {}", one_line(&by.by, 200), by.left_out));
        block.list("partial", &left_out.collect::<Vec<_>>());
    }
    block.text("run", &one_line(&report.provenance.run, 200));
    block.text("target", &one_line(&report.provenance.target, 200));
    block.ended();
}
