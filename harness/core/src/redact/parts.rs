//! What is secret within a secret: the password of an address or of a connection string, each line of a key, the
//! values of a key file, the credential behind `Bearer`. Any of it may come back alone.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use crate::model::Secret;

/// A line of a secret that is at least so long is a secret of its own; a shorter one is an ordinary word.
const LINE: usize = 16;
/// A value without a telling name is secret in a JSON document when it is at least so long and looks random.
const RANDOM: usize = 32;
/// How deep a secret is looked into: a key file holds a key, which holds lines.
const DEPTH: usize = 3;

/// `password=…`, `pwd='…'`, `AccountKey="…"`: connection strings of libpq, ODBC, ADO, JDBC, and addresses' queries.
static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names =
        "[a-z0-9_ -]*(?:password|passwd|pwd|passphrase|secret|token|accountkey|accesskey|api-?_?key)|sig";
    let value = r#"'(?:[^'\\]|\\.)*'|"[^"]*"|\{[^}]*\}|[^\s;&'"]+"#;
    Regex::new(&format!(r"(?i)(?:^|[\s;?&:])(?:{names})\s*=\s*({value})")).ok()
});

/// The secret itself, without what is around it, and everything in it that is a secret of its own.
pub(super) fn parts(secret: &str) -> Vec<String> {
    let mut found = vec![secret.to_owned()];
    look_into(secret, DEPTH, &mut found);
    found.retain(|part| part.len() >= Secret::SHORTEST);
    found.sort_unstable();
    found.dedup();
    found
}

fn look_into(secret: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut inner = Vec::new();
    let bare = secret.trim();
    if bare != secret {
        inner.push(bare.to_owned());
    }
    lines(bare, found);
    match serde_json::from_str::<serde_json::Value>(bare) {
        Ok(json) if json.is_object() || json.is_array() => values(None, &json, &mut inner),
        _ => {}
    }
    inner.extend(passwords(bare));
    inner.extend(credential(bare));
    for part in inner {
        look_into(&part, depth, found);
        found.push(part);
    }
}

/// The lines of a key, alone, and joined as other systems join them.
fn lines(secret: &str, found: &mut Vec<String>) {
    let lines: Vec<&str> = secret.lines().map(str::trim).collect();
    if lines.len() < 2 {
        return;
    }
    // `-----BEGIN PRIVATE KEY-----` says what it is and nothing else.
    let body: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with("-----")).collect();
    found.extend(body.iter().filter(|line| line.chars().count() >= LINE).map(|line| (*line).to_owned()));
    found.extend([body.concat(), body.join("\n"), lines.join("\n"), lines.join("\r\n"), lines.join(" ")]);
    found.push(lines.join("\\n"));
}

/// The values of a document that are secret by their name or by their looks.
fn values(name: Option<&str>, json: &serde_json::Value, inner: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => {
            let named = name.is_some_and(is_secret_name) && !text.contains("://");
            if named
                || looks_random(text)
                || text.starts_with("-----BEGIN")
                || passwords(text).next().is_some()
            {
                inner.push(text.clone());
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|item| values(name, item, inner)),
        serde_json::Value::Object(rows) => {
            rows.iter().for_each(|(key, item)| values(Some(key), item, inner));
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// Does a name say that its value is a secret?
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "passphrase", "secret", "token", "key", "credential"]
        .iter()
        .any(|word| name.contains(word))
}

fn looks_random(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    text.len() >= RANDOM
        && text.chars().all(plain)
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(".com")
}

/// The passwords in an address or a connection string, as they are written and as they are meant.
fn passwords(secret: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    if let Some((_, rest)) = secret.split_once("://")
        && let Some((user, _)) = rest.split(['/', '?', '#']).next().and_then(|place| place.rsplit_once('@'))
        && let Some((_, password)) = user.split_once(':')
    {
        found.extend([password.to_owned(), percent_decoded(password)]);
    }
    let settings = SETTING.as_ref().map(|pattern| pattern.captures_iter(secret)).into_iter().flatten();
    for value in settings.filter_map(|setting| setting.get(1)) {
        let value = value.as_str();
        found.extend([value.to_owned(), percent_decoded(value)]);
        let mut quoted = value.chars();
        if let (Some('\'' | '"' | '{'), Some('\'' | '"' | '}')) = (quoted.next(), quoted.next_back()) {
            let bare = quoted.as_str();
            found.extend([bare.to_owned(), bare.replace("\\'", "'").replace("\\\\", "\\")]);
        }
    }
    found.into_iter().filter(|password| !password.is_empty())
}

/// What stands behind `Bearer` or `Basic`, and the password within the latter.
fn credential(secret: &str) -> Vec<String> {
    let Some((scheme, rest)) = secret.split_once(' ') else { return Vec::new() };
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" | "apikey" => vec![rest.to_owned()],
        "basic" => {
            let plain = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let password = plain.as_ref().and_then(|pair| pair.split_once(':')).map(|(_, p)| p.to_owned());
            [Some(rest.to_owned()), password].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn percent_decoded(text: &str) -> String {
    let pairs = format!("k={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(secret: &str, wanted: &[&str]) {
        let found = parts(secret);
        for part in wanted {
            assert!(found.iter().any(|one| one == part), "`{part}` is not in {found:?}");
        }
    }

    #[test]
    fn passwords_within_addresses_and_connection_strings_are_secrets() {
        holds("postgres://me:p%40ss!w@db/name", &["p%40ss!w", "p@ss!w"]);
        holds("postgres://me:hunter22@one:5432,two:5432/name?x=1", &["hunter22"]);
        holds("postgres:///db?host=/run&user=me&password=hunter22", &["hunter22"]);
        holds(r"host=db password='it\'s me' dbname=x", &["it's me"]);
        holds("host=db password=hunter22 dbname=x", &["hunter22"]);
        holds("Server=db;User Id=me;Password=hunter22;Encrypt=yes", &["hunter22"]);
        holds("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc/def+==;", &["abc/def+=="]);
        holds("jdbc:postgresql://db/name?user=me&password=hunter22", &["hunter22"]);
    }

    #[test]
    fn a_credential_is_secret_without_its_scheme() {
        holds("Bearer abc.def.ghi", &["abc.def.ghi"]);
        holds("Basic bWU6aHVudGVyMjI=", &["bWU6aHVudGVyMjI=", "hunter22"]);
    }

    #[test]
    fn each_long_line_of_a_key_is_secret_alone_and_its_first_line_is_not() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG\n9w0BAQEFAASCBKgwggSk\nAgEAAo==\n-----END PRIVATE KEY-----\n";
        holds(
            pem,
            &[
                "MIIEvgIBADANBgkqhkiG",
                "9w0BAQEFAASCBKgwggSk",
                "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAo==",
            ],
        );
        let found = parts(pem);
        assert!(!found.iter().any(|part| part.starts_with("-----") && part.len() < 40), "{found:?}");
        assert!(!found.iter().any(|part| part == "AgEAAo=="), "{found:?}");
    }

    #[test]
    fn a_key_file_s_secret_values_are_secrets_and_its_addresses_are_not() {
        let file = serde_json::json!({
            "type": "service_account",
            "project_id": "netra-staging",
            "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG\n-----END PRIVATE KEY-----\n",
            "client_email": "ci@netra-staging.iam.gserviceaccount.com",
            "client_secret": "hunter22",
            "token_uri": "https://oauth2.googleapis.com/token",
            "nested": [{ "database_url": "postgres://me:hunter33@db/x" }],
        });
        holds(&file.to_string(), &["hunter22", "MIIEvgIBADANBgkqhkiG", "hunter33"]);
        let found = parts(&file.to_string());
        for public in ["netra-staging", "service_account", "https://oauth2.googleapis.com/token"] {
            assert!(!found.iter().any(|part| part == public), "{public} in {found:?}");
        }
        assert!(!found.iter().any(|part| part.starts_with("ci@")), "{found:?}");
    }

    #[test]
    fn a_secret_is_found_without_its_line_break_too() {
        holds("hunter22\n", &["hunter22\n", "hunter22"]);
    }
}
