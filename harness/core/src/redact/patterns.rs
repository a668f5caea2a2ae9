//! What is taken out by rule, whether anybody knows its value or not: passwords in addresses, credentials in headers
//! and documents by their names, tokens and private keys by their looks.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Captures, Regex};

use super::MASK;

/// Headers whose value is a credential.
const HEADERS: &str =
    "(?:proxy-)?authorization|x-[a-z0-9-]*(?:key|token|secret|password|credential|jwt)|api-?key";
/// Names of settings and of a document's values that are credentials.
const NAMES: &str = "password|passwd|pwd|passphrase|secret|client[_-]?secret|service[_-]?secret|access[_-]?token|\
     refresh[_-]?token|id[_-]?token|auth[_-]?token|session[_-]?token|api[_-]?key|private[_-]?key|secret[_-]?key|\
     secret[_-]?access[_-]?key|[a-z0-9]+[_-](?:password|secret)";

/// Every rule holds one of these; a text without them is none of a rule's business.
const SIGNS: [&str; 15] = [
    "://",
    "authorization",
    "cookie",
    "key",
    "token",
    "secret",
    "passw",
    "pwd",
    "passphrase",
    "bearer",
    "basic",
    "eyJ",
    "-----BEGIN",
    "jwt",
    "credential",
];

struct Rules {
    signs: AhoCorasick,
    address: Regex,
    header: Regex,
    cookies: Regex,
    scheme: Regex,
    named: [Regex; 3],
    token: Regex,
    key: Regex,
    names: Regex,
    headers: Regex,
}

/// None only if a pattern here were wrong, which the tests below would tell.
static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).ok();
    Some(Rules {
        signs: AhoCorasick::builder().ascii_case_insensitive(true).build(SIGNS).ok()?,
        address: pattern(
            r#"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@:"'<>\\]*:)(?P<value>[^\s/?#"'<>\\]+)(?P<after>@)"#,
        )?,
        // A whole line, also one of an escaped text.
        header: pattern(&format!(
            r#"(?i)(?P<before>(?:^|[\r\n]|\\n|["'])(?:[<>*] )?(?:{HEADERS}):[ \t]*)(?P<value>[^\s"'\\…][^\r\n"'\\…]*)"#
        ))?,
        cookies: pattern(
            r#"(?i)(?P<before>(?:^|[\r\n]|\\n|["'])(?:[<>*] )?(?:set-)?cookie:[ \t]*)(?P<value>[^\s"'\\][^\r\n"'\\]*)"#,
        )?,
        scheme: pattern(
            r"(?i)(?P<before>\b(?:bearer|basic|negotiate|apikey)\s+)(?P<value>[a-z0-9._~+/=-]{8,})",
        )?,
        named: [
            pattern(&format!(r#"(?i)(?P<before>"(?:{NAMES})"\s*:\s*")(?P<value>(?:[^"\\…]|\\.)+)"#))?,
            pattern(&format!(
                r#"(?i)(?P<before>\\"(?:{NAMES})\\"\s*:\s*\\")(?P<value>(?:[^"\\…]|\\[^"])+)"#
            ))?,
            pattern(&format!(
                r#"(?i)(?P<before>(?:^|[\s?&;,({{])(?:{NAMES})=)(?P<value>[^\s&;,"'\\…<>)}}]+)"#
            ))?,
        ],
        token: pattern(r"(?P<value>\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?)")?,
        key: pattern(
            r"(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<value>(?:[A-Za-z0-9+/=\s:,]|\\[rn]|(?:Proc-Type|DEK-Info)[^\n]*)+)",
        )?,
        names: pattern(&format!("(?i)^(?:{NAMES})$"))?,
        headers: pattern(&format!("(?i)^(?:header\\.)?(?:{HEADERS})$"))?,
    })
});

/// Takes out of a text what a rule names; nothing where no rule does.
pub(super) fn clean(text: &str) -> Option<String> {
    let rules = RULES.as_ref()?;
    if !rules.signs.is_match(text) {
        return None;
    }
    let mut clean = Cow::Borrowed(text);
    let mut apply = |pattern: &Regex, by: &dyn Fn(&Captures<'_>) -> String| {
        if let Cow::Owned(changed) = pattern.replace_all(&clean, by) {
            clean = Cow::Owned(changed);
        }
    };
    apply(&rules.key, &|found| part(found, |_| true));
    apply(&rules.address, &|found| part(found, |_| true));
    apply(&rules.cookies, &|found| format!("{}{}", &found["before"], without_cookies(&found["value"], MASK)));
    apply(&rules.header, &|found| part(found, |_| true));
    apply(&rules.scheme, &|found| part(found, looks_random));
    rules.named.iter().for_each(|named| apply(named, &|found| part(found, is_no_word)));
    apply(&rules.token, &|found| part(found, |_| true));
    match clean {
        Cow::Owned(clean) if clean != text => Some(clean),
        _ => None,
    }
}

/// Does the name of a document's value or of a fact say that the value is a credential?
pub(super) fn is_private_name(name: &str) -> bool {
    RULES.as_ref().is_some_and(|rules| rules.names.is_match(name) || rules.headers.is_match(name))
}

/// Is that, under such a name, a credential, and not what is said of one?
pub(super) fn is_credential(value: &str) -> bool {
    !value.trim().is_empty() && is_no_word(value) && (!value.contains(' ') || value.starts_with("-----BEGIN"))
}

/// The value masked, where it is one.
fn part(found: &Captures<'_>, is_one: impl Fn(&str) -> bool) -> String {
    let said = |name: &str| found.name(name).map(|found| found.as_str()).unwrap_or_default();
    let value = said("value");
    let is_masked = value.contains(MASK) || value.trim() == "…" || is_variable(value);
    if is_masked || !is_one(value) {
        return found[0].to_owned();
    }
    format!("{}{MASK}{}", said("before"), said("after"))
}

/// `sid=…; Path=/; Secure`: names and attributes stay, `mask` stands for the values.
#[must_use]
pub fn without_cookies(line: &str, mask: &str) -> String {
    const ATTRIBUTES: [&str; 8] =
        ["path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority"];
    let one = |cookie: &str| match cookie.split_once('=') {
        Some((name, _)) if ATTRIBUTES.contains(&name.trim().to_ascii_lowercase().as_str()) => {
            cookie.to_owned()
        }
        Some((name, value)) if !value.is_empty() && value != "…" => format!("{name}={mask}"),
        Some(_) => cookie.to_owned(),
        None if ATTRIBUTES.contains(&cookie.trim().to_ascii_lowercase().as_str()) => cookie.to_owned(),
        None if cookie.trim().is_empty() || cookie.trim() == "…" || cookie.trim() == MASK => {
            cookie.to_owned()
        }
        None => mask.to_owned(),
    };
    line.split(';').map(one).collect::<Vec<_>>().join(";")
}

/// `null`, `true`, the quote before a shell's variable: what stands where a credential would stand.
fn is_no_word(value: &str) -> bool {
    !["'", "null", "none", "true", "false", "undefined", "string", "…"]
        .contains(&value.to_ascii_lowercase().as_str())
}

/// `Bearer $TOKEN`, in a command that is typed by hand: the name of a secret, and not the secret.
fn is_variable(value: &str) -> bool {
    let value =
        ["Bearer ", "Basic ", "Token "].iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value);
    let name = value.trim_matches(['"', '\'']).strip_prefix('$').map(|name| name.trim_matches(['{', '}']));
    name.is_some_and(|name| {
        name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

/// `Basic authentication` is no credential.
fn looks_random(value: &str) -> bool {
    value.len() >= 24 || value.contains(|c: char| c.is_ascii_digit() || "_+/=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_a_variable_in_it_stays_a_command() {
        let command = r#"curl --data-raw '{"email":"'"$EMAIL"'","password":"'"$PASSWORD"'"}'"#;
        becomes(command, command);
        let command = r#"curl -H "Authorization: Bearer $TOK""#;
        becomes(command, command);
        becomes("Authorization: Bearer $ecret-of-mine", "Authorization: [secret]");
    }

    #[track_caller]
    fn becomes(text: &str, wanted: &str) {
        assert_eq!(clean(text).as_deref().unwrap_or(text), wanted);
        // A report is cleaned where its outcomes are born and once more as a whole.
        assert_eq!(clean(wanted), None, "not stable: {wanted}");
    }

    #[test]
    fn passwords_in_addresses_are_taken_out() {
        becomes("at postgres://me:hunter22@db:5432/x now", "at postgres://me:[secret]@db:5432/x now");
        becomes("redis://:hunter22@cache", "redis://:[secret]@cache");
        becomes("\"url\": \"amqp://a:b@c@h/\"", "\"url\": \"amqp://a:[secret]@h/\"");
        becomes("https://host:8080/a@b and https://me@host/", "https://host:8080/a@b and https://me@host/");
    }

    #[test]
    fn credentials_in_headers_are_taken_out() {
        becomes("Authorization: Bearer abc", "Authorization: [secret]");
        becomes("> proxy-authorization: Basic eDp5", "> proxy-authorization: [secret]");
        becomes("a\nX-E2E-Bypass-Key: 1234\r\nb: c", "a\nX-E2E-Bypass-Key: [secret]\r\nb: c");
        becomes("x-auth-token: t", "x-auth-token: [secret]");
        becomes("api-key: t", "api-key: [secret]");
        becomes("\"x\\nx-api-key: t\\nnext\"", "\"x\\nx-api-key: [secret]\\nnext\"");
        becomes("authorization: …", "authorization: …");
        becomes("sent Bearer abcd1234efgh to it", "sent Bearer [secret] to it");
        becomes("WWW-Authenticate: Bearer realm=\"x\"", "WWW-Authenticate: Bearer realm=\"x\"");
        becomes("Basic authentication is wanted", "Basic authentication is wanted");
    }

    #[test]
    fn cookies_keep_their_names_and_attributes() {
        becomes(
            "set-cookie: sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax",
            "set-cookie: sid=[secret]; Path=/; Secure; HttpOnly; SameSite=Lax",
        );
        becomes("Cookie: a=1; b=2", "Cookie: a=[secret]; b=[secret]");
    }

    #[test]
    fn credentials_in_documents_are_taken_out_by_name() {
        becomes(r#"{"access_token":"abc","n":1}"#, r#"{"access_token":"[secret]","n":1}"#);
        becomes(r#""{\"client_secret\":\"abc\"}""#, r#""{\"client_secret\":\"[secret]\"}""#);
        becomes("host=db password=hunter22 port=1", "host=db password=[secret] port=1");
        becomes("/login?user=me&password=hunter22&x=1", "/login?user=me&password=[secret]&x=1");
        becomes(r#"{"access_token":"ab\"c"}"#, r#"{"access_token":"[secret]"}"#);
        becomes(
            r#"{"password": null, "max_tokens": "5", "token": "Hel"}"#,
            r#"{"password": null, "max_tokens": "5", "token": "Hel"}"#,
        );
    }

    #[test]
    fn tokens_and_private_keys_are_taken_out_by_their_looks() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2lnbmF0dXJl";
        becomes(&format!("got {token}, and"), "got [secret], and");
        becomes(
            "-----BEGIN PRIVATE KEY-----\nMIIE\nvgIB\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----[secret]-----END PRIVATE KEY-----",
        );
    }

    #[test]
    fn names_say_what_is_private() {
        for name in ["password", "access_token", "header.x-api-key", "header.authorization", "DB_PASSWORD"] {
            assert!(is_private_name(name), "{name}");
        }
        for name in ["status", "token", "header.content-type", "idempotency-key", "key", "passwords"] {
            assert!(!is_private_name(name), "{name}");
        }
        assert!(is_credential("hunter22") && !is_credential("must not be empty") && !is_credential("null"));
    }
}
