//! A sick host makes times inconclusive, never red or green; what is no time is judged as usual.

use std::time::Duration;

use fixproof::model::{CheckItem, Value};
use serde_json::json;

use super::suite::{Ran, Sc, World, expect, scenario, step, steps};

const SECOND: Duration = Duration::from_secs(1);

/// A scenario that takes so many seconds and may take 10.
fn timed(id: &str, play: &str) -> Sc {
    scenario(id, &[play]).expect(expect("time.total", "at-most", json!("10s")))
}

fn item<'a>(ran: &'a Ran, name: &str) -> &'a CheckItem {
    ran.report.provenance.self_check.items.iter().find(|item| item.name == name).unwrap()
}

fn sick(ran: &Ran) -> Vec<&str> {
    ran.report.provenance.self_check.sick().map(|item| &*item.name).collect()
}

#[tokio::test(start_paused = true)]
async fn a_healthy_host_is_told_and_changes_nothing() {
    let ran = World::of([timed("a", "after 2s"), timed("b", "after 11s")]).run().await;
    assert_eq!(ran.verdicts(), ["passed", "failed"]);
    assert_eq!(sick(&ran), Vec::<&str>::new());
    let names: Vec<&str> = ran.report.provenance.self_check.items.iter().map(|item| &*item.name).collect();
    assert_eq!(names, ["lag", "clocks", "files"]);
    assert!(item(&ran, "lag").sentence.ends_with("; load average 0.5"), "{}", item(&ran, "lag").sentence);
    assert!(ran.outcome("a").samples[0].attempts[0].observation.doubt.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_steps_puts_only_those_times_in_doubt_that_hang_on_it() {
    for (by, expected) in [
        // The machine may have slept: what took 2 s may have taken 12, what took 11 took at least that.
        (10_000, ["inconclusive", "failed", "passed", "passed", "passed"]),
        // The monotonic clock may have leapt: what took 11 s may have taken 1, what took 2 no more than that.
        (-10_000, ["passed", "inconclusive", "passed", "passed", "passed"]),
        // A small step turns round what is near the limit only, and nothing here is.
        (900, ["passed", "failed", "passed", "passed", "passed"]),
        (-900, ["passed", "failed", "passed", "passed", "passed"]),
        // Too small to be one.
        (40, ["passed", "failed", "passed", "passed", "passed"]),
    ] {
        let mut world = World::of([
            timed("short", "after 2s"),
            timed("long", "after 11s"),
            timed("long-in-coming", "status 200").needs("later"),
            scenario("no-time", &["after 2s"]),
            timed("later", "after 0s").needs("no-time"),
        ]);
        world.machine.steps = vec![(SECOND, by)];
        let ran = world.run().await;
        assert_eq!(ran.verdicts(), expected, "{by}");
        assert_eq!(sick(&ran), if by.abs() < 50 { vec![] } else { vec!["clocks"] });
    }
}

#[tokio::test(start_paused = true)]
async fn the_reason_says_what_stepped_and_what_else_it_spoils() {
    let mut world = World::of([timed("short", "after 2s")]);
    world.machine.steps = vec![(SECOND, 3_600_000)];
    let ran = world.run().await;
    assert_eq!(
        ran.why("short"),
        "inconclusive: the harness's own host makes this time doubtful: the wall clock moved 1h ahead of the monotonic clock during the observation"
    );
    let clocks = item(&ran, "clocks");
    assert_eq!((&clocks.measured, clocks.healthy), (&Value::Duration(SECOND * 3_600), false));
    assert!(clocks.sentence.contains("token lifetimes may be wrong"), "{}", clocks.sentence);
}

#[tokio::test(start_paused = true)]
async fn a_step_between_two_scenarios_is_told_and_spoils_none() {
    let mut world = World::of([
        timed("a", "after 2s"),
        scenario("gap", &["after 3s"]).needs("a"),
        timed("b", "after 2s").needs("gap"),
    ]);
    world.machine.steps = vec![(SECOND * 3, -60_000)];
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["passed"; 3]);
    assert_eq!(sick(&ran), ["clocks"]);
}

#[tokio::test(start_paused = true)]
async fn statistics_of_times_and_the_share_of_samples_are_in_doubt_with_their_samples() {
    let sampled = |id: &str, that: &str, operator: &'static str, wanted: serde_json::Value| {
        scenario(id, &["after 2s"]).expect(expect(that, operator, wanted)).sample(5, SECOND * 3, 1)
    };
    let mut world = World::of([
        sampled("p95", "time.total.p95", "at-most", json!("10s")),
        sampled("met", "samples.met", "at-least", json!("100%")).expect(expect(
            "time.total",
            "at-most",
            json!("10s"),
        )),
        sampled("most-met", "samples.met", "at-least", json!("80%")).expect(expect(
            "time.total",
            "at-most",
            json!("10s"),
        )),
        sampled("number", "status.max", "equals", json!(200)),
    ]);
    world.machine.steps = vec![(SECOND * 4, 60_000)];
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["inconclusive", "inconclusive", "passed", "passed"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_hangs_on_the_clocks_of_the_whole_wait() {
    let run = async |scenario: Sc, by: i64| {
        let mut world = World::of([scenario]);
        // Between two answers: no observation sees it.
        world.machine.steps = vec![(Duration::from_millis(2_500), by)];
        world.run().await.verdicts()[0]
    };
    let ready =
        |within, hold| scenario("ready", &["status 503", "status 503", "status 200"]).settle(within, 2, hold);
    let never = || scenario("never", &["status 503"]).settle(20, 2, 0);
    assert_eq!(run(ready(20, 0), 0).await, "passed");
    assert_eq!(run(ready(20, 0), 10_000).await, "passed", "14 s are still within 20");
    assert_eq!(run(ready(20, 0), 30_000).await, "inconclusive");
    assert_eq!(run(ready(20, 0), -30_000).await, "passed", "sooner is no worse");
    assert_eq!(run(ready(20, 6), -30_000).await, "inconclusive", "it may have held for less");
    assert_eq!(run(never(), 0).await, "failed");
    assert_eq!(run(never(), 30_000).await, "failed", "it had more than its time");
    assert_eq!(run(never(), -30_000).await, "inconclusive", "it may not have had its time");
    let after = |by| run(ready(60, 0).expect(expect("settle.after", "at-most", json!("10s"))), by);
    assert_eq!(after(3_000).await, "passed");
    assert_eq!(after(30_000).await, "inconclusive");
}

#[tokio::test(start_paused = true)]
async fn a_limit_can_be_another() {
    let mut world = World::of([timed("near", "after 9500ms")]);
    world.machine.steps = vec![(SECOND, 1_000)];
    assert_eq!(world.run().await.verdicts(), ["inconclusive"]);
    world.limits_of_host.step = SECOND;
    let ran = world.run().await;
    assert_eq!((ran.verdicts(), sick(&ran)), (vec!["passed"], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_burst_for_which_there_are_too_few_files_is_our_own_limit_and_asks_nothing() {
    let mut world = World::of([
        scenario("storm", &[]).burst(50),
        scenario("many", &[]).sample(60, Duration::ZERO, 30),
        scenario("one", &[]),
        scenario("after-the-storm", &[]).needs("storm"),
    ]);
    world.machine.files = Some((10, Some(20)));
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["errored", "errored", "passed", "blocked"]);
    assert_eq!(
        ran.why("storm"),
        "errored: harness/limit: 50 concurrent observations need at least 50 open files, but only 10 of the limit of 20 are free; raise `ulimit -n`"
    );
    assert_eq!(world.script.log().len(), 1);
    assert_eq!(sick(&ran), ["files"]);
    let files = item(&ran, "files");
    assert_eq!((&files.measured, &files.limit), (&Value::count(20), &Value::count(10 + 50 * 8 + 32)));
    world.machine.files = Some((10, Some(60)));
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["passed"; 4], "what may just fit is tried");
    assert_eq!(sick(&ran), ["files"]);
    world.machine.files = Some((10, None));
    assert_eq!(sick(&world.run().await), Vec::<&str>::new());
    world.machine.files = None;
    assert_eq!(world.run().await.verdicts(), ["passed"; 4]);
}

#[tokio::test(start_paused = true)]
async fn a_step_of_several_is_in_doubt_alone() {
    let seen = |name: &str, wanted: &str| {
        step(name, &["after 2s"]).expect(expect("time.total", "at-most", json!(wanted)))
    };
    let mut world = World::of([steps("s", [seen("one", "10s"), seen("two", "10s").always()])]);
    world.machine.steps = vec![(SECOND * 3, 60_000)];
    let ran = world.run().await;
    let doubts: Vec<bool> =
        ran.outcome("s").samples[0].attempts.iter().map(|a| a.observation.doubt.is_some()).collect();
    assert_eq!((doubts, ran.verdicts()), (vec![false, true], vec!["inconclusive"]));
}
