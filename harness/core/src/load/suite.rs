//! The folder: `suite.toml`, then every scenario file, then the checks across them.

use std::path::Path;
use std::time::Duration;

use crate::model::{At, Code, Defaults, Problem, Problems, Share, Sources, Span, Suite, WrittenGate};

use super::reader::{Reader, Table};
use super::{cross_checks, files, keys, scenario, syntax, values};

/// Reads the suite in a folder; `None` only where there is no folder.
pub(super) fn read(reader: &mut Reader<'_>, root: &Path) -> Option<Suite> {
    if !files::is_folder(root) {
        let shown = files::shown(root);
        let problem = Problem::nowhere(Code::Unreadable, format!("`{shown}` is not a folder"));
        reader.problems.push(problem.help("set the folder of the suite with --scenarios DIR"));
        return None;
    }
    let mut reading = Reading::new(root);
    let settings = root.join("suite.toml");
    if files::is_there(&settings)
        && let Some(text) = reader.ok(files::read(&settings))
    {
        reading.settings(reader, &settings, &text);
    }
    let paths = files::scenario_files(root, &mut reader.problems);
    for path in &paths {
        match reader.ok(files::read(path)) {
            Some(text) => reading.scenarios(reader, path, &text),
            None => reading.found.incomplete = true,
        }
    }
    if paths.is_empty() {
        let problem =
            Problem::nowhere(Code::NoScenarios, format!("no scenario files in `{}`", files::shown(root)));
        reader.problems.push(problem.help("a scenario file is any *.toml beside suite.toml, at any depth"));
    }
    Some(reading.finish(reader))
}

/// Reads a suite whose files are texts, each with the name it would have in the folder.
pub(super) fn read_texts(reader: &mut Reader<'_>, root: &Path, files: &[(&str, &str)]) -> Suite {
    let mut reading = Reading::new(root);
    for (name, text) in files {
        match *name {
            "suite.toml" => reading.settings(reader, &root.join(name), text),
            name if name.starts_with("targets/") => {}
            name => reading.scenarios(reader, &root.join(name), text),
        }
    }
    reading.finish(reader)
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

    fn open(&mut self, reader: &mut Reader<'_>, path: &Path, text: &str) {
        self.fingerprint.add(self.root, path, text);
        reader.source = reader.sources.add(path.to_path_buf(), &files::shown(path), text);
    }

    fn settings(&mut self, reader: &mut Reader<'_>, path: &Path, text: &str) {
        self.open(reader, path, text);
        (self.gate, self.defaults) = settings_file(reader, text);
    }

    fn scenarios(&mut self, reader: &mut Reader<'_>, path: &Path, text: &str) {
        self.open(reader, path, text);
        scenario::read_file(reader, text, &mut self.found);
    }

    fn finish(self, reader: &mut Reader<'_>) -> Suite {
        cross_checks::check(reader, &self.found);
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

/// The defaults without a `suite.toml`.
fn without_file() -> (WrittenGate, Defaults) {
    let gate = WrittenGate { threshold: Share::percent(80), components: Vec::new() };
    let defaults =
        Defaults { timeout: Duration::from_secs(30), deadline: Duration::from_secs(900), parallel: 16 };
    (gate, defaults)
}

fn settings_file(reader: &mut Reader<'_>, text: &str) -> (WrittenGate, Defaults) {
    let (mut gate, mut defaults) = without_file();
    let (tree, broken) = syntax::parse(reader, text);
    if !broken.is_empty() {
        return (gate, defaults);
    }
    let start = reader.span(0..0);
    let table = reader.open_entries(&tree, start, &keys::SUITE);
    if let Some(value) = table.value("gate")
        && let Some(table) = reader.open(value, &keys::GATE)
    {
        read_gate(reader, &table, &mut gate);
    }
    if let Some(value) = table.value("defaults")
        && let Some(table) = reader.open(value, &keys::DEFAULTS)
    {
        read_defaults(reader, &table, &mut defaults);
    }
    (gate, defaults)
}

fn read_gate(reader: &mut Reader<'_>, table: &Table<'_>, gate: &mut WrittenGate) {
    if let Some(value) = table.value("threshold")
        && let Some(share) = reader.share("threshold", value)
        && sound_threshold(&mut reader.problems, share.value, share.span)
    {
        gate.threshold = share.value;
    }
    let Some(components) = table.value("component") else { return };
    let Some(components) = reader.open(components, &keys::GATE_COMPONENT) else { return };
    for (name, value) in values::in_order(components.entries) {
        if let Some(share) = reader.share(name.get_ref(), value)
            && sound_threshold(&mut reader.problems, share.value, share.span)
        {
            let name = At::new(name.get_ref().to_string(), reader.span(name.span()));
            gate.components.push((name, share.value));
        }
    }
}

/// A gate of 0 % approves anything, one above 100 % nothing.
fn sound_threshold(problems: &mut Problems, share: Share, span: Span) -> bool {
    let wrong = |message: &str, label: &str| Problem::error(Code::BadValue, span, message).label(label);
    if share.part() == 0 {
        problems.push(wrong("`threshold` must be above 0%", "0% would approve everything"));
    } else if share.part() > share.whole() {
        problems.push(wrong("`threshold` must be at most 100%", "no run could be approved"));
    } else {
        return true;
    }
    false
}

fn read_defaults(reader: &mut Reader<'_>, table: &Table<'_>, defaults: &mut Defaults) {
    defaults.timeout = reader.duration(table, "timeout").unwrap_or(defaults.timeout);
    defaults.deadline = reader.duration(table, "deadline").unwrap_or(defaults.deadline);
    let parallel = reader.count(table, "parallel").and_then(|count| usize::try_from(count).ok());
    defaults.parallel = parallel.unwrap_or(defaults.parallel);
}
