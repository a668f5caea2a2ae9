//! What the redactor takes out by its parts.

use crate::model::Secret;

use super::Redactor;

#[test]
fn secrets_in_json_keys_and_numbers_are_taken_out() {
    let redactor = Redactor::new([&Secret::new("12345678".to_owned())]);
    let mut json = serde_json::json!({ "k12345678": 123_456_789, "ok": [1, "x12345678"] });
    redactor.clean_json(&mut json);
    assert!(!json.to_string().contains("12345678"), "{json}");
}

#[test]
fn a_secret_learned_later_is_found_beside_those_known_before() {
    let mut redactor = Redactor::default();
    for number in 0..200 {
        redactor.learn([&Secret::new(format!("token-{number:04}-of-many"))]);
    }
    assert!(redactor.matcher.shelf_count() < 12, "{}", redactor.matcher.shelf_count());
    for number in 0..200 {
        assert_eq!(redactor.cleaned(&format!("a token-{number:04}-of-many b")), "a [secret] b");
    }
}

#[test]
fn a_secret_in_two_lines_frames_or_elements_leaves_no_half() {
    let redactor = Redactor::new([&Secret::new("the-secret-of-the-day".to_owned())]);
    let mut lines =
        ["< {\"t\":\"the-secret-\"}", "< {\"x\":1}", "< {\"t\":\"of-the-day\"}"].map(str::to_owned);
    redactor.clean_split_lines(&mut lines);
    assert!(!lines.join("").contains("secret-") && !lines.join("").contains("of-the"), "{lines:?}");
    let mut small = ["{\"t\":\"x the\"}", "{\"t\":\"-se\"}", "{\"t\":\"cret-of-the\"}", "{\"t\":\"-day y\"}"]
        .map(str::to_owned);
    redactor.clean_split_lines(&mut small);
    assert_eq!(
        small,
        ["{\"t\":\"x [secret]\"}", "{\"t\":\"[secret]\"}", "{\"t\":\"[secret]\"}", "{\"t\":\"[secret] y\"}"]
    );
    let mut json =
        serde_json::json!({ "frames": [{ "at": 1, "d": "the-s" }, { "at": 2, "d": "ecret-of-the-day!" }] });
    redactor.clean_json(&mut json);
    assert_eq!(json["frames"][0]["d"], "[secret]");
    assert_eq!(json["frames"][1]["d"], "[secret]!");
    let mut rows = serde_json::json!([{ "t": "the-secret-of" }, { "t": "-the-day" }]);
    redactor.clean_json(&mut rows);
    assert_eq!(rows, serde_json::json!([{ "t": "[secret]" }, { "t": "[secret]" }]));
    assert_eq!(redactor.cleaned("data: the-secret-of-the-da\n\ndata: y"), "data: [secret]\n\ndata: y");
    assert_eq!(redactor.cleaned("1 the-secret\n2 -of-the-day"), "1 [secret]\n2 [secret]");
    assert_eq!(redactor.cleaned("the-day\nof the secret"), "the-day\nof the secret");
}
