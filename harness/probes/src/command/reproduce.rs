//! The command itself.

use std::path::Path;

use crate::PrepareContext;
use crate::net::address::word;
use crate::reproduce::{CommandLine, printf, quoted, variable_name};
use fixproof_core::model::{Setting, Settings, Text};

/// The command line, with the variables and the input it is given.
pub(in super::super) fn reproduce(shown: &Settings, context: &PrepareContext<'_>) -> Option<String> {
    let argv: Vec<Text> = match word(shown, "shell") {
        Some(text) => vec![Text::plain("sh"), Text::plain("-c"), Text::plain(text)],
        None => shown.list("argv").iter().filter_map(Setting::scalar_text).collect(),
    };
    let (program, arguments) = argv.split_first()?;
    let mut set = String::new();
    for (name, value) in shown.table("env") {
        // What is no name for a shell can't be set in one.
        if variable_name(name) != *name {
            return None;
        }
        set.push_str(&format!("{name}={} ", quoted(value.scalar_text()?.expose())));
    }
    let mut line = CommandLine::new(program.expose());
    line.words(arguments.iter().map(Text::expose));
    let mut whole = format!("{set}{}", line.finish()?);
    if let Some(input) = word(shown, "stdin") {
        let mut said = CommandLine::empty();
        printf(&mut said, input);
        whole = format!("{} | {whole}", said.finish()?);
    }
    let relative = program.expose().contains('/') && !Path::new(program.expose()).is_absolute();
    match word(shown, "directory") {
        None if !relative && word(shown, "shell").is_none() => Some(whole),
        directory => {
            let folder = context.root.join(directory.unwrap_or("."));
            let mut line = CommandLine::new("cd");
            line.word(&folder.display().to_string());
            Some(format!("({} && {whole})", line.finish()?))
        }
    }
}
