//! Headers: those a scenario sends, and those that come back, as facts and as lines for a reader.

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use fixproof_core::model::{Facts, Mistake, Settings, Value};
use fixproof_core::redact::without_cookies;

/// Reads the setting `headers`. Values that hold a secret are marked sensitive.
pub(crate) fn read(settings: &Settings, mistakes: &mut Vec<Mistake>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in settings.table("headers") {
        let text = value.scalar_text();
        let (Some(text), Ok(parsed)) = (text, HeaderName::from_bytes(name.as_bytes())) else {
            mistakes.push(Mistake::at("headers", format!("`{name}` is no header name")));
            continue;
        };
        match HeaderValue::from_str(text.expose()) {
            Ok(mut value) => {
                value.set_sensitive(text.is_secret());
                headers.append(parsed, value);
            }
            Err(_) => {
                let message = format!(
                    "the value of the header `{name}` holds a character that no header may hold (a line break?)"
                );
                mistakes.push(Mistake::at("headers", message));
            }
        }
    }
    headers
}

/// Sends credentials, read from a setting.
pub(crate) fn authorize(
    headers: &mut HeaderMap,
    setting: &'static str,
    value: &str,
    mistakes: &mut Vec<Mistake>,
) {
    match HeaderValue::from_str(value) {
        Ok(mut value) => {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Err(_) => mistakes.push(
            Mistake::at(setting, "it holds a character that no header may hold")
                .help("a secret read from a file may hold a line break in its middle"),
        ),
    }
}

/// Adds `header.*`.
pub(crate) fn facts(headers: &HeaderMap, facts: &mut Facts) {
    for name in headers.keys() {
        let values: Vec<String> =
            headers.get_all(name).iter().map(|value| shown(name, value.as_bytes())).collect();
        facts.insert(format!("header.{name}"), Value::Text(values.join(", ")));
    }
}

/// A header's value for a reader; those that carry credentials by their name show none. Of cookies the names and the
/// attributes stay: whether they are `Secure` is something to expect.
pub(crate) fn shown(name: &HeaderName, value: &[u8]) -> String {
    let name = name.as_str();
    let text = String::from_utf8_lossy(value);
    if matches!(name, "cookie" | "set-cookie") {
        return without_cookies(&text, "…");
    }
    let private = matches!(name, "authorization" | "proxy-authorization")
        || name.starts_with("x-") && name.ends_with("-key");
    if private { "…".to_owned() } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown_and_what_a_cookie_promises_is() {
        let shown = |name: &str, value: &str| {
            shown(&HeaderName::from_bytes(name.as_bytes()).unwrap(), value.as_bytes())
        };
        assert_eq!(shown("Authorization", "Bearer abc"), "…");
        assert_eq!(shown("X-E2E-Bypass-Key", "abc"), "…");
        assert_eq!(
            shown("Set-Cookie", "sid=abc; Path=/; Secure; HttpOnly"),
            "sid=…; Path=/; Secure; HttpOnly"
        );
        assert_eq!(shown("Cookie", "a=1; b=2"), "a=…; b=…");
        assert_eq!(shown("Set-Cookie", "abc"), "…");
        assert_eq!(shown("Content-Type", "text/plain"), "text/plain");
    }
}
