//! What Perl's own parser of TAP makes of it, and `prove`.

use fixproof_core::model::Judgement;
use fixproof_core::report::sanitize::one_line;

use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided};
use crate::hostile::{hostile, many, read_by, rendered, spotless};
use crate::readers::read_back;

/// Tells what the parser read: `number|ok|directive|description`, and of each block of YAML its message.
const READER: &str = r#"
use strict; use warnings; use TAP::Parser;
binmode(STDOUT, ":utf8"); binmode(STDIN, ":utf8");
my $parser = TAP::Parser->new({ tap => do { local $/; <STDIN> } });
while (my $result = $parser->next) {
    if ($result->is_test) {
        my $ok = $result->is_actual_ok ? "ok" : "not ok";
        print join("|", "test", $result->number, $ok, $result->directive, $result->description), "\n";
    } elsif ($result->is_yaml) {
        my $data = $result->data;
        print join("|", "yaml", $data->{verdict}, $data->{message} // "", $data->{remedy} // ""), "\n";
    } elsif (!$result->is_plan && !$result->is_version && !$result->is_comment) {
        print "unknown|", $result->as_string, "\n";
    }
}
print "errors|", join("; ", $parser->parse_errors), "\n";
print "planned|", $parser->tests_planned, "|run|", $parser->tests_run, "\n";
"#;

fn read(tap: &str) -> Option<Vec<String>> {
    let told = read_by("perl", &["-e", READER], "perl", tap)?;
    Some(told.lines().map(str::to_owned).collect())
}

#[test]
fn it_looks_as_it_did() {
    assert_snapshot("report.tap", &rendered("tap", &decided(Judgement::Rejected, true)));
}

#[test]
fn perls_parser_reads_every_point_of_the_most_hostile_report() {
    for report in [decided(Judgement::Rejected, false), hostile()] {
        let text = rendered("tap", &report);
        assert!(!text.contains(CANARY));
        let Some(lines) = read(&text) else { return };
        assert!(lines.contains(&"errors|".to_owned()), "{lines:#?}");
        assert!(lines.contains(&"planned|12|run|12".to_owned()), "{lines:#?}");
        assert!(!lines.iter().any(|line| line.starts_with("unknown")), "{lines:#?}");
        let points: Vec<&String> = lines.iter().filter(|line| line.starts_with("test|")).collect();
        let ok = points.iter().filter(|line| line.contains("|ok|")).count();
        // One passed, one was left out; the rest and the gate are not ok.
        assert_eq!((points.len(), ok), (12, 2), "{points:#?}");
        assert_eq!(points.iter().filter(|line| line.contains("|SKIP|")).count(), 1, "{points:#?}");
        assert_eq!(points[11], "test|12|not ok||- gate");
    }
}

#[test]
fn what_is_said_arrives_as_it_was() {
    let report = hostile();
    let Some(lines) = read(&rendered("tap", &report)) else { return };
    let remedy = one_line(report.outcomes[1].scenario.remedy.as_deref().unwrap(), 2000);
    let verdicts: Vec<&str> =
        lines.iter().filter_map(|line| line.strip_prefix("yaml|")?.split('|').next()).collect();
    // Neither what was left out nor what it says forges a block.
    assert_eq!(verdicts.len(), 11);
    let told =
        lines.iter().filter(|line| line.starts_with("yaml|failed|") && line.ends_with(&remedy)).count();
    assert_eq!(told, 3, "{remedy}\n{lines:#?}");
}

#[test]
fn prove_agrees_with_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    for (report, passes) in
        [(spotless(), true), (hostile(), false), (decided(Judgement::Interrupted, false), false)]
    {
        let file = folder.path().join("report.tap");
        std::fs::write(&file, rendered("tap", &report)).unwrap();
        let Ok(out) = std::process::Command::new("prove").args(["-e", "cat"]).arg(&file).output() else {
            return crate::hostile::missing("prove", "perl");
        };
        let said = String::from_utf8_lossy(&out.stdout);
        assert_eq!(out.status.success(), passes, "{said}{}", String::from_utf8_lossy(&out.stderr));
        assert!(said.contains(if passes { "Result: PASS" } else { "Result: FAIL" }), "{said}");
        assert!(!said.contains("Parse errors"), "{said}");
    }
}

#[test]
fn nothing_judged_is_one_point_that_is_not_ok() {
    let empty = crate::fixtures::report(Vec::new(), Judgement::NothingJudged, false);
    let text = rendered("tap", &empty);
    assert!(text.starts_with("TAP version 13\n1..1\n") && text.contains("\nnot ok 1 - gate\n"), "{text}");
}

#[test]
fn ten_thousand_are_numbered_to_the_last() {
    let text = rendered("tap", &many());
    assert!(text.contains("\nnot ok 10001 - gate\n"));
    assert!(text.len() < 100_000_000, "{}", text.len());
}

#[test]
fn what_is_not_whole_is_not_read_back() {
    let text = rendered("tap", &decided(Judgement::Rejected, false));
    for bad in [
        "".to_owned(),
        "TAP version 13\n".to_owned(),
        "1..0\n".to_owned(),
        text.replace("\nok 1 ", "\nok 2 "),
        text.replace("1..12", "1..13"),
        text.replacen("  ...\n", "", 1),
        text.replace("not ok 12 - gate", "forged"),
        text.trim_end().to_owned(),
    ] {
        assert!(read_back("tap", bad.as_bytes()).is_err(), "{bad:.200}");
    }
}
