//! One cause, many effects: what is told once, what is told as a cause of its own, and what is said of its neighbour.

use fixproof::model::FoldedCause;

use super::suite::{World, scenario};

fn named(all: &[std::sync::Arc<str>]) -> Vec<&str> {
    all.iter().map(|name| &**name).collect()
}

async fn causes(scenarios: impl IntoIterator<Item = super::suite::Sc>) -> Vec<FoldedCause> {
    let world = World::of(scenarios).component("database", &[], &[]);
    let mut world = world.component("site", &["database"], &[]);
    world.run().await.report.causes
}

#[tokio::test(start_paused = true)]
async fn two_that_ran_into_the_same_at_one_component_are_one_cause_with_two_witnesses() {
    let causes = causes([
        scenario("health", &["refused"]).of("site"),
        scenario("identity", &["refused"]).of("site"),
        scenario("login", &[]).of("site").needs("health"),
    ])
    .await;
    assert_eq!(causes.len(), 1, "{causes:#?}");
    assert_eq!(named(&causes[0].seen_by), ["health", "identity"]);
    assert_eq!(named(&causes[0].effects), ["login"]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_used_names_what_is_red_below_it_and_stays_a_cause() {
    let causes = causes([
        scenario("schema", &["status 404"]).of("database"),
        scenario("threads", &["status 500"]).of("site"),
        scenario("chat", &[]).of("site").needs("threads"),
    ])
    .await;
    let told: Vec<(&str, &str)> = causes.iter().map(|c| (&*c.component, c.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "site",
                "status is 500, wanted equals 200; `database`, which it depends on, is red as well (schema)"
            ),
            ("database", "status is 404, wanted equals 200"),
        ]
    );
    assert_eq!(named(&causes[0].effects), ["chat"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_is_nobody_elses_and_neither_is_what_only_the_harness_could_not_do() {
    let wrong = causes([
        scenario("schema", &["status 404"]).of("database"),
        scenario("threads", &["status 404"]).of("site"),
    ])
    .await;
    assert!(wrong.iter().all(|cause| !cause.detail.contains("depends on")), "{wrong:#?}");
    let own = causes([
        scenario("schema", &["limit"]).of("database"),
        scenario("threads", &["status 500"]).of("site"),
    ])
    .await;
    assert!(own.iter().all(|cause| !cause.detail.contains("depends on")), "{own:#?}");
}
