//! A look-alike of the command-line client, for the simulated platform alone: the same words, flags, formats and exit
//! codes as far as validations use them. It is a client: all it prints comes from the platform's listener.

mod arguments;
mod client;
mod commands;
mod format;
mod logging;

use arguments::Call;
use client::{Client, GcloudError};
use commands::{COMMANDS, Command, Outcome};

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutput {
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
    /// Its exit code: 0, 1 where the platform refused, 2 where the command line is wrong.
    pub code: i32,
}

impl CommandOutput {
    fn said(stdout: String) -> Self {
        CommandOutput { stdout, stderr: String::new(), code: 0 }
    }

    /// `ERROR: (gcloud.run.services.describe) …`
    fn error(command: &[&str], message: &str, code: i32) -> Self {
        let mut name = vec!["gcloud"];
        name.extend(command);
        let stderr = format!("ERROR: ({}) {message}\n", name.join("."));
        CommandOutput { stdout: String::new(), stderr, code }
    }
}

/// Does what `gcloud ARGUMENTS…` would do, against the simulated platform at this address (`http://127.0.0.1:PORT` or
/// `127.0.0.1:PORT`). Blocks until the platform has answered.
pub fn gcloud(arguments: &[String], platform: &str) -> CommandOutput {
    if arguments.iter().any(|argument| argument == "--version") {
        return version();
    }
    let call = match Call::read(arguments) {
        Ok(call) => call,
        Err(message) => return CommandOutput::error(&[], &message, 2),
    };
    let Some(command) = COMMANDS.iter().find(|command| call.begins_with(command.syntax.words)) else {
        return unknown(&call.words);
    };
    let call = match call.of(&command.syntax) {
        Ok(call) => call,
        Err(message) => return CommandOutput::error(command.syntax.words, &message, 2),
    };
    match (command.run)(&call, &Client::new(platform)) {
        Ok(outcome) => print(command, &call, outcome),
        Err(error) => refused(command, &error),
    }
}

fn version() -> CommandOutput {
    CommandOutput::said("Google Cloud SDK 0.0.0-simulated\nfixproof-sim 1\n".to_owned())
}

fn print(command: &Command, call: &Call, outcome: Outcome) -> CommandOutput {
    match outcome {
        Outcome::Text(text) => CommandOutput::said(text),
        Outcome::Data(value) => match format::written(&value, call.flag("format")) {
            Ok(text) => CommandOutput::said(text),
            Err(message) => CommandOutput::error(command.syntax.words, &message, 1),
        },
    }
}

fn refused(command: &Command, error: &GcloudError) -> CommandOutput {
    let message = match error {
        GcloudError::Usage(message) => return CommandOutput::error(command.syntax.words, message, 2),
        GcloudError::Missing(message) => message.clone(),
        GcloudError::Refused { word, message, .. } => format!("{word}: {message}"),
        GcloudError::NoAccount => {
            "You do not currently have an active account selected.\nPlease run:\n\n  $ gcloud auth login\n\nto obtain new credentials."
                .to_owned()
        }
        GcloudError::Unreachable(reason) => format!("There was a problem connecting to the simulated platform: {reason}"),
    };
    CommandOutput::error(command.syntax.words, &message, 1)
}

/// Words that no command has.
fn unknown(words: &[String]) -> CommandOutput {
    let known = |length: usize| {
        let begins = |command: &&Command| {
            command.syntax.words.len() >= length
                && command.syntax.words.iter().zip(&words[..length]).all(|(a, b)| a == b)
        };
        COMMANDS.iter().find(begins)
    };
    let length = (0..=words.len()).rev().find(|length| known(*length).is_some()).unwrap_or(0);
    let group: Vec<&str> = words[..length].iter().map(String::as_str).collect();
    match words.get(length) {
        None => CommandOutput::error(&group, "Command name argument expected.", 2),
        Some(word) => {
            let mut all: Vec<String> = COMMANDS
                .iter()
                .map(|command| format!("  gcloud {}", command.syntax.words.join(" ")))
                .collect();
            all.retain(|command| command.starts_with(&format!("  gcloud {}", group.join(" "))));
            let message =
                format!("Invalid choice: '{word}'.\nThe simulated gcloud knows:\n{}", all.join("\n"));
            CommandOutput::error(&group, &message, 2)
        }
    }
}
