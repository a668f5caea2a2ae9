//! What is refused before the first packet.

use fixproof::model::Setting;

use crate::fixture::{mistakes, text};
use crate::server::{query, user};

#[test]
fn settings_that_can_t_be_meant_are_refused() {
    let count = |number: u64| Setting::Number(number.into());
    for (settings, says) in [
        (vec![], "no host"),
        (vec![("host", text("h"))], "no user"),
        (vec![("url", text("postgres://u@h/db"))], "scheme"),
        (vec![("url", text("mysql://u@h/db?ssl-mode=maybe"))], "TLS mode"),
        (vec![("url", text("mysql://u@h/db?compress=1"))], "unknown parameter"),
        (vec![("host", text("h")), user("u"), ("port", count(65536))], "port"),
        (vec![("host", text("h,i")), user("u")], "one name or one address"),
        (vec![("host", text("h")), user("u"), ("ca", text("ca.pem"))], "verifies no certificate"),
        (
            vec![("host", text("h")), user("u"), ("tls", text("verify-ca")), ("ca", text("gone.pem"))],
            "gone.pem",
        ),
        (vec![("host", text("h")), user("u"), query(" ")], "it is empty"),
    ] {
        let said = mistakes("mysql", &settings);
        assert!(said.contains(says), "{settings:?}: {said}");
    }
    assert_eq!(mistakes("mysql", &[("host", text("::1")), user("u"), ("tls", text("verify-full"))]), "");
}
