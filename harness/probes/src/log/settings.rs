//! Settings to a prepared probe; every invalid setting is reported at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex::Regex;
use serde_json_path::JsonPath;

use fixproof_core::model::{Mistake, Setting, Settings, Share, Text};

use super::super::PrepareContext;
use super::config::{Config, Format, Group, Outcome, Parsing, Sequence, Times, Type};
use super::entry::MESSAGES;
use super::observe::PreparedLog;
use super::source::{Program, Query, Source};

/// Most entries that are looked at unless the scenario says otherwise.
pub(super) const LIMIT: u64 = 1000;
/// Most bytes of a source that are read unless the scenario says otherwise.
const READ_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads every setting.
///
/// # Errors
/// Every setting that can't be used.
pub(super) fn read(settings: &Settings, context: &PrepareContext<'_>) -> Result<PreparedLog, Vec<Mistake>> {
    let mut reader = SettingsReader { settings, mistakes: Vec::new() };
    let source = reader.source(context);
    let pattern = reader.regex("pattern");
    let names: Vec<String> =
        pattern.iter().flat_map(Regex::capture_names).flatten().map(str::to_owned).collect();
    let groups = reader.groups(&names);
    let (instance, instance_group) = reader.distinct(&names);
    let limit = settings.count("limit").unwrap_or(LIMIT);
    if limit == 0 {
        reader.wrong("limit", "`limit` must be at least 1");
    }
    if settings.duration("since").is_some_and(|since| since.is_zero()) {
        reader.wrong("since", "`since` must be greater than zero");
    }
    let config = Config {
        parsing: Parsing {
            format: reader.format(),
            messages: reader.messages(),
            times: reader.times(),
            instance,
        },
        limit,
        since: settings.duration("since"),
        pattern,
        distinct: settings.get("distinct").is_some(),
        groups,
        instance_group,
        sequence: reader.sequence(&names),
        outcome: reader.outcome(),
    };
    match source {
        Some(source) if reader.mistakes.is_empty() => Ok(PreparedLog { source, config: Arc::new(config) }),
        _ => Err(reader.mistakes),
    }
}

/// The settings, and what is wrong with them.
struct SettingsReader<'a> {
    settings: &'a Settings,
    mistakes: Vec<Mistake>,
}

impl<'a> SettingsReader<'a> {
    fn wrong(&mut self, setting: &'static str, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(setting, message));
    }

    fn word(&self, name: &str) -> Option<&'a str> {
        self.settings.text(name).map(Text::expose)
    }

    fn source(&mut self, context: &PrepareContext<'_>) -> Option<Source> {
        const SOURCES: [&str; 3] = ["file", "command", "url"];
        let given: Vec<&str> = SOURCES.into_iter().filter(|name| self.settings.get(name).is_some()).collect();
        let [one] = given.as_slice() else {
            let message = match given.as_slice() {
                [] => "the source of the log is missing".to_owned(),
                several => format!("a log has one source, not several: `{}`", several.join("`, `")),
            };
            self.mistakes.push(Mistake::whole(message).help("give one of `file`, `command` and `url`"));
            return None;
        };
        let read_limit = self.settings.size("read-limit").unwrap_or(READ_LIMIT);
        if read_limit == 0 {
            self.wrong("read-limit", "`read-limit` must be greater than zero");
        }
        if *one != "url" {
            self.of_a_query();
        } else if self.settings.get("format").is_some() {
            self.wrong(
                "format",
                "`format` is only valid with `file` or `command`: the answer to a query is JSON",
            );
        }
        match *one {
            "file" => self.files(context, read_limit),
            "command" => {
                let limit = self.settings.count("limit").unwrap_or(LIMIT);
                let program = Program::new(self.settings, context, read_limit, limit);
                program.map_err(|found| self.mistakes.extend(found)).ok().map(Source::Program)
            }
            _ => {
                let query = Query::new(self.settings, context, read_limit);
                query.map_err(|found| self.mistakes.extend(found)).ok().map(Box::new).map(Source::Query)
            }
        }
    }

    /// What goes along with a query says nothing about a file or a program.
    fn of_a_query(&mut self) {
        for name in ["resources", "filter", "google", "bearer", "headers", "ca"] {
            if self.settings.get(name).is_some() {
                self.wrong(name, format!("`{name}` is only valid with `url`"));
            }
        }
    }

    fn files(&mut self, context: &PrepareContext<'_>, read_limit: u64) -> Option<Source> {
        let texts = self.texts("file")?;
        let shown = |text: &Text| {
            if text.is_secret() { "whose name is secret".to_owned() } else { text.expose().to_owned() }
        };
        let files = texts.iter().map(|text| (context.root.join(text.expose()), shown(text))).collect();
        Some(Source::Files { files, read_limit })
    }

    /// One text, or a list of them.
    fn texts(&mut self, name: &'static str) -> Option<Vec<Text>> {
        let texts = match self.settings.get(name)? {
            Setting::Text(text) => Some(vec![text.clone()]),
            Setting::List(list) => list
                .iter()
                .map(|item| if let Setting::Text(text) = item { Some(text.clone()) } else { None })
                .collect(),
            _ => None,
        };
        let texts = texts.filter(|texts| !texts.is_empty() && texts.iter().all(|t| !t.expose().is_empty()));
        if texts.is_none() {
            self.wrong(name, format!("`{name}` takes a text, or a list of them"));
        }
        texts
    }

    fn compiled(&mut self, name: &'static str, text: &str) -> Option<Regex> {
        Regex::new(text)
            .map_err(|error| self.wrong(name, format!("`{name}` is not a regular expression: {error}")))
            .ok()
    }

    fn regex(&mut self, name: &'static str) -> Option<Regex> {
        self.compiled(name, self.word(name)?)
    }

    fn path(&mut self, name: &'static str, text: &str) -> Option<JsonPath> {
        let parsed = JsonPath::parse(text);
        parsed
            .map_err(|_| {
                let mistake = Mistake::at(name, format!("`{text}` is not a JSONPath"));
                self.mistakes.push(mistake.help("RFC 9535: `$.jsonPayload.message`, `$.labels.instanceId`"));
            })
            .ok()
    }

    fn format(&self) -> Format {
        match self.word("format") {
            Some("json") => Format::Json,
            Some("jsonl") => Format::Lines,
            Some("text") => Format::Text,
            _ => Format::Auto,
        }
    }

    fn messages(&mut self) -> Vec<JsonPath> {
        match self.texts("message") {
            Some(own) => own.iter().filter_map(|text| self.path("message", text.expose())).collect(),
            None => MESSAGES.iter().filter_map(|path| self.path("message", path)).collect(),
        }
    }

    fn times(&mut self) -> Times {
        let written = self.word("timestamp").unwrap_or("$.timestamp");
        let times = if written.starts_with('$') {
            self.path("timestamp", written).map(Times::At)
        } else {
            self.compiled("timestamp", written).map(Times::Written)
        };
        // Without a path an error is already recorded, and nothing will be read.
        times.unwrap_or_else(|| Times::At(JsonPath::default()))
    }

    /// The path to an entry's instance, or the group that names it.
    fn distinct(&mut self, names: &[String]) -> (Option<JsonPath>, Option<String>) {
        let Some(written) = self.word("distinct") else { return (None, None) };
        if written.starts_with('$') {
            return (self.path("distinct", written), None);
        }
        if !names.iter().any(|name| name == written) {
            let message = format!("`{written}` is neither a JSONPath nor a named group of `pattern`");
            self.mistakes.push(Mistake::at("distinct", message).help(known(names)));
        }
        (None, Some(written.to_owned()))
    }

    /// What every named group of the pattern is.
    fn groups(&mut self, names: &[String]) -> Vec<Group> {
        if let Some(name) = names.iter().find(|name| name.contains(['.', '[', ']'])) {
            self.wrong(
                "pattern",
                format!("the group `{name}` can't be named in a fact: use letters, digits and `_`"),
            );
        }
        let mut groups: Vec<Group> =
            names.iter().map(|name| Group { name: name.clone(), of: Type::Text }).collect();
        for (name, of) in self.settings.table("types") {
            let word = of.scalar_text();
            let word = word.as_ref().map_or("", Text::expose);
            let known_type = Type::WORDS.iter().find(|(known, _)| *known == word);
            match (groups.iter_mut().find(|group| group.name == *name), known_type) {
                (Some(group), Some((_, of))) => group.of = *of,
                (None, _) => {
                    let message = format!("`{name}` is not a named group of `pattern`");
                    self.mistakes.push(Mistake::at("types", message).help(known(names)));
                }
                (_, None) => {
                    let words: Vec<&str> = Type::WORDS.iter().map(|(word, _)| *word).collect();
                    let message = format!("`{word}` is not a type of a group");
                    let help = format!("one of: {}", words.join(", "));
                    self.mistakes.push(Mistake::at("types", message).help(help));
                }
            }
        }
        groups
    }

    fn sequence(&mut self, names: &[String]) -> Option<Sequence> {
        let Setting::Table(rows) = self.settings.get("sequence")? else {
            self.wrong("sequence", "`sequence` takes { group = \"…\", order = [\"…\", …] }");
            return None;
        };
        let row = |name: &str| rows.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let order: Option<Vec<String>> = match row("order") {
            Some(Setting::List(list)) => {
                list.iter().map(|item| item.scalar_text().map(|text| text.expose().to_owned())).collect()
            }
            _ => None,
        };
        let group = row("group").and_then(Setting::scalar_text);
        let (Some(group), Some(order), 2) = (group, order, rows.len()) else {
            self.wrong(
                "sequence",
                "`sequence` takes { group = \"…\", order = [\"…\", …] }, and nothing else",
            );
            return None;
        };
        if order.len() < 2 || order.iter().collect::<BTreeSet<_>>().len() < order.len() {
            self.wrong("sequence", "`order` takes two words or more, each once");
        }
        if !names.iter().any(|name| name == group.expose()) {
            let message = format!("`{}` is not a named group of `pattern`", group.expose());
            self.mistakes.push(Mistake::at("sequence", message).help(known(names)));
        }
        Some(Sequence { group: group.expose().to_owned(), order })
    }

    fn outcome(&mut self) -> Option<Outcome> {
        let rows = self.settings.table("outcome");
        if rows.is_empty() {
            return None;
        }
        if let Some((unknown, _)) =
            rows.iter().find(|(key, _)| !matches!(key.as_str(), "success" | "failure" | "confidence"))
        {
            self.wrong(
                "outcome",
                format!("`outcome` takes success, failure and confidence, not `{unknown}`"),
            );
        }
        let row =
            |name: &str| rows.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.scalar_text());
        let confidence = match row("confidence").map(|text| Share::parse(text.expose())) {
            None => 0.95,
            Some(Ok(share)) if share.part() > 0 && share.part() < share.whole() => share.as_f64(),
            Some(_) => {
                self.wrong("outcome", "`confidence` must be above 0% and below 100%, for example \"95%\"");
                return None;
            }
        };
        let (Some(success), Some(failure)) = (row("success"), row("failure")) else {
            self.wrong("outcome", "`outcome` takes both `success` and `failure`");
            return None;
        };
        let success = self.compiled("outcome", success.expose());
        let failure = self.compiled("outcome", failure.expose());
        Some(Outcome { success: success?, failure: failure?, confidence })
    }
}

fn known(names: &[String]) -> String {
    match names {
        [] => "name a group in `pattern`: (?P<took>[0-9.]+)".to_owned(),
        names => format!("the groups are: {}", names.join(", ")),
    }
}
