//! The report as JUnit XML: a suite a component, a case a scenario, and the gate as a case of its own.
//!
//! `junit-report` writes suites, cases and their texts; a second pass gives the elements the attributes, properties and
//! reruns each profile's readers demand (`harness/docs/decisions/0003-junit.md`).

mod postprocess;
mod properties;
mod reruns;
mod suites;
mod xml;

use std::collections::HashSet;

use suites::{Kind, Suite};

use crate::model::Report;
use crate::report::format::{Format, FormatError, FormatOptions, JunitProfile, Rendered};

/// The format.
pub(super) struct Junit;

/// GitLab reads files below 30 MB.
const FILE: usize = 30_000_000;
/// What all texts together may take of it; the rest is for names, messages and properties.
const TEXTS: usize = 16_000_000;
/// The most of one rerun's text.
const RERUN: usize = 8 << 10;

/// How much of a text is kept.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes of a body or an output.
    text: usize,
    /// Characters of a message or a property. Names are never cut by it: they must be the same in every run.
    attribute: usize,
}

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn summary(&self) -> &'static str {
        "JUnit XML for CI systems; --junit-profile says which: rich, strict or surefire"
    }

    fn file_name(&self) -> &'static str {
        "junit.xml"
    }

    fn render(&self, report: &Report, options: &FormatOptions) -> Result<Vec<Rendered>, FormatError> {
        let suites = suites::of(report, options.junit_noncritical);
        if options.junit_profile != JunitProfile::Surefire {
            let bytes = fitting(&suites, options.junit_profile)?;
            return Ok(vec![Rendered { part: None, bytes }]);
        }
        let mut parts = HashSet::new();
        suites
            .iter()
            .map(|suite| {
                let bytes = fitting(std::slice::from_ref(suite), JunitProfile::Surefire)?;
                Ok(Rendered { part: Some(part(&suite.name, &mut parts)), bytes })
            })
            .collect()
    }
}

/// A suite's name as a part of a file's name. No two are the same, also where a file system knows no capitals.
fn part(name: &str, taken: &mut HashSet<String>) -> String {
    let mut part: String = name.chars().take(70).collect();
    let other = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
    let folded = |part: &str| part.to_ascii_lowercase().replace(other, "_");
    let mut number = 1;
    while !taken.insert(folded(&part)) {
        number += 1;
        part = format!("{}-{number}", name.chars().take(70).collect::<String>());
    }
    part
}

/// A file that its readers take: with so much in it that it would be too large, less is kept of each text.
fn fitting(suites: &[Suite<'_>], profile: JunitProfile) -> Result<Vec<u8>, FormatError> {
    let mut limits = Limits { text: text_limit(suites), attribute: xml::ATTRIBUTE };
    loop {
        match file(suites, profile, limits) {
            Err(FormatError::TooLarge { .. }) if limits.attribute > 100 => {
                limits = Limits { text: limits.text / 2, attribute: limits.attribute / 2 };
            }
            done => return done,
        }
    }
}

fn file(suites: &[Suite<'_>], profile: JunitProfile, limits: Limits) -> Result<Vec<u8>, FormatError> {
    let mut report = junit_report::Report::new();
    report.add_testsuites(suites.iter().map(|suite| written(suite, profile, limits)));
    let mut first = Vec::new();
    report.write_xml(&mut first).map_err(xml::broken)?;
    let bytes = postprocess::completed(&first, suites, profile, limits)?;
    if bytes.len() >= FILE {
        Err(FormatError::TooLarge { bytes: bytes.len(), limit: FILE })
    } else {
        Ok(bytes)
    }
}

/// The largest limit for one text with which all of them should fit into a file.
fn text_limit(suites: &[Suite<'_>]) -> usize {
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let reruns = cases().flat_map(|case| &case.reruns.listed).map(|rerun| rerun.body.len().min(RERUN));
    let lengths: Vec<usize> =
        cases().flat_map(|case| [case.body.len(), case.out.len()]).chain(reruns).collect();
    let mut limit = xml::TEXT;
    while limit > 256 && lengths.iter().map(|length| length.min(&limit)).sum::<usize>() > TEXTS {
        limit /= 2;
    }
    limit
}

/// A suite as `junit-report` takes it. Its own time stamp and attributes are replaced in the second pass.
fn written(suite: &Suite<'_>, profile: JunitProfile, limits: Limits) -> junit_report::TestSuite {
    let strict = profile == JunitProfile::Strict;
    junit_report::TestSuite {
        name: xml::attribute(&suite.name, xml::ATTRIBUTE),
        package: String::new(),
        timestamp: time::OffsetDateTime::UNIX_EPOCH,
        hostname: String::new(),
        testcases: suite.cases.iter().map(|case| written_case(case, strict, limits)).collect(),
        system_out: strict.then(|| xml::cdata(&strict_out(suite), xml::TEXT)),
        system_err: strict.then(String::new),
    }
}

/// `strict` has no output and no reruns of a case, and requires the suite's output even when there is none.
fn strict_out(suite: &Suite<'_>) -> String {
    let mut out = String::new();
    for case in &suite.cases {
        out.push_str(&case.out);
        for rerun in &case.reruns.listed {
            out.push_str(&format!("{}: not met: {}\n", case.name, rerun.message));
        }
    }
    out
}

fn written_case(case: &suites::Case<'_>, strict: bool, limits: Limits) -> junit_report::TestCase {
    let of = |text: &str| xml::attribute(text, limits.attribute);
    let (type_, message) = (of(&case.type_), of(&case.message));
    let cause = Some(xml::cdata(&case.body, limits.text));
    let result = match case.kind {
        Kind::Passed => junit_report::TestResult::Success,
        Kind::Failure => junit_report::TestResult::Failure { type_, message, cause },
        Kind::Error => junit_report::TestResult::Error { type_, message, cause },
        Kind::Skipped => junit_report::TestResult::SkippedWithCause { type_, message, cause },
    };
    junit_report::TestCase {
        name: xml::attribute(&case.name, xml::ATTRIBUTE),
        time: time::Duration::ZERO,
        result,
        classname: None,
        filepath: None,
        system_out: (!strict && !case.out.is_empty()).then(|| xml::cdata(&case.out, limits.text)),
        system_err: None,
    }
}
