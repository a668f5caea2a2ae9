//! How a run ends: deadlines, interrupts, panics, probes that never come home.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::engine;
use fixproof::model::{Judgement, Verdict};
use serde_json::json;

use super::suite::{Sc, World, expect, scenario, step, steps};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_probe_that_panics_is_errored_with_its_message_and_takes_nobody_along() {
    let mut world = World::of([scenario("a", &["panic at the disco"]), scenario("b", &["after 1s"])]);
    let ran = world.run().await;
    assert_eq!(ran.why("a"), "errored: harness/internal: the probe panicked: at the disco");
    assert_eq!(ran.verdict("b"), Verdict::Passed);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_sample_makes_the_scenario_errored() {
    let sampled = scenario("a", &["status 200", "panic boo"])
        .expect(expect("samples.met", "at-least", json!("60%")))
        .sample(5, SECOND, 2);
    let ran = World::of([sampled, scenario("storm", &["panic boo"]).burst(3)]).run().await;
    assert_eq!(ran.verdicts(), ["errored", "errored"]);
    assert!(ran.why("storm").ends_with("the probe panicked: boo"));
}

#[tokio::test(start_paused = true)]
async fn when_every_probe_panics_the_fix_is_rejected_and_all_are_told() {
    let ran = World::of((0..7).map(|i| scenario(&format!("s{i}"), &["panic x"]))).run().await;
    assert_eq!(ran.report.decision.judgement, Judgement::Rejected);
    assert_eq!(ran.report.tally.errored, 7);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_never_returns_is_given_up_after_its_deadline_and_its_grace() {
    let ran = World::of([scenario("a", &["hang"]).timeout(3)]).run().await;
    assert_eq!(ran.why("a"), "errored: harness/internal: the probe did not return by its deadline");
    assert_eq!(ran.took, 5.0);
    let ran = World::of([scenario("a", &["hang"]).timeout(3).sample(2, SECOND, 2)]).run().await;
    assert_eq!(ran.verdicts(), ["errored"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_never_returns_is_our_own_fault_also_at_the_end_of_the_run() {
    let ran = World::of([scenario("a", &["hang"]).timeout(30)]).deadline(3).run().await;
    assert_eq!((ran.verdicts(), ran.took), (vec!["errored"], 5.0));
}

#[tokio::test(start_paused = true)]
async fn what_the_run_s_deadline_cuts_is_not_blamed_on_the_target() {
    let plans: [Sc; 6] = [
        scenario("once", &["after 20s"]),
        scenario("sampled", &["after 4s"]).sample(9, SECOND, 1),
        scenario("first-sample", &["after 20s"]).sample(9, SECOND, 1),
        scenario("share", &["status 500", "after 1s"])
            .expect(expect("samples.met", "at-least", json!("80%")))
            .sample(20, SECOND, 1),
        scenario("settling", &["status 503"]).settle(60, 2, 3),
        scenario("holding", &["status 200"]).settle(60, 2, 30),
    ];
    let mut world = World::of(plans).deadline(10);
    let ran = world.run().await;
    let deadline = "inconclusive: the run's deadline came before it was decided";
    for id in ["once", "sampled", "first-sample", "share", "settling", "holding"] {
        assert_eq!(ran.why(id), deadline, "{id}");
    }
    assert_eq!(ran.took, 10.0);
    assert_eq!(ran.report.decision.judgement, Judgement::Rejected);
    assert!(!ran.outcome("once").samples.is_empty(), "what was seen of it is kept");
}

#[tokio::test(start_paused = true)]
async fn what_was_broken_before_the_deadline_stays_broken() {
    let ran =
        World::of([
            scenario("sampled", &["status 200", "status 500"]).sample(9, SECOND * 4, 1),
            scenario("many", &["status 500", "after 20s"]).sample(3, SECOND, 2),
            scenario("hopeless", &["status 500"])
                .expect(expect("samples.met", "at-least", json!("90%")))
                .sample(20, SECOND * 3, 1),
            steps(
                "stepped",
                [
                    step("one", &["status 500"]).expect(expect("status", "equals", json!(200))),
                    step("clean", &["after 20s"]).expect(expect("status", "equals", json!(200))).always(),
                ],
            ),
        ])
        .deadline(10)
        .run()
        .await;
    assert_eq!(ran.verdicts(), ["failed"; 4], "{}", ran.why("stepped"));
    assert!(ran.why("stepped").contains("step `one`: status is 500"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_within_the_deadline_counts_although_its_own_timeout_is_longer() {
    let ran = World::of([scenario("a", &["after 9s"]), scenario("b", &["refused"])]).deadline(10).run().await;
    assert_eq!(ran.verdicts(), ["passed", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_next_sample_does_not_outlive_the_run() {
    let hour = Duration::from_secs(3_600);
    let ran = World::of([
        scenario("sampled", &[]).sample(9, hour, 1),
        scenario("settling", &["status 503"]).settle(36_000, 3_600, 0),
    ])
    .deadline(10)
    .run()
    .await;
    assert_eq!(ran.took, 10.0);
    assert_eq!(ran.verdicts(), ["inconclusive", "inconclusive"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_begun_by_the_deadline_is_inconclusive_and_what_needs_it_blocked() {
    let mut world = World::of([
        scenario("a", &["after 8s"]),
        scenario("b", &["after 8s"]),
        scenario("c", &["after 8s"]),
        scenario("d", &[]).needs("c"),
    ])
    .parallel(1)
    .deadline(10);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["passed", "inconclusive", "inconclusive", "blocked"]);
    assert!(world.script.starts("c").is_empty());
    let ran = World::of([scenario("a", &[])]).deadline(0).run().await;
    assert_eq!(ran.verdicts(), ["inconclusive"]);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_run_at_once_and_everything_has_one_verdict() {
    let mut world = World::of([
        scenario("done", &["after 1s"]),
        scenario("red", &["status 500"]),
        scenario("going", &["after 20s"]),
        scenario("sampling", &["after 1s"]).sample(30, SECOND, 1),
        scenario("waiting", &[]).needs("going"),
        scenario("alone", &[]).alone(),
        scenario("left", &[]).skip("x"),
    ]);
    let (stopper, stop) = engine::stopper();
    tokio::spawn(async move {
        let clock = Clock::WALL;
        clock.sleep_until(clock.after(clock.now(), SECOND * 5)).await;
        stopper.stop();
    });
    let ran = world.run_until(stop).await;
    assert_eq!(ran.took, 5.0);
    let inconclusive = "inconclusive";
    assert_eq!(
        ran.verdicts(),
        ["passed", "failed", inconclusive, inconclusive, inconclusive, inconclusive, "skipped"]
    );
    assert_eq!(ran.why("going"), "inconclusive: the run was interrupted before it was decided");
    assert_eq!(ran.report.decision.judgement, Judgement::Interrupted);
    assert!(ran.report.provenance.interrupted);
    assert_eq!(ran.events.iter().filter(|e| e.starts_with("finish")).count(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_before_the_start_asks_nothing() {
    let (stopper, stop) = engine::stopper();
    stopper.stop();
    let mut world = World::of([scenario("a", &["after 1s"])]);
    let ran = world.run_until(stop).await;
    assert_eq!(ran.report.decision.judgement, Judgement::Interrupted);
    assert_eq!(ran.verdicts(), ["inconclusive"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_left_to_interrupt_is_no_interrupt() {
    let (stopper, stop) = engine::stopper();
    drop(stopper);
    let ran = World::of([scenario("a", &["after 1s"])]).run_until(stop).await;
    assert_eq!(ran.report.decision.judgement, Judgement::Approved);
}

#[tokio::test(start_paused = true)]
async fn an_early_end_still_lets_clean_up_steps_run() {
    let mut world = World::of([steps(
        "s",
        [
            step("one", &["status 500", "after 2s"]).expect(expect("status", "equals", json!(200))),
            step("clean", &[]).expect(expect("status", "equals", json!(200))).always(),
        ],
    )
    .sample(10, Duration::ZERO, 3)]);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["failed"]);
    let count = |id| world.script.starts(id).len();
    assert_eq!(count("one"), count("clean"));
}
