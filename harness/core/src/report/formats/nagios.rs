//! The report as the output of a monitoring plugin (Nagios, Icinga, Naemon, NRPE): the state and the numbers in the first
//! line, causes and what is red below.
//!
//! OK is only a run that approves the fix with nothing left to look at. A failure the gate tolerates, a warning, a
//! partial or a simulated run is WARNING; a gate that does not hold CRITICAL; nothing judged, or judged to no end, UNKNOWN.

use crate::model::{FoldedCause, Judgement, Outcome, Report, Share, Verdict};
use crate::report::format::{Format, FormatError, FormatOptions, Rendered};
use crate::report::prose;
use crate::report::prose::{is_red, plural};
use crate::report::sanitize::one_line;

/// The format.
pub(super) struct Nagios;

/// How many bytes the first line has at most, and the whole output: what the readers keep (Nagios: 8 KiB).
const LINE: usize = 4 << 10;
const OUTPUT: usize = 8 << 10;
/// The most characters of one text.
const TEXT: usize = 200;

impl Format for Nagios {
    fn name(&self) -> &'static str {
        "nagios"
    }

    fn summary(&self) -> &'static str {
        "output of a monitoring plugin with performance data, for Nagios and Icinga"
    }

    fn file_name(&self) -> &'static str {
        "nagios.txt"
    }

    fn render(&self, report: &Report, _: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let first = format!("FIXPROOF {} - {}", state(report), plain(&headline(report)));
        let mut out = performance(first, report);
        out.push('\n');
        let last = provenance(report);
        let room = OUTPUT - last.len() - 40;
        let lines = details(report);
        for (index, line) in lines.iter().enumerate() {
            if out.len() + line.len() + 1 > room {
                out.push_str(&format!("and {} lines more\n", lines.len() - index));
                break;
            }
            out.push_str(line);
            out.push('\n');
        }
        out.push_str(&last);
        Ok(vec![Rendered { part: None, bytes: out.into_bytes() }])
    }
}

/// What the last line begins with.
const RUN: &str = "run ";

fn provenance(report: &Report) -> String {
    let provenance = &report.provenance;
    let (run, target) = (one_line(&provenance.run, 80), one_line(&provenance.target, 80));
    let tool = one_line(&provenance.tool, 40);
    format!("{RUN}{}\n", plain(&format!("{run} of {}, target {target}, {tool}", provenance.started)))
}

/// The word of the state.
fn state(report: &Report) -> &'static str {
    match report.decision.judgement {
        Judgement::Approved if is_spotless(report) => "OK",
        Judgement::Approved => "WARNING",
        Judgement::Rejected => "CRITICAL",
        Judgement::NothingJudged | Judgement::Interrupted => "UNKNOWN",
    }
}

fn is_spotless(report: &Report) -> bool {
    prose::signs_off(report) && report.tally.passed == report.tally.judged() && warned(report) == 0
}

fn warned(report: &Report) -> usize {
    report.outcomes.iter().map(|outcome| prose::warnings(outcome).count()).sum()
}

/// `REJECTED, passed 80% of 25 judged, threshold 90%; database connect/timeout: no answer`
fn headline(report: &Report) -> String {
    let mut said = vec![format!("{}, {}", prose::verdict_line(report).word, prose::pass_rate(report))];
    if report.provenance.simulated.is_some() {
        said.push("against the simulated staging, no real environment".to_owned());
    }
    let reds = report.outcomes.iter().filter(|outcome| is_red(outcome.verdict)).count();
    if report.decision.judgement == Judgement::Approved && reds > 0 {
        said.push(format!("the gate tolerated {reds} red scenario{}", plural(reds)));
    }
    match warned(report) {
        0 => {}
        count => said.push(format!("{count} warning{}", plural(count))),
    }
    said.extend(report.causes.first().map(cause));
    said.join("; ")
}

fn cause(cause: &FoldedCause) -> String {
    let what = cause.cause.map_or_else(|| "inconclusive".to_owned(), |cause| cause.to_string());
    let effects = match cause.effects.len() {
        0 => String::new(),
        count => format!(" ({count} more fail because of it)"),
    };
    format!("{} {what}: {}{effects}", one_line(&cause.component, 80), one_line(&cause.detail, TEXT))
}

/// The lines below the first: why it is not approved, every cause, and what is red, worst first.
fn details(report: &Report) -> Vec<String> {
    let mut lines = prose::rejections(report);
    lines.extend(report.causes.iter().map(|folded| format!("cause: {}", cause(folded))));
    let mut reds: Vec<&Outcome> = report
        .outcomes
        .iter()
        .filter(|outcome| is_red(outcome.verdict) && outcome.verdict != Verdict::Blocked)
        .collect();
    reds.sort_by_key(|outcome| !outcome.scenario.critical);
    lines.extend(reds.into_iter().take(OUTPUT).map(red));
    lines.iter().map(|line| plain(line)).collect()
}

fn red(outcome: &Outcome) -> String {
    let critical = if outcome.scenario.critical { " (critical)" } else { "" };
    let reason = one_line(&prose::reason(outcome).unwrap_or_default(), TEXT);
    format!("{}{critical} {}: {reason}", outcome.verdict.name(), one_line(&outcome.scenario.id, 80))
}

/// What a plugin's text must not hold. A bar begins the performance data. The others are what Nagios itself takes out of
/// a text before it hands it to a shell in a notification command, unless it was set up otherwise, and what its pages
/// would show as HTML.
fn plain(text: &str) -> String {
    let kept = |c: char| match c {
        '|' | '\\' => Some('/'),
        '<' => Some('('),
        '>' => Some(')'),
        '&' => Some('+'),
        '\'' => Some('\u{2019}'),
        '`' | '"' | '$' | '~' => None,
        c => Some(c),
    };
    text.chars().filter_map(kept).collect()
}

/// The first line with its performance data, as many components as there is room for.
fn performance(first: String, report: &Report) -> String {
    let tally = &report.tally;
    let threshold = report.decision.gate.threshold;
    let mut line =
        format!("{first} | percentage={}", percentage(report.decision.percentage, Some(threshold)));
    for verdict in Verdict::ALL {
        line.push_str(&format!(" {}={};;;0;{}", verdict.name(), tally.of(verdict), tally.planned));
    }
    let took = report.provenance.took;
    line.push_str(&format!(" time={}.{:03}s;;;0", took.as_secs(), took.subsec_millis()));
    for component in &report.components {
        let name = plain(&one_line(&component.component, 80)).replace('=', "-");
        let gate = &report.decision.gate.components;
        let own = gate.iter().find(|(name, _)| *name == component.component).map(|(_, share)| *share);
        let entry = format!(" 'component {name}'={}", percentage(component.tally.percentage(), own));
        if line.len() + entry.len() > LINE {
            break;
        }
        line.push_str(&entry);
    }
    line
}

/// `93.75%;100:;80:;0;100`: warns below 100 %, critical below the threshold; `U` where nothing was judged.
fn percentage(seen: Option<Share>, threshold: Option<Share>) -> String {
    let critical = threshold.map(|share| format!("{}:", decimals(share))).unwrap_or_default();
    match seen {
        Some(share) => format!("{}%;100:;{critical};0;100", decimals(share)),
        None => format!("U;100:;{critical};0;100"),
    }
}

/// Percent with up to nine decimals, as many as a threshold may have, rounded down: below a threshold stays below it.
fn decimals(share: Share) -> String {
    let scale = 1_000_000_000_u128;
    let all = u128::from(share.part()) * 100 * scale / u128::from(share.whole());
    let text = format!("{}.{:09}", all / scale, all % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_threshold_is_below_the_range_however_little() {
        assert_eq!(decimals(Share::parse("99.999999999%").unwrap()), "99.999999999");
        assert_eq!(decimals(Share::of(2, 3).unwrap()), "66.666666666");
        assert_eq!(decimals(Share::of(4, 5).unwrap()), "80");
        assert_eq!(decimals(Share::of(0, 5).unwrap()), "0");
        assert_eq!(decimals(Share::of(1, 1).unwrap()), "100");
    }
}
