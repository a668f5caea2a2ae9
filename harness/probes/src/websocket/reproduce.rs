//! The same conversation with `websocat`.

use std::time::Duration;

use url::Url;

use crate::PrepareContext;
use crate::net::address::{self, word};
use crate::reproduce::{CommandLine, authorities, printf, whole_seconds};
use fixproof_core::model::{Setting, Settings, Text};

/// The command line: what is sent is piped in, a frame a line; what comes is written, until the time is over.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let within = whole_seconds(shown.duration("listen").unwrap_or(within));
    let sent = sent(shown);
    let mut line = match authorities(shown, context) {
        Some(ca) => CommandLine::with("SSL_CERT_FILE", &ca, "timeout"),
        None => CommandLine::new("timeout"),
    };
    // -n: it goes on listening when it has nothing more to say.
    line.words([&*within, "websocat", "-n"]);
    for (name, value) in shown.table("headers") {
        let value = value.scalar_text()?;
        line.word(&format!("--header={name}: {}", value.expose()));
    }
    if let Some(token) = word(shown, "bearer") {
        line.word(&format!("--header=Authorization: Bearer {token}"));
    }
    if let Some(origin) = word(shown, "origin") {
        line.word(&format!("--origin={origin}"));
    }
    let offered: Vec<&str> = shown.list("subprotocols").iter().filter_map(text).map(Text::expose).collect();
    if !offered.is_empty() {
        line.word(&format!("--protocol={}", offered.join(", ")));
    }
    line.word(word(shown, "url")?);
    let listening = line.finish()?;
    let whole = match sent.as_slice() {
        [] => format!("{listening} </dev/null"),
        frames => {
            // A line is a frame.
            let lines = frames.iter().map(|frame| format!("{}\n", frame.replace(['\n', '\r'], " ")));
            let mut said = CommandLine::empty();
            printf(&mut said, &lines.collect::<String>());
            format!("{} | {listening}", said.finish()?)
        }
    };
    Some(format!("{}{whole}", moved(shown)))
}

fn text(setting: &Setting) -> Option<&Text> {
    if let Setting::Text(text) = setting { Some(text) } else { None }
}

/// The frames that are sent, in order.
fn sent(shown: &Settings) -> Vec<String> {
    let turns = shown.list("talk").iter().filter_map(|turn| match turn {
        Setting::Table(rows) => rows.iter().find(|(key, _)| key == "send").map(|(_, frame)| frame),
        _ => None,
    });
    turns
        .map(|frame| text(frame).map_or_else(|| frame.to_json().to_string(), |t| t.expose().to_owned()))
        .collect()
}

/// It has no word for another address than the name's own.
fn moved(shown: &Settings) -> String {
    let to = address::resolve(shown, &mut Vec::new());
    let host = word(shown, "url").and_then(|url| Url::parse(url).ok());
    let host = host.as_ref().and_then(Url::host_str);
    match (to, host) {
        (Some((ip, None)), Some(host)) => format!("# first make {host} resolve to {ip} (/etc/hosts)\n"),
        (Some((ip, Some(port))), Some(host)) => {
            format!("# first make {host} lead to {ip}, port {port}\n")
        }
        _ => String::new(),
    }
}
