//! What is refused before the first packet.

use fixproof::model::Setting;

use crate::fixture::{mistakes, text};
use crate::server::command;

#[test]
fn settings_that_can_t_be_meant_are_refused() {
    let count = |number: u64| Setting::Number(number.into());
    for (settings, says) in [
        (vec![], "no host"),
        (vec![("url", text("http://h"))], "scheme"),
        (vec![("url", text("redis://h/cache"))], "must be a number"),
        (vec![("url", text("redis://h?db=1"))], "after a `?`"),
        (vec![("host", text("h")), ("port", count(0))], "port"),
        (vec![("host", text("h i"))], "one name or one address"),
        (vec![("host", text("h")), ("user", text("u"))], "no password"),
        (vec![("host", text("h")), ("ca", text("ca.pem"))], "verifies no certificate"),
        (vec![("url", text("rediss://h")), ("ca", text("missing.pem"))], "missing.pem"),
        (vec![("host", text("127.0.0.1")), ("ip", text("6"))], "other family"),
        (vec![("host", text("h")), command(&[])], "asks nothing"),
        (vec![("host", text("h")), command(&[" "])], "asks nothing"),
        (vec![("host", text("h")), command(&["GET key"])], "list of words"),
        (vec![("host", text("h")), command(&["monitor"])], "never ends"),
    ] {
        let said = mistakes("redis", &settings);
        assert!(said.contains(says), "{settings:?}: {said}");
    }
    assert_eq!(mistakes("redis", &[("host", text("::1")), command(&["GET", "a key"])]), "");
}
