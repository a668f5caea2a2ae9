//! `{{run.…}}`: a question with the run's own number in it, and the answer that follows from it. Every run of these
//! tests draws 12345.

use fixproof::model::Text;
use serde_json::json;

use super::suite::{World, expect, scenario, step, steps};

#[tokio::test(start_paused = true)]
async fn a_scenario_asks_with_the_run_s_number_and_expects_what_follows_from_it() {
    let question = "add {{run.nonce-digits}} of {{run.id}}";
    let ran = World::of([scenario("sum", &["text that is 15 in run run-1"])
        .with("say", json!(question))
        .only(expect("text", "matches", json!("\\b{{run.nonce-sum}}\\b")))])
    .run()
    .await;
    assert_eq!(ran.why("sum"), "passed");
    let mut world = World::of([scenario("sum", &["text that is 150"])
        .with("say", json!(question))
        .only(expect("text", "matches", json!("\\b{{run.nonce-sum}}\\b")))]);
    let script = world.script;
    let ran = world.run().await;
    assert_eq!(script.log()[0].said, "add 1 2 3 4 5 of run-1");
    assert_eq!(ran.why("sum"), "failed: content/differs: text is \"that is 150\", wanted matches /\\b15\\b/");
}

#[tokio::test(start_paused = true)]
async fn a_number_of_the_run_is_compared_as_what_it_is_compared_with() {
    let alone = |id: &str, that: &str, operator: &'static str, wanted: serde_json::Value| {
        let play = ["status 15, text 15, body {\"n\":54321,\"t\":\"54321\",\"list\":[12345]}"];
        scenario(id, &play).only(expect(that, operator, wanted))
    };
    let within = |id: &str, path: &str, operator: &'static str, wanted: serde_json::Value| {
        let play = ["status 15, text 15, body {\"n\":54321,\"t\":\"54321\",\"list\":[12345]}"];
        scenario(id, &play).only(expect("body", operator, wanted).at(path))
    };
    let ran = World::of([
        alone("number", "status", "equals", json!("{{run.nonce-sum}}")),
        alone("text", "text", "equals", json!("{{run.nonce-sum}}")),
        alone("one-of-texts", "text", "one-of", json!(["no", "{{run.nonce-sum}}"])),
        alone("one-of-numbers", "status", "one-of", json!([7, "{{run.nonce-sum}}"])),
        alone("at-most", "status", "at-most", json!("{{run.nonce-sum}}")),
        alone("contains", "text", "contains", json!("{{run.nonce-sum}}")),
        alone("starts", "text", "starts-with", json!("{{run.nonce-sum}}")),
        within("json-number", "$.n", "equals", json!("{{run.nonce-reversed}}")),
        within("json-list", "$.list", "equals", json!(["{{run.nonce}}"])),
        within("json-text", "$.t", "contains", json!("{{run.nonce-reversed}}")),
        within("json-text-whole", "$.t", "matches", json!("^{{run.nonce-reversed}}$")),
        alone("no-sum", "status", "equals", json!("{{run.nonce}}")),
    ])
    .run()
    .await;
    for outcome in &ran.report.outcomes[..11] {
        assert_eq!(ran.why(&outcome.scenario.id), "passed", "{}", outcome.scenario.id);
    }
    assert_eq!(ran.why("no-sum"), "failed: content/differs: status is 15, wanted equals 12345");
}

#[tokio::test(start_paused = true)]
async fn it_reaches_steps_that_use_captures_values_of_the_target_and_settings_that_take_a_count() {
    let mut world = World::of([steps(
        "late",
        vec![
            step("first", &["text abc"]).capture("word", "text", None),
            step("second", &["text abc 15"])
                .with("say", json!("{{api.path}} {{word}}"))
                .with("count", json!("{{run.nonce}}"))
                .expect(expect("text", "equals", json!("{{word}} {{run.nonce-sum}}"))),
        ],
    )])
    .component("api", &[], &[("path", "/x/{{run.nonce}}")]);
    let script = world.script;
    let ran = world.run().await;
    assert_eq!(ran.why("late"), "passed");
    assert_eq!(script.log()[1].said, "/x/12345 abc");
}

#[test]
fn a_misspelt_variable_of_the_run_is_told_and_the_target_can_t_lay_anything_over_one() {
    let ask = |say: &str| World::of([scenario("a", &[]).with("say", json!(say))]).problems();
    assert_eq!(
        ask("{{run.nonse}}"),
        [
            "unknown-variable: a run has no variable `{{run.nonse}}` | did you mean `{{run.nonce}}`? @ \"{{run.nonse}}\""
        ]
    );
    assert_eq!(
        ask("{{run.colour-of-the-sky}}"),
        [
            "unknown-variable: a run has no variable `{{run.colour-of-the-sky}}` | a run has: run.id, run.nonce, run.nonce-digits, run.nonce-sum, run.nonce-reversed, run.begun, run.hour-before @ \"{{run.colour-of-the-sky}}\""
        ]
    );
    let mut world = World::of([scenario("a", &["echo"]).with("say", json!("{{run.id}}")).only(expect(
        "text",
        "equals",
        json!("you said {{run.id}}"),
    ))]);
    world.overlay.values.push(("run".to_owned(), "id".to_owned(), Text::plain("laid over")));
    let script = world.script;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(world.run());
    assert_eq!(script.log()[0].said, "run-1");
}

#[test]
fn a_constant_that_happens_to_be_the_run_s_number_makes_no_twins() {
    let asks = |wanted| scenario("same", &[]).only(expect("status", "equals", wanted));
    let sum = || asks(json!("{{run.nonce-sum}}"));
    let mut world = World::of([asks(json!(15)).named("a"), sum().named("b")]);
    assert_eq!(world.problems(), Vec::<String>::new());
    let twins = World::of([sum().named("a"), sum().named("b")]).problems();
    assert!(twins.len() == 1 && twins[0].starts_with("duplicate-question: "), "{twins:?}");
}

#[tokio::test(start_paused = true)]
async fn the_hour_before_the_run_is_an_hour_before_it() {
    let wanted = "from 2026-11-21T06:30:05Z to 2026-11-21T07:30:05Z";
    let ran = World::of([scenario("a", &[&*format!("text {wanted}")]).only(expect(
        "text",
        "equals",
        json!("from {{run.hour-before}} to {{run.begun}}"),
    ))])
    .run()
    .await;
    assert_eq!(ran.why("a"), "passed");
}
