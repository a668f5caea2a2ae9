//! Readers that are not ours: the schemas of the real consumers, and the library with which one of them reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use fixproof_core::model::Verdict;
use fixproof_core::report::{JunitProfile, Noncritical};

use super::{PROFILES, WAYS, files, reports};

/// Without the tool the test checks nothing, and says so; where tools are required, that is a failure.
fn is_there(tool: &str, mut command: Command) -> bool {
    let there = command.output().is_ok_and(|out| out.status.success());
    let required = std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_some();
    assert!(there || !required, "{tool} is not installed");
    if !there {
        eprintln!("not checked: {tool} is not installed");
    }
    there
}

fn asked(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The folder with the schemas of the real consumers.
fn schemas() -> PathBuf {
    std::env::var_os("FIXPROOF_JUNIT_XSD")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/junit"), PathBuf::from)
}

/// Validates all files in one call: the schema is read once.
fn validated(schema: &Path, folder: &Path) -> Result<(), String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let out = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .args(files)
        .output()
        .unwrap();
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

#[test]
fn every_file_is_valid_under_its_readers_schemas() {
    if !is_there("xmllint", asked("xmllint", &["--version"])) {
        return;
    }
    for (profile, names) in [
        (JunitProfile::Strict, ["jenkins-junit-10.xsd", "windyroad.xsd"]),
        (JunitProfile::Surefire, ["jenkins-junit-10.xsd", "surefire-3.0.xsd"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut reruns = 0;
        for (number, report) in reports().iter().enumerate() {
            for way in WAYS {
                for (part, xml) in files(report, profile, way).iter().enumerate() {
                    let file = format!("{number}-{}-{part}.xml", way.name());
                    std::fs::write(folder.path().join(file), xml).unwrap();
                    reruns += xml.matches("<flakyFailure").count() + xml.matches("<rerun").count();
                }
            }
        }
        assert_eq!(reruns > 0, profile == JunitProfile::Surefire);
        for schema in names.map(|name| schemas().join(name)) {
            if !schema.is_file() {
                eprintln!("not checked: {} is not there", schema.display());
                continue;
            }
            validated(&schema, folder.path()).unwrap_or_else(|why| panic!("{profile:?}: {why}"));
        }
    }
}

/// Prints what `junitparser`, with which a GitHub reporter reads, makes of files: a line a suite with its counters, and a
/// line a case with what came of it.
const READER: &str = r#"
import sys
from junitparser import JUnitXml
for path in sys.argv[1:]:
    root = JUnitXml.fromfile(path)
    for suite in (root if root._tag == "testsuites" else [root]):
        print("suite", suite.name, suite.tests, suite.failures, suite.errors, suite.skipped)
        for case in suite:
            words = [result._tag for result in case.result if result._tag in ("failure", "error", "skipped")]
            told = all(result.message and result.text for result in case.result)
            print("case", case.classname, case.name, "+".join(words) or "passed", told, case.time >= 0)
"#;

fn read(files: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = asked("/usr/bin/python3", &["-c", READER]);
    for (part, xml) in files.iter().enumerate() {
        let path = folder.path().join(format!("{part}.xml"));
        std::fs::write(&path, xml).unwrap();
        command.arg(path);
    }
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn junitparser_counts_what_the_tally_counts() {
    if !is_there("python3-junitparser", asked("/usr/bin/python3", &["-c", "import junitparser"])) {
        return;
    }
    for report in reports() {
        for profile in PROFILES {
            let all = read(&files(&report, profile, Noncritical::Failure));
            let cases: Vec<&str> = all.lines().filter(|line| line.starts_with("case ")).collect();
            let count = |word: &str| cases.iter().filter(|line| line.contains(&format!(" {word} "))).count();
            let of = |verdicts: &[Verdict]| {
                let sum: u64 = verdicts.iter().map(|verdict| report.tally.of(*verdict)).sum();
                usize::try_from(sum).unwrap()
            };
            let gate = usize::from(all.contains("gate gate failure"));
            assert_eq!(count("passed"), of(&[Verdict::Passed]) + 1 - gate, "{all}");
            assert_eq!(
                count("failure"),
                of(&[Verdict::Failed, Verdict::Blocked, Verdict::Inconclusive]) + gate,
                "{all}"
            );
            assert_eq!(count("error"), of(&[Verdict::Errored]), "{all}");
            assert_eq!(count("skipped"), of(&[Verdict::Skipped]), "{all}");
            assert!(cases.iter().all(|line| line.ends_with(" True True")), "{all}");
            let suites = all.lines().filter(|line| line.starts_with("suite "));
            let tests: usize =
                suites.map(|line| line.split(' ').nth(2).unwrap().parse::<usize>().unwrap()).sum();
            assert_eq!(tests, report.outcomes.len() + 1);
        }
    }
}
