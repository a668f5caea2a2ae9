//! Both bodies of a notice against the report that holds the worst of everything, and against a huge one.

use fixproof_core::model::{FoldedCause, Judgement, Outcome, Rejection, Report, Simulated, Verdict};
use fixproof_core::report::sanitize::sanitize;
use fixproof_core::report::sanitize::short;
use fixproof_core::report::{FormatOptions, format_named, notice_schema};
use serde_json::Value;

use crate::every_format::{DECIDED, assert_snapshot, conforms};
use crate::fixtures::{CANARY, decided, report};

fn rendered(format: &str, report: &Report) -> (String, Value) {
    let [one] =
        format_named(format).unwrap().render(report, &FormatOptions::default()).unwrap().try_into().unwrap();
    let text = String::from_utf8(one.bytes).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Ten thousand red scenarios, each with a cause of its own, and a reason each.
fn huge() -> Report {
    let worst = decided(Judgement::Rejected, false);
    let red: Vec<Outcome> =
        worst.outcomes.iter().filter(|o| o.verdict == Verdict::Failed).take(2).cloned().collect();
    let mut many = report(red.iter().cycle().take(10_000).cloned().collect(), Judgement::Rejected, false);
    let cause = FoldedCause { detail: "<&>`@here` ".repeat(100), ..worst.causes[0].clone() };
    many.causes = vec![cause; 10_000];
    let critical = Rejection::Critical { scenario: "&".repeat(5000).into(), verdict: Verdict::Failed };
    many.decision.rejections = vec![critical; 10_000];
    many
}

#[test]
fn what_is_made_visible_counts() {
    assert_eq!(short("\u{1b}\u{1b}\u{1b}", 10), "\\u{1b}\\u{…");
    assert_eq!(short(&"x".repeat(400), 300).chars().count(), 300);
    assert_eq!(short("short", 5), "short");
}

#[test]
fn notices_look_as_they_did() {
    let worst = decided(Judgement::Rejected, true);
    for format in ["notice", "slack"] {
        assert_snapshot(&format!("{format}.json"), &pretty(&rendered(format, &worst).1));
    }
}

#[test]
fn a_notice_keeps_to_its_schema() {
    let schema = notice_schema();
    let reports = DECIDED.iter().map(|(_, judgement, partial)| decided(*judgement, *partial)).chain([huge()]);
    for report in reports {
        let (_, notice) = rendered("notice", &report);
        let mut wrong = Vec::new();
        conforms(&notice, &schema, &schema, "$", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn only_a_whole_run_against_a_real_environment_signs_off() {
    let real = |judgement, partial| {
        let mut report = decided(judgement, partial);
        report.provenance.simulated = None;
        report
    };
    let says = |report: &Report| {
        let (_, notice) = rendered("notice", report);
        (notice["verdict"].as_str().unwrap().to_owned(), notice["signs_off"] == true)
    };
    assert_eq!(says(&real(Judgement::Approved, false)), ("approved".to_owned(), true));
    assert_eq!(says(&decided(Judgement::Approved, false)), ("approved".to_owned(), false));
    assert_eq!(says(&real(Judgement::Approved, true)), ("partial".to_owned(), false));
    let mut replayed = real(Judgement::Approved, false);
    replayed.provenance.replay =
        Some(fixproof_core::model::Replay { run: "r".to_owned(), suite_hash: String::new() });
    assert_eq!(says(&replayed), ("replayed".to_owned(), false));
    for judgement in [Judgement::Rejected, Judgement::NothingJudged, Judgement::Interrupted] {
        assert!(!says(&real(judgement, false)).1, "{judgement:?}");
    }
}

#[test]
fn a_chat_reads_simulated_beside_the_word() {
    let mut report = decided(Judgement::Approved, false);
    let head = |report: &Report| rendered("slack", report).1["blocks"][0]["text"]["text"].clone();
    assert_eq!(head(&report), "APPROVED (simulated staging): staging");
    report.provenance.simulated = None;
    assert_eq!(head(&report), "APPROVED: staging");
}

#[test]
fn the_critical_ones_are_named_first() {
    let (_, notice) = rendered("notice", &decided(Judgement::Rejected, false));
    assert_eq!(notice["red"][0]["id"], "db-connect");
    let verdicts: Vec<&str> =
        notice["red"].as_array().unwrap().iter().map(|red| red["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts.last(), Some(&"blocked"), "{verdicts:?}");
}

#[test]
fn every_size_is_bounded_whatever_the_run() {
    let huge = huge();
    let (text, notice) = rendered("notice", &huge);
    assert!(text.len() < 64_000, "{} bytes", text.len());
    for list in ["reasons", "causes", "red"] {
        assert_eq!(notice[list].as_array().unwrap().len(), 20, "{list}");
        assert_eq!(notice["left_out"][list], 9_980, "{list}");
    }
    let too_long = |detail: &Value| detail.as_str().unwrap().chars().count() > 300;
    assert!(!notice["causes"].as_array().unwrap().iter().any(|cause| too_long(&cause["detail"])));
    let (text, slack) = rendered("slack", &huge);
    assert!(text.len() < 80_000, "{} bytes", text.len());
    let blocks = slack["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && blocks.len() > 3, "{} blocks", blocks.len());
    assert!(slack["text"].as_str().unwrap().chars().count() <= 4_000);
    for block in blocks {
        let (text, limit) = match block["type"].as_str().unwrap() {
            "header" => (&block["text"], 150),
            "section" => (&block["text"], 3_000),
            _ => (&block["elements"][0], 3_000),
        };
        assert!(text["text"].as_str().unwrap().chars().count() <= limit, "{block}");
    }
}

#[test]
fn nothing_foreign_is_obeyed_by_whoever_shows_it() {
    for (_, judgement, partial) in DECIDED {
        let mut report = decided(judgement, partial);
        let hostile = "<!channel> @here `code` *bold* <https://evil.invalid|a> &amp; \u{1b}[2J".to_owned();
        report.provenance.target.clone_from(&hostile);
        report.provenance.run.clone_from(&hostile);
        report.causes[0].detail.clone_from(&hostile);
        report.causes[0].component = hostile.as_str().into();
        report.provenance.simulated = Some(Simulated { profile: hostile.clone(), speed: 1.0 });
        for format in ["notice", "slack"] {
            let (text, _) = rendered(format, &report);
            assert!(!text.contains(CANARY));
            assert_eq!(sanitize(text.trim_end()), text.trim_end());
        }
        let (_, slack) = rendered("slack", &report);
        let blocks = slack["blocks"].as_array().unwrap();
        let header = blocks[0]["text"]["text"].as_str().unwrap();
        assert!(blocks[0]["text"]["type"] == "plain_text" && !header.contains(['<', '>']), "{header}");
        let mut texts = vec![slack["text"].as_str().unwrap()];
        texts.extend(blocks.iter().skip(1).filter_map(|block| block["text"]["text"].as_str()));
        texts.push(blocks.last().unwrap()["elements"][0]["text"].as_str().unwrap());
        for text in texts {
            assert!(!text.contains(['<', '>']), "{text}");
            assert_eq!(text.matches('`').count() % 2, 0, "{text}");
            // What is foreign stands between backticks; outside of them are only words of our own.
            let own: String = text.split('`').step_by(2).collect();
            assert!(!["@", "://", "bold", "evil"].iter().any(|word| own.contains(word)), "{own}");
        }
    }
}
