//! Finding and reading the files of a suite.

#![cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "the only file of core that reads files"))]

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::model::{Code, Problem, Problems};

/// Every scenario file below `root`, sorted. Reports folders that can't be read or link to a folder above.
pub(super) fn scenario_files(root: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(root, root, &mut Vec::new(), &mut found, problems);
    found.sort();
    found
}

/// Every file of controls, sorted; none where there is no such folder.
pub(super) fn control_files(root: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let folder = root.join("controls");
    let mut found = Vec::new();
    if is_there(&folder) {
        walk(root, &folder, &mut Vec::new(), &mut found, problems);
        found.sort();
    }
    found
}

fn walk(
    root: &Path,
    folder: &Path,
    above: &mut Vec<PathBuf>,
    found: &mut Vec<PathBuf>,
    problems: &mut Problems,
) {
    let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
        Problem::nowhere(Code::Unreadable, format!("`{}` can't be read: {why}", shown(path)))
    };
    let real = match folder.canonicalize() {
        Ok(real) => real,
        Err(why) => return problems.push(unreadable(folder, &why)),
    };
    if above.contains(&real) {
        return problems.push(
            unreadable(folder, &"it is a link to a folder that contains it")
                .help("remove the link, or rename it to start with a dot"),
        );
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) => return problems.push(unreadable(folder, &why)),
    };
    above.push(real);
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(why) => {
                problems.push(unreadable(folder, &why));
                continue;
            }
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let special = folder == root && matches!(name.as_str(), "suite.toml" | "targets" | "controls");
        if special || name.starts_with('.') {
            continue;
        }
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => walk(root, &path, above, found, problems),
            Ok(meta) if is_toml && meta.is_file() => found.push(path),
            Ok(meta) if meta.is_file() && looks_like_one(&name) => problems.push(unread(&path)),
            Ok(_) if is_toml => problems.push(unreadable(&path, &"it is not a file")),
            Err(why) if is_toml => problems.push(unreadable(&path, &why)),
            Ok(_) | Err(_) => {}
        }
    }
    above.pop();
}

/// A name that may be meant for a scenario file: a similar extension, or an editor's copy.
fn looks_like_one(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit('.').next().unwrap_or_default();
    matches!(ending, "yaml" | "yml" | "tml" | "toml") || name.contains(".toml")
}

fn unread(path: &Path) -> Problem {
    let message = format!("`{}` is ignored: scenario files end in `.toml`", shown(path));
    Problem::nowhere(Code::UnreadFile, message)
        .help("rename it, or move it out of the suite; names that start with a dot are ignored silently")
        .as_warning()
}

/// Is there a folder?
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Is there a file, a folder or a link, even a broken one?
pub(super) fn is_there(path: &Path) -> bool {
    path.exists() || path.is_symlink()
}

/// The names of the TOML files in a folder, without the extension, sorted; none where it can't be read.
pub(super) fn toml_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

/// The text of a file, or why it can't be read.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    let name = shown(path);
    let bytes = std::fs::read(path)
        .map_err(|why| Problem::nowhere(Code::Unreadable, format!("`{name}` can't be read: {why}")))?;
    String::from_utf8(bytes).map_err(|why| {
        let at = why.utf8_error().valid_up_to();
        let line = 1 + why.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        Problem::nowhere(Code::Unreadable, format!("`{name}` is not UTF-8: byte {at}, line {line}"))
            .help("save it as UTF-8")
    })
}

/// A path as messages show it: relative to the current folder where it lies below it.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    let path = below.unwrap_or_else(|| path.to_path_buf());
    let path = path.strip_prefix(".").unwrap_or(&path);
    path.to_string_lossy().replace('\\', "/")
}

/// The hash of one text, whatever its file is called.
pub(super) fn fingerprint(text: &str) -> String {
    let mut of_one = Fingerprint::default();
    of_one.add(Path::new(""), Path::new(""), text);
    of_one.finish()
}

/// The hash of a suite: names and bytes, each with its length, so that two suites never share one.
#[derive(Default)]
pub(super) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds one file.
    pub(super) fn add(&mut self, root: &Path, path: &Path, text: &str) {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        for bytes in [name.as_bytes(), text.as_bytes()] {
            self.0.update((bytes.len() as u64).to_be_bytes());
            self.0.update(bytes);
        }
    }

    /// In hex.
    pub(super) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            hex
        })
    }
}
