//! One observation: one run, and what its end and its output come to.

use std::time::Duration;

use fixproof_core::model::{Cause, Facts, Observation, ProbeError, Transcript, Value, shortened};

use super::read::{CommandProbe, Protocol};
use super::{nagios, show};
use crate::ObserveContext;
use crate::process::tools;
use crate::process::{End, Ran, Stream, run};

/// Makes one observation.
pub(super) async fn observe(prepared: &CommandProbe, ask: ObserveContext<'_>) -> Observation {
    let transcript = Transcript { sent: prepared.sent.clone(), received: Vec::new() };
    let ran = match run(&prepared.program, ask.clock, ask.deadline).await {
        Ok(ran) => ran,
        Err(obstacle) => {
            return Observation { obstacle: Some(obstacle), transcript, ..Observation::default() };
        }
    };
    let took = ask.clock.between(ran.began, ran.ended);
    let stdout = text(&ran.stdout.bytes);
    let mut facts = Facts::default();
    if let End::Code(code) | End::Deadline { itself: Some(code) } = ran.end {
        facts.insert("exit-code", Value::Number(code.into()));
    }
    facts.insert("lines", Value::count(stdout.lines().count() as u64));
    facts.insert("time.total", Value::Duration(took));
    let mut obstacle = prepared.obstacle(&ran, took);
    if obstacle.is_none()
        && prepared.protocol == Protocol::Nagios
        && let End::Code(code) = ran.end
    {
        obstacle = nagios::tell(code, &stdout, &mut facts).map(|why| ProbeError {
            detail: format!("`{}`: {}", prepared.program.name(), why.detail),
            ..why
        });
    }
    if obstacle.is_none() {
        tell_json(&stdout, &mut facts);
    }
    facts.insert("stdout", Value::Text(stdout));
    facts.insert("stderr", Value::Text(text(&ran.stderr.bytes)));
    let received = show::received(ended(ran.end), &ran.stdout, &ran.stderr, &prepared.hidden);
    let transcript = Transcript { received, ..transcript };
    Observation { facts, obstacle, transcript, ..Observation::default() }
}

/// What was written, without its last line break.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").map_or(bytes, |bytes| bytes.strip_suffix(b"\r").unwrap_or(bytes));
    String::from_utf8_lossy(bytes).into_owned()
}

fn tell_json(stdout: &str, facts: &mut Facts) {
    match serde_json::from_str::<serde_json::Value>(stdout) {
        Ok(json) => facts.insert("json", Value::from_json(json)),
        Err(_) if stdout.trim().is_empty() => {
            facts.insert_unreadable("json", Cause::NotJson, "stdout is empty".to_owned());
        }
        Err(error) => {
            let begins = shortened(stdout, 80);
            facts.insert_unreadable("json", Cause::NotJson, format!("no JSON ({error}): {begins:?}"));
        }
    }
}

/// How it ended, for the transcript.
fn ended(end: End) -> String {
    match end {
        End::Code(code) => format!("exit code {code}"),
        End::Signal(signal) => format!("signal {signal}"),
        End::Deadline { .. } => "killed at the deadline".to_owned(),
        End::TooLarge(_) => "killed for writing too much".to_owned(),
    }
}

impl CommandProbe {
    /// What stood in the way, by the end alone.
    fn obstacle(&self, ran: &Ran, took: Duration) -> Option<ProbeError> {
        let name = self.program.name();
        let last_words = show::last_words(&ran.stdout, &ran.stderr, &self.hidden);
        let (cause, detail) = match ran.end {
            // Before the codes that are accepted: a tool without a login has not asked anybody.
            End::Code(code) if code != 0 && self.login(ran).is_some() => {
                let how = self.login(ran).unwrap_or_default();
                let tool = &self.tool;
                (Cause::ToolAuth, format!("`{tool}` has no valid login here: {how}{last_words}"))
            }
            End::Code(code) if self.accept.contains(&code) => return None,
            End::Code(127) if self.in_shell && self.not_found(ran) => (
                Cause::ToolMissing,
                format!("the shell did not find a program{}{last_words}", self.get_it(ran)),
            ),
            End::Code(code) => {
                let accepted: Vec<String> = self.accept.iter().map(ToString::to_string).collect();
                let meant = meaning(code).map_or_else(String::new, |meant| format!(" ({meant})"));
                let accepted = accepted.join(", ");
                let detail =
                    format!("`{name}` ended with exit code {code}{meant}, accepted: {accepted}{last_words}");
                (Cause::ExitCode, detail)
            }
            End::Signal(signal) => {
                (Cause::Signalled, format!("`{name}` was ended by {}{last_words}", signal_words(signal)))
            }
            End::Deadline { itself: Some(code) } => (
                Cause::ProcessTimeout,
                format!(
                    "`{name}` itself ended with exit code {code}, but something it had started held its output open until the deadline, after {}; send that one's output elsewhere, or wait for it{last_words}",
                    Value::Duration(took)
                ),
            ),
            End::Deadline { itself: None } => (
                Cause::ProcessTimeout,
                format!(
                    "`{name}` did not end within {}, and was killed with all it had started{last_words}",
                    Value::Duration(took)
                ),
            ),
            End::TooLarge(stream) => {
                let stream = match stream {
                    Stream::Output => "stdout",
                    Stream::Errors => "stderr",
                };
                let limit = Value::Size(self.program.limit as u64);
                let detail =
                    format!("`{name}` wrote more than {limit} to {stream} (`output-limit`), and was killed");
                (Cause::OutputTooLarge, detail)
            }
        };
        Some(ProbeError { cause, detail })
    }

    fn login(&self, ran: &Ran) -> Option<&'static str> {
        tools::login_wanted(&self.tool, &String::from_utf8_lossy(&ran.stderr.bytes))
    }

    /// `sh: 1: gcloud: not found`, `bash: line 1: gcloud: command not found`.
    fn not_found(&self, ran: &Ran) -> bool {
        last_line(ran).ends_with("not found")
    }

    fn get_it(&self, ran: &Ran) -> String {
        let line = last_line(ran);
        let named = line.rsplit(": ").nth(1).and_then(tools::how_to_get);
        match self.program.install.as_deref().or(named) {
            Some(how) => format!("; get it with: {how}"),
            None => String::new(),
        }
    }
}

fn last_line(ran: &Ran) -> String {
    String::from_utf8_lossy(&ran.stderr.bytes).trim_end().lines().next_back().unwrap_or_default().to_owned()
}

/// What a code says that shells, not programs, have given a meaning.
fn meaning(code: i32) -> Option<String> {
    match code {
        126 => Some("a shell's word for: found, but not to be run".to_owned()),
        127 => Some("a shell's word for: not found".to_owned()),
        129..=159 => Some(format!("a shell's word for: ended by {}", signal_words(code - 128))),
        _ => None,
    }
}

fn signal_words(signal: i32) -> String {
    let words = match signal {
        1 => "SIGHUP",
        2 => "SIGINT, an interruption",
        3 => "SIGQUIT",
        4 => "SIGILL, a fault of its own",
        6 => "SIGABRT, it gave up by itself",
        7 | 10 => "SIGBUS, a fault of its own",
        8 => "SIGFPE, a fault of its own",
        9 => "SIGKILL, which was not sent by the harness: mostly memory ran out, see the system's log",
        11 => "SIGSEGV, a fault of its own",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM, ended from outside",
        24 => "SIGXCPU, a limit of processor time",
        25 => "SIGXFSZ, a limit of file size",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({words})")
}
