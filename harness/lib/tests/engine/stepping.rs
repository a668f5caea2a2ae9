//! Several questions in a row: what is reached, what is captured, what is told.

use std::time::Duration;

use fixproof::model::{Cause, Fact};
use serde_json::json;

use super::suite::{World, expect, scenario, step, steps};

fn ok() -> super::suite::Expect {
    expect("status", "equals", json!(200))
}

fn asked(world: &World) -> Vec<String> {
    world.script.log().into_iter().map(|p| p.id).collect()
}

#[tokio::test(start_paused = true)]
async fn steps_stop_at_the_first_red_one_and_always_still_runs() {
    let mut world = World::of([steps(
        "s",
        [
            step("one", &[]).expect(ok()),
            step("two", &["status 500"]).expect(ok()),
            step("three", &[]).expect(ok()),
            step("clean", &[]).expect(ok()).always(),
        ],
    )]);
    let ran = world.run().await;
    assert_eq!(asked(&world), ["one", "two", "clean"]);
    assert_eq!(ran.why("s"), "failed: content/differs: step `two`: status is 500, wanted equals 200");
}

#[tokio::test(start_paused = true)]
async fn a_red_clean_up_is_red() {
    let mut world = World::of([steps(
        "s",
        [step("one", &[]).expect(ok()), step("clean", &["refused"]).expect(ok()).always()],
    )]);
    assert_eq!(world.run().await.why("s"), "failed: connect/refused: step `clean`: connection refused");
}

#[tokio::test(start_paused = true)]
async fn captures_flow_into_settings_and_expectations() {
    let mut world = World::of([steps(
        "s",
        [
            step("login", &["body {\"token\":\"abc\",\"n\":7}"])
                .capture("token", "body", Some("$.token"))
                .capture("n", "body", Some("$.n")),
            step("use", &["echo"]).with("say", json!("Bearer {{token}} {{n}}")).expect(expect(
                "text",
                "equals",
                json!("you said Bearer {{token}} {{n}}"),
            )),
            step("typed", &["body {\"n\":7}"]).expect(expect("body", "equals", json!("{{n}}")).at("$.n")),
        ],
    )]);
    let ran = world.run().await;
    assert_eq!(ran.why("s"), "passed");
    assert_eq!(world.script.log()[1].said, "Bearer abc 7");
}

#[tokio::test(start_paused = true)]
async fn an_expectation_on_a_captured_value_can_turn_red() {
    let mut world = World::of([steps(
        "s",
        [
            step("login", &["body {\"token\":\"abc\"}"]).capture("token", "body", Some("$.token")),
            step("use", &["text xyz"]).expect(expect("text", "equals", json!("{{token}}"))),
        ],
    )]);
    assert_eq!(
        world.run().await.why("s"),
        "failed: content/differs: step `use`: text is \"xyz\", wanted equals \"abc\""
    );
}

#[tokio::test(start_paused = true)]
async fn a_captured_number_stands_where_a_number_is_taken() {
    let mut world =
        World::of([steps(
            "s",
            [
                step("login", &["body {\"n\":200,\"wait\":\"2s\"}"])
                    .capture("n", "body", Some("$.n"))
                    .capture("wait", "body", Some("$.wait")),
                step("use", &[])
                    .with("count", json!("{{n}}"))
                    .with("wait", json!("{{wait}}"))
                    .expect(expect("status", "equals", json!("{{n}}"))),
            ],
        )]);
    assert_eq!(world.run().await.why("s"), "passed");
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_finds_nothing_fails_its_step() {
    for (play, at, why) in [
        ("body {}", "$.token", "content/missing: step `login`: capture `token`: nothing at $.token in {}"),
        ("body {\"token\":null}", "$.token", "content/missing: step `login`: capture `token`: null"),
        ("body {\"token\":\"\"}", "$.token", "content/missing: step `login`: capture `token`: an empty text"),
        (
            "body {\"token\":[1]}",
            "$.token",
            "content/incomparable: step `login`: capture `token`: JSON where a text or a number was wanted",
        ),
        (
            "body {\"a\":1,\"b\":2}",
            "$.*",
            "content/differs: step `login`: capture `token`: 2 values where one was wanted",
        ),
    ] {
        let mut world = World::of([steps(
            "s",
            [
                step("login", &[play]).capture("token", "body", Some(at)),
                step("use", &[]).with("say", json!("{{token}}")).expect(ok()),
            ],
        )]);
        assert_eq!(world.run().await.why("s"), format!("failed: {why}"));
        assert_eq!(asked(&world), ["login"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_promise_is_told_before_the_capture_it_spoils() {
    let mut world = World::of([steps(
        "s",
        [step("login", &["status 503, body {}"]).expect(ok()).capture("token", "body", Some("$.token"))],
    )]);
    assert_eq!(
        world.run().await.why("s"),
        "failed: content/differs: step `login`: status is 503, wanted equals 200"
    );
}

#[tokio::test(start_paused = true)]
async fn clean_up_that_needs_what_was_never_captured_is_left_out() {
    let mut world = World::of([steps(
        "s",
        [
            step("login", &["refused"]).capture("token", "body", Some("$.token")),
            step("logout", &[]).with("say", json!("{{token}}")).expect(ok()).always(),
        ],
    )]);
    assert_eq!(world.run().await.why("s"), "failed: connect/refused: step `login`: connection refused");
    assert_eq!(asked(&world), ["login"]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_could_not_be_asked_is_never_a_pass() {
    // The loader refuses a variable that no earlier step captures; should one slip through, it is no green.
    let mut world = World::of([steps(
        "s",
        [step("one", &[]).expect(ok()), step("two", &[]).with("say", json!("{{nothing}}")).expect(ok())],
    )]);
    let ran = world.run().await;
    assert_eq!(ran.verdicts(), ["errored"]);
    assert!(ran.why("s").contains("`{{nothing}}`"), "{}", ran.why("s"));
}

#[tokio::test(start_paused = true)]
async fn a_captured_value_that_the_probe_can_t_use_is_no_pass() {
    let mut world = World::of([steps(
        "s",
        [
            step("login", &["body {\"token\":\"a\\nb\"}"]).capture("token", "body", Some("$.token")),
            step("use", &[]).with("say", json!("{{token}}")).expect(ok()),
        ],
    )]);
    let ran = world.run().await;
    assert_eq!(
        ran.why("s"),
        "errored: harness/internal: step `use`: a captured value can't be used: can't say a line break"
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_over_all_samples_looks_at_its_own_step_although_an_earlier_one_was_not_reached() {
    // `check` is reached in every other sample only; `clean` always. Its times are its own.
    let sampled = steps(
        "s",
        [
            step("login", &["status 200", "status 500"]).expect(ok()),
            step("check", &["took 9s"]).expect(ok()),
            step("clean", &["took 1s"])
                .expect(ok())
                .expect(expect("time.total.max", "at-most", json!("5s")))
                .always(),
        ],
    )
    .expect(expect("samples.met", "at-least", json!("10%")))
    .sample(2, Duration::from_secs(1), 1);
    let ran = World::of([sampled]).run().await;
    assert_eq!(ran.why("s"), "passed");
}

#[tokio::test(start_paused = true)]
async fn times_of_a_later_step_don_t_speak_for_a_step_that_was_not_reached() {
    let sampled = steps(
        "s",
        [
            step("login", &["status 200", "status 500"]).expect(ok()),
            step("check", &["took 1s"]).expect(ok()).expect(expect("time.total.max", "at-most", json!("5s"))),
            step("clean", &["took 1s"]).expect(ok()).always(),
        ],
    )
    .expect(expect("samples.met", "at-least", json!("10%")))
    .sample(2, Duration::from_secs(1), 1);
    let ran = World::of([sampled]).run().await;
    assert_eq!(
        ran.why("s"),
        "failed: content/differs: step `check`: time.total.max is not available; 1 of 2 samples lack \
         `time.total` (counted as worst), wanted at-most 5s; 1 of 1 without it: step `login`: \
         status is 500, wanted equals 200"
    );
}

#[tokio::test(start_paused = true)]
async fn each_step_has_its_own_timeout() {
    let mut world = World::of([steps(
        "s",
        [
            step("one", &["after 8s"]).expect(ok()).timeout(Duration::from_secs(9)),
            step("two", &["after 8s"]).expect(ok()).timeout(Duration::from_secs(7)),
        ],
    )]);
    let ran = world.run().await;
    assert_eq!(
        (ran.why("s").as_str(), ran.took),
        ("failed: http/timeout: step `two`: no answer in time", 15.0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_that_may_be_the_harness_s_own_is_inconclusive_both_ways() {
    let limit = |operator, wanted: &str| expect("time.total", operator, json!(wanted));
    for (expectation, play, verdict) in [
        (limit("at-most", "5s"), "took 6s, own 2s", "inconclusive"),
        (limit("at-most", "5s"), "took 9s, own 2s", "failed"),
        (limit("at-most", "5s"), "took 4s, own 2s", "passed"),
        (limit("at-least", "5s"), "took 6s, own 2s", "inconclusive"),
        (limit("at-least", "5s"), "took 8s, own 2s", "passed"),
    ] {
        let ran = World::of([scenario("s", &[play]).expect(expectation)]).run().await;
        assert_eq!(ran.verdicts(), [verdict], "{play}: {}", ran.why("s"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_late_does_not_hide_one_that_breaks() {
    let late = scenario("s", &["took 6s, own 2s, status 500"])
        .only(expect("time.total", "at-most", json!("5s")))
        .expect(ok());
    assert_eq!(World::of([late]).run().await.verdicts(), ["failed"]);
    let together = scenario("s", &["took 6s, own 2s", "took 1s, size 9"])
        .only(expect("time.total", "at-most", json!("5s")))
        .expect(expect("size.max", "at-most", json!("5B")))
        .sample(2, Duration::ZERO, 1);
    assert_eq!(World::of([together]).run().await.verdicts(), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_warning_that_can_t_be_told_breaks_nothing() {
    let soon = || expect("time.total", "at-most", json!("5s")).warn();
    let ran = World::of([scenario("s", &["took 6s, own 2s"]).expect(soon())]).run().await;
    assert_eq!(ran.why("s"), "passed");
    let mut world = World::of([steps(
        "s",
        [step("one", &["took 6s, own 2s"]).expect(soon()), step("two", &["status 500"]).expect(ok())],
    )]);
    assert!(world.run().await.why("s").starts_with("failed: content/differs: step `two`"));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_large_for_the_report_is_not_kept_and_is_not_missing() {
    let large = format!("body [\"{}\"]", "x".repeat(20_000));
    let ran = World::of([scenario("large", &[&large])]).run().await;
    assert_eq!(ran.verdicts(), ["passed"]);
    let facts = &ran.outcome("large").samples[0].attempts[0].observation.facts;
    let Some(Fact::Unreadable(why)) = facts.get("body") else { panic!("{:?}", facts.get("body")) };
    assert_eq!(why.cause, Cause::NotKept, "{}", why.detail);
}
