//! The second pass: the attributes and properties that `junit-report` has no words for, as each profile wants them.

use std::time::Duration;

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};
use time::macros::format_description;

use super::suites::{Case, Kind, Suite};
use crate::model::{Outcome, Timestamp};
use crate::report::{FormatError, JunitProfile, xml};

type Properties<'a> = Vec<(&'a str, String)>;

struct Pass<'a> {
    suites: &'a [Suite<'a>],
    profile: JunitProfile,
    writer: Writer<Vec<u8>>,
    /// How many suites began.
    suite: usize,
    /// How many cases of the current suite began.
    case: usize,
}

/// What `junit-report` wrote, with everything the profile asks for.
pub(super) fn completed(
    first: &[u8],
    suites: &[Suite<'_>],
    profile: JunitProfile,
) -> Result<Vec<u8>, FormatError> {
    let text = std::str::from_utf8(first).map_err(xml::broken)?;
    let mut reader = Reader::from_str(text);
    let writer = Writer::new(Vec::with_capacity(first.len() * 2));
    let mut pass = Pass { suites, profile, writer, suite: 0, case: 0 };
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
                let attributes = if is_rich { totals(suites) } else { Properties::new() };
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
                let suite = self.suite.checked_sub(1).and_then(|index| suites.get(index));
                let Some((suite, case)) = suite.and_then(|s| Some((s, s.cases.get(self.case)?))) else {
                    return Err(astray("case"));
                };
                self.case += 1;
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
            _ => {}
        }
        self.write(Event::End(tag.borrow()))
    }

    fn case(&mut self, suite: &Suite<'_>, case: &Case<'_>, empty: bool) -> Result<(), FormatError> {
        let rich = case.outcome.filter(|_| self.profile == JunitProfile::Rich);
        let mut attributes = vec![
            ("name", case.name.clone()),
            ("classname", suite.name.clone()),
            ("time", seconds(case.took)),
        ];
        if let Some(outcome) = rich {
            attributes.push(("file", outcome.scenario.place.file.to_string()));
            attributes.push(("line", outcome.scenario.place.line.to_string()));
        }
        self.line()?;
        self.element("testcase", &attributes, empty && rich.is_none())?;
        let Some(outcome) = rich else { return Ok(()) };
        self.properties(&case_properties(outcome))?;
        if empty { self.write(Event::End(BytesEnd::new("testcase"))) } else { Ok(()) }
    }

    fn element(&mut self, name: &str, attributes: &[(&str, String)], empty: bool) -> Result<(), FormatError> {
        let mut tag = BytesStart::new(name);
        for (key, value) in attributes {
            tag.push_attribute((*key, xml::attribute(value).as_str()));
        }
        self.write(if empty { Event::Empty(tag) } else { Event::Start(tag) })
    }

    fn properties(&mut self, properties: &[(&str, String)]) -> Result<(), FormatError> {
        self.write(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in properties {
            self.element("property", &[("name", (*name).to_owned()), ("value", value.clone())], true)?;
        }
        self.write(Event::End(BytesEnd::new("properties")))
    }
}

fn astray(what: &str) -> FormatError {
    FormatError::Xml(format!("junit-report wrote a {what} that was not asked for"))
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

fn totals<'a>(suites: &[Suite<'_>]) -> Properties<'a> {
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

fn suite_attributes<'a>(suite: &Suite<'_>, index: usize, profile: JunitProfile) -> Properties<'a> {
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

/// What no attribute of a case can say.
fn case_properties(outcome: &Outcome) -> Properties<'static> {
    let card = &outcome.scenario;
    let mut properties = vec![
        ("verdict", outcome.verdict.name().to_owned()),
        ("title", card.title.clone()),
        ("critical", card.critical.to_string()),
        ("probes", card.probes.join(", ")),
        ("samples", outcome.samples.len().to_string()),
    ];
    let cause = outcome.cause().map(|cause| ("cause", cause.to_string()));
    let owner = card.owner.map(|owner| ("owner", owner.name().to_owned()));
    let said = [("source", &card.source), ("remedy", &card.remedy), ("runbook", &card.runbook)];
    properties.extend(cause.into_iter().chain(owner));
    properties.extend(said.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    if !card.tags.is_empty() {
        properties.push(("tags", card.tags.join(", ")));
    }
    properties
}
