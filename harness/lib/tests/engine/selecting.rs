//! What runs: filters, components, tags, shards, protected targets.

use fixproof::engine::{Selection, Shard};
use fixproof::model::{Judgement, SecretSource};
use serde_json::json;

use super::suite::{Sc, World, scenario};

fn four() -> Vec<Sc> {
    vec![
        scenario("api-health", &[]).tag("quick"),
        scenario("api-login", &[]).needs("db-up").critical(),
        scenario("db-up", &[]).of("database").safe(),
        scenario("db-pool", &[]).of("database").tag("slow"),
    ]
}

fn world(change: impl FnOnce(&mut Selection)) -> World {
    World::of(four()).component("database", &[], &[]).select(change)
}

async fn asked(change: impl FnOnce(&mut Selection)) -> (Vec<String>, super::suite::Ran) {
    let mut world = world(change);
    let ran = world.run().await;
    let mut order = world.script.order();
    order.sort();
    (order, ran)
}

#[tokio::test(start_paused = true)]
async fn everything_runs_by_default_and_is_not_partial() {
    let (asked, ran) = asked(|_| {}).await;
    assert_eq!(asked.len(), 4);
    assert!(!ran.report.decision.partial && ran.report.provenance.narrowing.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_filter_narrows_names_itself_and_makes_the_run_partial() {
    let (asked, ran) = asked(|s| s.filters = vec!["health".into(), "pool".into()]).await;
    assert_eq!(asked, ["api-health", "db-pool"]);
    assert!(ran.report.decision.partial);
    assert_eq!(ran.why("db-up"), "skipped: left out by the filters `health` `pool`");
    assert_eq!(ran.report.provenance.narrowing[0].by, "the filters `health` `pool`");
    assert_eq!(ran.report.provenance.narrowing[0].left_out, 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_selected_scenario_needs_comes_along() {
    assert_eq!(asked(|s| s.filters = vec!["login".into()]).await.0, ["api-login", "db-up"]);
    assert_eq!(asked(|s| s.critical = true).await.0, ["api-login", "db-up"]);
}

#[tokio::test(start_paused = true)]
async fn components_and_tags_narrow_together() {
    assert_eq!(asked(|s| s.components = vec!["database".into()]).await.0, ["db-pool", "db-up"]);
    assert_eq!(asked(|s| s.tags = vec!["quick".into(), "slow".into()]).await.0, ["api-health", "db-pool"]);
    let both = |s: &mut Selection| {
        s.components = vec!["database".into()];
        s.tags = vec!["slow".into()];
    };
    assert_eq!(asked(both).await.0, ["db-pool"]);
}

#[tokio::test(start_paused = true)]
async fn exactly_the_named_ones_run() {
    assert_eq!(asked(|s| s.only = Some(["db-up".to_owned()].into())).await.0, ["db-up"]);
}

#[tokio::test(start_paused = true)]
async fn a_selection_that_leaves_nothing_is_nothing_judged() {
    let (asked, ran) = asked(|s| s.only = Some(["db-u".to_owned()].into())).await;
    assert!(asked.is_empty());
    assert_eq!(ran.report.decision.judgement, Judgement::NothingJudged);
}

#[tokio::test(start_paused = true)]
async fn shards_part_the_suite_without_overlap() {
    let many = || (0..40).map(|i| scenario(&format!("s{i}"), &[]));
    let mut seen = Vec::new();
    for index in 1..=4 {
        let mut world = World::of(many()).select(|s| s.shard = Some(Shard { index, of: 4 }));
        let ran = world.run().await;
        assert!(ran.report.decision.partial);
        seen.extend(world.script.order());
    }
    seen.sort();
    let mut all: Vec<String> = (0..40).map(|i| format!("s{i}")).collect();
    all.sort();
    assert_eq!(seen, all);
}

#[tokio::test(start_paused = true)]
async fn a_protected_target_is_asked_nothing_that_is_not_safe_not_even_what_is_needed() {
    let mut world = world(|s| s.filters = vec!["login".into(), "db-up".into()]);
    world.protect = true;
    let ran = world.run().await;
    assert_eq!(world.script.order(), ["db-up"]);
    assert!(ran.report.decision.partial);
    assert!(ran.why("api-login").contains("the target is protected"));
    let by: Vec<&str> = ran.report.provenance.narrowing.iter().map(|n| n.by.as_str()).collect();
    assert_eq!(by, ["the filters `login` `db-up`", "the target's protection"]);
    let mut world = self::world(|s| s.allow_protected = true);
    world.protect = true;
    assert_eq!(world.run().await.report.tally.passed, 4);
}

#[test]
fn a_word_that_matches_nothing_is_a_mistake_with_a_suggestion() {
    let mut world = world(|s| {
        s.filters = vec!["db-pol".into()];
        s.components = vec!["datbase".into()];
        s.tags = vec!["qiuck".into()];
    });
    assert_eq!(
        world.problems(),
        [
            "nothing-selected: the filter `db-pol` matches no scenario | did you mean `db-pool`? @ ",
            "nothing-selected: --component `datbase` matches no scenario | did you mean `database`? @ ",
            "nothing-selected: --tag `qiuck` matches no scenario | did you mean `quick`? @ ",
        ]
    );
}

#[test]
fn a_scenario_that_is_left_out_needs_no_secret() {
    let secret = || SecretSource::Env("FIXPROOF_TEST_NEVER_SET".into());
    let scenarios = [scenario("a", &[]), scenario("b", &[]).with("say", json!("{{secret.key}}"))];
    let mut world =
        World::of(scenarios.clone()).secret("key", secret()).select(|s| s.filters = vec!["a".into()]);
    assert_eq!(world.problems(), Vec::<String>::new());
    let [a, b] = scenarios;
    let mut world = World::of([a, b.skip("later")]).secret("key", secret());
    assert_eq!(world.problems(), Vec::<String>::new());
}
