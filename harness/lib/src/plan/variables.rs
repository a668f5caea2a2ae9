//! Fills in `{{variables}}`: a component's values, limits and secrets of the target, captures of earlier steps, and
//! what the run knows of itself.

use std::collections::BTreeMap;
use std::path::Path;

use crate::load::nearest;
use crate::model::{
    At, Code, Component, Part, Problem, Secret, SecretSource, Setting, Span, Step, Target, Template, Text,
    Variable, Written,
};
use crate::probe::reproduce::{variable, without_password};
use crate::probe::{PrepareContext, RunResources};

use super::run_variables::{RunVariables, is_of_the_run};

/// Values beyond the target's file: addresses and credentials of the embedded simulated staging.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// `{{COMPONENT.KEY}}`
    pub values: Vec<(String, String, Text)>,
    /// `{{secret.NAME}}`
    pub secrets: Vec<(String, Secret)>,
}

/// A captured value.
pub(crate) type Captures = BTreeMap<String, Setting>;

/// How deep a value of the target may refer to others.
const DEPTH: usize = 8;

/// Every variable and its value.
#[derive(Debug)]
pub(crate) struct Resolver {
    target: Target,
    overlay: Overlay,
    run: RunVariables,
    secrets: BTreeMap<String, Result<Secret, String>>,
    resources: RunResources,
}

impl Resolver {
    pub(crate) fn new(target: Target, overlay: Overlay, run: RunVariables) -> Resolver {
        let secrets =
            overlay.secrets.iter().map(|(name, secret)| (name.clone(), Ok(secret.clone()))).collect();
        Resolver { target, overlay, run, secrets, resources: RunResources::default() }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// What preparing a probe needs; relative paths start at `root`.
    pub(crate) fn prepare_context<'a>(&'a self, root: &'a Path) -> PrepareContext<'a> {
        let proxy_from_environment = self.target.proxy_from_environment;
        PrepareContext { root, proxy_from_environment, resources: &self.resources }
    }

    /// Every secret that was read.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values().filter_map(|secret| secret.as_ref().ok())
    }

    /// Secrets among the values that are laid over the target.
    pub(crate) fn overlaid_secrets(&self) -> impl Iterator<Item = Secret> {
        self.overlay
            .values
            .iter()
            .filter(|(_, _, text)| text.is_secret())
            .map(|(_, _, text)| Secret::new(text.expose().to_owned()))
    }

    /// Is it too short to be redacted?
    pub(crate) fn is_short_secret(&self, name: &str) -> bool {
        matches!(self.secrets.get(name), Some(Ok(secret)) if Secret::is_too_short(secret.expose()))
    }

    /// A resolver without secrets: each secret, and the password of a secret database address, becomes a shell
    /// variable.
    pub(crate) fn shown(&self) -> Resolver {
        let hidden = |name: &str, value: Option<&str>| {
            value.and_then(|value| without_password(value, name)).unwrap_or_else(|| variable(name))
        };
        let read =
            |name: &str| self.secrets.get(name).and_then(|read| read.as_ref().ok()).map(Secret::expose);
        let overlaid = self.overlay.secrets.iter().map(|(name, _)| (name, name.to_uppercase()));
        let written = self.target.secrets.iter().map(|(name, source)| match &source.value {
            SecretSource::Env(variable) => (&name.value, variable.clone()),
            SecretSource::File(_) | SecretSource::Command(_) => (&name.value, name.value.to_uppercase()),
        });
        let secrets: Vec<(String, Secret)> = overlaid
            .chain(written)
            .map(|(name, variable)| (name.clone(), Secret::new(hidden(&variable, read(name)))))
            .collect();
        let values = self.overlay.values.iter().map(|(component, key, text)| {
            let name = format!("{component}_{key}").to_uppercase();
            let shown =
                if text.is_secret() { Text::plain(hidden(&name, Some(text.expose()))) } else { text.clone() };
            (component.clone(), key.clone(), shown)
        });
        let overlay = Overlay { values: values.collect(), secrets };
        Resolver::new(self.target.clone(), overlay, self.run.clone())
    }

    /// Reads the named secrets, once each, with `read`.
    pub(crate) fn read_secrets<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        read: impl Fn(&crate::model::SecretSource) -> Result<Secret, String>,
    ) {
        for name in names {
            if self.secrets.contains_key(name) {
                continue;
            }
            if let Some((_, source)) = self.target.secrets.iter().find(|(known, _)| known.value == name) {
                self.secrets.insert(name.to_owned(), read(&source.value));
            }
        }
    }

    /// Is it a secret of the target that was not read, because no scenario that will run needs it?
    pub(crate) fn is_unread_secret(&self, name: &str) -> bool {
        !self.secrets.contains_key(name) && self.target.secrets.iter().any(|(known, _)| known.value == name)
    }

    /// Names of all secrets that a step refers to, directly or through the target.
    pub(crate) fn secrets_in_step(&self, step: &Step, into: &mut Vec<String>) {
        step.settings.iter().for_each(|(_, written)| self.secrets_in(&written.value, into));
        step.expect.iter().for_each(|e| self.secrets_in(&e.wanted.value, into));
    }

    fn secrets_in(&self, written: &Written, into: &mut Vec<String>) {
        self.walk(written, into, DEPTH);
    }

    fn walk(&self, written: &Written, into: &mut Vec<String>, depth: usize) {
        match written {
            Written::Text(template) => {
                for variable in template.variables() {
                    if let Some(name) = variable.name.strip_prefix("secret.") {
                        into.push(name.to_owned());
                    } else if let (Some(inner), true) = (self.written(&variable.name), depth > 0) {
                        self.walk(inner, into, depth - 1);
                    }
                }
            }
            Written::List(list) => list.iter().for_each(|item| self.walk(&item.value, into, depth)),
            Written::Table(rows) => rows.iter().for_each(|(_, item)| self.walk(&item.value, into, depth)),
            Written::Flag(_) | Written::Number(_) => {}
        }
    }

    /// The value in the target's file of a dotted name.
    fn written(&self, name: &str) -> Option<&Written> {
        let (scope, key) = name.split_once('.')?;
        let rows = if scope == "limit" {
            &self.target.limits
        } else {
            &self.target.components.iter().find(|c| c.name.value == scope)?.values
        };
        rows.iter().find(|(known, _)| known.value == key).map(|(_, value)| &value.value)
    }

    /// The address of a component: its `url` without user, password, query and fragment.
    pub(crate) fn address(&self, component: &Component) -> Option<String> {
        let name = Variable { name: format!("{}.url", component.name.value), span: component.name.span };
        let filled = self.look_up(&name, None, DEPTH - 1).ok()?;
        let mut url = url::Url::parse(filled.scalar_text()?.expose()).ok()?;
        // It fails for a URL that can have neither.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        Some(url.into())
    }

    /// Fills in all variables. Without captures, a variable without a dot gets a stand-in.
    pub(crate) fn fill(
        &self,
        written: &At<Written>,
        captures: Option<&Captures>,
    ) -> Result<Setting, Problem> {
        self.fill_written(&written.value, written.span, captures, DEPTH)
    }

    fn fill_written(
        &self,
        written: &Written,
        span: Span,
        captures: Option<&Captures>,
        depth: usize,
    ) -> Result<Setting, Problem> {
        Ok(match written {
            Written::Flag(flag) => Setting::Flag(*flag),
            Written::Number(number) => Setting::Number(number.clone()),
            Written::Text(template) => self.fill_template(template, span, captures, depth)?,
            Written::List(list) => Setting::List(
                list.iter()
                    .map(|item| self.fill_written(&item.value, item.span, captures, depth))
                    .collect::<Result<_, _>>()?,
            ),
            Written::Table(rows) => Setting::Table(
                rows.iter()
                    .map(|(key, item)| {
                        let filled = self.fill_written(&item.value, item.span, captures, depth)?;
                        Ok((key.value.clone(), filled))
                    })
                    .collect::<Result<_, Problem>>()?,
            ),
        })
    }

    fn fill_template(
        &self,
        template: &Template,
        span: Span,
        captures: Option<&Captures>,
        depth: usize,
    ) -> Result<Setting, Problem> {
        if let Some(text) = template.as_literal() {
            return Ok(Setting::Text(Text::plain(text)));
        }
        if let Some(variable) = template.as_variable() {
            return self.look_up(variable, captures, depth);
        }
        let (mut text, mut secret) = (String::new(), false);
        for part in &template.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(variable) => {
                    let filled = self.look_up(variable, captures, depth)?;
                    let piece = filled.scalar_text().ok_or_else(|| {
                        Problem::error(
                            Code::WrongType,
                            span,
                            format!(
                                "`{{{{{}}}}}` is a list or a table and can't be part of a text",
                                variable.name
                            ),
                        )
                    })?;
                    secret |= piece.is_secret();
                    text.push_str(piece.expose());
                }
            }
        }
        Ok(Setting::Text(if secret { Text::secret(text) } else { Text::plain(text) }))
    }

    fn look_up(
        &self,
        variable: &Variable,
        captures: Option<&Captures>,
        depth: usize,
    ) -> Result<Setting, Problem> {
        let name = variable.name.as_str();
        let Some((scope, key)) = name.split_once('.') else {
            // Captures are visible in scenarios, not in values of the target.
            if depth < DEPTH {
                return Err(self.unknown(variable));
            }
            return match captures {
                None => Ok(Setting::Text(Text::plain(format!("captured-{name}")))),
                Some(captures) => captures.get(name).cloned().ok_or_else(|| self.unknown(variable)),
            };
        };
        if scope == RunVariables::SCOPE {
            return self.run.get(key).ok_or_else(|| self.unknown(variable));
        }
        if scope == "secret" {
            return match self.secrets.get(key) {
                Some(Ok(secret)) => Ok(Setting::Text(Text::secret(secret.expose()))),
                Some(Err(why)) => Err(Problem::error(
                    Code::UnsetSecret,
                    variable.span,
                    format!("the secret `{key}` can't be read: {why}"),
                )
                .label("needed here")
                .help(self.secret_help(key))),
                None => Err(self.unknown(variable)),
            };
        }
        if let Some((_, _, text)) = self.overlay.values.iter().find(|(c, k, _)| c == scope && k == key) {
            return Ok(Setting::Text(text.clone()));
        }
        match self.written(name) {
            Some(inner) if depth > 0 => self.fill_written(inner, variable.span, captures, depth - 1),
            Some(_) => Err(Problem::error(
                Code::Cycle,
                variable.span,
                format!("dependency cycle: `{name}` refers to itself"),
            )),
            None => Err(self.unknown(variable)),
        }
    }

    fn secret_help(&self, key: &str) -> String {
        use crate::model::SecretSource;
        match self.target.secrets.iter().find(|(name, _)| name.value == key).map(|(_, s)| &s.value) {
            Some(SecretSource::Env(name)) => format!("set the environment variable {name}, then run again"),
            Some(SecretSource::File(path)) => {
                format!("put the secret into {path}, readable by you, then run again")
            }
            Some(SecretSource::Command(argv)) => {
                format!("run `{}` by hand to see what it needs", argv.join(" "))
            }
            None => format!("name its source under [secret] of the target `{}`", self.target.name),
        }
    }

    fn unknown(&self, variable: &Variable) -> Problem {
        let name = &variable.name;
        let known = self.known();
        let of_the_run: Vec<String> = RunVariables::names().collect();
        let near = nearest(name, known.iter().chain(&of_the_run).map(String::as_str));
        let message = if is_of_the_run(name) {
            format!("a run has no variable `{{{{{name}}}}}`")
        } else {
            format!("nothing defines `{{{{{name}}}}}` in the target `{}`", self.target.name)
        };
        let problem = Problem::error(Code::UnknownVariable, variable.span, message);
        match near {
            Some(near) => problem.help(format!("did you mean `{{{{{near}}}}}`?")),
            None if is_of_the_run(name) => problem.help(format!("a run has: {}", of_the_run.join(", "))),
            None if name.starts_with("limit.") => {
                problem.help(format!("add `{}` to [limit] of the target", &name[6..]))
            }
            None if name.starts_with("secret.") => {
                problem.help(format!("add `{}` to [secret] of the target", &name[7..]))
            }
            None if known.is_empty() => {
                problem.help("the target defines no values; give its components a `url`")
            }
            None => problem.help(format!("the target defines: {}", known.join(", "))),
        }
    }

    /// All dotted names that are defined.
    fn known(&self) -> Vec<String> {
        let mut names: Vec<String> = self.overlay.values.iter().map(|(c, k, _)| format!("{c}.{k}")).collect();
        for component in &self.target.components {
            names.extend(
                component.values.iter().map(|(key, _)| format!("{}.{}", component.name.value, key.value)),
            );
        }
        names.extend(self.target.limits.iter().map(|(key, _)| format!("limit.{}", key.value)));
        names.extend(self.target.secrets.iter().map(|(key, _)| format!("secret.{}", key.value)));
        names.extend(self.overlay.secrets.iter().map(|(name, _)| format!("secret.{name}")));
        names.sort();
        names.dedup();
        names
    }
}

/// Does a value use a capture? Captures have no dot in their name.
pub(crate) fn mentions_capture(written: &Written) -> bool {
    match written {
        Written::Text(template) => template.variables().any(|v| !v.name.contains('.')),
        Written::List(list) => list.iter().any(|item| mentions_capture(&item.value)),
        Written::Table(rows) => rows.iter().any(|(_, item)| mentions_capture(&item.value)),
        Written::Flag(_) | Written::Number(_) => false,
    }
}
