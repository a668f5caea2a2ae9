//! Who is asked when: parallelism, needs, `alone`, bursts.

use super::suite::{World, scenario};

#[tokio::test(start_paused = true)]
async fn never_more_are_in_flight_than_agreed_and_no_place_stays_empty() {
    let mut world = World::of((0..10).map(|i| scenario(&format!("s{i}"), &["after 1s"]))).parallel(3);
    let ran = world.run().await;
    assert_eq!(world.script.most_at_once(), 3);
    assert_eq!(ran.took, 4.0, "ten seconds of work in threes");
    assert_eq!(ran.report.tally.passed, 10);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_given_back_whatever_becomes_of_the_scenario() {
    let plays = ["refused", "panic x", "status 500", "limit", "hang", "after 40s"];
    let scenarios =
        (0..12).map(|i| scenario(&format!("s{i}"), &[plays[i % 6]])).chain([scenario("last", &[])]);
    let mut world = World::of(scenarios).parallel(2);
    let ran = world.run().await;
    assert_eq!(ran.verdict("last").name(), "passed");
    assert!(world.script.most_at_once() <= 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_needed_is_asked_first_even_when_it_stands_last() {
    let mut world = World::of([
        scenario("third", &["after 1s"]).needs("second"),
        scenario("second", &["after 1s"]).needs("first"),
        scenario("first", &["after 1s"]),
    ]);
    let ran = world.run().await;
    assert_eq!(world.script.order(), ["first", "second", "third"]);
    assert_eq!(world.script.starts("third"), [2.0]);
    assert_eq!(ran.report.tally.passed, 3);
}

#[tokio::test(start_paused = true)]
async fn red_blocks_what_needs_it_and_what_needs_that_and_nothing_else() {
    let mut world = World::of([
        scenario("root", &["status 503"]),
        scenario("leaf", &[]).needs("middle"),
        scenario("middle", &[]).needs("root").needs("fine").needs("root"),
        scenario("fine", &[]),
        scenario("beside", &[]).needs("fine"),
    ]);
    let ran = world.run().await;
    assert_eq!(ran.why("middle"), "blocked by root");
    assert_eq!(ran.why("leaf"), "blocked by middle");
    assert_eq!(ran.verdict("beside").name(), "passed");
    assert!(world.script.starts("middle").is_empty() && world.script.starts("leaf").is_empty());
    let effects: Vec<&str> = ran.report.causes[0].effects.iter().map(|e| &**e).collect();
    assert_eq!(effects, ["middle", "leaf"]);
}

#[tokio::test(start_paused = true)]
async fn every_verdict_but_passed_blocks() {
    for play in ["status 1", "limit", "panic x", "hang", "own 3s, took 31s"] {
        let slow = super::suite::expect("time.total", "at-most", serde_json::json!("30s"));
        let mut world = World::of([scenario("a", &[play]).expect(slow), scenario("b", &[]).needs("a")]);
        let ran = world.run().await;
        assert_eq!(ran.why("b"), "blocked by a", "{play}: {}", ran.why("a"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_needs_a_skipped_one_is_blocked_by_it() {
    let mut world = World::of([scenario("a", &[]).skip("later"), scenario("b", &[]).needs("a")]);
    assert_eq!(world.run().await.why("b"), "blocked by a");
}

#[tokio::test(start_paused = true)]
async fn scenarios_that_wait_for_each_other_are_errored_and_not_waited_for() {
    let mut world = World::of([scenario("a", &[]).needs("b"), scenario("b", &[]).needs("a")]);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["errored", "errored"]);
    assert_eq!(ran.took, 0.0);
}

#[tokio::test(start_paused = true)]
async fn alone_and_burst_share_the_target_with_none() {
    let mut world = World::of([
        scenario("a", &["after 3s"]),
        scenario("quiet", &["after 2s"]).alone(),
        scenario("storm", &["after 1s"]).burst(5),
        scenario("b", &["after 3s"]),
        scenario("after-storm", &["after 1s"]).needs("storm"),
    ]);
    let ran = world.run().await;
    assert_eq!(ran.report.tally.passed, 5);
    for name in ["quiet", "storm"] {
        let own: Vec<_> = world.script.log().into_iter().filter(|p| p.id == name).collect();
        for other in world.script.log().into_iter().filter(|p| p.id != name) {
            for one in &own {
                assert!(other.ended.unwrap() <= one.began || other.began >= one.ended.unwrap(), "{other:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_opens_all_at_the_same_moment_whatever_the_parallelism() {
    let mut world = World::of([scenario("storm", &["after 1s"]).burst(50)]).parallel(2);
    let ran = world.run().await;
    assert_eq!(world.script.starts("storm"), vec![0.0; 50]);
    assert_eq!(world.script.most_at_once(), 50);
    assert_eq!(ran.outcome("storm").samples.len(), 50);
    assert_eq!(ran.took, 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_burst_asks_all_even_when_the_first_is_red() {
    let mut world = World::of([scenario("storm", &["status 500", "after 1s"]).burst(4)]);
    let ran = world.run().await;
    assert_eq!(ran.outcome("storm").samples.len(), 4);
    assert!(ran.why("storm").starts_with("failed: content/differs: sample 1 of 4: status is 500"));
}

#[tokio::test(start_paused = true)]
async fn outcomes_stand_in_the_order_of_the_suite_and_events_in_the_order_they_happened() {
    let mut world = World::of([
        scenario("slow", &["after 2s"]),
        scenario("left", &[]).skip("not now"),
        scenario("quick", &["after 1s"]),
    ]);
    let ran = world.run().await;
    let ids: Vec<&str> = ran.report.outcomes.iter().map(|o| &*o.scenario.id).collect();
    assert_eq!(ids, ["slow", "left", "quick"]);
    let heads: Vec<String> =
        ran.events.iter().map(|e| e.split_whitespace().next().unwrap().to_owned()).collect();
    assert_eq!(heads, ["run", "finish", "start", "start", "finish", "finish", "over"]);
    assert_eq!(ran.events[0], "run 2+1");
}
