//! A probe's settings with every variable filled in.

use std::time::Duration;

use serde_json::Number;

use super::value::Kind;

/// A text that may hold a secret. `Debug` hides it if it does; it has no `Display` and no `Serialize`:
///
/// ```compile_fail
/// fn displays<T: std::fmt::Display>() {}
/// displays::<fixproof_core::model::Text>();
/// ```
/// ```compile_fail
/// fn serializes<T: serde::Serialize>() {}
/// serializes::<fixproof_core::model::Text>();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    value: String,
    secret: bool,
}

impl Text {
    /// A text without a secret.
    #[must_use]
    pub fn plain(value: impl Into<String>) -> Text {
        Text { value: value.into(), secret: false }
    }

    /// A text with a secret in it.
    #[must_use]
    pub fn secret(value: impl Into<String>) -> Text {
        Text { value: value.into(), secret: true }
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// Does it hold a secret?
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secret
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.secret { f.write_str("Text(…)") } else { write!(f, "{:?}", self.value) }
    }
}

/// One setting. Durations and sizes are already read, because the probe's table says which they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(Number),
    /// Characters.
    Text(Text),
    /// A duration.
    Duration(Duration),
    /// Bytes.
    Size(u64),
    /// A list.
    List(Vec<Setting>),
    /// A table, in the order it was written.
    Table(Vec<(String, Setting)>),
}

impl Setting {
    /// The same as JSON, for a body. Exposes secrets: only for what is sent.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Setting::Flag(flag) => (*flag).into(),
            Setting::Number(number) => number.clone().into(),
            Setting::Text(text) => text.expose().into(),
            Setting::Duration(duration) => humantime::format_duration(*duration).to_string().into(),
            Setting::Size(bytes) => (*bytes).into(),
            Setting::List(list) => list.iter().map(Setting::to_json).collect(),
            Setting::Table(rows) => {
                serde_json::Value::Object(rows.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
        }
    }

    /// Is there a secret anywhere in it?
    #[must_use]
    pub fn holds_secret(&self) -> bool {
        match self {
            Setting::Text(text) => text.is_secret(),
            Setting::List(list) => list.iter().any(Setting::holds_secret),
            Setting::Table(rows) => rows.iter().any(|(_, item)| item.holds_secret()),
            Setting::Flag(_) | Setting::Number(_) | Setting::Duration(_) | Setting::Size(_) => false,
        }
    }

    /// A scalar as text (a header, a query value): booleans and numbers as JSON writes them.
    #[must_use]
    pub fn scalar_text(&self) -> Option<Text> {
        match self {
            Setting::Flag(flag) => Some(Text::plain(flag.to_string())),
            Setting::Number(number) => Some(Text::plain(number.to_string())),
            Setting::Text(text) => Some(text.clone()),
            Setting::Duration(d) => Some(Text::plain(humantime::format_duration(*d).to_string())),
            Setting::Size(bytes) => Some(Text::plain(bytes.to_string())),
            Setting::List(_) | Setting::Table(_) => None,
        }
    }
}

/// The settings of one step, in the order they were written. The loader has already checked names, kinds
/// and required keys against the probe's table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings(pub Vec<(String, Setting)>);

impl Settings {
    /// A setting by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A text setting.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Text> {
        match self.get(name) {
            Some(Setting::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A flag, or nothing where it is not set.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Setting::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some(Setting::Number(number)) => number.as_u64(),
            _ => None,
        }
    }

    /// A duration.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Duration> {
        match self.get(name) {
            Some(Setting::Duration(duration)) => Some(*duration),
            _ => None,
        }
    }

    /// A size in bytes.
    #[must_use]
    pub fn size(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some(Setting::Size(bytes)) => Some(*bytes),
            _ => None,
        }
    }

    /// A table's rows; empty where it is not set.
    #[must_use]
    pub fn table(&self, name: &str) -> &[(String, Setting)] {
        match self.get(name) {
            Some(Setting::Table(rows)) => rows,
            _ => &[],
        }
    }

    /// A list; empty where it is not set.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Setting] {
        match self.get(name) {
            Some(Setting::List(list)) => list,
            _ => &[],
        }
    }
}

/// A setting the probe can't use, found while it prepares. The planner puts it at its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The setting's key; the whole `with` where several together are wrong.
    pub setting: Option<&'static str>,
    /// What is wrong. Never holds a secret's value.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake in one setting.
    pub fn at(setting: &'static str, message: impl Into<String>) -> Mistake {
        Mistake { setting: Some(setting), message: message.into(), help: None }
    }

    /// A mistake of several settings together.
    pub fn whole(message: impl Into<String>) -> Mistake {
        Mistake { setting: None, message: message.into(), help: None }
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }
}

/// The kind a fact would have to be for a setting's value; used by messages only.
impl From<&Setting> for Kind {
    fn from(setting: &Setting) -> Kind {
        match setting {
            Setting::Flag(_) => Kind::Flag,
            Setting::Number(_) => Kind::Number,
            Setting::Text(_) => Kind::Text,
            Setting::Duration(_) => Kind::Duration,
            Setting::Size(_) => Kind::Size,
            Setting::List(_) | Setting::Table(_) => Kind::Json,
        }
    }
}
