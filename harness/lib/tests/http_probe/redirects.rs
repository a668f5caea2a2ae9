//! Redirects: off unless asked for, counted, and without secrets for strangers.

use fixproof::model::{Cause, Setting};
use serde_json::Number;

use super::support::*;

fn following(url: &str, redirects: u64) -> Vec<(String, Setting)> {
    let mut settings = texts(&[("url", url)]);
    settings.push(("redirects".to_owned(), Setting::Number(Number::from(redirects))));
    settings
}

fn to(place: &str, status: u16) -> String {
    format!("HTTP/1.1 {status} Moved\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
}

#[tokio::test]
async fn a_redirect_is_an_answer_unless_following_was_asked_for() {
    let server = canned(to("/next", 302)).await;
    let seen = get(&server.url("http", "/")).await;
    fine(&seen);
    assert_eq!((number(&seen, "status"), text(&seen, "header.location")), (302, "/next".to_owned()));
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn a_loop_ends_at_its_limit() {
    let server = canned(to("/?token=hunter2", 302)).await;
    let seen = look(following(&server.url("http", "/"), 3), LONG).await;
    blocked(&seen, Cause::HttpRedirects, "after 3 redirects");
    assert!(!seen.obstacle.as_ref().unwrap().detail.contains("hunter2"));
    assert_eq!(server.seen(), 4);
    assert_eq!(number(&seen, "status"), 302);
    assert_eq!(seen.phases.iter().filter(|phase| phase.name == "connect").count(), 4);
    for place in ["ftp://127.0.0.1/", "http://"] {
        let server = canned(to(place, 302)).await;
        blocked(
            &look(following(&server.url("http", "/"), 3), LONG).await,
            Cause::HttpRedirects,
            "without a usable `Location`",
        );
    }
}

#[tokio::test]
async fn strangers_get_no_secrets() {
    let other = canned(OK).await;
    let server = canned(to(&other.url("http", "/there"), 307)).await;
    let mut settings = following(&server.url("http", "/"), 1);
    settings.extend(texts(&[("bearer", "hunter2"), ("body", "kept")]));
    settings.push((
        "headers".to_owned(),
        Setting::Table(vec![
            ("X-Key".to_owned(), Setting::Text(fixproof::model::Text::secret("hunter3"))),
            ("Cookie".to_owned(), Setting::Text(fixproof::model::Text::plain("a=hunter4"))),
            ("X-Plain".to_owned(), Setting::Text(fixproof::model::Text::plain("yes"))),
        ]),
    ));
    let seen = look(settings, LONG).await;
    fine(&seen);
    assert!(["hunter2", "hunter3", "hunter4"].iter().all(|secret| server.last().contains(secret)));
    assert!(!other.last().contains("hunter"), "{}", other.last());
    assert!(other.last().contains("x-plain: yes") && other.last().ends_with("kept"), "{}", other.last());
    assert!(other.last().contains(&format!("host: {}", other.address)), "{}", other.last());
    assert_eq!((number(&seen, "redirects"), text(&seen, "url")), (1, other.url("http", "/there")));
}

#[tokio::test]
async fn a_see_other_forgets_the_body() {
    let other = canned(OK).await;
    let server = canned(to(&other.url("http", "/"), 303)).await;
    let mut settings = following(&server.url("http", "/"), 1);
    settings.push(table("form", &[("a", "1")]));
    fine(&look(settings, LONG).await);
    assert!(other.last().starts_with("GET / ") && !other.last().contains("content-"), "{}", other.last());
}
