//! The loader from outside: one mistake a file and its exact message, many mistakes at once, and no panic from any file.
//!
//! `fixtures/bad/NAME.toml` is a scenario file unless its first line says `# suite`, `# target` or `# control`; `NAME.txt` is what is
//! told about it. `FIXPROOF_BLESS=1 cargo test -p fixproof --test loader` writes the `.txt` files anew.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fixproof::load::{Document, fact_path, load_controls, schema, unproved};
use fixproof::model::{
    Code, FactPath, FactSpec, InvalidInput, Kind, Level, ProbeSpec, Problems, Repetition, SettingKind,
    SettingSpec, Share, Sources, Suite, Target, Verdict,
};
use serde_json::Value;

const fn fact(name: &'static str, kind: Kind, always: bool) -> FactSpec {
    FactSpec { name, kind, always, meaning: "A fact." }
}

const fn setting(name: &'static str, kind: SettingKind, required: bool) -> SettingSpec {
    SettingSpec { name, kind, required, meaning: "A setting." }
}

static HTTP: ProbeSpec = ProbeSpec {
    name: "http",
    summary: "Asks over HTTP.",
    settings: &[
        setting("url", SettingKind::Text, true),
        setting("method", SettingKind::OneOf(&["GET", "POST"]), false),
        setting("headers", SettingKind::Table, false),
        setting("json", SettingKind::Any, false),
        setting("redirects", SettingKind::Count, false),
        setting("patience", SettingKind::Duration, false),
        setting("limit", SettingKind::Size, false),
        setting("insecure", SettingKind::Flag, false),
        setting("resolve", SettingKind::Texts, false),
    ],
    facts: &[&[
        fact("status", Kind::Number, true),
        fact("header.*", Kind::Text, false),
        fact("body", Kind::Json, false),
        fact("text", Kind::Text, true),
        fact("size", Kind::Size, true),
        fact("time.connect", Kind::Duration, false),
        fact("time.total", Kind::Duration, true),
    ]],
    phases: &["time.connect"],
    example: "",
};

static DNS: ProbeSpec = ProbeSpec {
    name: "dns",
    summary: "Asks for a name.",
    settings: &[setting("name", SettingKind::Text, true)],
    facts: &[&[fact("addresses", Kind::Json, true), fact("time.total", Kind::Duration, true)]],
    phases: &[],
    example: "",
};

static VOCABULARY: [&ProbeSpec; 2] = [&HTTP, &DNS];

fn today() -> time::Date {
    time::Date::from_calendar_date(2026, time::Month::March, 1).unwrap()
}

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

const LOCAL: &str = "name = \"local\"\n[simulate]\nprofile = \"healthy\"\nspeed = 100\n";
const PLAIN: &str = r#"component = "backend"
owner = "application"

[[scenario]]
id = "backend-health"
title = "The backend is healthy"
probe = "http"
with = { url = "{{backend.url}}/health" }
expect = [ { that = "body", at = "$.status", equals = "healthy" } ]
"#;

/// What was read of a suite and a target, with the mistakes.
struct Loaded {
    suite: Option<Suite>,
    target: Option<Target>,
    sources: Sources,
    problems: Problems,
}

fn load(root: &Path, target: Option<&str>, vocabulary: &[&'static ProbeSpec], today: time::Date) -> Loaded {
    match fixproof::load::load(root, target, vocabulary, today) {
        Ok(fixproof::load::Loaded { suite, target, sources, problems }) => {
            Loaded { suite: Some(suite), target: Some(target), sources, problems }
        }
        Err(invalid) => Loaded::without_suite(invalid),
    }
}

fn load_suite_only(root: &Path, vocabulary: &[&'static ProbeSpec], today: time::Date) -> Loaded {
    match fixproof::load::load_suite_only(root, vocabulary, today) {
        Ok((suite, problems)) => {
            Loaded { sources: suite.sources.clone(), suite: Some(suite), target: None, problems }
        }
        Err(invalid) => Loaded::without_suite(invalid),
    }
}

impl Loaded {
    fn without_suite(InvalidInput { problems: found, sources }: InvalidInput) -> Loaded {
        let mut problems = Problems::default();
        problems.extend(found);
        Loaded { suite: None, target: None, sources, problems }
    }
}

fn loaded(files: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
    let root = folder(files);
    let loaded = load(root.path(), None, &VOCABULARY, today());
    (root, loaded)
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.problems.clone().sorted().iter().map(|problem| problem.code).collect()
}

/// The problems as plain text, without the pretty frame.
fn rendered(loaded: &Loaded, root: &Path) -> String {
    let shown = |sources: &Sources, span| sources.place(span).to_string();
    let mut text = String::new();
    for problem in loaded.problems.clone().sorted() {
        let level = match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        writeln!(text, "{level}[{}]: {}", problem.code, problem.message).unwrap();
        if let Some(span) = problem.span {
            let excerpt = loaded.sources.excerpt(span);
            let marked = excerpt.text.get(excerpt.mark.0..excerpt.mark.1).unwrap_or("?");
            writeln!(text, " --> {}", shown(&loaded.sources, span)).unwrap();
            writeln!(text, " | {}", marked.lines().next().unwrap_or("")).unwrap();
        }
        if !problem.label.is_empty() {
            writeln!(text, " = {}", problem.label).unwrap();
        }
        if let Some((span, label)) = &problem.also {
            writeln!(text, " also {}: {label}", shown(&loaded.sources, *span)).unwrap();
        }
        if let Some(help) = &problem.help {
            writeln!(text, "help: {help}").unwrap();
        }
    }
    text.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), "SUITE")
}

fn bad_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

fn load_bad(path: &Path) -> (tempfile::TempDir, Loaded) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let files: Vec<(&str, &str)> = match text.lines().next() {
        Some("# suite") => vec![("suite.toml", &text), ("plain.toml", PLAIN), ("targets/local.toml", LOCAL)],
        Some("# control") => return loaded_with_controls(&text),
        Some("# target") => vec![("plain.toml", PLAIN), ("targets/local.toml", &text)],
        _ => vec![(name, &text), ("targets/local.toml", LOCAL)],
    };
    loaded(&files)
}

/// The faults there are, for a file of controls.
const FAULTS: [&str; 3] = ["backend-down", "backend-slow", "login-broken"];

/// A suite of two scenarios with a file of controls. What it says about the controls alone is told.
fn loaded_with_controls(text: &str) -> (tempfile::TempDir, Loaded) {
    let two = PLAIN.replace("backend-health", "login").replace("/health", "/login");
    let (root, mut loaded) = loaded(&[
        ("plain.toml", PLAIN),
        ("two.toml", &two),
        ("controls/deep/c.toml", text),
        ("targets/local.toml", LOCAL),
    ]);
    assert!(loaded.problems.is_empty());
    let suite = loaded.suite.as_ref().unwrap();
    let (controls, problems) = load_controls(suite, &FAULTS, today());
    loaded.sources = controls.sources;
    loaded.problems = problems;
    (root, loaded)
}

#[test]
fn every_mistake_is_told_in_exactly_these_words() {
    let bless = std::env::var_os("FIXPROOF_BLESS").is_some();
    let mut differing = Vec::new();
    for path in bad_files() {
        let (root, loaded) = load_bad(&path);
        let seen = rendered(&loaded, root.path());
        let snapshot = path.with_extension("txt");
        if bless {
            std::fs::write(&snapshot, &seen).unwrap();
        }
        let wanted = std::fs::read_to_string(&snapshot).unwrap_or_default();
        if seen.is_empty() || seen != wanted {
            differing.push(format!("{}\n--- wanted\n{wanted}--- seen\n{seen}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

#[test]
fn a_file_with_one_mistake_gives_one_message() {
    for path in bad_files().iter().filter(|path| !path.ends_with("five-mistakes.toml")) {
        let (_root, loaded) = load_bad(path);
        assert_eq!(codes(&loaded).len(), 1, "{}: {:?}", path.display(), codes(&loaded));
    }
}

#[test]
fn five_mistakes_give_five_messages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad/five-mistakes.toml");
    assert_eq!(codes(&load_bad(&path).1).len(), 5);
}

#[test]
fn every_code_of_the_loader_has_a_file_or_a_folder() {
    // What the planner and the command line find with a target, an environment or arguments at hand.
    let elsewhere = [
        Code::DuplicateQuestion,
        Code::WrongUnit,
        Code::CannotFail,
        Code::CannotHold,
        Code::BeyondReach,
        Code::LaxText,
        Code::ProvesNothing,
        Code::TooFewSamples,
        Code::UnsetSecret,
        Code::ShortSecret,
        Code::ReportPath,
        Code::BadArgument,
        Code::NothingSelected,
        Code::DeadlineTooShort,
        Code::NoControl,
    ];
    // These stand in no file: `a_folder_that_can_t_be_read_is_told` and its neighbours.
    let in_folders = [Code::Unreadable, Code::UnreadFile, Code::UnknownTarget];
    let mut seen: BTreeSet<Code> = elsewhere.into_iter().chain(in_folders).collect();
    for path in bad_files() {
        seen.extend(codes(&load_bad(&path).1));
    }
    let unseen: Vec<&Code> = Code::ALL.iter().filter(|code| !seen.contains(code)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

const FULL: &str = include_str!("fixtures/good/full.toml");
const FULL_SUITE: &str = include_str!("fixtures/good/suite.toml");
const FULL_TARGET: &str = include_str!("fixtures/good/target.toml");

fn full() -> (tempfile::TempDir, Loaded) {
    loaded(&[("suite.toml", FULL_SUITE), ("deep/er/full.toml", FULL), ("targets/local.toml", FULL_TARGET)])
}

#[test]
fn everything_the_format_has_loads() {
    let (root, loaded) = full();
    assert_eq!(rendered(&loaded, root.path()), "");
    let suite = loaded.suite.unwrap();
    assert_eq!(suite.gate.threshold, Share::parse("95%").unwrap());
    assert_eq!(suite.gate.components[0].0.value, "database");
    assert_eq!(suite.defaults.parallel, 4);
    let ids: Vec<&str> = suite.scenarios.iter().map(|scenario| scenario.id.value.as_str()).collect();
    assert_eq!(ids, ["zeta", "alpha", "sampled", "settled", "burst", "left-out"], "the order of the file");
    let steps = &suite.scenarios[1].steps;
    assert_eq!(steps.len(), 2);
    assert!(steps[0].captures[0].secret && steps[1].always);
    let names: Vec<&str> =
        suite.scenarios[0].steps[0].settings.iter().map(|(n, _)| n.value.as_str()).collect();
    assert_eq!(names, ["url", "method", "headers", "json"], "the order of the file");
    assert!(matches!(&suite.scenarios[2].repetition, Repetition::Sample(sampling) if sampling.count == 20));
    assert_eq!(suite.sources.ids().count(), 3);
    let target = loaded.target.unwrap();
    assert_eq!(
        target.components.iter().map(|c| c.name.value.as_str()).collect::<Vec<_>>(),
        ["web", "api", "db"]
    );
    assert_eq!(target.secrets.len(), 3);
}

#[test]
fn the_block_of_a_scenario_reaches_from_its_header_to_the_next() {
    let one = |id: &str| {
        format!(
            "[[scenario]]\nid = \"{id}\"\ntitle = \"t\"\ncomponent = \"c\"\nprobe = \"http\"\nwith = {{ url = \"http://x/{id}\" }}\nexpect = [{{ that = \"status\", equals = 200 }}]\n"
        )
    };
    let (first, second) = (one("first"), format!("{}# the end\n", one("second")));
    let text = format!("# head\n{first}\n# of the second\n{second}");
    let (_folder, loaded) = loaded(&[("x.toml", &text), ("targets/local.toml", LOCAL)]);
    let suite = loaded.suite.as_ref().unwrap();
    let blocks: Vec<&str> = suite.scenarios.iter().map(|s| suite.sources.within(s.block)).collect();
    assert_eq!(blocks, [format!("{first}\n# of the second\n"), second]);
}

#[test]
fn a_suite_without_suite_toml_has_the_defaults() {
    let (_root, loaded) = loaded(&[("plain.toml", PLAIN), ("targets/local.toml", LOCAL)]);
    assert!(loaded.problems.is_empty());
    let suite = loaded.suite.unwrap();
    assert_eq!(suite.gate.threshold, Share::parse("80%").unwrap());
    assert_eq!(suite.defaults.timeout.as_secs(), 30);
    assert_eq!(suite.defaults.deadline.as_secs(), 900);
    assert_eq!(suite.defaults.parallel, 16);
}

#[test]
fn the_hash_covers_names_and_bytes_and_leaves_the_target_out() {
    let hash = |files: &[(&str, &str)]| loaded(files).1.suite.unwrap().hash;
    let base = hash(&[("plain.toml", PLAIN), ("targets/local.toml", LOCAL)]);
    assert_eq!(base.len(), 64);
    assert_eq!(base, hash(&[("plain.toml", PLAIN), ("targets/local.toml", FULL_TARGET)]));
    assert_ne!(base, hash(&[("other.toml", PLAIN), ("targets/local.toml", LOCAL)]));
    assert_ne!(
        base,
        hash(&[("plain.toml", &PLAIN.replace("healthy", "well")), ("targets/local.toml", LOCAL)])
    );
    assert_ne!(base, hash(&[("plain.toml", PLAIN), ("suite.toml", ""), ("targets/local.toml", LOCAL)]));
}

#[test]
fn a_target_has_a_hash_of_its_own_over_every_byte_and_not_over_its_place() {
    let hash =
        |text: &str| loaded(&[("plain.toml", PLAIN), ("targets/local.toml", text)]).1.target.unwrap().hash;
    let base = hash(LOCAL);
    assert_eq!(base.len(), 64);
    assert_eq!(base, hash(LOCAL));
    assert_ne!(base, hash(&format!("{LOCAL}[limit]\nhealth = \"1h\"\n")));
    let root = folder(&[("plain.toml", PLAIN), ("elsewhere/other.toml", LOCAL)]);
    let path = root.path().join("elsewhere/other.toml");
    let named = load(root.path(), path.to_str(), &VOCABULARY, today()).target.unwrap();
    assert_eq!(named.hash, base);
}

#[test]
fn targets_controls_and_dot_folders_hold_no_scenarios() {
    let (_root, loaded) = loaded(&[
        ("plain.toml", PLAIN),
        ("targets/local.toml", LOCAL),
        ("targets/other.toml", "not even TOML"),
        ("controls/x.toml", "not even TOML"),
        (".hidden/x.toml", "not even TOML"),
        ("notes.md", "# no scenario"),
    ]);
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.suite.unwrap().scenarios.len(), 1);
}

const CONTROLS: &str = r#"
[[control]]
fault = "backend-down"
why = "nobody listens"
red = [
  { scenario = "backend-health", verdict = "failed", cause = "connect/refused", says = "refused" },
]
blocked = ["login"]

[[control]]
fault = "login-broken"
why = "the log is flooded"
red = [{ scenario = "login", cause = "truncated" }]
green = "rest"

[[accepted]]
answer = "backend GET /health"
field = "$.version"
change = "another value"
why = "any release will do"

[[noticed]]
answer = "backend GET /health"
fields = ["status", "$.status"]
by = ["backend-health"]
changes = ["dropped"]
"#;

#[test]
fn controls_say_who_must_see_a_fault_and_who_must_not() {
    let text =
        format!("{CONTROLS}{}", "[[control]]\nfault = \"backend-slow\"\nwhy = \"x\"\nrejected = true\n");
    let (root, loaded) = loaded_with_controls(&text);
    assert_eq!(rendered(&loaded, root.path()), "");
    let suite = loaded.suite.unwrap();
    let (controls, _) = load_controls(&suite, &FAULTS, today());
    let [down, broken, slow] = controls.all.as_slice() else { panic!("{controls:?}") };
    let claim = down.claim("backend-health").unwrap();
    assert_eq!(
        (claim.reason.to_string().as_str(), claim.says.as_deref()),
        ("connect/refused", Some("refused"))
    );
    assert_eq!(claim.reason.verdict(), Verdict::Failed);
    assert_eq!(down.named().map(|id| id.value.as_str()).collect::<Vec<_>>(), ["backend-health", "login"]);
    assert_eq!(broken.claim("login").unwrap().reason.verdict(), Verdict::Inconclusive);
    assert!(!down.is_whole() && broken.is_whole() && slow.is_whole());
    assert_eq!(controls.of("login").count(), 1);
    let [accepted] = controls.accepted.as_slice() else { panic!("{controls:?}") };
    assert_eq!(
        (&*accepted.answer.value, &*accepted.field.value, accepted.change, &*accepted.why),
        ("backend GET /health", "$.version", "another value", "any release will do")
    );
    assert_eq!(controls.sources.place(accepted.span).line, 16);
    let [noticed] = controls.noticed.as_slice() else { panic!("{controls:?}") };
    let texts = |all: &[fixproof::model::At<String>]| -> Vec<String> {
        all.iter().map(|one| one.value.clone()).collect()
    };
    assert_eq!(
        (&*noticed.answer.value, texts(&noticed.fields)),
        ("backend GET /health", vec!["status".to_owned(), "$.status".to_owned()])
    );
    assert_eq!(
        (texts(&noticed.by), texts(&noticed.changes)),
        (vec!["backend-health".to_owned()], vec!["dropped".to_owned()])
    );
    assert_eq!(controls.hash.len(), 64);
    assert_eq!(
        suite.hash,
        loaded_with_controls("").1.suite.unwrap().hash,
        "controls are not part of a suite"
    );
}

#[test]
fn what_no_control_proves_is_a_warning() {
    let told = |text: &str| {
        let (root, mut loaded) = loaded_with_controls(text);
        let suite = loaded.suite.as_ref().unwrap();
        let (controls, _) = load_controls(suite, &FAULTS, today());
        loaded.problems.extend(unproved(suite, &controls, &FAULTS));
        assert!(!loaded.problems.has_errors());
        rendered(&loaded, root.path())
    };
    assert_eq!(told(""), "", "a suite without controls is told nothing");
    let told = told(CONTROLS);
    // A scenario that was only ever seen undecided was never seen red.
    assert!(told.contains("no control turns `login` red"), "{told}");
    assert!(!told.contains("`backend-health`"), "{told}");
    assert!(told.contains("the fault `backend-slow` has no control"), "{told}");
}

#[test]
fn a_folder_that_can_t_be_read_is_told() {
    let root = folder(&[]);
    let nowhere = load_suite_only(&root.path().join("nowhere"), &VOCABULARY, today());
    assert_eq!(codes(&nowhere), [Code::Unreadable]);
    assert!(nowhere.suite.is_none());
    assert_eq!(codes(&load_suite_only(root.path(), &VOCABULARY, today())), [Code::NoScenarios]);
}

#[test]
fn an_ignored_file_that_looks_like_a_scenario_file_is_reported() {
    let (_root, loaded) = loaded(&[
        ("plain.toml", PLAIN),
        ("targets/local.toml", LOCAL),
        ("backend/health.yaml", PLAIN),
        ("backend/chat.yml", PLAIN),
        ("edge.tml", PLAIN),
        ("auth.TOML", PLAIN),
        ("plain.toml.bak", PLAIN),
        ("plain.toml~", PLAIN),
        // These do not look like one.
        ("README.md", "# The suite"),
        ("notes.txt", "x"),
        ("LICENSE", "x"),
        ("query.sql", "SELECT 1"),
        (".hidden.yaml", "x"),
        (".backend/health.yaml", "x"),
        ("targets/old.yaml", "x"),
    ]);
    let told: Vec<&str> = loaded.problems.iter().map(|problem| problem.message.as_str()).collect();
    let named = |name: &str| told.iter().any(|message| message.contains(&format!("{name}` is ignored")));
    for name in ["health.yaml", "chat.yml", "edge.tml", "auth.TOML", "plain.toml.bak", "plain.toml~"] {
        assert!(named(name), "{name}: {told:#?}");
    }
    assert_eq!(told.len(), 6, "{told:#?}");
    assert!(loaded.problems.iter().all(|problem| problem.level == Level::Warning));
    assert_eq!(loaded.suite.unwrap().scenarios.len(), 1);
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_its_line() {
    let root = folder(&[("plain.toml", PLAIN)]);
    std::fs::write(root.path().join("x.toml"), b"a = 1\nb = \"\xff\"\n").unwrap();
    let loaded = load_suite_only(root.path(), &VOCABULARY, today());
    assert_eq!(codes(&loaded), [Code::Unreadable]);
    assert!(rendered(&loaded, root.path()).contains("line 2"));
}

#[cfg(unix)]
#[test]
fn a_link_into_itself_is_told_and_does_not_hang() {
    let root = folder(&[("deep/plain.toml", PLAIN)]);
    std::os::unix::fs::symlink(root.path(), root.path().join("deep/again")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.path().join("dangling.toml")).unwrap();
    let loaded = load_suite_only(root.path(), &VOCABULARY, today());
    assert_eq!(codes(&loaded), [Code::Unreadable, Code::Unreadable]);
    assert_eq!(loaded.suite.unwrap().scenarios.len(), 1);
}

#[test]
fn an_unknown_target_names_the_known_ones() {
    let root = folder(&[("plain.toml", PLAIN), ("targets/staging.toml", LOCAL)]);
    let told = |name| rendered(&load(root.path(), Some(name), &VOCABULARY, today()), root.path());
    assert!(told("stagign").contains("help: did you mean `staging`?"));
    assert!(told("moon").contains("help: targets of this suite: staging"));
    assert!(told("../../etc/passwd").contains("unknown-target"));
    assert!(told("/nowhere/x.toml").contains("target file `/nowhere/x.toml` not found"));
    let path = root.path().join("targets/staging.toml");
    let loaded = load(root.path(), path.to_str(), &VOCABULARY, today());
    assert_eq!(loaded.target.unwrap().name, "local");
}

#[test]
fn a_broken_scenario_hides_no_other() {
    let text = format!(
        "{PLAIN}\n[[scenario]]\nid = \"two\"\ntitle = oops\n\n{}",
        PLAIN.split_once("\n\n").unwrap().1
    )
    .replace("id = \"two\"", "id = \"TWO\"");
    let text = text.replacen("equals = \"healthy\"", "equalz = 1", 1);
    let (_root, loaded) = loaded(&[("x.toml", &text), ("targets/local.toml", LOCAL)]);
    assert_eq!(codes(&loaded), [Code::UnknownOperator, Code::Syntax, Code::DuplicateId]);
}

#[test]
fn a_broken_file_makes_no_need_unknown() {
    let needy = PLAIN.replace("probe =", "needs = [\"far\"]\nprobe =");
    let (_root, loaded) =
        loaded(&[("a.toml", &needy), ("b.toml", "component = \n"), ("targets/local.toml", LOCAL)]);
    assert_eq!(codes(&loaded), [Code::Syntax]);
}

#[test]
fn long_chains_and_cycles_do_not_overflow_the_stack_or_flood_the_output() {
    let mut text = "component = \"x\"\n".to_owned();
    for at in 0..3_000 {
        let body = PLAIN.split_once("\n\n").unwrap().1.replace("backend-health", &format!("s{at}"));
        text.push_str(&body.replace("probe =", &format!("needs = [\"s{}\"]\nprobe =", (at + 1) % 3_000)));
    }
    let (_root, loaded) = loaded(&[("x.toml", &text), ("targets/local.toml", LOCAL)]);
    assert_eq!(codes(&loaded), [Code::Cycle]);
    assert!(
        loaded.problems.iter().all(|problem| problem.message.contains("2990 more")),
        "{:?}",
        loaded.problems
    );
}

#[test]
fn no_file_makes_the_loader_panic() {
    let root = folder(&[("plain.toml", PLAIN), ("targets/local.toml", LOCAL)]);
    let try_out = |file: &str, text: &[u8]| {
        std::fs::write(root.path().join(file), text).unwrap();
        let loaded = load(root.path(), None, &VOCABULARY, today());
        for problem in loaded.problems.iter() {
            let _ = problem.span.map(|span| loaded.sources.excerpt(span));
        }
        if let Some(suite) = loaded.suite.filter(|_| file.starts_with("controls/")) {
            let (controls, problems) = load_controls(&suite, &FAULTS, today());
            for problem in problems.iter().chain(&unproved(&suite, &controls, &FAULTS)) {
                let _ = problem.span.map(|span| controls.sources.excerpt(span));
            }
        }
    };
    std::fs::create_dir(root.path().join("controls")).unwrap();
    for (file, text) in [
        ("full.toml", FULL),
        ("suite.toml", FULL_SUITE),
        ("targets/local.toml", FULL_TARGET),
        ("controls/c.toml", CONTROLS),
    ] {
        for at in 0..text.len() {
            try_out(file, &text.as_bytes()[..at]);
            let mut without = text.as_bytes().to_vec();
            without.remove(at);
            try_out(file, &without);
            for other in [b'"', b'[', b'{', b'=', b'\n', b'0', 0xff, 0] {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = other;
                if at % 5 == 0 {
                    try_out(file, &changed);
                }
            }
        }
        std::fs::write(root.path().join(file), "").unwrap();
    }
}

#[test]
fn hostile_values_are_mistakes_and_no_panics() {
    let values = [
        "18446744073709551616",
        "-9223372036854775809",
        "0xffffffffffffffffff",
        "1e999",
        "nan",
        "-inf",
        "1979-05-27",
        "07:32:00",
        "\"\"",
        "\"{{\"",
        "\"{{a.b.c}}\"",
        "[]",
        "{}",
        "[[[[]]]]",
        "{ a = { b = { c = nan } } }",
        "true",
        "\"99999999999999999999s\"",
        "\"\\u0000\"",
        "'''\n'''",
    ];
    let keys = [
        "id",
        "title",
        "component",
        "owner",
        "critical",
        "needs",
        "tags",
        "timeout",
        "skip",
        "sample",
        "settle",
        "burst",
        "probe",
        "with",
        "expect",
        "step",
    ];
    for value in values {
        for key in keys {
            let text = format!("component = \"x\"\n[[scenario]]\n{key} = {value}\n");
            assert!(loaded(&[("x.toml", &text)]).1.problems.has_errors(), "{text}");
        }
        for key in ["equals", "within", "one-of", "matches", "at", "exists", "confidence", "severity", "not"]
        {
            let text = PLAIN.replace("equals = \"healthy\"", &format!("{key} = {value}"));
            let _ = loaded(&[("x.toml", &text)]);
        }
    }
    let deep = format!("component = \"x\"\nscenario = {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert!(loaded(&[("x.toml", &deep)]).1.problems.has_errors());
}

#[test]
fn a_fact_is_plain_or_of_all_samples_together() {
    let path = |that| fact_path(&HTTP, that);
    assert_eq!(
        path("header.content-type"),
        Some((FactPath::Plain("header.content-type".into()), Kind::Text))
    );
    assert!(
        matches!(path("time.total.p95"), Some((FactPath::Aggregate(base, _), Kind::Duration)) if &*base == "time.total")
    );
    assert_eq!(path("samples.met"), Some((FactPath::SamplesMet, Kind::Share)));
    assert_eq!(path("settle.after"), Some((FactPath::SettleAfter, Kind::Duration)));
    assert_eq!(path("text.p95"), None);
    assert_eq!(path("header."), None);
}

/// Every `properties` object, every `additionalProperties`.
fn walk(value: &Value, names: &mut BTreeSet<String>, open: &mut usize) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                names.extend(properties.keys().cloned());
                *open +=
                    usize::from(object.contains_key("type") && !object.contains_key("additionalProperties"));
            }
            object.values().for_each(|value| walk(value, names, open));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, names, open)),
        _ => {}
    }
}

#[test]
fn the_schema_knows_every_key_and_every_setting() {
    let keys_of = |document| {
        let schema = schema(document, &VOCABULARY);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let (mut names, mut open) = (BTreeSet::new(), 0);
        walk(&schema, &mut names, &mut open);
        assert_eq!(open, 0, "a table that takes any key");
        names
    };
    let scenarios = keys_of(Document::Scenarios);
    for key in
        ["component", "id", "title", "needs", "skip", "until", "sample", "settle", "hold", "burst", "that"]
    {
        assert!(scenarios.contains(key), "{key}");
    }
    for key in ["step", "capture", "secret", "always", "equals", "is-a", "url", "redirects", "confidence"] {
        assert!(scenarios.contains(key), "{key}");
    }
    let suite: Vec<String> = keys_of(Document::Suite).into_iter().collect();
    assert_eq!(suite, ["component", "deadline", "defaults", "gate", "parallel", "threshold", "timeout"]);
    let target = keys_of(Document::Target);
    for key in ["name", "protect", "depends-on", "env", "file", "command", "profile", "speed"] {
        assert!(target.contains(key), "{key}");
    }
}

#[test]
fn the_schema_ties_the_settings_to_the_probe() {
    let schema = schema(Document::Scenarios, &VOCABULARY);
    let scenario = &schema["properties"]["scenario"]["items"];
    assert_eq!(scenario["additionalProperties"], false);
    assert_eq!(scenario["properties"]["probe"]["enum"], serde_json::json!(["http", "dns"]));
    let http = &scenario["allOf"][0];
    assert_eq!(http["if"]["properties"]["probe"]["const"], "http");
    let with = &http["then"]["properties"]["with"];
    assert_eq!(with["additionalProperties"], false);
    assert_eq!(with["required"], serde_json::json!(["url"]));
    assert!(with["properties"]["patience"].is_object());
}
