//! The house rules of `harness/ARCHITECTURE.md`, kept over the source text. Each rule is a function from a text to what
//! is wrong with it, and each is shown a bad text once, so that it is known to be able to fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use fixproof::model::{Cause, Code, Operator};

/// One file of the library: its path from `src/`, and its text without comments, literals and tests.
struct File {
    path: String,
    whole: String,
    code: String,
}

impl File {
    fn new(path: &str, whole: &str) -> File {
        File { path: path.to_owned(), whole: whole.to_owned(), code: without_tests(&bare(whole)) }
    }

    /// `judge` of `judge/gate.rs`, `clock` of `clock.rs`.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// How many modules deep it is: 1 for a room itself.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("mod.rs") { parts - 1 } else { parts }
    }
}

fn library() -> Vec<File> {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for (package, prefix) in [("core", ""), ("probes", "probe/"), ("lib", "")] {
        let root = harness.join(package).join("src");
        let mut open = vec![root.clone()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                let name = format!("{prefix}{name}");
                files.push(File::new(&name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(files.len() > 200, "the library has moved");
    let tests: Vec<String> = files.iter().flat_map(test_files).collect();
    files.retain(|file| !tests.contains(&file.path));
    files
}

/// Files that are modules under `#[cfg(test)]`.
fn test_files(file: &File) -> Vec<String> {
    let bare = bare(&file.whole);
    let folder = match file.path.strip_suffix("mod.rs") {
        Some(folder) => folder.to_owned(),
        None => format!("{}/", file.path.trim_end_matches(".rs")),
    };
    bare.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|rest| {
            let item = rest.trim_start().split_once(';')?.0;
            Some(format!(
                "{folder}{}.rs",
                item.strip_prefix("pub(crate) ").unwrap_or(item).strip_prefix("mod ")?
            ))
        })
        .filter(|path| !path.contains(['{', ' ', '\n']))
        .collect()
}

/// The text with comments and the insides of literals blanked out; lines stay where they are.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Where the comment or literal that begins here ends; here, if none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    let until = |from: usize, ends: &dyn Fn(usize) -> bool| {
        (from..chars.len()).find(|i| ends(*i)).unwrap_or(chars.len())
    };
    let word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (next(0), next(1)) {
        ('/', '/') => until(at, &|i| chars[i] == '\n'),
        ('/', '*') => {
            (until(at + 2, &|i| chars[i] == '*' && chars.get(i + 1) == Some(&'/')) + 2).min(chars.len())
        }
        ('r', '"' | '#') if !word_before => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if next(1 + hashes) != '"' {
                return at;
            }
            let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
            (until(at + 2 + hashes, &closes) + 1 + hashes).min(chars.len())
        }
        ('"', _) => {
            let mut i = at + 1;
            while i < chars.len() && chars[i] != '"' {
                i += if chars[i] == '\\' { 2 } else { 1 };
            }
            (i + 1).min(chars.len())
        }
        ('\'', '\\') => (until(at + 3, &|i| chars[i] == '\'') + 1).min(chars.len()),
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

/// A bare text without its `#[cfg(test)]` modules.
fn without_tests(bare: &str) -> String {
    let mut text = bare.to_owned();
    while let Some(start) = text.find("#[cfg(test)]") {
        let end = match (text[start..].find('{'), text[start..].find(';')) {
            (Some(open), semicolon) if semicolon.is_none_or(|s| open < s) => closing(&text, start + open),
            (_, Some(semicolon)) => start + semicolon + 1,
            (_, None) => text.len(),
        };
        text.replace_range(start..end, "");
    }
    text
}

/// One past the brace that closes the one at `open`.
fn closing(bare: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (i, c) in bare[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return open + i + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    bare.len()
}

/// What each room may know besides itself, within its crate. Between crates cargo keeps the order.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("redact", &["model"]),
    ("load", &["model"]),
    ("judge", &["model"]),
    ("report", &["model"]),
    ("plan", &["model", "redact", "clock", "load", "judge", "probe"]),
    ("run", &["model", "redact", "clock", "judge", "probe", "plan"]),
    ("replay", &["model", "redact", "judge", "plan", "run"]),
    ("engine", &["model", "judge", "plan", "run", "replay"]),
    ("harness", &["model", "clock", "load", "probe", "engine"]),
    ("lib", &["model", "redact", "clock", "load", "judge", "probe", "report", "engine", "harness"]),
];

fn looks_up(file: &File) -> Vec<String> {
    if file.room() == "probe" {
        return vec![];
    }
    let Some((_, known)) = MAY_KNOW.iter().find(|(room, _)| *room == file.room()) else {
        return vec![format!("{}: nobody has said which floor this room is on", file.path)];
    };
    let mut found = Vec::new();
    for rest in file.code.split("crate::").skip(1) {
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(_) => top_level_names(&rest[1..closing(rest, 0).saturating_sub(1)]),
            None => vec![first_word(rest)],
        };
        for name in names.into_iter().filter(|name| *name != file.room() && !known.contains(name)) {
            found.push(format!("{}: knows `{name}`", file.path));
        }
    }
    let chain = "super::".repeat(file.depth());
    if file.code.contains(&chain) {
        found.push(format!("{}: climbs out of its room with `{chain}`", file.path));
    }
    found
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")
}

/// `model` and `clock` of `model::{A, B}, clock::Clock`.
fn top_level_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (i, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(first_word(group[start..i].trim()));
                start = i + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Does a text name a path, written out or within the braces of a `use`?
fn names(code: &str, path: &str) -> bool {
    let packed: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    if packed.contains(path) {
        return true;
    }
    path.rsplit_once("::").is_some_and(|(before, last)| {
        packed.split(&format!("{before}::{{")).skip(1).any(|rest| {
            let group = format!("{{{rest}");
            top_level_names(&group[1..closing(&group, 0).saturating_sub(1)]).contains(&last)
        })
    })
}

fn asks_the_time(file: &File) -> Vec<String> {
    const WORDS: &[&str] = &[
        "Instant::now",
        "SystemTime",
        "now_utc",
        "now_local",
        "tokio::time",
        "thread::sleep",
        "recv_timeout",
        "wait_timeout",
        "park_timeout",
    ];
    if file.path == "probe/clock.rs" { vec![] } else { mentions(file, WORDS) }
}

fn reaches_outside(file: &File) -> Vec<String> {
    const WORDS: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "std::io::stdin",
        "std::io::stdout",
        "std::io::stderr",
        "tokio",
        "reqwest",
        "sqlx",
    ];
    if ["model", "redact", "judge", "report"].contains(&file.room()) { mentions(file, WORDS) } else { vec![] }
}

/// A report is made where it is redacted, or where one that was redacted is read back.
fn makes_reports(file: &File) -> Vec<String> {
    if ["redact/redactor.rs", "model/stored.rs"].contains(&file.path.as_str()) {
        return vec![];
    }
    let made = file.code.match_indices("Report {").filter(|(at, _)| {
        let before = file.code[..*at].trim_end();
        let is_word = file.code[..*at].chars().next_back().is_some_and(char::is_alphanumeric);
        !is_word && !["->", "struct", "impl", "for"].iter().any(|word| before.ends_with(word))
    });
    made.map(|_| format!("{}: makes a report of its own", file.path)).collect()
}

fn prints(file: &File) -> Vec<String> {
    mentions(file, &["print!", "println!", "eprint!", "eprintln!", "dbg!"])
}

fn is_vague(file: &File) -> Vec<String> {
    mentions(file, &["anyhow"])
}

fn mentions(file: &File, words: &[&str]) -> Vec<String> {
    let found = words.iter().filter(|word| names(&file.code, word));
    found.map(|word| format!("{}: mentions `{word}`", file.path)).collect()
}

fn tells_secrets(file: &File) -> Vec<String> {
    let code: String = file.code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for name in ["Secret", "Text"] {
        for face in ["Display for", "Serialize for", "ToString for"] {
            if code.contains(&format!("{face} {name} ")) || code.contains(&format!("{face} &{name} ")) {
                found.push(format!("{}: `{face} {name}`", file.path));
            }
        }
        if let Some((before, _)) =
            code.split_once(&format!("struct {name} ")).or(code.split_once(&format!("struct {name}(")))
            && let Some((_, derived)) = before.rsplit_once("#[derive(")
            && let Some((derived, between)) = derived.split_once(")]")
            && !between.contains(['}', ';'])
            && derived.split(',').map(str::trim).any(|d| ["Serialize", "Display", "Debug"].contains(&d))
        {
            found.push(format!("{}: `{name}` derives {derived}", file.path));
        }
    }
    found
}

/// Lines of a file before its tests, and of a function.
const FILE: usize = 400;
const FUNCTION: usize = 60;

/// What may be longer, and why.
const LONGER: &[(&str, &str)] = &[];

fn is_long(file: &File) -> Vec<String> {
    if LONGER.iter().any(|(path, _)| *path == file.path) {
        return vec![];
    }
    let lines = file.whole.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    let mut found = Vec::new();
    if lines > FILE {
        found.push(format!("{}: {lines} lines before its tests: it holds two nouns", file.path));
    }
    for (name, lines) in functions(&file.code).into_iter().filter(|(_, lines)| *lines > FUNCTION) {
        found.push(format!("{}: `{name}` has {lines} lines", file.path));
    }
    found
}

/// Every function with a body, and how many lines it has from its name to its last brace.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let is_word = code[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let name = first_word(&code[at + 3..]);
        if !is_word || name.is_empty() {
            continue;
        }
        let mut nested = 0i32;
        let body = code[at..].char_indices().find(|(_, c)| {
            match c {
                '(' | '[' => nested += 1,
                ')' | ']' => nested -= 1,
                _ => {}
            }
            nested == 0 && (*c == '{' || *c == ';')
        });
        if let Some((open, '{')) = body {
            let whole = &code[at..closing(code, at + open)];
            found.push((name.to_owned(), whole.lines().count()));
        }
    }
    found
}

fn has_no_door_plate(file: &File) -> Vec<String> {
    if file.whole.starts_with("//! ") { vec![] } else { vec![format!("{}: has no door plate", file.path)] }
}

#[track_caller]
fn kept(rule: fn(&File) -> Vec<String>) {
    let broken: Vec<String> = library().iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn broken(rule: fn(&File) -> Vec<String>, path: &str, text: &str) -> bool {
    !rule(&File::new(path, text)).is_empty()
}

#[test]
fn nobody_looks_up_a_floor_and_rooms_on_one_floor_don_t_know_each_other() {
    kept(looks_up);
}

#[test]
fn looking_up_is_seen() {
    for (path, text) in [
        ("model/value.rs", "use crate::judge::row;"),
        ("judge/gate.rs", "use crate::{model::{A, B}, clock::Clock};"),
        ("judge/gate.rs", "use crate::clock::Clock;"),
        ("load/mod.rs", "fn f() { crate::probe::PROBES.len(); }"),
        ("run/executor.rs", "use crate::report::json;"),
        ("judge/gate.rs", "use super::super::probe::Probe;"),
        ("judge/mod.rs", "use super::probe::Probe;"),
        ("cellar/mod.rs", ""),
    ] {
        assert!(broken(looks_up, path, text), "{path}: {text}");
    }
    for (path, text) in [
        ("judge/gate.rs", "// crate::probe\nuse crate::model::{Sample, Value};\nuse super::fold::fold;"),
        ("run/executor.rs", "use crate::{model::A, probe::{B, C}, clock};"),
        ("judge/gate.rs", "#[cfg(test)]\nmod tests { use crate::probe::X; }"),
    ] {
        assert!(!broken(looks_up, path, text), "{path}: {text}");
    }
}

#[test]
fn only_the_clock_asks_the_time_sleeps_or_times_out() {
    kept(asks_the_time);
}

#[test]
fn asking_the_time_is_seen() {
    for text in [
        "let t = Instant::now();",
        "use std::time::{Duration, SystemTime};",
        "use tokio::{sync::mpsc, time};",
        "tokio::time::sleep(d).await;",
        "OffsetDateTime::now_utc()",
        "std::thread::sleep(d);",
    ] {
        assert!(broken(asks_the_time, "run/executor.rs", text), "{text}");
        assert!(!broken(asks_the_time, "probe/clock.rs", text));
    }
    assert!(!broken(
        asks_the_time,
        "run/executor.rs",
        "// Instant::now\nlet s = \"tokio::time\"; use std::time::Duration;"
    ));
}

#[test]
fn model_judge_and_report_know_no_file_socket_environment_or_task() {
    kept(reaches_outside);
}

#[test]
fn reaching_outside_is_seen() {
    for text in [
        "std::fs::read(p)",
        "use std::{fmt, fs};",
        "std::env::var(x)",
        "use tokio::sync::mpsc;",
        "std::net::IpAddr",
    ] {
        assert!(broken(reaches_outside, "judge/gate.rs", text), "{text}");
        assert!(!broken(reaches_outside, "probe/secret.rs", text));
    }
}

#[test]
fn the_library_never_prints() {
    kept(prints);
    assert!(broken(prints, "run/executor.rs", "fn f() { eprintln!(\"x\"); }"));
    assert!(!broken(prints, "run/executor.rs", "/// println!(\"x\")\nfn f() {}"));
}

#[test]
fn a_report_is_made_only_where_it_is_redacted_or_read_back() {
    kept(makes_reports);
    let made = "fn f() -> Report {\n    Report { schema, ..other }\n}";
    assert!(broken(makes_reports, "run/executor.rs", made));
    assert!(!broken(makes_reports, "model/stored.rs", made));
    assert!(!broken(
        makes_reports,
        "run/executor.rs",
        "impl Report {}\nfn f() -> Report { g() }\nJUnitReport { a }"
    ));
}

#[test]
fn errors_have_names() {
    kept(is_vague);
    assert!(broken(is_vague, "run/executor.rs", "use anyhow::Result;"));
}

#[test]
fn a_secret_has_no_face() {
    kept(tells_secrets);
    for text in [
        "impl std::fmt::Display for Secret {}",
        "impl Serialize for Secret {}",
        "#[derive(Clone, Serialize)]\npub struct Secret(String);",
        "#[derive(Clone, Debug)]\npub struct Text { value: String }",
    ] {
        assert!(broken(tells_secrets, "model/secret.rs", text), "{text}");
    }
    assert!(!broken(
        tells_secrets,
        "model/x.rs",
        "#[derive(Debug)]\npub struct Other; pub struct Secret(String);"
    ));
}

#[test]
fn a_file_holds_one_noun_and_a_function_one_thought() {
    kept(is_long);
}

#[test]
fn length_is_seen() {
    let long = |lines: usize| format!("fn f(a: [u8; 2]) {{\n{}}}\n", "    g('{', \"}\");\n".repeat(lines));
    assert!(!broken(is_long, "x.rs", &long(58)));
    assert!(broken(is_long, "x.rs", &long(59)));
    assert!(!broken(is_long, "x.rs", &"// line\n".repeat(400)));
    assert!(broken(is_long, "x.rs", &"// line\n".repeat(401)));
    assert!(!broken(is_long, "x.rs", &format!("#[cfg(test)]\nmod tests {{\n{}}}", long(900))));
    assert_eq!(functions("trait T { fn a(&self); fn b() {} }\nlet x: fn (u8);"), [("b".to_owned(), 1)]);
}

#[test]
fn every_file_has_a_door_plate() {
    kept(has_no_door_plate);
    assert!(broken(has_no_door_plate, "x.rs", "use std::fmt;"));
}

#[test]
fn exemptions_are_of_files_that_are_there_and_say_why() {
    let paths: Vec<String> = library().into_iter().map(|file| file.path).collect();
    for (path, why) in LONGER {
        assert!(paths.iter().any(|p| p == path) && why.len() > 20, "{path}");
    }
}

/// Names of the packages a manifest depends on, in any of its tables.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut within = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            within = line.contains("dependencies");
        } else if within && let Some((name, _)) = line.split_once(['=', '.']) {
            found.push(name.trim().to_owned());
        }
    }
    found
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_library_knows_neither_the_simulated_staging_nor_a_terminal_and_the_staging_not_the_library() {
    let of = |package: &str| {
        let path = repository().join("harness").join(package).join("Cargo.toml");
        dependencies(&std::fs::read_to_string(path).unwrap())
    };
    for unwanted in ["fixproof-sim", "fixproof-cli", "anyhow", "clap", "anstream"] {
        assert!(!of("lib").contains(&unwanted.to_owned()), "{unwanted}");
    }
    assert!(!of("sim").contains(&"fixproof".to_owned()));
    assert_eq!(
        dependencies("[package]\nname = \"x\"\n[dependencies]\nanyhow = \"1\"\nclap.workspace = true"),
        ["anyhow", "clap"]
    );
}

/// Words of the program that a page does not explain. Each must stand there as code.
fn unexplained(page: &str, words: impl Iterator<Item = String>) -> Vec<String> {
    words.filter(|word| !page.contains(&format!("`{word}`"))).collect()
}

#[test]
fn every_code_cause_and_operator_is_explained_in_the_format_s_page() {
    let path = repository().join("harness/docs/format.md");
    let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let words = Code::ALL.iter().map(Code::to_string).chain(Cause::ALL.iter().map(Cause::to_string));
    let words = words.chain(Operator::ALL.iter().map(|operator| operator.name().to_owned()));
    assert_eq!(unexplained(&page, words), Vec::<String>::new());
}

#[test]
fn a_word_that_is_not_explained_is_seen() {
    let words = || ["unknown-key", "dns/timeout"].into_iter().map(str::to_owned);
    assert_eq!(unexplained("`unknown-key`: … dns/timeout …", words()), ["dns/timeout"]);
}

/// Everything under a folder that ends in `.rs`, as one text.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    let Ok(entries) = std::fs::read_dir(folder) else { unreachable!("no folder {}", folder.display()) };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.push_str(&sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
        }
    }
    all
}

/// Causes that no test outside the library names, as it is written there or as a reader sees it.
fn untried(tests: &str) -> Vec<String> {
    let named = |cause: &&Cause| {
        let variant = format!("{cause:?}");
        let written = tests
            .match_indices(&format!("Cause::{variant}"))
            .any(|(at, found)| !tests[at + found.len()..].starts_with(|next: char| next.is_alphanumeric()));
        written || tests.contains(&cause.to_string())
    };
    Cause::ALL.iter().filter(|cause| !named(cause)).map(Cause::to_string).collect()
}

#[test]
fn every_cause_is_reached_by_a_test_from_outside() {
    let (lib, cli) = (repository().join("harness/lib/tests"), repository().join("harness/cli/tests"));
    assert_eq!(untried(&(sources(&lib) + &sources(&cli))), Vec::<String>::new());
}

#[test]
fn a_cause_that_nobody_tries_is_seen() {
    assert!(untried("Cause::TlsExpiredTwice").contains(&"tls/expired".to_owned()));
    assert!(!untried("Cause::TlsExpired,").contains(&"tls/expired".to_owned()));
}

/// What a page names in backticks and nobody finds: a test as `file.rs::name`, a control as `file.toml::fault`, a file
/// of the repository alone.
fn not_there(page: &str) -> Vec<String> {
    let spans = page.split('`').skip(1).step_by(2);
    let named = spans.filter(|span| span.contains("::") || span.starts_with("harness/"));
    named.filter(|span| !is_there(span)).map(str::to_owned).collect()
}

fn is_there(span: &str) -> bool {
    let (path, name) = span.split_once("::").unwrap_or((span, ""));
    let text = std::fs::read_to_string(repository().join(path)).unwrap_or_default();
    if name.is_empty() {
        return !text.is_empty();
    }
    if path.ends_with(".toml") {
        return text.lines().any(|line| line.starts_with("fault") && line.ends_with(&format!("\"{name}\"")));
    }
    // A helper of that name proves nothing: one of the attributes above it must make it a test.
    text.match_indices(&format!("fn {name}(")).any(|(at, _)| {
        let above = text[..at].rsplit('\n').skip(1).map(str::trim);
        above.take_while(|line| line.starts_with("#[")).any(|line| line.contains("test"))
    })
}

#[test]
fn every_test_the_defects_page_names_exists() {
    let page = std::fs::read_to_string(repository().join("harness/docs/defects.md")).unwrap();
    assert_eq!(not_there(&page), Vec::<String>::new());
    let rows = page.lines().filter_map(|line| Some(line.strip_prefix("| D")?.split_once(" |")?.0.to_owned()));
    let wanted: Vec<String> = (1..=47).map(|number| number.to_string()).collect();
    assert_eq!(rows.collect::<Vec<_>>(), wanted, "one row for each of D1 to D47, in order");
}

#[test]
fn a_test_that_is_not_there_is_seen() {
    for span in [
        "harness/lib/tests/house.rs::nobody_has_written_this",
        "harness/lib/tests/house.rs::repository",
        "harness/lib/tests/cellar.rs::repository",
        "harness/lib/tests/fixtures/bad/nobody-wrote-this.toml",
        "scenarios/controls/stubs.toml::stub",
    ] {
        assert_eq!(not_there(&format!("a `word`, `{span}`")), [span]);
    }
    let there = "`harness/lib/tests/house.rs::length_is_seen` `scenarios/controls/stubs.toml::stub-html`";
    assert!(not_there(there).is_empty());
}
