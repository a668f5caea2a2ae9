//! Writes reports: tried before the run, written whole or not at all, each on its own.

use std::path::{Path, PathBuf};

use fixproof::model::{Code, Problem, Report};
use fixproof::report::{FORMATS, Format, FormatOptions, JunitProfile, format_named};

use crate::arguments::RunArguments;
use crate::publish::{publish, try_place};
use crate::terminal;

/// The reports of one run: those every run writes, and those the user asked for.
pub(crate) struct Papers {
    orders: Vec<Order>,
    options: FormatOptions,
}

struct Order {
    format: &'static dyn Format,
    to: To,
}

enum To {
    Stdout,
    File(PathBuf),
}

/// What came of one report.
pub(crate) struct Paper {
    /// Where it was meant to go.
    pub path: String,
    /// Why it is not there, if it is not.
    pub outcome: Result<(), String>,
}

/// The formats every run writes into the reports folder.
const ALWAYS: [&str; 3] = ["junit", "json", "html"];

impl Papers {
    /// Reads the orders and tries every place before anything is sent.
    pub(crate) fn tried(arguments: &RunArguments) -> Result<Papers, Vec<Problem>> {
        let always = ALWAYS
            .iter()
            .filter_map(|name| format_named(name))
            .map(|format| Order { format, to: To::File(arguments.reports.join(format.file_name())) })
            .collect();
        Papers::ordered(always, &arguments.report, arguments.formats.options())
    }

    /// Only those that were ordered: what judges a report again must not take its place.
    pub(crate) fn only(ordered: &[String], options: FormatOptions) -> Result<Papers, Vec<Problem>> {
        Papers::ordered(Vec::new(), ordered, options)
    }

    fn ordered(
        mut orders: Vec<Order>,
        ordered: &[String],
        options: FormatOptions,
    ) -> Result<Papers, Vec<Problem>> {
        let mut problems = Vec::new();
        for text in ordered {
            match order(text) {
                Ok(order) => orders.push(order),
                Err(problem) => problems.push(problem),
            }
        }
        if orders.iter().filter(|order| matches!(order.to, To::Stdout)).count() > 1 {
            problems.push(
                Problem::nowhere(Code::BadArgument, "two reports can't both go to stdout")
                    .help("give one of them a path"),
            );
        }
        problems.extend(
            orders
                .iter()
                .filter_map(|order| parts_on_stdout(order, options.junit_profile, "--report junit=")),
        );
        problems.extend(twice(&orders));
        problems.extend(handed_to_nobody(orders.iter().map(|order| order.format), options));
        let untaken = orders.iter().filter_map(|order| untaken(order, "--report or --reports"));
        problems.extend(untaken);
        if problems.is_empty() { Ok(Papers { orders, options }) } else { Err(problems) }
    }

    /// One report alone, to a place or to stdout. Its place is tried at once.
    pub(crate) fn alone(
        format: &'static dyn Format,
        to: Option<&Path>,
        options: FormatOptions,
    ) -> Result<Papers, Problem> {
        let order = Order { format, to: to.map_or(To::Stdout, |path| To::File(path.to_owned())) };
        match parts_on_stdout(&order, options.junit_profile, "--output")
            .or_else(|| handed_to_nobody([format], options))
            .or_else(|| untaken(&order, "--output"))
        {
            None => Ok(Papers { orders: vec![order], options }),
            Some(problem) => Err(problem),
        }
    }

    /// Does a report go to stdout, so that nothing else may?
    pub(crate) fn use_stdout(&self) -> bool {
        self.orders.iter().any(|order| matches!(order.to, To::Stdout))
    }

    /// Writes every report; one that fails keeps no other from being written.
    pub(crate) fn write(&self, report: &Report) -> Vec<Paper> {
        self.orders.iter().flat_map(|order| self.write_one(order, report)).collect()
    }

    fn write_one(&self, order: &Order, report: &Report) -> Vec<Paper> {
        let path = match &order.to {
            To::Stdout => "stdout".to_owned(),
            To::File(path) => path.display().to_string(),
        };
        let rendered = match order.format.render(report, &self.options) {
            Ok(rendered) => rendered,
            Err(error) => return vec![Paper { path, outcome: Err(error.to_string()) }],
        };
        let To::File(file) = &order.to else {
            let told = rendered.iter().try_for_each(|one| terminal::document(&one.bytes));
            return vec![Paper { path, outcome: told.map_err(|why| why.to_string()) }];
        };
        rendered
            .iter()
            .map(|one| {
                let place = one.place(file);

                let outcome = publish(&place, &one.bytes, |_| Ok(())).map_err(|why| why.to_string());
                Paper { path: place.display().to_string(), outcome }
            })
            .collect()
    }

    /// Says where the reports are, and which of them are not.
    pub(crate) fn tell(&self, written: &[Paper], quiet: bool) {
        tell(written, quiet);
    }
}

/// Says where papers are, and which of them are not.
pub(crate) fn tell(written: &[Paper], quiet: bool) {
    let there: Vec<&str> = written.iter().filter(|p| p.outcome.is_ok()).map(|p| p.path.as_str()).collect();
    if !quiet && !there.is_empty() {
        terminal::complain(&format!("reports: {}", there.join(", ")));
    }
    for (path, why) in written.iter().filter_map(|p| p.outcome.as_ref().err().map(|why| (&p.path, why))) {
        terminal::complain(&format!("error[report-path]: the report {path} could not be written: {why}"));
    }
}

fn order(text: &str) -> Result<Order, Problem> {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    let bad = |message: String| {
        Err(Problem::nowhere(Code::BadArgument, message)
            .help(format!("write --report FORMAT=PATH; the formats are: {}", names.join(", "))))
    };
    let Some((name, path)) = text.split_once('=') else {
        return bad(format!("--report `{text}` has no path"));
    };
    let Some(format) = format_named(name) else { return bad(format!("there is no report format `{name}`")) };
    match path {
        "" => bad(format!("--report `{text}` has no path")),
        "-" => Ok(Order { format, to: To::Stdout }),
        path => Ok(Order { format, to: To::File(PathBuf::from(path)) }),
    }
}

/// Two reports at one place: the later one would take the place of the other without a word.
fn twice(orders: &[Order]) -> Vec<Problem> {
    let places: Vec<(PathBuf, &Path)> = orders
        .iter()
        .filter_map(|order| match &order.to {
            To::File(path) => Some((one_name(path), path.as_path())),
            To::Stdout => None,
        })
        .collect();
    let again = |at: usize| places[..at].iter().any(|(name, _)| *name == places[at].0);
    (0..places.len())
        .filter(|at| again(*at))
        .map(|at| {
            let message = format!("two reports can't both be written to {}", places[at].1.display());
            Problem::nowhere(Code::BadArgument, message).help(
                "give one of them another path; every run writes junit.xml, report.json and report.html into --reports",
            )
        })
        .collect()
}

/// A path by the name that its folder really has.
fn one_name(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = || whole.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
    let named = || Some(folder()?.join(whole.file_name()?));
    std::fs::canonicalize(&whole).ok().or_else(named).unwrap_or_else(|| whole.clone())
}

/// Of several documents stdout takes one.
fn parts_on_stdout(order: &Order, profile: JunitProfile, option: &str) -> Option<Problem> {
    let many =
        matches!(order.to, To::Stdout) && order.format.name() == "junit" && profile == JunitProfile::Surefire;
    let message = "the surefire profile writes one file a suite, and stdout takes one document";
    many.then(|| Problem::nowhere(Code::BadArgument, message).help(format!("give {option} a path")))
}

/// A hand-off is a document of one format; without it nobody would be handed anything.
pub(crate) fn handed_to_nobody(
    ordered: impl IntoIterator<Item = &'static dyn Format>,
    options: FormatOptions,
) -> Option<Problem> {
    options.handoff?;
    let none = !ordered.into_iter().any(|format| format.name() == "markdown");
    let message = "--handoff is of the markdown report, and none is ordered";
    none.then(|| {
        Problem::nowhere(Code::BadArgument, message).help(
            "add --report markdown=PATH; of a stored report: fixproof show REPORT.json --format markdown",
        )
    })
}

/// A place that can't be written to.
fn untaken(order: &Order, option: &str) -> Option<Problem> {
    let To::File(path) = &order.to else { return None };
    let why = try_place(path).err()?;
    let message = format!("the {} report can't be written to {}: {why}", order.format.name(), path.display());
    let help = format!("name a place you may write to with {option}");
    Some(Problem::nowhere(Code::ReportPath, message).help(help))
}
