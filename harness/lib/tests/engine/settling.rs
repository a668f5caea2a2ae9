//! Eventually, and then still.

use serde_json::json;

use super::suite::{Ran, Sc, World, expect, scenario};

async fn ran(scenario: Sc) -> (Ran, Vec<f64>) {
    let mut world = World::of([scenario]);
    let ran = world.run().await;
    let starts = world.script.starts("s");
    (ran, starts)
}

#[tokio::test(start_paused = true)]
async fn it_asks_until_it_holds_and_then_for_so_long_still() {
    let after = expect("settle.after", "within", json!(["4s", "4s"]));
    let (ran, starts) =
        ran(scenario("s", &["refused", "status 503", "status 200"]).expect(after).settle(60, 2, 5)).await;
    assert_eq!(starts, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0], "held at 4 s, still at 9 s or later");
    assert_eq!(ran.why("s"), "passed");
    assert_eq!(ran.took, 10.0);
    assert_eq!(ran.outcome("s").samples.len(), 6, "every attempt is kept");
    assert_eq!(ran.outcome("s").planned_samples, None);
}

#[tokio::test(start_paused = true)]
async fn it_holds_from_the_end_of_the_first_good_answer() {
    let after = |s: &str| expect("settle.after", "within", json!([s, s]));
    let (ran_, _) =
        ran(scenario("s", &["refused", "after 1500ms"]).expect(after("3500ms")).settle(60, 2, 0)).await;
    assert_eq!(ran_.why("s"), "passed");
    let (ran_, _) =
        ran(scenario("s", &["refused", "after 1500ms"]).expect(after("2s")).settle(60, 2, 0)).await;
    assert_eq!(ran_.why("s"), "failed: content/differs: settle.after is 3.5s, wanted within 2s and 2s");
}

#[tokio::test(start_paused = true)]
async fn a_drop_while_it_should_hold_begins_anew() {
    let plays = ["status 200", "status 200", "status 500", "status 200"];
    let after = expect("settle.after", "within", json!(["3s", "3s"]));
    let (ran, starts) = ran(scenario("s", &plays).expect(after).settle(10, 1, 4)).await;
    assert_eq!(ran.why("s"), "passed");
    assert_eq!(starts, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
}

#[tokio::test(start_paused = true)]
async fn a_drop_after_its_time_is_red() {
    let plays = ["status 200", "status 200", "status 200", "status 500", "status 200"];
    let (ran, starts) = ran(scenario("s", &plays).settle(2, 1, 30)).await;
    assert!(
        ran.why("s")
            .starts_with("failed: content/differs: not settled within 2s; attempt 4 of 4: status is 500"),
        "{}",
        ran.why("s")
    );
    assert_eq!(starts.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_never_settles_is_red_when_its_time_is_over() {
    let (ran, starts) = ran(scenario("s", &["status 503"]).settle(10, 4, 3)).await;
    assert!(
        ran.why("s")
            .starts_with("failed: content/differs: not settled within 10s; attempt 4 of 4: status is 503"),
        "{}",
        ran.why("s")
    );
    assert_eq!(starts, [0.0, 4.0, 8.0, 12.0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_holds_only_after_its_time_is_red() {
    let (ran_, _) = ran(scenario("s", &["after 5s"]).settle(2, 1, 0)).await;
    assert_eq!(ran_.why("s"), "failed: content/differs: it held only after 5s, wanted within 2s");
    let (ran_, _) = ran(scenario("s", &["status 503", "after 5s"]).settle(2, 1, 0)).await;
    assert_eq!(ran_.verdicts(), ["failed"]);
    let (ran_, _) = ran(scenario("s", &["after 1s"]).settle(0, 1, 0)).await;
    assert_eq!(ran_.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn holding_still_may_go_beyond_the_time_it_must_first_hold_in() {
    let (ran, starts) = ran(scenario("s", &[]).settle(2, 1, 5)).await;
    assert_eq!((ran.verdicts(), starts.len()), (vec!["passed"], 6));
}

#[tokio::test(start_paused = true)]
async fn a_share_of_met_samples_does_not_stand_in_for_settling() {
    let share = expect("samples.met", "at-least", json!("1%"));
    let (ran, _) = ran(scenario("s", &["status 200", "status 503"]).expect(share).settle(10, 1, 5)).await;
    assert_eq!(ran.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_harness_that_failed_on_the_way_makes_it_errored() {
    let (ran, _) = ran(scenario("s", &["limit", "status 200"]).settle(10, 1, 2)).await;
    assert_eq!(ran.verdicts(), ["errored"]);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_all_attempts_is_told_by_what_the_lost_ones_ran_into() {
    let plays = ["refused", "refused", "took 1s"];
    let mean = expect("time.total.mean", "at-most", json!("5s"));
    let (ran, _) = ran(scenario("s", &plays).expect(mean).settle(60, 2, 2)).await;
    let why = ran.why("s");
    assert!(why.starts_with("failed: connect/refused: time.total.mean is not available"), "{why}");
    assert!(why.ends_with("; 2 of 2 without it: connection refused"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn when_it_settled_is_as_undecided_as_the_last_attempt() {
    let plays = ["timeout 1s, own 900ms"];
    let after = || expect("settle.after", "at-most", json!("4s"));
    let (without, _) = ran(scenario("s", &plays).settle(4, 1, 0)).await;
    let (with, _) = ran(scenario("s", &plays).expect(after()).settle(4, 1, 0)).await;
    assert_eq!(without.verdicts(), ["inconclusive"]);
    assert_eq!(with.why("s"), without.why("s"));
    let (refused, _) = ran(scenario("s", &["refused"]).expect(after()).settle(4, 1, 0)).await;
    assert!(refused.why("s").starts_with("failed: connect/refused: not settled"), "{}", refused.why("s"));
}
