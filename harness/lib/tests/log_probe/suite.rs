//! Whole suites with a log in them: what is refused before anything is read, and what the verdict is.

use std::path::Path;

use fixproof::engine::{self, Event, Identity, Overlay, Selection, plan, stopper};
use fixproof::load::load;
use fixproof::model::{Code, InvalidInput, Outcome, Reason, Report, Undecided, Verdict};
use fixproof::probe::PROBES;

/// A folder with a suite, a log `x.log` and one scenario.
pub(crate) fn folder(log: &str, with: &str, expect: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("suite.toml", "[gate]\nthreshold = \"80%\"\n");
    write("targets/t.toml", "name = \"t\"\n[component.backend]\nurl = \"http://x.test\"\n");
    write("x.log", log);
    write(
        "s.toml",
        &format!(
            "component = \"backend\"\n[[scenario]]\nid = \"a-log\"\ntitle = \"A log\"\nprobe = \"log\"\nwith = {{ {with} }}\nexpect = [ {expect} ]\n"
        ),
    );
    folder
}

fn planned(root: &Path) -> Result<engine::Plan, InvalidInput> {
    let vocabulary: Vec<_> = PROBES.iter().map(|kind| kind.spec()).collect();
    let loaded = load(root, Some("t"), &vocabulary, time::macros::date!(2026 - 01 - 01));
    plan(
        &loaded.unwrap(),
        Overlay::default(),
        &Selection::default(),
        Identity::named("fixproof test"),
        PROBES,
    )
}

pub(crate) async fn report(root: &Path) -> Report {
    let plan = planned(root).unwrap_or_else(|invalid| unreachable!("{invalid}"));
    let (_stopper, stop) = stopper();
    engine::run(plan, &mut |_: &Event<'_>| {}, stop).await
}

async fn outcome(log: &str, with: &str, expect: &str) -> Outcome {
    let folder = folder(log, &format!("file = 'x.log', {with}"), expect);
    report(folder.path()).await.outcomes[0].clone()
}

const NONE: &str = r#"{ that = "count", at-most = 0 }"#;
const SOME: &str = r#"{ that = "entries", at-least = 1 }"#;

#[test]
fn absence_in_a_log_that_nobody_wrote_to_is_refused_as_proof() {
    let refused = |expect: &str| {
        let folder = folder("", "file = 'x.log', pattern = 'exit'", expect);
        let problems = planned(folder.path()).map_or_else(|invalid| invalid.problems, |_| Vec::new());
        problems.iter().map(|problem| problem.code).collect::<Vec<Code>>()
    };
    let nothing = [Code::ProvesNothing];
    assert_eq!(refused(NONE), nothing);
    assert_eq!(refused(r#"{ that = "count", equals = 0 }"#), nothing);
    assert_eq!(refused(r#"{ that = "count", at-most = 3 }"#), nothing);
    assert_eq!(refused(r#"{ that = "last", exists = false }"#), nothing);
    assert_eq!(refused(r#"{ that = "matches", is-empty = true }"#), nothing);
    assert_eq!(refused(&format!("{NONE}, {{ that = \"entries\", at-least = 0 }}")), nothing);
    assert_eq!(
        refused(&format!("{NONE}, {{ that = \"entries\", at-least = 1, severity = \"warn\" }}")),
        nothing
    );
    assert_eq!(refused(&format!("{NONE}, {SOME}")), []);
    assert_eq!(refused(r#"{ that = "count", at-least = 1 }"#), []);
}

#[tokio::test]
async fn absence_is_green_in_a_log_that_was_written_and_red_in_a_silent_one() {
    let expect = format!("{NONE}, {SOME}");
    let with = "pattern = 'exit'";
    assert_eq!(outcome("all is well\n", with, &expect).await.verdict, Verdict::Passed);
    assert_eq!(outcome("", with, &expect).await.verdict, Verdict::Failed);
    assert_eq!(outcome("exit(3)\n", with, &expect).await.verdict, Verdict::Failed);
}

#[tokio::test]
async fn absence_in_a_part_is_inconclusive_and_presence_in_a_part_decides() {
    let log = "all is well\n".repeat(20);
    let expect = format!("{NONE}, {SOME}");
    let part = outcome(&log, "pattern = 'exit', limit = 10", &expect).await;
    assert_eq!(part.verdict, Verdict::Inconclusive);
    assert_eq!(part.reason, Reason::Inconclusive(Undecided::Truncated { read: 10 }));
    let seen = part.findings[0].seen_text();
    assert_eq!(seen, "at least 0 (of 10 entries that were read, and there are more)");
    let broken = outcome(&log, "pattern = 'well', limit = 10", &expect).await;
    assert_eq!(broken.verdict, Verdict::Failed);
    let enough = outcome(&log, "pattern = 'well', limit = 10", r#"{ that = "count", at-least = 10 }"#).await;
    assert_eq!(enough.verdict, Verdict::Passed);
}

#[tokio::test]
async fn what_a_group_says_is_compared_with_its_unit() {
    let log = "PHASE COMPLETED: DATABASE (2.400s)\n";
    let with = r"pattern = '\((?P<took>[0-9.]+)s\)', types = { took = 'seconds' }";
    let within = |limit: &str| format!(r#"{{ that = "duration.took.max", at-most = "{limit}" }}"#);
    assert_eq!(outcome(log, with, &within("30s")).await.verdict, Verdict::Passed);
    assert_eq!(outcome(log, with, &within("2s")).await.verdict, Verdict::Failed);
    // Where nothing was said there is no longest.
    assert_eq!(outcome("ready\n", with, &within("30s")).await.verdict, Verdict::Failed);
}

#[test]
fn the_example_is_a_suite_without_a_mistake() {
    let folder = folder("", "file = 'x.log'", SOME);
    let example = fixproof::probe::probe_named("log").unwrap().spec().example;
    std::fs::write(folder.path().join("s.toml"), example).unwrap();
    let plan = planned(folder.path());
    assert!(plan.is_ok(), "{plan:?}");
}
