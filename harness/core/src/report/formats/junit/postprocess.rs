//! The second pass: the attributes and properties that `junit-report` can't write, as each profile needs them.

use std::time::Duration;

use quick_xml::events::{BytesCData, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};
use time::macros::format_description;

use crate::model::{Evaluation, Outcome, Place, Severity, Timestamp};
use crate::report::format::{FormatError, JunitProfile};
use crate::report::prose;

use super::properties::{self, Properties};
use super::reruns::Rerun;
use super::suites::{Case, Kind, Suite};
use super::xml;
use super::{Limits, RERUN};

type Attributes<'a> = Vec<(&'a str, String)>;

struct Pass<'a> {
    suites: &'a [Suite<'a>],
    profile: JunitProfile,
    limits: Limits,
    writer: Writer<Vec<u8>>,
    /// How many suites began.
    suite: usize,
    /// How many cases of the current suite began.
    case: usize,
}

/// The output of `junit-report`, with everything the profile needs.
pub(super) fn completed(
    first: &[u8],
    suites: &[Suite<'_>],
    profile: JunitProfile,
    limits: Limits,
) -> Result<Vec<u8>, FormatError> {
    let text = std::str::from_utf8(first).map_err(xml::broken)?;
    let mut reader = Reader::from_str(text);
    let writer = Writer::new(Vec::with_capacity(first.len() * 2));
    let mut pass = Pass { suites, profile, limits, writer, suite: 0, case: 0 };
    loop {
        match reader.read_event().map_err(xml::broken)? {
            Event::Eof => break,
            Event::Start(tag) => pass.open(&tag, false)?,
            Event::Empty(tag) => pass.open(&tag, true)?,
            Event::End(tag) => pass.close(&tag)?,
            event => pass.write(event)?,
        }
    }
    let mut bytes = pass.writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

impl<'a> Pass<'a> {
    fn write(&mut self, event: Event<'_>) -> Result<(), FormatError> {
        self.writer.write_event(event).map_err(xml::broken)
    }

    /// Puts what follows on a line of its own, so that people and diffs can read the file.
    fn line(&mut self) -> Result<(), FormatError> {
        self.write(Event::Text(BytesText::new("\n")))
    }

    fn open(&mut self, tag: &BytesStart<'_>, empty: bool) -> Result<(), FormatError> {
        let (suites, is_rich) = (self.suites, self.profile == JunitProfile::Rich);
        match tag.name().as_ref() {
            b"testsuites" if self.profile == JunitProfile::Surefire => Ok(()),
            b"testsuites" => {
                self.line()?;
                let attributes = if is_rich { totals(suites) } else { Attributes::new() };
                self.element("testsuites", &attributes, empty)
            }
            b"testsuite" => {
                let Some(suite) = suites.get(self.suite) else { return Err(astray("suite")) };
                self.line()?;
                self.element("testsuite", &suite_attributes(suite, self.suite, self.profile), false)?;
                self.suite += 1;
                self.case = 0;
                self.properties(&suite.properties)?;
                if empty { self.write(Event::End(BytesEnd::new("testsuite"))) } else { Ok(()) }
            }
            b"testcase" => {
                self.case += 1;
                let Some((suite, case)) = self.current() else { return Err(astray("case")) };
                self.case(suite, case, empty)
            }
            b"skipped" if !is_rich => {
                // The schemas of the other two know no type of what was skipped.
                let mut bare = BytesStart::new("skipped");
                for attribute in tag.attributes().flatten().filter(|a| a.key.as_ref() != b"type") {
                    bare.push_attribute(attribute);
                }
                self.write(if empty { Event::Empty(bare) } else { Event::Start(bare) })
            }
            _ => self.write(if empty { Event::Empty(tag.borrow()) } else { Event::Start(tag.borrow()) }),
        }
    }

    fn close(&mut self, tag: &BytesEnd<'_>) -> Result<(), FormatError> {
        match tag.name().as_ref() {
            b"testsuites" if self.profile == JunitProfile::Surefire => return Ok(()),
            b"testsuites" | b"testsuite" => self.line()?,
            b"failure" | b"error" => {
                self.write(Event::End(tag.borrow()))?;
                let Some((_, case)) = self.current() else { return Err(astray("result")) };
                return self.reruns(case);
            }
            _ => {}
        }
        self.write(Event::End(tag.borrow()))
    }

    /// The suite and the case that began last.
    fn current(&self) -> Option<(&'a Suite<'a>, &'a Case<'a>)> {
        let suite = self.suites.get(self.suite.checked_sub(1)?)?;
        Some((suite, suite.cases.get(self.case.checked_sub(1)?)?))
    }

    fn case(&mut self, suite: &Suite<'_>, case: &Case<'_>, empty: bool) -> Result<(), FormatError> {
        let rich = case.outcome.filter(|_| self.profile == JunitProfile::Rich);
        let mut attributes = vec![
            ("name", case.name.clone()),
            ("classname", suite.name.clone()),
            ("time", seconds(case.took)),
        ];
        if let Some(outcome) = rich {
            let place = place(outcome);
            attributes.push(("file", place.file.to_string()));
            attributes.push(("line", place.line.to_string()));
        }
        let is_flaky = case.kind == Kind::Passed && self.has_reruns(case);
        let stays_empty = empty && rich.is_none() && !is_flaky;
        self.line()?;
        self.element("testcase", &attributes, stays_empty)?;
        if let Some(outcome) = rich {
            self.properties(&properties::of_case(case, outcome))?;
        }
        if is_flaky {
            self.reruns(case)?;
        }
        if empty && !stays_empty { self.write(Event::End(BytesEnd::new("testcase"))) } else { Ok(()) }
    }

    /// Strict knows no reruns; it says them in the suite's output.
    fn has_reruns(&self, case: &Case<'_>) -> bool {
        self.profile != JunitProfile::Strict && !case.reruns.listed.is_empty()
    }

    /// The samples that were not met, behind the result they belong to.
    fn reruns(&mut self, case: &Case<'_>) -> Result<(), FormatError> {
        if !self.has_reruns(case) {
            return Ok(());
        }
        let name = match case.kind {
            Kind::Passed => "flakyFailure",
            Kind::Failure => "rerunFailure",
            Kind::Error => "rerunError",
            Kind::Skipped => return Ok(()),
        };
        case.reruns.listed.iter().try_for_each(|rerun| self.rerun(name, rerun))
    }

    fn rerun(&mut self, name: &str, rerun: &Rerun) -> Result<(), FormatError> {
        let attributes = [("message", rerun.message.clone()), ("type", rerun.type_.clone())];
        self.line()?;
        self.element(name, &attributes, false)?;
        self.write(Event::Start(BytesStart::new("stackTrace")))?;
        let body = xml::cdata(&rerun.body, self.limits.text.min(RERUN));
        self.write(Event::CData(BytesCData::new(body)))?;
        self.write(Event::End(BytesEnd::new("stackTrace")))?;
        self.write(Event::End(BytesEnd::new(name)))
    }

    fn element(&mut self, name: &str, attributes: &[(&str, String)], empty: bool) -> Result<(), FormatError> {
        let mut tag = BytesStart::new(name);
        for (key, value) in attributes {
            let limit = if is_name(key) { xml::ATTRIBUTE } else { self.limits.attribute };
            tag.push_attribute((*key, xml::attribute(value, limit).as_str()));
        }
        self.write(if empty { Event::Empty(tag) } else { Event::Start(tag) })
    }

    fn properties(&mut self, properties: &Properties) -> Result<(), FormatError> {
        self.write(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in properties {
            self.element("property", &[("name", name.to_string()), ("value", value.clone())], true)?;
        }
        self.write(Event::End(BytesEnd::new("properties")))
    }
}

fn astray(what: &str) -> FormatError {
    FormatError::Xml(format!("junit-report wrote an unexpected {what}"))
}

/// Is it what readers know a case by, from run to run?
fn is_name(attribute: &str) -> bool {
    matches!(attribute, "name" | "classname" | "file")
}

/// Where a reader is sent: to the first expectation that broke, or that is inconclusive, in the scenario's own file; to
/// the scenario where there is none.
fn place(outcome: &Outcome) -> &Place {
    let own = &outcome.scenario.place;
    let red = || outcome.findings.iter().filter(|finding| finding.expectation.severity == Severity::Error);
    let broken = red().find(|finding| finding.breaks());
    let untold = || red().find(|finding| matches!(finding.evaluation, Evaluation::Inconclusive(_)));
    let found = broken.or_else(untold).filter(|_| prose::is_red(outcome.verdict));
    found.map(|finding| finding.expectation.place()).filter(|place| place.file == own.file).unwrap_or(own)
}

/// Seconds with three decimals, never an exponent.
fn seconds(duration: Duration) -> String {
    format!("{}.{:03}", duration.as_secs(), duration.subsec_millis())
}

/// A moment in UTC without its zone, as the strict readers want it.
fn without_zone(moment: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let utc = moment.0.to_offset(time::UtcOffset::UTC);
    utc.format(format).unwrap_or_else(|_| "1970-01-01T00:00:00".to_owned())
}

fn totals<'a>(suites: &[Suite<'_>]) -> Attributes<'a> {
    let all = |kind| suites.iter().map(|suite| suite.count(kind)).sum::<usize>().to_string();
    vec![
        ("name", "fixproof".to_owned()),
        ("tests", suites.iter().map(|suite| suite.cases.len()).sum::<usize>().to_string()),
        ("failures", all(Kind::Failure)),
        ("errors", all(Kind::Error)),
        ("skipped", all(Kind::Skipped)),
        ("time", seconds(suites.iter().map(Suite::took).sum())),
    ]
}

fn suite_attributes<'a>(suite: &Suite<'_>, index: usize, profile: JunitProfile) -> Attributes<'a> {
    let mut attributes = vec![
        ("name", suite.name.clone()),
        ("tests", suite.cases.len().to_string()),
        ("failures", suite.count(Kind::Failure).to_string()),
        ("errors", suite.count(Kind::Error).to_string()),
        ("skipped", suite.count(Kind::Skipped).to_string()),
        ("time", seconds(suite.took())),
        ("timestamp", without_zone(suite.started)),
    ];
    if profile != JunitProfile::Surefire {
        attributes.push(("hostname", suite.host.clone()));
        attributes.push(("id", index.to_string()));
        attributes.push(("package", "fixproof".to_owned()));
    }
    attributes
}
