//! The settings, made a program to run. Nothing is started here.

use std::ffi::OsString;
use std::path::PathBuf;

use fixproof_core::model::{Mistake, Setting, Settings, Text};

use super::environment::{inherited, is_name};
use super::show::{self, Hidden};
use crate::PrepareContext;
use crate::process::Program;

/// The most of each stream unless the scenario says otherwise, and the most it may say.
const OUTPUT_LIMIT: u64 = 1 << 20;
const LARGEST_LIMIT: u64 = 64 << 20;

/// How the output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Plain,
    Nagios,
}

/// A program that is ready to run. It has no `Debug`: it holds what is secret.
pub(super) struct CommandProbe {
    pub(super) program: Program,
    pub(super) accept: Vec<i32>,
    pub(super) protocol: Protocol,
    /// The tool that is meant, where it runs in a shell.
    pub(super) tool: String,
    pub(super) in_shell: bool,
    pub(super) hidden: Hidden,
    /// What is said of it: command line, folder, names of variables, input.
    pub(super) sent: Vec<String>,
}

impl CommandProbe {
    /// Reads every setting.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(super) fn new(
        settings: &Settings,
        context: &PrepareContext<'_>,
    ) -> Result<CommandProbe, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let line = command_line(settings, &mut mistakes);
        let own = own_variables(settings, &mut mistakes);
        let env = variables(settings, context, &own, &mut mistakes);
        let directory = directory(settings, context, &mut mistakes);
        let protocol = match settings.text("protocol").map(Text::expose) {
            Some("nagios") => Protocol::Nagios,
            _ => Protocol::Plain,
        };
        let accept = accept(settings, protocol, &mut mistakes);
        let limit = settings.size("output-limit").unwrap_or(OUTPUT_LIMIT);
        if limit == 0 || limit > LARGEST_LIMIT {
            mistakes.push(Mistake::at("output-limit", "it is from 1B to 64MiB: all of it is kept in memory"));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let stdin = settings.text("stdin");
        let in_shell = settings.get("shell").is_some();
        let word = if in_shell { line.last() } else { line.first() };
        let tool = word.and_then(|text| {
            if in_shell { text.expose().split_whitespace().next() } else { Some(text.expose()) }
        });
        let secrets = line.iter().chain(own.iter().map(|(_, value)| value)).chain(stdin);
        Ok(CommandProbe {
            accept,
            protocol,
            // A shell's text with a secret in it may begin with the secret.
            tool: tool.filter(|_| word.is_some_and(|text| !text.is_secret())).unwrap_or_default().to_owned(),
            in_shell,
            hidden: Hidden::new(secrets),
            sent: show::sent(&line, settings.text("directory"), &env, stdin),
            program: Program {
                argv: line.iter().map(|text| OsString::from(text.expose())).collect(),
                stdin: stdin.map(|text| text.expose().as_bytes().to_vec()),
                env,
                directory,
                limit: usize::try_from(limit).unwrap_or(usize::MAX),
                install: settings
                    .text("install")
                    .filter(|text| !text.is_secret())
                    .map(|text| text.expose().to_owned()),
            },
        })
    }
}

fn command_line(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Vec<Text> {
    let (name, line) = match (settings.get("argv"), settings.text("shell")) {
        (Some(_), Some(_)) => {
            let message = "`argv` and `shell` can't be given together";
            mistakes.push(
                Mistake::whole(message).help("keep `argv`, unless a pipe or a variable needs the shell"),
            );
            return Vec::new();
        }
        (None, None) => {
            let help =
                "write `argv = [\"program\", \"argument\"]`, or `shell = \"…\"` where a pipe is needed";
            mistakes.push(Mistake::whole("it does not say what to run").help(help));
            return Vec::new();
        }
        (Some(_), None) => {
            let texts = settings.list("argv").iter().filter_map(Setting::scalar_text);
            ("argv", texts.collect::<Vec<_>>())
        }
        (None, Some(text)) => ("shell", vec![Text::plain("/bin/sh"), Text::plain("-c"), text.clone()]),
    };
    let empty = if name == "shell" { line.last() } else { line.first() };
    if empty.is_none_or(|text| text.expose().trim().is_empty()) {
        mistakes.push(Mistake::at(name, "it does not say what to run"));
    } else if line.first().is_some_and(Text::is_secret) {
        let help = "name the program; its arguments may be secrets";
        mistakes
            .push(Mistake::at("argv", "the program's name can't be a secret: messages show it").help(help));
    }
    for (number, _) in line.iter().enumerate().filter(|(_, text)| text.expose().contains('\0')) {
        let which = if name == "shell" { "the text".to_owned() } else { format!("argument {number}") };
        mistakes.push(Mistake::at(name, format!("{which} holds a NUL, which no program can be given")));
    }
    line
}

/// The scenario's own variables.
fn own_variables(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Vec<(String, Text)> {
    let mut own = Vec::new();
    for (name, value) in settings.table("env") {
        let Some(value) = value.scalar_text() else { continue };
        if !is_name(name) {
            mistakes.push(Mistake::at("env", format!("{name:?} can't be the name of a variable")));
        } else if value.expose().contains('\0') {
            mistakes.push(Mistake::at("env", format!("`{name}` holds a NUL, which no program can be given")));
        } else if name == "PATH" && value.is_secret() {
            mistakes.push(Mistake::at("env", "`PATH` can't be a secret: messages show it"));
        }
        own.push((name.clone(), value));
    }
    own
}

fn variables(
    settings: &Settings,
    context: &PrepareContext<'_>,
    own: &[(String, Text)],
    mistakes: &mut Vec<Mistake>,
) -> Vec<(OsString, OsString)> {
    let names: Option<Vec<Text>> = settings
        .get("inherit")
        .map(|_| settings.list("inherit").iter().filter_map(Setting::scalar_text).collect());
    let names: Option<Vec<&str>> = names.as_ref().map(|names| names.iter().map(Text::expose).collect());
    for name in names.iter().flatten().filter(|name| !is_name(name)) {
        mistakes.push(Mistake::at("inherit", format!("{name:?} can't be the name of a variable")));
    }
    let mut env = inherited(names.as_deref(), context.proxy_from_environment);
    env.retain(|(name, _)| !own.iter().any(|(own, _)| name == own.as_str()));
    env.extend(own.iter().map(|(name, value)| (name.into(), value.expose().into())));
    env
}

fn directory(settings: &Settings, context: &PrepareContext<'_>, mistakes: &mut Vec<Mistake>) -> PathBuf {
    // A suite that is named by a relative path has its folder where this process runs.
    let root = std::path::absolute(context.root).unwrap_or_else(|_| context.root.to_owned());
    let Some(text) = settings.text("directory") else { return root };
    let directory = root.join(text.expose());
    if text.is_secret() {
        mistakes.push(Mistake::at("directory", "it can't be a secret: messages show it"));
    } else if text.expose().contains('\0') || !directory.is_dir() {
        let message = format!("there is no folder {}", show::harmless(&directory.display().to_string()));
        mistakes.push(Mistake::at("directory", message).help("it starts at the suite's folder"));
    }
    directory
}

fn accept(settings: &Settings, protocol: Protocol, mistakes: &mut Vec<Mistake>) -> Vec<i32> {
    let one = |setting: &Setting| {
        let code = setting.scalar_text()?.expose().parse::<u8>().ok()?;
        Some(i32::from(code))
    };
    let codes: Option<Vec<i32>> = match settings.get("accept") {
        None if protocol == Protocol::Nagios => return vec![0, 1, 2, 3],
        None => return vec![0],
        Some(Setting::List(list)) if !list.is_empty() => list.iter().map(one).collect(),
        Some(Setting::List(_) | Setting::Table(_)) => None,
        Some(scalar) => one(scalar).map(|code| vec![code]),
    };
    match codes {
        None => {
            let message = "it takes an exit code, or a list of them: whole numbers from 0 to 255";
            mistakes.push(Mistake::at("accept", message));
            Vec::new()
        }
        Some(codes) => {
            if protocol == Protocol::Nagios && codes.iter().any(|code| *code > 3) {
                let message = "a Nagios plugin ends with 0, 1, 2 or 3; any other code is none of its answers";
                mistakes.push(Mistake::at("accept", message));
            }
            codes
        }
    }
}
