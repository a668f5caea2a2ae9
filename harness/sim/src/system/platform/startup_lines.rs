//! The lines that a startup writes, in the modelled service's own words: leading spaces, markers spelt in ASCII. Text
//! only; `startup_log` and `history` write them.

use super::log::Severity;
use super::log::Severity::{Critical, Error, Info};

/// A line and how bad it is.
pub(crate) type Line = (Severity, String);

/// Phases that are over and how many seconds of the modelled system each took.
pub(crate) type Timings = [(&'static str, f64)];

/// When a phase begins; `epoch` is in seconds since 1970, though the line reads elapsed.
pub(crate) fn begins(phase: &str, epoch: f64) -> [Line; 2] {
    [
        (Info, format!(" CYCLE:  PHASE TRANSITION  ->  {}", phase.to_uppercase())),
        (Info, format!("   Started at: {epoch:.3}s elapsed")),
    ]
}

/// When a phase is over.
pub(crate) fn completes(phase: &str, seconds: f64) -> Line {
    (Info, format!(" PASS:  PHASE COMPLETED: {} ({seconds:.3}s)", phase.to_uppercase()))
}

/// When all of them are; `expected` is how many there should have been.
pub(crate) fn completed(timings: &Timings, expected: usize, total: f64) -> Vec<Line> {
    let mut lines = vec![
        (Info, "[U+1F680] DETERMINISTIC STARTUP SEQUENCE COMPLETED SUCCESSFULLY".to_owned()),
        (Info, format!(" PASS:  Total Time: {total:.3}s")),
        (Info, format!(" PASS:  Phases Completed: {}/{expected}", timings.len())),
        (Info, " CHART:  PHASE TIMING BREAKDOWN:".to_owned()),
    ];
    lines.extend(breakdown(timings, total));
    lines
}

/// What a failed phase ran into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fall<'a> {
    pub(crate) phase: &'a str,
    pub(crate) reason: &'a str,
    /// Seconds in the phase.
    pub(crate) seconds: f64,
    /// Seconds in all.
    pub(crate) total: f64,
    pub(crate) timeout: bool,
}

/// When a phase failed: everything up to the exit.
pub(crate) fn failed(fall: &Fall<'_>, timings: &Timings) -> Vec<Line> {
    let phase = fall.phase.to_uppercase();
    let circuit = if fall.timeout { " [TIMEOUT - Circuit: OPEN]" } else { "" };
    let mut lines = vec![(
        Error,
        format!(" FAIL:  PHASE FAILED: {phase} - {} (after {:.2}s){circuit}", fall.reason, fall.seconds),
    )];
    if fall.timeout && fall.phase == "database" {
        lines.push((Error, "ISSUE #1278 DATABASE TIMEOUT PATTERN DETECTED".to_owned()));
    }
    lines.extend([
        (Error, "[U+1F4A5] DETERMINISTIC STARTUP SEQUENCE FAILED".to_owned()),
        (Error, format!(" FAIL:  Failed at Phase: {phase}")),
        (Error, format!(" FAIL:  Time Elapsed: {:.3}s", fall.total)),
        (Info, " CHART:  PARTIAL PHASE TIMINGS:".to_owned()),
    ]);
    lines.extend(breakdown(timings, fall.total));
    lines.extend([
        (Critical, "[U+1F534] CRITICAL: CHAT FUNCTIONALITY IS BROKEN".to_owned()),
        (Critical, format!("DETERMINISTIC STARTUP FAILURE: {}", fall.reason)),
        (Critical, "Exiting with code 3 to signal startup failure".to_owned()),
    ]);
    lines
}

fn breakdown(timings: &Timings, total: f64) -> impl Iterator<Item = Line> {
    timings.iter().map(move |(phase, seconds)| {
        let share = if total > 0.0 { seconds * 100.0 / total } else { 0.0 };
        (Info, format!("   {:<12}: {seconds:.3}s ({share:.1}%)", phase.to_uppercase()))
    })
}

/// The application server's line when the application did not start.
pub(crate) const SERVER_GAVE_UP: &str = "Application startup failed. Exiting.";

/// The platform's line when the process exited.
pub(crate) const EXITED: &str = "Container called exit(3).";

/// The platform's line when it could connect to the container.
pub(crate) fn port_answers(service: &str, port: u16) -> String {
    format!(
        "Default STARTUP TCP probe succeeded after 1 attempt for container \"{service}-1\" on port {port}."
    )
}

/// The platform's line when a revision is ready, `seconds` after it was created.
pub(crate) fn deployed(revision: &str, seconds: f64) -> String {
    format!(
        "Ready condition status changed to True for Revision {revision} with message: Deploying revision succeeded in {seconds:.2}s."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(lines: impl IntoIterator<Item = Line>) -> Vec<String> {
        lines.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn the_lines_have_the_modelled_shapes() {
        assert_eq!(
            words(begins("init", 1_757_967_092.5)),
            [" CYCLE:  PHASE TRANSITION  ->  INIT", "   Started at: 1757967092.500s elapsed"]
        );
        assert_eq!(completes("init", 0.0581).1, " PASS:  PHASE COMPLETED: INIT (0.058s)");
        assert_eq!(
            words(completed(&[("init", 1.0), ("database", 3.0)], 7, 4.0)),
            [
                "[U+1F680] DETERMINISTIC STARTUP SEQUENCE COMPLETED SUCCESSFULLY",
                " PASS:  Total Time: 4.000s",
                " PASS:  Phases Completed: 2/7",
                " CHART:  PHASE TIMING BREAKDOWN:",
                "   INIT        : 1.000s (25.0%)",
                "   DATABASE    : 3.000s (75.0%)",
            ]
        );
    }

    #[test]
    fn a_timeout_names_the_circuit_and_another_failure_does_not() {
        let fall = Fall { phase: "database", reason: "no slot", seconds: 20.0, total: 51.173, timeout: true };
        let lines = words(failed(&fall, &[("init", 0.058)]));
        assert_eq!(
            lines[0],
            " FAIL:  PHASE FAILED: DATABASE - no slot (after 20.00s) [TIMEOUT - Circuit: OPEN]"
        );
        assert_eq!(lines.last().map(String::as_str), Some("Exiting with code 3 to signal startup failure"));
        let lines = words(failed(&Fall { timeout: false, ..fall }, &[]));
        assert_eq!(lines[0], " FAIL:  PHASE FAILED: DATABASE - no slot (after 20.00s)");
        assert_eq!(lines[1], "[U+1F4A5] DETERMINISTIC STARTUP SEQUENCE FAILED");
    }
}
