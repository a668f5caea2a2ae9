//! The house rules of `harness/ARCHITECTURE.md` that neither cargo nor clippy can keep: the order of the rooms, the length
//! of a file, its module docs, and the pages that must name everything. Each rule is shown a bad text once, so that it
//! is known to be able to fail. The clock, files, sockets, output and the length of functions are kept by clippy
//! (`.clippy.toml`, `core/.clippy.toml`, the lints of the crates), secrets by the doc tests of `model/secret.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use fixproof::model::{Cause, Code, Operator};

/// One source file: its crate, its path from `src/`, and its lines without comments and unit tests.
struct File {
    package: String,
    path: String,
    text: String,
}

impl File {
    fn new(package: &str, path: &str, text: &str) -> File {
        File { package: package.to_owned(), path: path.to_owned(), text: text.to_owned() }
    }

    /// `judge` of `judge/gate.rs`, `lib` of `lib.rs`.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Unit tests come last, so that a file's code is what is before them.
    fn before_tests(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"))
    }

    fn code(&self) -> impl Iterator<Item = &str> {
        self.before_tests().map(str::trim).filter(|line| !line.starts_with("//"))
    }
}

const CRATES: [&str; 6] = ["core", "probes", "lib", "prove", "sim", "cli"];

fn sources_of(package: &str) -> Vec<File> {
    let root = repository().join("harness").join(package).join("src");
    let (mut open, mut files) = (vec![root.clone()], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            files.push(File::new(package, name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(files.len() > 10, "{package} has moved");
    files
}

/// The rooms that a room may use, within its crate. Between crates cargo keeps the order.
const MAY_USE: &[(&str, &str, &[&str])] = &[
    ("core", "model", &[]),
    ("core", "redact", &["model"]),
    ("core", "load", &["model"]),
    ("core", "judge", &["model"]),
    ("core", "report", &["model"]),
    ("lib", "plan", &["model", "redact", "clock", "load", "judge", "probe"]),
    ("lib", "run", &["model", "redact", "clock", "judge", "probe", "plan"]),
    ("lib", "replay", &["model", "redact", "judge", "plan", "run"]),
    ("lib", "engine", &["model", "judge", "plan", "run", "replay"]),
    ("lib", "harness", &["model", "clock", "load", "probe", "engine"]),
];

fn uses_room_above(file: &File) -> Vec<String> {
    let Some((_, _, known)) = MAY_USE.iter().find(|(p, room, _)| *p == file.package && *room == file.room())
    else {
        let is_listed = MAY_USE.iter().any(|(package, _, _)| *package == file.package);
        let forgotten = is_listed && file.path != "lib.rs";
        return forgotten.then(|| format!("{}: its room is not in MAY_USE", file.path)).into_iter().collect();
    };
    let is_test = |path: &str| ["tests", "fixtures"].iter().any(|word| path.contains(word));
    let used = file.code().filter(|_| !is_test(&file.path)).flat_map(|line| line.split("crate::").skip(1));
    let rooms = used.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap());
    // A `use crate::{…}` would hide its rooms on other lines: it yields the empty room, which no room may use.
    let wrong = rooms.filter(|room| *room != file.room() && !known.contains(room));
    wrong.map(|room| format!("{}: uses `{room}`", file.path)).collect()
}

/// A report is made where it is redacted, or where a redacted one is read back. Outside `core` it can't be made at all:
/// the struct is non-exhaustive.
fn makes_report(file: &File) -> Vec<String> {
    if file.package != "core" || ["redact/redactor.rs", "model/stored.rs"].contains(&&*file.path) {
        return vec![];
    }
    let made = |line: &&str| {
        line.match_indices("Report {").any(|(at, _)| {
            let before = line[..at].trim_end();
            let is_word = line[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            !is_word && !["->", "struct", "impl", "for"].iter().any(|word| before.ends_with(word))
        })
    };
    file.code().filter(made).map(|line| format!("{}: makes a report: {line}", file.path)).collect()
}

/// The most lines of a file before its tests.
const LINES: usize = 400;

fn is_long(file: &File) -> Vec<String> {
    let lines = file.before_tests().count();
    let long = lines > LINES;
    long.then(|| format!("{}: {lines} lines before its tests", file.path)).into_iter().collect()
}

fn has_no_docs(file: &File) -> Vec<String> {
    let has = file.text.starts_with("//! ");
    (!has).then(|| format!("{}: does not start with module docs", file.path)).into_iter().collect()
}

#[track_caller]
fn holds(rule: fn(&File) -> Vec<String>) {
    let broken: Vec<String> =
        CRATES.iter().flat_map(|package| sources_of(package)).flat_map(|f| rule(&f)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn breaks(rule: fn(&File) -> Vec<String>, package: &str, path: &str, text: &str) -> bool {
    !rule(&File::new(package, path, text)).is_empty()
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    holds(uses_room_above);
    for (path, text) in [
        ("model/value.rs", "use crate::judge::gate;"),
        ("judge/gate.rs", "use crate::{model::A, load::B};"),
        ("load/mod.rs", "fn f() { crate::report::json(); }"),
        ("cellar/mod.rs", ""),
    ] {
        assert!(breaks(uses_room_above, "core", path, text), "{path}: {text}");
    }
    for (path, text) in [
        ("judge/gate.rs", "// crate::load\nuse crate::model::{Sample, Value};\nuse crate::judge::host;"),
        ("judge/gate.rs", "#[cfg(test)]\nmod tests { use crate::load::X; }"),
        ("lib.rs", "pub use crate::report::X;"),
    ] {
        assert!(!breaks(uses_room_above, "core", path, text), "{path}: {text}");
    }
}

#[test]
fn a_report_is_made_only_where_it_is_redacted_or_read_back() {
    holds(makes_report);
    let made = "fn f() -> Report {\n    Report { schema, ..other }\n}";
    assert!(breaks(makes_report, "core", "report/json.rs", made));
    assert!(!breaks(makes_report, "core", "model/stored.rs", made));
    let other = "impl Report {}\nfn f() -> Report { g() }\nJUnitReport { a }";
    assert!(!breaks(makes_report, "core", "report/json.rs", other));
}

#[test]
fn a_file_has_400_lines_at_most_and_starts_with_module_docs() {
    holds(is_long);
    holds(has_no_docs);
    assert!(!breaks(is_long, "core", "x.rs", &"// line\n".repeat(400)));
    assert!(breaks(is_long, "core", "x.rs", &"// line\n".repeat(401)));
    assert!(!breaks(is_long, "core", "x.rs", &format!("#[cfg(test)]\n{}", "// line\n".repeat(900))));
    assert!(breaks(has_no_docs, "core", "x.rs", "use std::fmt;"));
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
fn manifests_keep_the_order_of_the_crates() {
    let of = |package: &str| {
        let path = repository().join("harness").join(package).join("Cargo.toml");
        dependencies(&std::fs::read_to_string(path).unwrap())
    };
    for unwanted in ["fixproof-sim", "fixproof-cli", "anyhow", "clap", "anstream"] {
        assert!(!of("lib").contains(&unwanted.to_owned()), "{unwanted}");
    }
    assert!(!of("sim").contains(&"fixproof".to_owned()));
    for unwanted in ["tokio", "hyper", "rustls", "reqwest", "sqlx"] {
        assert!(!of("core").contains(&unwanted.to_owned()), "{unwanted}");
    }
    assert_eq!(
        dependencies("[package]\nname = \"x\"\n[dependencies]\nanyhow = \"1\"\nclap.workspace = true"),
        ["anyhow", "clap"]
    );
}

/// Words of the program that a page does not explain. Each must be there as code.
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
fn an_unexplained_word_is_found() {
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
fn an_untested_cause_is_found() {
    assert!(untried("Cause::TlsExpiredTwice").contains(&"tls/expired".to_owned()));
    assert!(!untried("Cause::TlsExpired,").contains(&"tls/expired".to_owned()));
}

/// Names in backticks that do not exist: a test as `file.rs::name`, a control as `file.toml::fault`, a file
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
fn a_missing_test_is_found() {
    for span in [
        "harness/lib/tests/house.rs::not_a_test",
        "harness/lib/tests/house.rs::repository",
        "harness/lib/tests/cellar.rs::repository",
        "harness/lib/tests/fixtures/bad/not-a-file.toml",
        "scenarios/controls/stubs.toml::stub",
    ] {
        assert_eq!(not_there(&format!("a `word`, `{span}`")), [span]);
    }
    let there =
        "`harness/lib/tests/house.rs::a_missing_test_is_found` `scenarios/controls/stubs.toml::stub-html`";
    assert!(not_there(there).is_empty());
}
