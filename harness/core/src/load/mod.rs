//! Text → [`Suite`] and [`Target`], with every mistake at once.
//!
//! Reads the folder, never the target: nothing here sends, asks the time or decides a verdict. A mistake is
//! collected with its span and reading goes on, so that one broken scenario hides no other. What needs the
//! target or the value of a variable is left to the planner.
//!
//! The keys of every table stand in `keys`; the reader, the messages and the editor [`schema`] are made from them.

use std::path::Path;

use crate::model::{Code, ProbeSpec, Problem, Problems, Sources, Suite, Target};

mod controls;
mod desk;
mod expect;
mod facts;
mod files;
mod keys;
mod scenario;
mod schema;
mod settings;
mod step;
mod suggest;
mod suite;
mod syntax;
mod target;
mod units;
mod variables;
mod whole;
mod written;

pub use controls::{load_controls, unproved};
pub use facts::fact_path;
pub use schema::{Document, schema};
pub use suggest::nearest;
pub use units::{parse_duration, parse_size};
pub use variables::template;

/// What came of reading a folder.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The suite, as far as it could be read: there even when there are mistakes, so that the planner can find more.
    pub suite: Option<Suite>,
    /// The target, as far as it could be read.
    pub target: Option<Target>,
    /// Every file that was read, the target's included.
    pub sources: Sources,
    /// Every mistake.
    pub problems: Problems,
}

/// Reads the suite in `root` and one target: a name in `targets/`, a path that ends in `.toml`, or `local`.
///
/// `today` decides whether a skip has expired.
#[must_use]
pub fn load(
    root: &Path,
    target: Option<&str>,
    vocabulary: &[&'static ProbeSpec],
    today: time::Date,
) -> Loaded {
    let mut desk = desk::Desk::new(vocabulary, today);
    let mut suite = suite::read(&mut desk, root);
    let target = target::read(&mut desk, root, target.unwrap_or("local"));
    finish(desk, &mut suite, target)
}

/// Reads the suite alone, for commands that ask nobody.
#[must_use]
pub fn load_suite_only(root: &Path, vocabulary: &[&'static ProbeSpec], today: time::Date) -> Loaded {
    let mut desk = desk::Desk::new(vocabulary, today);
    let mut suite = suite::read(&mut desk, root);
    finish(desk, &mut suite, None)
}

/// Reads a suite and its target out of texts: for a program that has no folder of scenarios, and for tests. The names
/// are those the files would have in the folder: `suite.toml`, `targets/NAME.toml` (one of them), any other for
/// scenarios. Relative paths in settings start at `root`.
#[must_use]
pub fn load_texts(
    root: &Path,
    files: &[(&str, &str)],
    vocabulary: &[&'static ProbeSpec],
    today: time::Date,
) -> Loaded {
    let mut desk = desk::Desk::new(vocabulary, today);
    let mut suite = Some(suite::read_texts(&mut desk, root, files));
    let mut targets = files.iter().filter(|(name, _)| name.starts_with("targets/"));
    let target = match (targets.next(), targets.next()) {
        (Some((name, text)), None) => target::read_text(&mut desk, &root.join(name), text),
        (first, _) => {
            let count = if first.is_none() { "no text is" } else { "several texts are" };
            let message = format!("{count} named `targets/NAME.toml`, and one is the target");
            desk.problems.push(Problem::nowhere(Code::UnknownTarget, message));
            None
        }
    };
    finish(desk, &mut suite, target)
}

fn finish(desk: desk::Desk<'_>, suite: &mut Option<Suite>, target: Option<Target>) -> Loaded {
    if let Some(suite) = suite {
        suite.sources = desk.sources.clone();
    }
    Loaded { suite: suite.take(), target, sources: desk.sources, problems: desk.problems }
}
