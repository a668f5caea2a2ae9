//! Steps that are asked whatever happens: after a panic, after the run's deadline, after an interrupt.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::engine::{self, Stop};
use serde_json::json;

use super::suite::{S, Sc, World, expect, scenario, step, steps};

const SECOND: Duration = Duration::from_secs(1);

fn ok() -> super::suite::Expect {
    expect("status", "equals", json!(200))
}

/// A step, then one that cleans up.
fn with_clean_up(id: &str, first: &[&str], clean: &[&str]) -> Sc {
    steps(id, [step(&format!("{id}-first"), first).expect(ok()), clean_up(&format!("{id}-clean"), clean)])
}

fn clean_up(name: &str, play: &[&str]) -> S {
    step(name, play).expect(ok()).always()
}

/// Stops the run after a while.
fn stopped_after(after: Duration) -> Stop {
    let (stopper, stop) = engine::stopper();
    tokio::spawn(async move {
        let clock = Clock::WALL;
        clock.sleep_until(clock.after(clock.now(), after)).await;
        stopper.stop();
    });
    stop
}

/// Which steps came to their own end.
fn finished(world: &World) -> Vec<String> {
    world.script.log().into_iter().filter(|played| played.finished).map(|played| played.id).collect()
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_the_clean_up_is_asked_and_the_panic_is_told() {
    let mut world = World::of([steps(
        "s",
        [
            step("one", &["panic at the disco"]).expect(ok()),
            step("two", &[]).expect(ok()),
            clean_up("clean", &["after 1s"]),
        ],
    )]);
    let ran = world.run().await;
    assert_eq!(ran.why("s"), "errored: harness/internal: step `one`: the probe panicked: at the disco");
    assert_eq!(finished(&world), ["clean"]);
    let attempts = &ran.outcome("s").samples[0].attempts;
    assert_eq!(attempts.iter().map(|a| a.step.as_deref().unwrap()).collect::<Vec<_>>(), ["one", "clean"]);
}

#[tokio::test(start_paused = true)]
async fn a_clean_up_that_panics_lets_the_next_one_be_asked() {
    let mut world = World::of([steps(
        "s",
        [step("one", &[]).expect(ok()), clean_up("clean-1", &["panic mop"]), clean_up("clean-2", &[])],
    )]);
    let ran = world.run().await;
    assert_eq!(ran.why("s"), "errored: harness/internal: step `clean-1`: the probe panicked: mop");
    assert_eq!(finished(&world), ["one", "clean-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_sample_cleans_up_after_every_sample() {
    let mut world = World::of([with_clean_up("s", &["status 200", "panic boo", "after 3s"], &[]).sample(
        6,
        Duration::ZERO,
        3,
    )]);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["errored"]);
    assert_eq!(world.script.starts("s-first").len(), world.script.starts("s-clean").len());
    assert!(finished(&world).iter().filter(|id| *id == "s-clean").count() >= 3);
}

#[tokio::test(start_paused = true)]
async fn after_the_run_s_deadline_there_is_time_to_clean_up() {
    let mut world =
        World::of([with_clean_up("s", &["after 20s"], &["after 4s"]), scenario("other", &["after 20s"])])
            .deadline(10);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["inconclusive", "inconclusive"]);
    assert!(finished(&world).contains(&"s-clean".to_owned()));
    assert_eq!(ran.took, 14.0);
}

#[tokio::test(start_paused = true)]
async fn cleaning_up_after_the_run_s_deadline_takes_no_longer_than_it_may() {
    for (timeout, took) in [(30, 20.0), (3, 13.0)] {
        let first = step("first", &["after 20s"]).expect(ok());
        let clean = clean_up("clean", &["after 25s"]).timeout(SECOND * timeout);
        let ran = World::of([steps("s", [first, clean])]).deadline(10).run().await;
        assert_eq!((ran.verdicts(), ran.took), (vec!["inconclusive"], took));
    }
}

#[tokio::test(start_paused = true)]
async fn samples_beside_the_one_that_the_deadline_cut_clean_up_too() {
    let mut world =
        World::of([with_clean_up("s", &["after 20s"], &["after 1s", "after 3s"]).sample(9, SECOND * 2, 4)])
            .deadline(10);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["inconclusive"]);
    assert_eq!(world.script.starts("s-first").len(), 4);
    assert_eq!(finished(&world).iter().filter(|id| *id == "s-clean").count(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_drops_what_is_asked_and_cleans_up() {
    let mut world = World::of([
        with_clean_up("asking", &["after 20s"], &["after 4s"]),
        with_clean_up("cleaning", &[], &["after 8s"]),
        with_clean_up("sampling", &["after 2s"], &["after 1s"]).sample(30, SECOND, 2),
        with_clean_up("settling", &["status 503"], &[]).settle(60, 20, 0),
        scenario("nothing-to-clean", &["after 60s"]),
        with_clean_up("waiting", &[], &[]).needs("asking"),
    ]);
    let ran = world.run_until(stopped_after(SECOND * 5)).await;
    assert_eq!(ran.verdicts(), ["inconclusive"; 6]);
    assert_eq!(ran.why("asking"), "inconclusive: the run was interrupted before it was decided");
    assert_eq!(ran.took, 9.0);
    let done = finished(&world);
    let count = |id: &str| done.iter().filter(|done| *done == id).count();
    assert_eq!((count("asking-first"), count("asking-clean"), count("cleaning-clean")), (0, 1, 1));
    assert_eq!(world.script.starts("sampling-first").len(), count("sampling-clean"));
    assert_eq!((count("settling-first"), count("settling-clean")), (1, 1));
    assert!(world.script.starts("waiting-clean").is_empty(), "what was not begun leaves nothing to clean up");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_is_not_held_up_by_a_clean_up_that_never_ends() {
    let mut world = World::of([steps(
        "s",
        [
            step("first", &["after 60s"]).expect(ok()),
            clean_up("clean-1", &["hang"]),
            clean_up("clean-2", &["after 9s"]),
        ],
    )
    .timeout(60)]);
    let ran = world.run_until(stopped_after(SECOND * 5)).await;
    assert_eq!((ran.verdicts(), ran.took), (vec!["inconclusive"], 16.0));
}

#[tokio::test(start_paused = true)]
async fn a_clean_up_knows_what_was_captured_before_the_interrupt() {
    let mut world = World::of([steps(
        "s",
        [
            step("create", &["text thread-7"]).capture("thread", "text", None),
            step("use", &["after 60s"]).timeout(SECOND * 60).expect(ok()),
            clean_up("delete", &[]).with("say", json!("{{thread}}")),
            clean_up("delete-other", &[]).with("say", json!("{{thread}}/x")),
        ],
    )]);
    world.run_until(stopped_after(SECOND)).await;
    let said: Vec<String> = world.script.log().into_iter().map(|played| played.said).collect();
    assert_eq!(said, ["", "", "thread-7", "thread-7/x"]);
}

#[tokio::test(start_paused = true)]
async fn a_clean_up_that_fails_is_red_as_ever() {
    let ran = World::of([with_clean_up("s", &[], &["status 500"])]).run().await;
    assert_eq!(ran.why("s"), "failed: content/differs: step `s-clean`: status is 500, wanted equals 200");
}
