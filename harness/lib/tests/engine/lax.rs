//! A word that its own opposite holds, and a page that every error page is like: warned of before anything is sent.

use serde_json::json;

use super::suite::{Sc, World, expect, scenario};

fn problems(scenario: Sc) -> Vec<String> {
    World::of([scenario]).problems()
}

fn on_text(operator: &'static str, wanted: &str) -> Vec<String> {
    problems(scenario("a", &[]).expect(expect("text", operator, json!(wanted))))
}

#[test]
fn a_search_for_healthy_is_told_that_unhealthy_holds_it() {
    let said = on_text("contains", "healthy");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("lax-text: `text contains \"healthy\"` also holds for `unhealthy` | "),
        "{}",
        said[0]
    );
    let at_a_place = scenario("a", &[]).expect(expect("body", "contains", json!("ready")).at("$.status"));
    assert!(problems(at_a_place)[0].contains("also holds for `not ready`"));
}

#[test]
fn every_search_that_the_opposite_satisfies_is_warned_of() {
    for (operator, wanted) in [
        ("contains", "Healthy"),
        ("contains", "OK"),
        ("ends-with", "connected"),
        ("matches", "(?i)healthy"),
        ("matches", "active|running"),
    ] {
        let said = on_text(operator, wanted);
        assert!(said.len() == 1 && said[0].starts_with("lax-text: "), "{operator} {wanted}: {said:?}");
    }
}

#[test]
fn what_the_opposite_does_not_satisfy_is_not_warned_of() {
    for (operator, wanted) in [
        ("equals", "healthy"),
        ("starts-with", "healthy"),
        ("contains", "\"healthy\""),
        ("contains", "PostgreSQL 17."),
        ("contains", "e"),
        ("matches", "^healthy$"),
        ("matches", "\\bhealthy\\b.*\\bin all regions\\b"),
        ("matches", "^[\\w-]+$"),
    ] {
        assert_eq!(on_text(operator, wanted), Vec::<String>::new(), "{operator} {wanted}");
    }
    let no = scenario("a", &[]).expect(expect("text", "contains", json!("healthy")).not());
    assert_eq!(problems(no), Vec::<String>::new(), "`not` is another question");
    let warned = scenario("a", &[]).expect(expect("text", "contains", json!("healthy")).warn());
    assert_eq!(problems(warned), Vec::<String>::new(), "it turns nothing green");
}

#[test]
fn a_piece_of_any_page_is_warned_of_unless_the_status_is_asked_too() {
    for wanted in ["<html", "<title>", "</body>"] {
        let bare = scenario("a", &[]).only(expect("text", "contains", json!(wanted)));
        let said = problems(bare);
        assert!(said.len() == 1 && said[0].contains("also holds for an error page"), "{wanted}: {said:?}");
        // `status equals 200` stands there, too.
        assert_eq!(on_text("contains", wanted), Vec::<String>::new(), "{wanted}");
    }
    let own = scenario("a", &[]).only(expect("text", "contains", json!("Welcome to the chat")));
    assert_eq!(problems(own), Vec::<String>::new());
}
