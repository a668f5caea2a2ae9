//! Which fields an expectation reads, operator by operator and path by path.

use serde_json::json;

use super::*;

fn document() -> Json {
    json!({
        "status": "ready",
        "checks": {"database": {"status": "ready"}, "redis": {"status": "ready"}},
        "flags": [{"name": "max_connections", "value": "100"}, {"name": "other", "value": "1"}],
        "errors": [],
    })
}

fn reads(at: Option<&str>, operator: Option<Operator>, field: &str) -> bool {
    let at = at.map(|at| JsonPath::parse(at).unwrap());
    let look = Look { fact: "body", at: at.as_ref(), operator, warns: false };
    look.looks_at(&document(), &[String::new()], &JsonPath::parse(field).unwrap())
}

#[test]
fn a_place_and_everything_it_is_in_is_read() {
    let is = |field| reads(Some("$.checks.database.status"), Some(Operator::EQUALS), field);
    for field in ["$.checks.database.status", "$.checks.database", "$.checks", "$"] {
        assert!(is(field), "{field}");
    }
    for field in ["$.checks.redis.status", "$.checks.redis", "$.status", "$.gone", "$.errors[*]"] {
        assert!(!is(field), "{field}");
    }
}

#[test]
fn what_is_within_a_place_is_read_by_what_looks_at_its_value() {
    for (operator, inside) in [
        (None, true),
        (Some(Operator::EQUALS), true),
        (Some(Operator::MATCHES), true),
        (Some(Operator::EXISTS), false),
        (Some(Operator::IS_A), false),
        (Some(Operator::IS_EMPTY), false),
        (Some(Operator::HAS_LENGTH), false),
    ] {
        assert_eq!(reads(Some("$.checks"), operator, "$.checks.redis.status"), inside, "{operator:?}");
        assert!(reads(Some("$.checks"), operator, "$.checks"), "{operator:?}");
    }
    // An object is as long as it has members, whatever is in them; a list is no shorter for what its elements are.
    assert!(reads(Some("$.checks"), Some(Operator::HAS_LENGTH), "$.checks.redis"));
    assert!(!reads(Some("$.flags"), Some(Operator::HAS_LENGTH), "$.flags[*].value"));
    assert!(!reads(Some("$.flags"), Some(Operator::HAS_LENGTH), "$.flags[*]"));
    assert!(reads(None, Some(Operator::EQUALS), "$.checks.redis.status"));
    assert!(!reads(None, Some(Operator::EXISTS), "$.checks.redis.status"));
    assert!(reads(None, Some(Operator::EXISTS), "$"));
}

#[test]
fn a_filter_reads_what_it_chooses_by() {
    let is =
        |field| reads(Some("$.flags[?@.name == 'max_connections'].value"), Some(Operator::EQUALS), field);
    assert!(is("$.flags[*].value") && is("$.flags[*].name") && is("$.flags") && is("$.flags[*]"));
    assert!(!is("$.status"));
    // Nothing is selected here, and what is chosen by is read all the same.
    let is = |field| reads(Some("$.flags[?!@.name]"), Some(Operator::EXISTS), field);
    assert!(!is("$.flags[*].value"));
    let is = |field| reads(Some("$.flags[?@.value == null]"), Some(Operator::EXISTS), field);
    assert!(is("$.flags[*].value") && !is("$.flags[*].name"));
}

#[test]
fn frames_are_told_apart_by_their_type() {
    let frames = json!([{"type": "hello", "id": "a"}, {"type": "done", "id": "b", "text": "c"}]);
    let at = JsonPath::parse("$[1].id").unwrap();
    let look = Look { fact: "awaited", at: Some(&at), operator: Some(Operator::IS_EMPTY), warns: false };
    let field = JsonPath::parse("$.id").unwrap();
    assert!(look.looks_at(&frames, &["/1".to_owned()], &field));
    assert!(!look.looks_at(&frames, &["/0".to_owned()], &field));
    assert!(!look.looks_at(&frames, &["/1".to_owned()], &JsonPath::parse("$.text").unwrap()));
}

#[test]
fn a_field_is_known_by_its_name() {
    assert!(matches!(Looked::named("status"), Some(Looked::Status)));
    assert!(matches!(Looked::named("text"), Some(Looked::Text)));
    assert!(
        matches!(Looked::named("header.content-type"), Some(Looked::Header(name)) if name == "content-type")
    );
    assert!(matches!(Looked::named("$['commit-sha'][*]"), Some(Looked::Body(_))));
    assert!(Looked::named("whatever").is_none());
}
