//! The canary battery: a secret that a hostile target sends back in every encoding and in pieces is in no artefact:
//! not on the terminal at any verbosity, in no format, in nothing that is made of a stored report.
//!
//! The encoders are this file's own: it shares no mistake with what it tests.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::bench::{Bench, Ran, fixproof, ran};

/// It has a letter of each case, a digit, and of each kind of escape one that needs it.
const CANARY: &str = "Canary/s3cret+\"x\" <&>'=%~end";

type Encode = fn(&str) -> String;

fn each(text: &str, one: impl Fn(u8) -> String, between: &str) -> String {
    text.bytes().map(one).collect::<Vec<_>>().join(between)
}

fn percent(text: &str, stays: &[u8]) -> String {
    let one = |b: u8| match b.is_ascii_alphanumeric() || stays.contains(&b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    each(text, one, "")
}

fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn html(text: &str) -> String {
    replaced(text, &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")])
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Every encoding a target may answer with.
const ENCODINGS: &[(&str, Encode)] = &[
    ("plain", |s| s.to_owned()),
    ("upper case", |s| s.to_uppercase()),
    ("lower case", |s| s.to_lowercase()),
    ("URL, RFC 3986", |s| percent(s, b"-._~")),
    ("URL, lower case", |s| percent(s, b"-._~").to_lowercase()),
    ("URL, form", |s| percent(s, b"-._* ").replace(' ', "+")),
    ("URL, encodeURIComponent", |s| percent(s, b"-_.!~*'()")),
    ("URL, twice", |s| percent(&percent(s, b"-._~"), b"-._~")),
    ("URL, every byte", |s| each(s, |b| format!("%{b:02X}"), "")),
    ("base64", |s| STANDARD.encode(s)),
    ("base64, one before", |s| STANDARD.encode(format!("x{s}"))),
    ("base64, two before", |s| STANDARD.encode(format!("xy{s}yz"))),
    ("base64, no padding", |s| STANDARD_NO_PAD.encode(format!("{s}.."))),
    ("base64url", |s| URL_SAFE.encode(format!("..{s}"))),
    ("base64url, no padding", |s| URL_SAFE_NO_PAD.encode(format!(".{s}"))),
    ("Basic", |s| format!("Basic {}", STANDARD.encode(format!("user:{s}")))),
    ("base64 of UTF-16", |s| STANDARD.encode(units(s))),
    ("hex", |s| each(s, |b| format!("{b:02x}"), "")),
    ("HEX", |s| each(s, |b| format!("{b:02X}"), "")),
    ("hex with colons", |s| each(s, |b| format!("{b:02x}"), ":")),
    ("hex with spaces", |s| each(s, |b| format!("{b:02X}"), " ")),
    ("hex, \\x", |s| each(s, |b| format!("\\x{b:02x}"), "")),
    ("hex, 0x", |s| each(s, |b| format!("0x{b:02x}"), ", ")),
    ("octal", |s| each(s, |b| format!("\\{b:03o}"), "")),
    ("decimal", |s| each(s, |b| b.to_string(), ", ")),
    ("JSON", |s| replaced(s, &[("\\", "\\\\"), ("\"", "\\\"")])),
    ("JSON with \\/", |s| replaced(s, &[("\\", "\\\\"), ("\"", "\\\""), ("/", "\\/")])),
    ("JSON for HTML", |s| {
        replaced(s, &[("\"", "\\\""), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")])
    }),
    ("JSON, every character", |s| each(s, |b| format!("\\u{:04x}", u32::from(b)), "")),
    ("a debugger's", |s| s.escape_debug().to_string()),
    ("HTML", html),
    ("HTML, decimal", |s| each(s, |b| format!("&#{b};"), "")),
    ("HTML, hexadecimal", |s| each(s, |b| format!("&#x{b:x};"), "")),
    ("a shell's", |s| format!("'{}'", s.replace('\'', r"'\''"))),
    ("cut short", |s| format!("{}{}", "x".repeat(497), s)),
];

/// What must be nowhere: the heart of each encoding, without what was put around the secret.
fn needles() -> Vec<(String, String)> {
    let mut needles: Vec<(String, String)> = Vec::new();
    for (name, encode) in ENCODINGS {
        let encoded = encode(CANARY);
        // In base64 what stands before and behind reaches into the first and the last characters.
        let heart = if name.contains("base64") || *name == "Basic" {
            encoded.get(8..encoded.len() - 8).unwrap_or_default().to_owned()
        } else {
            encoded
        };
        needles.push(((*name).to_owned(), heart.to_lowercase()));
    }
    // No artefact may have most of it either, nor its beginning.
    needles.push(("the beginning".to_owned(), "canary/s3c".to_owned()));
    needles.push(("the end".to_owned(), "'=%~end".to_owned()));
    needles.push(("a half".to_owned(), "s3cret+".to_owned()));
    needles
}

/// A server that answers `/N/WHERE` with the secret in the Nth encoding, there.
fn hostile() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || -> Option<()> {
                let mut connection = connection.ok()?;
                let mut request = [0; 8192];
                let read = connection.read(&mut request).ok()?;
                let line = String::from_utf8_lossy(&request[..read]).into_owned();
                let mut path = line.split(' ').nth(1)?.split(['/', '?']).skip(1);
                let encode = path.next()?.parse::<usize>().ok().and_then(|nth| ENCODINGS.get(nth));
                let said = encode.map_or_else(|| CANARY.to_owned(), |(_, encode)| encode(CANARY));
                for piece in answer(path.next()?, &said) {
                    // Each in a segment of its own, as far as that can be said.
                    connection.write_all(piece.as_bytes()).ok()?;
                    connection.flush().ok()?;
                }
                Some(())
            });
        }
    });
    address
}

fn answer(place: &str, said: &str) -> Vec<String> {
    let head = "HTTP/1.1 500 Oops\r\nconnection: close\r\n";
    let half = said.floor_char_boundary(said.len() / 2);
    let (one, two) = said.split_at(half);
    match place {
        "body" => vec![format!("{head}\r\n{said}")],
        "json" => vec![format!("{head}\r\n{}", serde_json::json!({ "status": said, said: [said] }))],
        "header" => vec![format!("{head}x-said: {said}\r\n\r\n{{}}")],
        "reason" => vec![format!("HTTP/1.1 500 {said}\r\nconnection: close\r\n\r\n{{}}")],
        "place" => vec![format!("HTTP/1.1 302 Found\r\nlocation: /0/none?{}\r\n\r\n", percent(said, b""))],
        "chunks" => {
            let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
            let head = format!("{head}transfer-encoding: chunked\r\n\r\n");
            vec![head, chunk(one), chunk(two), chunk("."), "0\r\n\r\n".to_owned()]
        }
        "lines" => vec![format!("{head}\r\n1 {one}\n2 {two}\n")],
        "rows" => vec![format!("{head}\r\n{}", serde_json::json!([{ "t": one }, { "t": two }]))],
        "events" => {
            let event = |text: &str| format!("data: {}\n\n", serde_json::json!({ "delta": text }));
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n";
            vec![head.to_owned(), event(one), event(two), event("end")]
        }
        // No HTTP at all.
        "garbage" => vec![format!("{said}\r\n")],
        "broken" => vec![format!("HTTP/1.1 500 Oops\r\ncontent-length: 9999\r\n\r\n{one}")],
        _ => vec![format!("{head}\r\n{{}}")],
    }
}

/// One scenario a place and encoding that can be there.
fn scenarios() -> String {
    let mut text = String::new();
    let mut ask = |id: &str, path: &str, more: &str| {
        let _ = write!(
            text,
            "\n[[scenario]]\nid = \"{id}\"\ntitle = \"{id}\"\nprobe = \"http\"\ntimeout = \"5s\"\n\
             with = {{ url = \"{{{{backend.url}}}}/{path}\", bearer = \"{{{{secret.token}}}}\"{more} }}\n\
             expect = [\n  {{ that = \"status\", equals = 200 }},\n  {{ that = \"text\", equals = \"{{{{secret.token}}}}\" }},\n  {{ that = \"body\", at = \"$.status\", equals = \"x\" }},\n]\n"
        );
    };
    for nth in 0..ENCODINGS.len() {
        for place in ["body", "json", "header"] {
            ask(&format!("s{nth}-{place}"), &format!("{nth}/{place}"), "");
        }
    }
    for place in ["reason", "place", "chunks", "lines", "rows", "garbage", "broken"] {
        ask(&format!("s-{place}"), &format!("0/{place}"), "");
    }
    ask("s-query", "0/none?key={{secret.token}}", ", headers = { x-own = \"{{secret.token}}\" }");
    ask("s-events", "0/events", ", events = [\"never\"]");
    text
}

const COMMANDS: &str = r#"
[[scenario]]
id = "c-output"
title = "A program says it"
probe = "command"
with = { argv = ["sh", "-c", "printf '%s' \"$A\" | cut -c1-9; printf '%s' \"$A\" | cut -c10-; printf '%s' \"$A\" >&2; exit 3"], env = { A = "{{secret.token}}" } }
expect = [{ that = "exit-code", equals = 0 }]

[[scenario]]
id = "c-arguments"
title = "A program is given it"
probe = "command"
with = { argv = ["/no/such/program", "{{secret.token}}", "--key={{secret.token}}"] }
expect = [{ that = "exit-code", equals = 0 }]

[[scenario]]
id = "c-environment"
title = "A program is given nothing of the harness's own environment"
probe = "command"
with = { argv = ["env"] }
expect = [{ that = "stdout", contains = "FIXPROOF_TEST", not = true }]
"#;

fn battery() -> Bench {
    let bench = Bench::new("http://127.0.0.1:9");
    let address = hostile();
    bench.write(
        "suite/targets/t.toml",
        &format!(
            "name = \"t\"\n[component.backend]\nurl = \"http://{address}\"\n[secret]\ntoken = {{ env = \"FIXPROOF_TEST_CANARY\" }}\n"
        ),
    );
    bench.scenarios(&(scenarios() + COMMANDS));
    bench
}

fn with_canary(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = if arguments.first() == Some(&"run") {
        bench.command(&arguments[1..])
    } else {
        let mut command = fixproof();
        command.current_dir(bench.path("")).args(arguments);
        command
    };
    ran(command.env("FIXPROOF_TEST_CANARY", CANARY).env("RUST_LOG", "trace").output().unwrap())
}

/// The text, and the text with the escapes of JSON and of XML undone: what a reader of it sees.
fn as_read(text: &str) -> Vec<String> {
    let xml = replaced(
        text,
        &[("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")],
    );
    let mut json = String::new();
    if let Ok(document) = serde_json::from_str::<serde_json::Value>(text) {
        all_texts(&document, &mut json);
    }
    let debug = |text: &str| replaced(text, &[("\\\\", "\\"), ("\\\"", "\""), ("\\'", "'")]);
    let (shown, twice) = (debug(text), debug(&json));
    [text.to_owned(), xml, json, shown, twice].map(|text| text.to_lowercase()).to_vec()
}

fn all_texts(json: &serde_json::Value, into: &mut String) {
    match json {
        serde_json::Value::String(text) => {
            into.push_str(text);
            into.push('\n');
        }
        serde_json::Value::Array(list) => list.iter().for_each(|item| all_texts(item, into)),
        serde_json::Value::Object(rows) => rows.iter().for_each(|(name, item)| {
            into.push_str(name);
            into.push('\n');
            all_texts(item, into);
        }),
        _ => {}
    }
}

/// Every encoding that is in the text, once, with what stands around it.
fn leaks(sink: &str, text: &str, into: &mut Vec<String>) {
    let read = as_read(text);
    for (name, needle) in needles() {
        let found = read.iter().find_map(|text| Some((text, text.find(&needle)?)));
        if let Some((text, at)) = found {
            let from = text.floor_char_boundary(at.saturating_sub(100));
            let to = text.ceil_char_boundary((at + needle.len() + 40).min(text.len()));
            into.push(format!("the canary, {name}, is in {sink}: …{}…", &text[from..to]));
        }
    }
}

#[track_caller]
fn assert_none(sinks: &[(String, String)]) {
    let mut found = Vec::new();
    sinks.iter().for_each(|(sink, text)| leaks(sink, text, &mut found));
    assert!(found.is_empty(), "{} leaks\n{}", found.len(), found.join("\n\n"));
    for (sink, text) in sinks {
        let bad = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(bad, None, "{sink}");
    }
}

fn files(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((
                path.display().to_string(),
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into(),
            ));
        }
    }
}

#[test]
fn the_battery_itself_holds_what_it_looks_for() {
    assert!(ENCODINGS.len() >= 12);
    for ((name, encode), (_, needle)) in ENCODINGS.iter().zip(needles()) {
        assert!(needle.len() >= 12, "{name}: {needle}");
        assert!(encode(CANARY).to_lowercase().contains(&needle), "{name}");
    }
}

#[test]
fn no_encoding_of_a_secret_is_in_any_artefact() {
    let bench = battery();
    let mut sinks: Vec<(String, String)> = Vec::new();
    let mut told = |name: &str, ran: Ran| {
        sinks.push((format!("stdout of {name}"), ran.stdout));
        sinks.push((format!("stderr of {name}"), ran.stderr));
    };
    let mut all = vec!["run".to_owned(), "--verbose".to_owned()];
    for format in fixproof::report::FORMATS {
        all.extend(["--report".to_owned(), format!("{}=all/{0}/report", format.name())]);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let verbose = with_canary(&bench, &all);
    verbose.ends(1, &["REJECTED", "[secret]", "c-environment"]);
    assert!(!verbose.stdout.contains("failed[content/differs] c-environment"), "{}", verbose.stdout);
    told("run --verbose", verbose);
    told("run", with_canary(&bench, &["run"]));
    told("run --quiet", with_canary(&bench, &["run", "--quiet", "--color", "always"]));
    told("run --report json=-", with_canary(&bench, &["run", "--report", "json=-"]));
    for format in fixproof::report::FORMATS {
        let shown = with_canary(&bench, &["show", "reports/report.json", "--format", format.name()]);
        told(&format!("show --format {}", format.name()), shown);
    }
    let suite = ["--scenarios", "suite", "--target", "t"];
    for arguments in [
        &["show", "reports/report.json", "--verbose"][..],
        &["replay", "reports/report.json", "--verbose"],
        &["prove", "--from", "reports/report.json", "--verbose"],
        &["prove", "--from", "reports/report.json", "--format", "json"],
        &["list"],
        &["check"],
        &["explain", "s-query"],
    ] {
        let more = if arguments[0] == "show" { &[][..] } else { &suite };
        told(&arguments.join(" "), with_canary(&bench, &[arguments, more].concat()));
    }
    for folder in ["reports", "all"] {
        files(&bench.path(folder), &mut sinks);
    }
    assert!(sinks.len() > 20, "{}", sinks.len());
    // Colour is our own.
    sinks.iter_mut().for_each(|(_, text)| *text = text.replace("\u{1b}[", ""));
    assert_none(&sinks);
}

#[test]
fn a_mistake_that_a_secret_makes_is_told_without_it() {
    let bench = battery();
    bench.scenarios(
        "\n[[scenario]]\nid = \"a\"\ntitle = \"a\"\nprobe = \"http\"\nwith = { url = \"{{secret.token}}\" }\nexpect = [{ that = \"status\", equals = 200 }]\n\
         \n[[scenario]]\nid = \"b\"\ntitle = \"b\"\nprobe = \"http\"\nwith = { url = \"http://127.0.0.1/\", method = \"{{secret.token}}\" }\nexpect = [{ that = \"time.total\", at-most = \"{{secret.token}}\" }]\n",
    );
    for arguments in [&["run"][..], &["check", "--scenarios", "suite", "--target", "t"]] {
        let told = with_canary(&bench, arguments);
        told.ends(2, &["error"]);
        assert_none(&[("stdout".to_owned(), told.stdout), ("stderr".to_owned(), told.stderr)]);
    }
}
