//! Text → [`Suite`] and [`Target`], with every problem at once.
//!
//! Reads the folder, never the target: nothing here sends, reads the clock or decides a verdict. A problem is
//! collected with its span and reading continues, so that one broken scenario hides no other. What needs the
//! target or the value of a variable is left to the planner.
//!
//! The keys of every table are in `keys`; the reader, the messages and the editor [`schema`] are made from them.

use std::path::Path;

use crate::model::{Code, InvalidInput, ProbeSpec, Problem, Problems, Sources, Suite, Target};

mod controls;
mod cross_checks;
mod expect;
mod facts;
mod files;
mod keys;
mod reader;
mod scenario;
mod schema;
mod settings;
mod step;
mod suggest;
mod suite;
mod syntax;
mod target;
mod units;
mod values;
mod variables;

pub use controls::{load_controls, unproved};
pub use facts::fact_path;
pub use schema::{Document, schema};
pub use suggest::{did_you_mean, nearest};
pub use units::{parse_duration, parse_size};
pub use variables::template;

/// A suite and its target as far as they could be read. They may hold errors: the planner reports those with its own, and
/// makes no plan.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The suite.
    pub suite: Suite,
    /// The target.
    pub target: Target,
    /// Every file that was read, the target's included.
    pub sources: Sources,
    /// Every error and warning.
    pub problems: Problems,
}

/// Reads the suite in `root` and one target: a name in `targets/`, a path that ends in `.toml`, or `local`.
///
/// `today` decides whether a skip has expired.
///
/// # Errors
/// There is no suite or no target to read; holds every error found until then.
pub fn load(
    root: &Path,
    target: Option<&str>,
    vocabulary: &[&'static ProbeSpec],
    today: time::Date,
) -> Result<Loaded, InvalidInput> {
    let mut reader = reader::Reader::new(vocabulary, today);
    let suite = suite::read(&mut reader, root);
    let target = target::read(&mut reader, root, target.unwrap_or("local"));
    finish(reader, suite, target)
}

/// Reads a suite without a target, for commands that contact none. Errors and warnings are returned beside the suite.
///
/// # Errors
/// There is no suite to read.
pub fn load_suite_only(
    root: &Path,
    vocabulary: &[&'static ProbeSpec],
    today: time::Date,
) -> Result<(Suite, Problems), InvalidInput> {
    let mut reader = reader::Reader::new(vocabulary, today);
    match suite::read(&mut reader, root) {
        Some(suite) => Ok((Suite { sources: reader.sources, ..suite }, reader.problems)),
        None => Err(InvalidInput::new(reader.problems, reader.sources)),
    }
}

/// Reads a suite and its target out of texts: for a program that has no folder of scenarios, and for tests. The names
/// are those the files would have in the folder: `suite.toml`, `targets/NAME.toml` (one of them), any other for
/// scenarios. Relative paths in settings start at `root`.
///
/// # Errors
/// There is not exactly one target; holds every error found until then.
pub fn load_texts(
    root: &Path,
    files: &[(&str, &str)],
    vocabulary: &[&'static ProbeSpec],
    today: time::Date,
) -> Result<Loaded, InvalidInput> {
    let mut reader = reader::Reader::new(vocabulary, today);
    let suite = Some(suite::read_texts(&mut reader, root, files));
    let mut targets = files.iter().filter(|(name, _)| name.starts_with("targets/"));
    let target = match (targets.next(), targets.next()) {
        (Some((name, text)), None) => target::read_text(&mut reader, &root.join(name), text),
        (first, _) => {
            let count = if first.is_none() { "no text is" } else { "several texts are" };
            let message = format!("{count} named `targets/NAME.toml`, and one is the target");
            reader.problems.push(Problem::nowhere(Code::UnknownTarget, message));
            None
        }
    };
    finish(reader, suite, target)
}

fn finish(
    reader: reader::Reader<'_>,
    suite: Option<Suite>,
    target: Option<Target>,
) -> Result<Loaded, InvalidInput> {
    let reader::Reader { sources, problems, .. } = reader;
    match (suite, target) {
        (Some(suite), Some(target)) => {
            let suite = Suite { sources: sources.clone(), ..suite };
            Ok(Loaded { suite, target, sources, problems })
        }
        _ => Err(InvalidInput::new(problems, sources)),
    }
}
