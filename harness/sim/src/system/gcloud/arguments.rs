//! The command line: words, flags in both spellings, and what a command takes of them.

use std::collections::BTreeMap;

use crate::system::platform::platform_names;

/// Flags that every command knows; each takes a value.
const EVERYWHERE: [&str; 5] = ["account", "format", "project", "verbosity", "configuration"];

/// Flags that take none.
const SWITCHES: [&str; 3] = ["global", "quiet", "no-user-output-enabled"];

/// What a command is called and what it takes.
pub(super) struct Syntax {
    pub(super) words: &'static [&'static str],
    /// Its argument; one in brackets is optional.
    pub(super) takes: Option<&'static str>,
    /// Its own flags.
    pub(super) flags: &'static [&'static str],
}

/// A command line, taken apart.
pub(super) struct Call {
    /// Everything that is no flag: the command's words, then its argument.
    pub(super) words: Vec<String>,
    flags: BTreeMap<String, String>,
}

impl Call {
    /// Takes a command line apart.
    pub(super) fn read(arguments: &[String]) -> Result<Call, String> {
        let mut call = Call { words: Vec::new(), flags: BTreeMap::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(flag) = argument.strip_prefix("--") else {
                match argument.as_str() {
                    "-q" => drop(call.flags.insert("quiet".to_owned(), String::new())),
                    word => call.words.push(word.to_owned()),
                }
                continue;
            };
            if SWITCHES.contains(&flag) {
                call.flags.insert(flag.to_owned(), String::new());
                continue;
            }
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => match rest.next() {
                    Some(value) if !value.starts_with("--") => (flag, value.clone()),
                    _ => return Err(format!("argument --{flag}: expected one argument")),
                },
            };
            call.flags.insert(name.to_owned(), value);
        }
        // The tracks of a command that differ in nothing here.
        if call.words.first().is_some_and(|word| word == "alpha" || word == "beta") {
            call.words.remove(0);
        }
        Ok(call)
    }

    /// Whether it is this command.
    pub(super) fn begins_with(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(asked, word)| asked == word)
    }

    /// The rest of it, if the command takes it.
    pub(super) fn of(mut self, command: &Syntax) -> Result<Call, String> {
        let arguments = self.words.split_off(command.words.len());
        let known = |flag: &String| {
            EVERYWHERE.contains(&flag.as_str()) || flag == "quiet" || command.flags.contains(&flag.as_str())
        };
        let mut unrecognized: Vec<String> =
            self.flags.keys().filter(|flag| !known(flag)).map(|flag| format!("--{flag}")).collect();
        unrecognized.extend(arguments.iter().skip(usize::from(command.takes.is_some())).cloned());
        if !unrecognized.is_empty() {
            return Err(format!("unrecognized arguments: {}", unrecognized.join(" ")));
        }
        if arguments.is_empty() && command.takes.is_some_and(|name| !name.starts_with('[')) {
            return Err(format!("argument {}: Must be specified.", command.takes.unwrap_or_default()));
        }
        Ok(Call { words: arguments, flags: self.flags })
    }

    /// What the command was given besides flags.
    pub(super) fn argument(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// A flag's value.
    pub(super) fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name).map(String::as_str)
    }

    /// `--project`, or the configured project.
    pub(super) fn project(&self) -> &str {
        self.flag("project").unwrap_or(platform_names().project)
    }

    /// `--region`, or the configured region.
    pub(super) fn region(&self) -> &str {
        self.flag("region").unwrap_or(platform_names().region)
    }

    /// `--limit`, where it is given.
    pub(super) fn limit(&self) -> Result<Option<usize>, String> {
        let Some(text) = self.flag("limit") else { return Ok(None) };
        match text.parse() {
            Ok(limit) if limit > 0 => Ok(Some(limit)),
            _ => Err(format!("argument --limit: Value must be greater than or equal to 1; received: {text}")),
        }
    }
}
