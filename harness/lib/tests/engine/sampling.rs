//! The same question again and again: when it is asked, when it stops, what the samples say together.

use std::time::Duration;

use serde_json::json;

use super::suite::{Sc, World, expect, scenario};

const SECOND: Duration = Duration::from_secs(1);

fn met(operator: &'static str, share: &str) -> super::suite::Expect {
    expect("samples.met", operator, json!(share))
}

/// `n` lines: `good` of them good, then bad ones.
fn lines(good: usize, bad: usize) -> Vec<&'static str> {
    [vec!["status 200"; good], vec!["status 500"; bad]].concat()
}

async fn ran(scenario: Sc) -> (super::suite::Ran, World) {
    let mut world = World::of([scenario]);
    let ran = world.run().await;
    (ran, world)
}

#[tokio::test(start_paused = true)]
async fn samples_begin_exactly_every_so_often() {
    let (ran, world) = ran(scenario("s", &["after 100ms"]).sample(4, SECOND, 1)).await;
    assert_eq!(world.script.starts("s"), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(ran.took, 3.1);
    assert_eq!(ran.outcome("s").planned_samples, Some(4));
    assert_eq!(ran.outcome("s").stopped_early, None);
}

#[tokio::test(start_paused = true)]
async fn a_slow_sample_is_waited_for_and_not_made_up_for() {
    let plays = ["after 3500ms", "after 100ms"];
    let (_, world) = ran(scenario("s", &plays).sample(4, SECOND, 1)).await;
    assert_eq!(world.script.starts("s"), [0.0, 3.5, 4.5, 5.5]);
}

#[tokio::test(start_paused = true)]
async fn parallel_samples_overlap_but_never_more_than_agreed() {
    let (ran, world) = ran(scenario("s", &["after 3s"]).sample(6, SECOND, 2)).await;
    assert_eq!(world.script.starts("s"), [0.0, 1.0, 3.0, 4.0, 6.0, 7.0]);
    assert_eq!(world.script.most_at_once(), 2);
    assert_eq!(ran.took, 10.0);
}

#[tokio::test(start_paused = true)]
async fn parallel_of_nothing_is_one() {
    let (_, world) = ran(scenario("s", &["after 1s"]).sample(3, Duration::ZERO, 0)).await;
    assert_eq!(world.script.starts("s"), [0.0, 1.0, 2.0]);
}

#[tokio::test(start_paused = true)]
async fn no_sample_at_all_is_no_pass() {
    assert_eq!(ran(scenario("s", &[]).sample(0, SECOND, 1)).await.0.verdicts(), ["errored"]);
    assert_eq!(ran(scenario("s", &[]).burst(0)).await.0.verdicts(), ["errored"]);
}

#[tokio::test(start_paused = true)]
async fn when_all_must_be_met_the_first_broken_one_ends_it() {
    let (ran, world) = ran(scenario("s", &lines(2, 1)).sample(20, SECOND, 1)).await;
    assert_eq!(world.script.starts("s"), [0.0, 1.0, 2.0]);
    let outcome = ran.outcome("s");
    assert_eq!(ran.why("s"), "failed: content/differs: sample 3 of 3: status is 500, wanted equals 200");
    let why = outcome.stopped_early.as_deref().unwrap();
    assert_eq!(why, "after 3 of 20 samples: 17 more could not change the verdict");
}

#[tokio::test(start_paused = true)]
async fn a_sample_that_was_merely_late_does_not_end_it() {
    let slow = expect("time.total", "at-most", json!("5s"));
    let plays = ["took 6s, own 2s", "status 500, took 1s"];
    let (ran, _) = ran(scenario("s", &plays).expect(slow).sample(3, SECOND, 1)).await;
    assert!(
        ran.why("s").starts_with("failed: content/differs: sample 2 of 2: status is 500"),
        "{}",
        ran.why("s")
    );
}

#[tokio::test(start_paused = true)]
async fn enough_met_samples_end_it() {
    let (ran, _) = ran(scenario("s", &[]).expect(met("at-least", "90%")).sample(20, SECOND, 1)).await;
    assert_eq!(ran.verdicts(), ["passed"]);
    assert_eq!(ran.outcome("s").samples.len(), 18);
    assert!(ran.outcome("s").stopped_early.is_some());
}

#[tokio::test(start_paused = true)]
async fn too_many_unmet_samples_end_it() {
    let (ran, _) =
        ran(scenario("s", &lines(4, 9)).expect(met("at-least", "90%")).sample(20, SECOND, 1)).await;
    assert_eq!(ran.outcome("s").samples.len(), 7);
    assert_eq!(
        ran.why("s"),
        "failed: content/differs: samples.met is 57.14% (4 of 7 samples), wanted at-least 90%; 3 of 3 unmet: status \
         is 500, wanted equals 200"
    );
}

#[tokio::test(start_paused = true)]
async fn too_many_unmet_samples_are_told_by_what_most_of_them_ran_into() {
    // With half of eight required, five unmet ones decide.
    let plays = ["status 500", "refused", "status 500", "refused", "refused"];
    let (ran, _) = ran(scenario("s", &plays).expect(met("at-least", "50%")).sample(8, SECOND, 1)).await;
    let why = ran.why("s");
    assert!(why.starts_with("failed: connect/refused: samples.met is 0% (0 of 5 samples)"), "{why}");
    assert!(why.ends_with("3 of 5 unmet: connection refused"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_few_tolerated_samples_are_not_blamed_for_another_number() {
    let plays = ["took 9s", "refused", "took 9s", "took 9s"];
    let scenario = scenario("s", &plays)
        .expect(met("at-least", "50%"))
        .expect(expect("time.total.p50", "at-most", json!("5s")))
        .sample(4, SECOND, 1);
    let (ran, _) = ran(scenario).await;
    assert!(ran.why("s").starts_with("failed: content/differs: time.total.p50"), "{}", ran.why("s"));
}

#[tokio::test(start_paused = true)]
async fn exactly_the_share_is_enough_and_one_less_is_not() {
    let share = met("at-least", "90%");
    let mut plays = lines(9, 1);
    plays.push("status 200");
    let (ran_, _) = ran(scenario("s", &plays).expect(share.clone()).sample(10, SECOND, 1)).await;
    assert_eq!(ran_.verdicts(), ["passed"]);
    let (ran_, _) = ran(scenario("s", &lines(8, 2)).expect(share).sample(10, SECOND, 1)).await;
    assert_eq!(ran_.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn it_does_not_end_on_the_good_side_while_another_number_is_open() {
    let mut plays = vec!["took 1s"; 19];
    plays.push("took 9s");
    let scenario = scenario("s", &plays)
        .expect(met("at-least", "50%"))
        .expect(expect("time.total.max", "at-most", json!("5s")))
        .sample(20, SECOND, 1);
    let (ran, _) = ran(scenario).await;
    assert_eq!(ran.outcome("s").samples.len(), 20);
    assert_eq!(ran.why("s"), "failed: content/differs: time.total.max is 9s, wanted at-most 5s");
}

#[tokio::test(start_paused = true)]
async fn confidence_asks_for_more_samples_than_the_share() {
    let sure = met("at-least", "90%").confidence("95%");
    let (few, _) = ran(scenario("s", &[]).expect(sure.clone()).sample(20, SECOND, 1)).await;
    let why = few.why("s");
    assert!(why.starts_with("inconclusive: 20 samples are too few") && why.ends_with("29 would do"), "{why}");
    let (enough, _) = ran(scenario("s", &[]).expect(sure).sample(29, SECOND, 1)).await;
    assert_eq!(enough.verdicts(), ["passed"]);
}

#[tokio::test(start_paused = true)]
async fn a_negated_share_is_judged_at_the_end() {
    let (ran_, _) =
        ran(scenario("s", &lines(0, 1)).expect(met("at-least", "50%").not()).sample(4, SECOND, 1)).await;
    assert_eq!((ran_.verdicts(), ran_.outcome("s").samples.len()), (vec!["passed"], 4));
    let (ran_, _) = ran(scenario("s", &[]).expect(met("at-least", "50%").not()).sample(4, SECOND, 1)).await;
    assert_eq!(ran_.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn late_samples_that_would_carry_the_share_make_it_inconclusive_and_end_nothing() {
    let scenario = scenario("s", &["took 1s", "took 6s, own 2s"])
        .expect(expect("time.total", "at-most", json!("5s")))
        .expect(met("at-least", "90%"))
        .sample(5, SECOND, 1);
    let (ran, _) = ran(scenario).await;
    assert!(ran.why("s").starts_with("inconclusive: up to 2s of the time"), "{}", ran.why("s"));
    assert_eq!(ran.outcome("s").samples.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_warning_is_never_unmet() {
    let scenario = scenario("s", &["status 200, text x"])
        .expect(expect("text", "equals", json!("y")).warn())
        .sample(3, SECOND, 1);
    let (ran, _) = ran(scenario).await;
    assert_eq!(ran.verdicts(), ["passed"]);
    assert!(ran.outcome("s").findings.iter().any(fixproof::model::Finding::warns));
}

#[tokio::test(start_paused = true)]
async fn a_harness_that_failed_once_makes_it_errored_however_many_may_be_unmet() {
    let plays = ["limit", "status 200"];
    let (ran, _) = ran(scenario("s", &plays).expect(met("at-least", "50%")).sample(8, SECOND, 1)).await;
    assert_eq!(ran.verdicts(), ["errored"]);
}

#[tokio::test(start_paused = true)]
async fn percentiles_are_exact_and_a_sample_without_the_fact_is_the_worst() {
    let p = |name: &str, operator, limit: &str| expect(&format!("time.total.{name}"), operator, json!(limit));
    // Twenty times from 1 s to 20 s.
    let plays: Vec<String> = (1..=20).map(|n| format!("took {n}s")).collect();
    let plays: Vec<&str> = plays.iter().map(String::as_str).collect();
    for (name, seen) in
        [("p50", "10s"), ("p90", "18s"), ("p95", "19s"), ("p99", "20s"), ("min", "1s"), ("mean", "10.5s")]
    {
        let low = scenario("s", &plays).expect(p(name, "less-than", seen)).sample(20, Duration::ZERO, 1);
        let (ran_, _) = ran(low).await;
        assert_eq!(
            ran_.why("s"),
            format!("failed: content/differs: time.total.{name} is {seen}, wanted less-than {seen}")
        );
        let (ran_, _) =
            ran(scenario("s", &plays).expect(p(name, "at-most", seen)).sample(20, Duration::ZERO, 1)).await;
        assert_eq!(ran_.verdicts(), ["passed"], "{name}");
    }
    // Two of twenty without it: the 95th percentile is among those that did not come back.
    let mut plays = vec!["no time.total"; 2];
    plays.extend(vec!["took 1s"; 18]);
    for (limit, name, verdict) in [
        (p("p95", "at-most", "5s"), "p95 at-most", "failed"),
        (p("p90", "at-most", "5s"), "p90 at-most", "passed"),
        (p("max", "at-most", "5s"), "max at-most", "failed"),
        (p("mean", "at-most", "5s"), "mean at-most", "failed"),
        (p("min", "at-least", "1s"), "min at-least", "failed"),
        (p("p50", "at-least", "1s"), "p50 at-least", "passed"),
        (p("p50", "at-least", "2s").not(), "p50 not at-least", "passed"),
        (p("p95", "at-least", "2s").not(), "p95 not at-least", "failed"),
    ] {
        let (ran, _) = ran(scenario("s", &plays).expect(limit).sample(20, Duration::ZERO, 1)).await;
        assert_eq!(ran.verdicts(), [verdict], "{name}: {}", ran.why("s"));
    }
    let within = expect("time.total.p95", "within", json!(["0s", "5s"]));
    let (ran, _) = ran(scenario("s", &plays).expect(within).sample(20, Duration::ZERO, 1)).await;
    assert_eq!(ran.verdicts(), ["failed"], "a range is not kept by those that came back alone");
}

#[tokio::test(start_paused = true)]
async fn whether_a_number_of_all_samples_exists_is_no_back_door() {
    let absent = expect("time.total.p95", "exists", json!(false));
    let (ran_, _) = ran(scenario("s", &["took 1s"]).expect(absent).sample(3, SECOND, 1)).await;
    assert_eq!(ran_.verdicts(), ["failed"], "it is there");
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_as_it_happens() {
    let (ran, _) = ran(scenario("s", &["status 200", "status 200"]).sample(2, SECOND, 1)).await;
    let told: Vec<&String> = ran.events.iter().filter(|e| e.starts_with("sample")).collect();
    assert_eq!(told, ["sample s 1/2 met 1", "sample s 2/2 met 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_in_a_time_when_the_harness_was_late_is_not_blamed_on_the_target() {
    let asked = async |play: &str| World::of([scenario("s", &[play])]).run().await.why("s");
    let late = asked("timeout 8s, own 2s").await;
    assert!(late.starts_with("inconclusive: up to 2s of the time may be the harness's own"), "{late}");
    let quick = asked("timeout 8s, own 1900ms").await;
    assert_eq!(quick, "failed: http/timeout: no answer in time");
    // Whatever is refused is refused, however late the harness was to hear it.
    assert_eq!(asked("refused, own 9s").await, "failed: connect/refused: connection refused");
}

#[tokio::test(start_paused = true)]
async fn samples_lost_to_a_late_harness_count_for_nothing_in_a_number_of_all() {
    let plays = ["took 1s", "timeout 8s, own 4s", "took 1s", "took 1s"];
    let p95 = || expect("time.total.p95", "at-most", json!("5s"));
    let (lost, _) = ran(scenario("s", &plays).expect(p95()).sample(4, SECOND, 1)).await;
    assert_eq!(lost.verdicts(), ["inconclusive"]);
    let plays = ["took 1s", "timeout 8s", "took 1s", "took 1s"];
    let (missed, _) = ran(scenario("s", &plays).expect(p95()).sample(4, SECOND, 1)).await;
    assert_eq!(missed.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_lost_samples_took_away_is_told_by_what_they_ran_into() {
    let lost = |plays: &'static [&str], that: &str| {
        scenario("s", plays)
            .expect(met("at-least", "25%"))
            .expect(expect(that, "at-most", json!("5s")))
            .sample(4, Duration::ZERO, 1)
    };
    let (ran_, _) = ran(lost(&["took 1s", "refused", "took 1s", "refused"], "time.total.p95")).await;
    assert_eq!(
        ran_.why("s"),
        "failed: connect/refused: time.total.p95 is not available; 2 of 4 samples lack `time.total` \
         (counted as worst), wanted at-most 5s; 2 of 2 without it: connection refused"
    );
    // What most of them ran into; a sample that came back without the fact is not the route's fault.
    let (ran_, _) = ran(lost(&["took 1s", "refused", "timeout 8s", "refused"], "time.total.mean")).await;
    let why = ran_.why("s");
    assert!(why.starts_with("failed: connect/refused: time.total.mean is not available"), "{why}");
    assert!(why.ends_with("; 2 of 3 without it: connection refused"), "{why}");
    let (ran_, _) = ran(lost(&["took 1s", "refused", "no time.total"], "time.total.p95")).await;
    let why = ran_.why("s");
    assert!(why.starts_with("failed: content/missing: time.total.p95"), "{why}");
    assert!(why.ends_with("; 2 of 3 without it: it came back without `time.total`"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_there_and_too_large_is_not_blamed_on_lost_samples() {
    let scenario = scenario("s", &["took 9s", "refused", "took 9s", "took 9s"])
        .expect(met("at-least", "25%"))
        .expect(expect("time.total.p50", "at-most", json!("5s")))
        .sample(4, Duration::ZERO, 1);
    let (ran, _) = ran(scenario).await;
    assert!(ran.why("s").starts_with("failed: content/differs: time.total.p50 is 9s"), "{}", ran.why("s"));
}

#[tokio::test(start_paused = true)]
async fn the_evidence_is_of_the_sample_that_the_reason_names() {
    let answers = ["status 500", "status 200", "status 404", "status 200"];
    let (ran, _) = ran(scenario("s", &answers).burst(4)).await;
    let outcome = ran.outcome("s");
    assert_eq!(outcome.deciding_sample, Some(0));
    assert!(ran.why("s").contains("sample 1 of 4:"), "{}", ran.why("s"));
    let shown = fixproof::report::text::failure(outcome, fixproof::report::Style::PLAIN);
    assert!(shown.contains("evidence (sample 1 of 4"), "{shown}");
}
