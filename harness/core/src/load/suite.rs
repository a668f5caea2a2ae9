//! The whole folder: `suite.toml`, then every scenario file, then what holds between them.

use std::path::Path;
use std::time::Duration;

use crate::model::{At, Code, Defaults, Problem, Problems, Share, Sources, Span, Suite, WrittenGate};

use super::desk::{Desk, Table};
use super::{files, keys, scenario, syntax, whole, written};

/// Reads the suite in a folder; nothing only where there is no folder.
pub(super) fn read(desk: &mut Desk<'_>, root: &Path) -> Option<Suite> {
    if !root.is_dir() {
        let shown = files::shown(root);
        let problem = Problem::nowhere(Code::Unreadable, format!("`{shown}` is not a folder"));
        desk.problems.push(problem.help("name the folder of the suite with --scenarios DIR"));
        return None;
    }
    let mut reading = Reading::new(root);
    let settings = root.join("suite.toml");
    if (settings.exists() || settings.is_symlink())
        && let Some(text) = desk.tell(files::read(&settings))
    {
        reading.settings(desk, &settings, &text);
    }
    let paths = files::scenario_files(root, &mut desk.problems);
    for path in &paths {
        match desk.tell(files::read(path)) {
            Some(text) => reading.scenarios(desk, path, &text),
            None => reading.found.incomplete = true,
        }
    }
    if paths.is_empty() {
        let problem =
            Problem::nowhere(Code::NoScenarios, format!("`{}` holds no scenario file", files::shown(root)));
        desk.problems.push(problem.help("a scenario file is any *.toml beside suite.toml, at any depth"));
    }
    Some(reading.finish(desk))
}

/// Reads a suite whose files are texts, each with the name it would have in the folder.
pub(super) fn read_texts(desk: &mut Desk<'_>, root: &Path, files: &[(&str, &str)]) -> Suite {
    let mut reading = Reading::new(root);
    for (name, text) in files {
        match *name {
            "suite.toml" => reading.settings(desk, &root.join(name), text),
            name if name.starts_with("targets/") => {}
            name => reading.scenarios(desk, &root.join(name), text),
        }
    }
    reading.finish(desk)
}

/// A suite that is being read, file by file.
struct Reading<'a> {
    root: &'a Path,
    gate: WrittenGate,
    defaults: Defaults,
    found: scenario::Found,
    fingerprint: files::Fingerprint,
}

impl<'a> Reading<'a> {
    fn new(root: &'a Path) -> Reading<'a> {
        let (gate, defaults) = without_file();
        let (found, fingerprint) = Default::default();
        Reading { root, gate, defaults, found, fingerprint }
    }

    fn open(&mut self, desk: &mut Desk<'_>, path: &Path, text: &str) {
        self.fingerprint.add(self.root, path, text);
        desk.source = desk.sources.add(path.to_path_buf(), &files::shown(path), text);
    }

    fn settings(&mut self, desk: &mut Desk<'_>, path: &Path, text: &str) {
        self.open(desk, path, text);
        (self.gate, self.defaults) = settings_file(desk, text);
    }

    fn scenarios(&mut self, desk: &mut Desk<'_>, path: &Path, text: &str) {
        self.open(desk, path, text);
        scenario::read_file(desk, text, &mut self.found);
    }

    fn finish(self, desk: &mut Desk<'_>) -> Suite {
        whole::check(desk, &self.found);
        Suite {
            root: self.root.to_path_buf(),
            sources: Sources::default(),
            gate: self.gate,
            defaults: self.defaults,
            scenarios: self.found.scenarios,
            hash: self.fingerprint.finish(),
        }
    }
}

/// What holds where there is no `suite.toml`.
fn without_file() -> (WrittenGate, Defaults) {
    let gate = WrittenGate { threshold: Share::percent(80), components: Vec::new() };
    let defaults =
        Defaults { timeout: Duration::from_secs(30), deadline: Duration::from_secs(900), parallel: 16 };
    (gate, defaults)
}

fn settings_file(desk: &mut Desk<'_>, text: &str) -> (WrittenGate, Defaults) {
    let (mut gate, mut defaults) = without_file();
    let (tree, broken) = syntax::parse(desk, text);
    if !broken.is_empty() {
        return (gate, defaults);
    }
    let start = desk.span(0..0);
    let table = desk.open_entries(&tree, start, &keys::SUITE);
    if let Some(value) = table.value("gate")
        && let Some(table) = desk.open(value, &keys::GATE)
    {
        read_gate(desk, &table, &mut gate);
    }
    if let Some(value) = table.value("defaults")
        && let Some(table) = desk.open(value, &keys::DEFAULTS)
    {
        read_defaults(desk, &table, &mut defaults);
    }
    (gate, defaults)
}

fn read_gate(desk: &mut Desk<'_>, table: &Table<'_>, gate: &mut WrittenGate) {
    if let Some(value) = table.value("threshold")
        && let Some(share) = desk.share("threshold", value)
        && sound_threshold(&mut desk.problems, share.value, share.span)
    {
        gate.threshold = share.value;
    }
    let Some(components) = table.value("component") else { return };
    let Some(components) = desk.open(components, &keys::GATE_COMPONENT) else { return };
    for (name, value) in written::in_order(components.entries) {
        if let Some(share) = desk.share(name.get_ref(), value)
            && sound_threshold(&mut desk.problems, share.value, share.span)
        {
            let name = At::new(name.get_ref().to_string(), desk.span(name.span()));
            gate.components.push((name, share.value));
        }
    }
}

/// A gate of 0 % approves anything, one above 100 % nothing.
fn sound_threshold(problems: &mut Problems, share: Share, span: Span) -> bool {
    let wrong = |message: &str, label: &str| Problem::error(Code::BadValue, span, message).label(label);
    if share.part() == 0 {
        problems.push(wrong("a threshold of 0% would approve anything", "nothing could be rejected"));
    } else if share.part() > share.whole() {
        problems.push(wrong("a threshold above 100% can never be reached", "nothing could be approved"));
    } else {
        return true;
    }
    false
}

fn read_defaults(desk: &mut Desk<'_>, table: &Table<'_>, defaults: &mut Defaults) {
    defaults.timeout = desk.duration(table, "timeout").unwrap_or(defaults.timeout);
    defaults.deadline = desk.duration(table, "deadline").unwrap_or(defaults.deadline);
    let parallel = desk.count(table, "parallel").and_then(|count| usize::try_from(count).ok());
    defaults.parallel = parallel.unwrap_or(defaults.parallel);
}
