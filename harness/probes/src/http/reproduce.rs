//! The same request with `curl`.

use std::time::Duration;

use url::Url;

use crate::PrepareContext;
use crate::net::address::word;
use crate::reproduce::{CommandLine, around_variables, authorities, holds_variable, quoted, seconds};
use fixproof_core::model::{Setting, Settings};

/// The command line.
pub(in super::super) fn reproduce(
    shown: &Settings,
    within: Duration,
    context: &PrepareContext<'_>,
) -> Option<String> {
    let body = ["body", "json", "form"].into_iter().find(|name| shown.get(name).is_some());
    let usual = if body.is_some() { "POST" } else { "GET" };
    let method = word(shown, "method").unwrap_or(usual);
    let mut line = CommandLine::new("curl");
    line.word("-sS");
    match (method, body) {
        // What it shows is the head alone; nothing else follows.
        ("HEAD", None) => line.word("-I"),
        _ => line.word("-D-"),
    };
    line.words(["--max-time", &seconds(within)]);
    if shown.get("events").is_some() {
        line.word("-N");
    }
    if method != usual && (method, body) != ("HEAD", None) {
        line.words(["-X", method]);
    }
    way(shown, context, &mut line);
    if let Some(most) = shown.count("redirects").filter(|most| *most > 0) {
        line.words(["-L", "--max-redirs", &most.to_string()]);
    }
    login(shown, &mut line);
    headers(shown, body, &mut line);
    said(shown, body, &mut line);
    let url = url(shown)?;
    if url.contains(['[', ']', '{', '}']) {
        line.word("-g");
    }
    resolve(shown, &url, &mut line)?;
    line.word(&url).finish()
}

/// How it connects.
fn way(shown: &Settings, context: &PrepareContext<'_>, line: &mut CommandLine) {
    let secure = word(shown, "url").is_some_and(|url| url.starts_with("https:"));
    match word(shown, "http") {
        Some("1.1") => line.word("--http1.1"),
        Some("2") if secure => line.word("--http2"),
        Some("2") => line.word("--http2-prior-knowledge"),
        _ => line,
    };
    match word(shown, "ip") {
        Some("4") => line.word("-4"),
        Some("6") => line.word("-6"),
        _ => line,
    };
    if let Some(ca) = authorities(shown, context).filter(|_| secure) {
        line.words(["--cacert", &ca]);
    }
    if let Some(proxy) = word(shown, "proxy") {
        line.words(["--proxy", proxy]);
    }
}

fn login(shown: &Settings, line: &mut CommandLine) {
    if let Some(token) = word(shown, "bearer") {
        line.words(["-H", &format!("Authorization: Bearer {token}")]);
    }
    let basic = |name: &str| {
        let row = shown.table("basic").iter().find(|(key, _)| key == name)?;
        row.1.scalar_text().map(|text| text.expose().to_owned())
    };
    if let (Some(user), Some(password)) = (basic("user"), basic("password")) {
        line.words(["-u", &format!("{user}:{password}")]);
    }
    match word(shown, "google") {
        None => line,
        Some(metadata) if metadata.starts_with("metadata") => {
            line.shell("-H \"Authorization: Bearer $(gcloud auth print-access-token)\"")
        }
        Some("default") => line
            .shell("-H \"Authorization: Bearer $(gcloud auth application-default print-access-token)\""),
        Some(file) => line.shell(&format!(
            "-H \"Authorization: Bearer $(GOOGLE_APPLICATION_CREDENTIALS={} gcloud auth application-default print-access-token)\"",
            quoted(file)
        )),
    };
}

fn headers(shown: &Settings, body: Option<&str>, line: &mut CommandLine) {
    let headers = shown.table("headers");
    let said = |name: &str| headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
    for (name, value) in headers {
        let value = value.scalar_text().map(|text| text.expose().to_owned()).unwrap_or_default();
        // A header without a value is said with a semicolon.
        line.words(["-H", &if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") }]);
    }
    if shown.get("events").is_some() && !said("accept") {
        line.words(["-H", "Accept: text/event-stream"]);
    }
    match body {
        Some("json") if !said("content-type") => line.words(["-H", "Content-Type: application/json"]),
        // Otherwise it would be called a form.
        Some("body") if !said("content-type") => line.words(["-H", "Content-Type:"]),
        _ => line,
    };
}

fn said(shown: &Settings, body: Option<&str>, line: &mut CommandLine) {
    match body {
        Some("json") => {
            let json = shown.get("json").map(Setting::to_json).unwrap_or_default();
            line.words(["--data-raw", &json.to_string()]);
        }
        Some("form") => {
            let form = shown.table("form");
            let value =
                |value: &Setting| value.scalar_text().map(|t| t.expose().to_owned()).unwrap_or_default();
            if form.iter().any(|(_, of)| holds_variable(&value(of))) {
                // What a variable holds is encoded when it is known.
                for (name, of) in form {
                    line.words(["--data-urlencode", &format!("{}={}", form_encoded(name), value(of))]);
                }
            } else {
                line.words(["--data-raw", &pairs(form)]);
            }
        }
        Some(_) => {
            line.words(["--data-raw", word(shown, "body").unwrap_or_default()]);
        }
        None => {}
    }
}

/// The address with its query, written as it is sent where nothing in it is a variable.
fn url(shown: &Settings) -> Option<String> {
    let written = word(shown, "url")?;
    let whole = match shown.table("query") {
        [] => written.to_owned(),
        query => {
            let bare = written.split_once('#').map_or(written, |(bare, _)| bare);
            format!("{bare}{}{}", if bare.contains('?') { '&' } else { '?' }, pairs(query))
        }
    };
    if holds_variable(&whole) {
        return Some(whole);
    }
    Some(Url::parse(&whole).map_or(whole, String::from))
}

/// Names and values as a form has them.
fn pairs(rows: &[(String, Setting)]) -> String {
    let pair = |(name, value): &(String, Setting)| {
        let value = value.scalar_text();
        format!("{}={}", form_encoded(name), form_encoded(value.as_ref().map_or("", |text| text.expose())))
    };
    rows.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn form_encoded(text: &str) -> String {
    around_variables(text, |literal| url::form_urlencoded::byte_serialize(literal.as_bytes()).collect())
}

/// Another address than the name's own.
fn resolve(shown: &Settings, url: &str, line: &mut CommandLine) -> Option<()> {
    if shown.get("resolve").is_none() {
        return Some(());
    }
    let (ip, port) = crate::net::address::resolve(shown, &mut Vec::new())?;
    let url = Url::parse(url).ok()?;
    let (host, own) = (url.host_str()?, url.port_or_known_default()?);
    let ip = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
    line.words(["--connect-to", &format!("{host}:{own}:{ip}:{}", port.unwrap_or(own))]);
    Some(())
}
