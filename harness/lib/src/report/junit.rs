//! The report as JUnit XML: a suite a component, a case a scenario, and the gate as a case of its own.
//!
//! `junit-report` writes suites, cases and their texts; a second pass gives the elements the attributes and properties
//! each profile's readers demand (`harness/docs/decisions/0003-junit.md`).

mod pass;
mod suites;

use suites::{Kind, Suite};

use super::{Format, FormatError, FormatOptions, JunitProfile, Rendered, xml};
use crate::model::Report;

/// The format.
pub(super) struct Junit;

/// GitLab reads files below 30 MB.
const FILE: usize = 30_000_000;
/// What all bodies together may take of it; the rest is for names, messages and properties.
const BODIES: usize = 16_000_000;

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
        let suites = suites::of(report);
        let limit = text_limit(&suites);
        if options.junit_profile == JunitProfile::Surefire {
            return suites
                .iter()
                .map(|suite| {
                    let bytes = file(std::slice::from_ref(suite), JunitProfile::Surefire, limit)?;
                    Ok(Rendered { part: Some(suite.name.clone()), bytes })
                })
                .collect();
        }
        let bytes = file(&suites, options.junit_profile, limit)?;
        Ok(vec![Rendered { part: None, bytes }])
    }

    fn read_back(&self, bytes: &[u8]) -> Result<(), FormatError> {
        xml::read_back(bytes)
    }
}

fn file(suites: &[Suite<'_>], profile: JunitProfile, limit: usize) -> Result<Vec<u8>, FormatError> {
    let mut report = junit_report::Report::new();
    report.add_testsuites(suites.iter().map(|suite| written(suite, profile, limit)));
    let mut first = Vec::new();
    report.write_xml(&mut first).map_err(xml::broken)?;
    let bytes = pass::completed(&first, suites, profile)?;
    if bytes.len() >= FILE {
        Err(FormatError::TooLarge { bytes: bytes.len(), limit: FILE })
    } else {
        Ok(bytes)
    }
}

/// The largest limit for one text with which all of them fit into a file.
fn text_limit(suites: &[Suite<'_>]) -> usize {
    let lengths: Vec<usize> = suites
        .iter()
        .flat_map(|suite| &suite.cases)
        .flat_map(|case| [case.body.len(), case.out.len()])
        .collect();
    let mut limit = xml::TEXT;
    while limit > 256 && lengths.iter().map(|length| length.min(&limit)).sum::<usize>() > BODIES {
        limit /= 2;
    }
    limit
}

/// A suite as `junit-report` takes it. Its own time stamp and attributes are replaced in the second pass.
fn written(suite: &Suite<'_>, profile: JunitProfile, limit: usize) -> junit_report::TestSuite {
    let strict = profile == JunitProfile::Strict;
    // Strict knows no output of a case, and asks for the suite's even when there is none.
    let all_out = || suite.cases.iter().map(|case| case.out.as_str()).collect::<String>();
    junit_report::TestSuite {
        name: xml::attribute(&suite.name),
        package: String::new(),
        timestamp: time::OffsetDateTime::UNIX_EPOCH,
        hostname: String::new(),
        testcases: suite.cases.iter().map(|case| written_case(case, strict, limit)).collect(),
        system_out: strict.then(|| xml::cdata(&all_out(), xml::TEXT)),
        system_err: strict.then(String::new),
    }
}

fn written_case(case: &suites::Case<'_>, strict: bool, limit: usize) -> junit_report::TestCase {
    let (type_, message) = (xml::attribute(&case.type_), xml::attribute(&case.message));
    let cause = Some(xml::cdata(&case.body, limit));
    let result = match case.kind {
        Kind::Passed => junit_report::TestResult::Success,
        Kind::Failure => junit_report::TestResult::Failure { type_, message, cause },
        Kind::Error => junit_report::TestResult::Error { type_, message, cause },
        Kind::Skipped => junit_report::TestResult::SkippedWithCause { type_, message, cause },
    };
    junit_report::TestCase {
        name: xml::attribute(&case.name),
        time: time::Duration::ZERO,
        result,
        classname: None,
        filepath: None,
        system_out: (!strict && !case.out.is_empty()).then(|| xml::cdata(&case.out, limit)),
        system_err: None,
    }
}
