//! What a monitoring system makes of it. (The `command` probe reads it in a test of the binary.)

use fixproof_core::model::{Judgement, Report};

use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided, report};
use crate::hostile::{hostile, many, rendered, spotless};
use crate::readers::read_back;

/// The state, the text, and every measure as `label=value;…`.
fn read(output: &str) -> (String, String, Vec<(String, Vec<String>)>) {
    let first = output.lines().next().unwrap();
    let (said, numbers) = first.split_once(" | ").unwrap();
    let (state, text) = said.strip_prefix("FIXPROOF ").unwrap().split_once(" - ").unwrap();
    let measure = regex::Regex::new(r"^ ?(?:'((?:[^'=]|'')+)'|([^ '=]+))=([^ ]*)").unwrap();
    let (mut rest, mut measures) = (numbers, Vec::new());
    while !rest.is_empty() {
        let found = measure.captures(rest).unwrap_or_else(|| panic!("no measure: {rest}"));
        let label = found.get(1).or(found.get(2)).unwrap().as_str().to_owned();
        measures.push((label, found[3].split(';').map(str::to_owned).collect()));
        rest = &rest[found[0].len()..];
    }
    (state.to_owned(), text.to_owned(), measures)
}

fn measure<'a>(measures: &'a [(String, Vec<String>)], label: &str) -> &'a [String] {
    &measures.iter().find(|(name, _)| name == label).unwrap().1
}

#[test]
fn it_looks_as_it_did() {
    assert_snapshot("nagios.txt", &rendered("nagios", &decided(Judgement::Rejected, true)));
}

#[test]
fn ok_is_said_only_of_a_run_that_signs_off_with_nothing_left_to_look_at() {
    let state = |report: &Report| read(&rendered("nagios", report)).0;
    let changed = |change: &dyn Fn(&mut Report)| {
        let mut report = spotless();
        change(&mut report);
        state(&report)
    };
    assert_eq!(state(&spotless()), "OK");
    let simulated = decided(Judgement::Approved, false).provenance.simulated;
    let replay = fixproof_core::model::Replay { run: "1".to_owned(), suite_hash: "2".to_owned() };
    assert_eq!(changed(&|report| report.provenance.simulated = simulated.clone()), "WARNING");
    assert_eq!(changed(&|report| report.provenance.replay = Some(replay.clone())), "WARNING");
    assert_eq!(changed(&|report| report.decision.partial = true), "WARNING");
    let warned = decided(Judgement::Approved, false).outcomes.swap_remove(0);
    assert_eq!(changed(&|report| report.outcomes[0] = warned.clone()), "WARNING");
    assert_eq!(changed(&|report| report.tally.failed = 1), "WARNING");
    assert_eq!(state(&decided(Judgement::Rejected, false)), "CRITICAL");
    assert_eq!(state(&decided(Judgement::Rejected, true)), "CRITICAL");
    assert_eq!(state(&decided(Judgement::NothingJudged, false)), "UNKNOWN");
    assert_eq!(state(&decided(Judgement::Interrupted, false)), "UNKNOWN");
}

#[test]
fn the_numbers_come_with_the_gate_as_ranges() {
    let (_, text, measures) = read(&rendered("nagios", &decided(Judgement::Rejected, false)));
    assert!(text.starts_with("REJECTED, passed 10% of 10 judged, threshold 80%"), "{text}");
    assert!(text.contains("database connect/timeout: no answer from 10.8.0.3:5432 within 10s"), "{text}");
    assert_eq!(measure(&measures, "percentage"), ["10%", "100:", "80:", "0", "100"]);
    assert_eq!(measure(&measures, "passed"), ["1", "", "", "0", "11"]);
    assert_eq!(measure(&measures, "errored")[0], "1");
    assert_eq!(measure(&measures, "time")[0], "42.000s");
    assert_eq!(measure(&measures, "component database"), ["0%", "100:", "100:", "0", "100"]);
    assert_eq!(measure(&measures, "component backend"), ["25%", "100:", "", "0", "100"]);
    let (_, _, nothing) = read(&rendered("nagios", &report(Vec::new(), Judgement::NothingJudged, false)));
    assert_eq!(measure(&nothing, "percentage")[0], "U");
}

#[test]
fn a_hostile_report_forges_no_number_no_shell_and_no_page() {
    let text = rendered("nagios", &hostile());
    let (state, _, measures) = read(&text);
    assert_eq!(state, "CRITICAL");
    assert!(text.contains("forged") && !text.contains(CANARY), "{text}");
    assert_eq!(text.matches('|').count(), 1, "{text}");
    assert!(!measures.iter().any(|(label, _)| label == "approved"), "{measures:?}");
    let texts = text.replace("'component ", "").replace("'=", "");
    assert_eq!(texts.find(['`', '"', '\'', '$', '&', '<', '>', '~', '\\', '\u{1b}', '\r']), None, "{text}");
}

#[test]
fn it_stays_as_short_as_its_readers_want_it() {
    let mut many = many();
    let component = many.components[0].clone();
    many.components = (0..500)
        .map(|at| fixproof_core::model::ComponentTally {
            component: format!("component-{at}").into(),
            ..component.clone()
        })
        .collect();
    for report in [many, hostile(), decided(Judgement::Rejected, false)] {
        let text = rendered("nagios", &report);
        assert!(text.lines().next().unwrap().len() <= 4 << 10 && text.len() <= 8 << 10, "{}", text.len());
        read(&text);
    }
}

#[test]
fn what_is_not_whole_is_not_read_back() {
    let text = rendered("nagios", &decided(Judgement::Rejected, false));
    let last = text.trim_end().rfind('\n').unwrap();
    for bad in [
        "",
        "FIXPROOF OK - fine\n",
        "FIXPROOF FINE - fine | a=1\nrun 1\n",
        &text[..=last],
        text.trim_end(),
        &text.replace("\nrun", "\n|run"),
    ] {
        assert!(read_back("nagios", bad.as_bytes()).is_err(), "{bad}");
    }
}
