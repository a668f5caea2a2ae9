//! Mistakes in settings: all of them, at once, and none with a secret in it.

use fixproof::model::{Setting, Text};

use super::support::*;

fn mistakes(settings: Vec<(String, Setting)>) -> Vec<(Option<&'static str>, String)> {
    let Err(mistakes) = prepare(settings) else { unreachable!("nothing is wrong") };
    mistakes.into_iter().map(|mistake| (mistake.setting, mistake.message)).collect()
}

#[test]
fn addresses_that_cannot_be_asked() {
    for (url, says) in [
        ("nonsense", "no address"),
        ("http://", "no address"),
        ("ftp://example.com/", "not http or https"),
        ("http://me:hunter2@example.com/", "user or a password"),
    ] {
        let found = mistakes(texts(&[("url", url)]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == Some("url") && found[0].1.contains(says), "{found:?}");
        assert!(!found[0].1.contains("hunter2"));
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut settings = texts(&[
        ("url", "ftp://example.com"),
        ("method", "get"),
        ("body", "x"),
        ("resolve", "localhost"),
        ("ca", "/nowhere/ca.pem"),
    ]);
    settings.push(table("headers", &[("bad name", "x"), ("x-line", "a\r\nb")]));
    settings.push(table("form", &[("a", "1")]));
    settings.push(table("basic", &[("user", "me")]));
    let found = mistakes(settings);
    let at: Vec<_> = found.iter().map(|(setting, _)| setting.unwrap_or("-")).collect();
    for wanted in ["url", "method", "resolve", "ca", "basic"] {
        assert_eq!(at.iter().filter(|at| **at == wanted).count(), 1, "{wanted}: {found:#?}");
    }
    assert_eq!(at.iter().filter(|at| **at == "headers").count(), 2, "{found:#?}");
    assert!(found.iter().any(|(_, message)| message.contains("`body` and `form`")), "{found:#?}");
}

#[test]
fn settings_that_exclude_each_other() {
    let url = ("url", "http://shop.test:81/");
    for (more, says) in [
        (vec![("resolve", "127.0.0.1"), ("proxy", "http://127.0.0.1:1")], "can't be given together"),
        (vec![("resolve", "127.0.0.1:82"), ("http", "2")], "can't differ"),
        (vec![("proxy", "::")], "proxy address"),
    ] {
        let found = mistakes(texts(&[vec![url], more].concat()));
        assert!(found.len() == 1 && found[0].1.contains(says), "{found:?}");
    }
    let found = mistakes(texts(&[("url", "http://127.0.0.1/"), ("resolve", "127.0.0.2")]));
    assert!(found.len() == 1 && found[0].0 == Some("resolve"), "{found:?}");
}

#[test]
fn no_mistake_shows_a_secret() {
    let settings = ["url", "method", "resolve", "bearer", "proxy"]
        .map(|name| (name.to_owned(), Setting::Text(Text::secret("hunter2\n"))))
        .to_vec();
    let found = format!("{:?}", mistakes(settings));
    assert!(!found.contains("hunter2"), "{found}");
}
