//! The `command` probe: any program, asked once; the way to ask what no other probe has words for.
//!
//! It gives a program no shell it was not told to, no environment, input or folder but the scenario's, and believes
//! no output of one that ended in another way than it should.

mod environment;
mod nagios;
mod observe;
mod perfdata;
mod read;
mod show;

use crate::model::{FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

use super::{Ask, Observing, Probe, ProbeKind, Surroundings};

use read::Prepared;

/// The row of the `command` probe.
pub(super) struct Command;

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

const EXAMPLE: &str = r#"component = "backend"

[[scenario]]
id       = "backend-disk"
title    = "The root file system has room"
probe    = "command"
with     = { argv = ["/usr/lib/nagios/plugins/check_disk", "-w", "20%", "-c", "10%", "-p", "/"], protocol = "nagios" }
expect   = [
  { that = "status", equals = "ok" },
  { that = "perfdata-size./", at-most = "500GiB" },
]

[[scenario]]
id       = "backend-revision"
title    = "The newest revision serves"
probe    = "command"
timeout  = "60s"
with     = { argv = ["gcloud", "run", "services", "describe", "api", "--format=json"] }
expect   = [
  { that = "json", at = "$.status.conditions[?@.type=='Ready'].status", equals = "True" },
]
"#;

static SPEC: ProbeSpec = ProbeSpec {
    name: "command",
    summary: "one run of a program: its exit code, what it wrote, its JSON, or what it says as a Nagios plugin",
    settings: &[
        setting(
            "argv",
            SettingKind::Texts,
            "the program and its arguments, never seen by a shell; a bare name is looked up in PATH, a relative path starts at `directory`. Other users of this machine can read arguments: give secrets in `env` or `stdin`",
        ),
        setting("shell", SettingKind::Text, "instead of `argv`: a text for /bin/sh -c"),
        setting("stdin", SettingKind::Text, "what it reads; its input is closed unless said otherwise"),
        setting("env", SettingKind::Table, "environment variables, besides those of `inherit`; they win"),
        setting("inherit", SettingKind::Texts, environment::MEANING),
        setting(
            "directory",
            SettingKind::Text,
            "where it runs, relative to the suite; the suite's own folder unless said otherwise",
        ),
        setting(
            "output-limit",
            SettingKind::Size,
            "most it may write to stdout, and to stderr; one byte more ends it (process/too-large). 1MiB unless said otherwise, at most 64MiB",
        ),
        setting(
            "accept",
            SettingKind::Any,
            "exit code, or list of them, that is no obstacle but a fact: [0] unless said otherwise, [0, 1, 2, 3] with `protocol = \"nagios\"`",
        ),
        setting(
            "protocol",
            SettingKind::OneOf(&["plain", "nagios"]),
            "how the output is read; nagios: as the Nagios plugin guidelines have it, anything else is process/protocol. plain unless said otherwise",
        ),
        setting("install", SettingKind::Text, "how to get the program; told when it is missing"),
    ],
    facts: &[
        fact("exit-code", Kind::Number, true, "exit code"),
        fact(
            "stdout",
            Kind::Text,
            true,
            "standard output without its last line break; bytes that are no UTF-8 become U+FFFD",
        ),
        fact("stderr", Kind::Text, true, "standard error, the same way"),
        fact("json", Kind::Json, false, "standard output as JSON; anything else is not-json"),
        fact("lines", Kind::Number, true, "lines of standard output"),
        fact(
            "time.total",
            Kind::Duration,
            true,
            "from before its start until it had ended and closed its output",
        ),
        fact("status", Kind::Text, false, "nagios: ok, warning, critical or unknown, by the exit code"),
        fact("message", Kind::Text, false, "nagios: the first line before the `|`"),
        fact(
            "long-output",
            Kind::Text,
            false,
            "nagios: the further lines before their `|`; missing where there are none",
        ),
        fact(
            "perfdata",
            Kind::Json,
            false,
            "nagios: list of { label, value, unit, warn, crit, min, max } as they were written; missing where there is none",
        ),
        fact(
            "perfdata.*",
            Kind::Number,
            false,
            "nagios: a value by its label, where its unit is none of those below",
        ),
        fact("perfdata-duration.*", Kind::Duration, false, "nagios: a value in s, ms, us or ns"),
        fact("perfdata-share.*", Kind::Share, false, "nagios: a value in %"),
        fact("perfdata-size.*", Kind::Size, false, "nagios: a value in B, KB, MB, GB, TB; 1KB is 1KiB"),
    ],
    phases: &[],
    example: EXAMPLE,
};

impl ProbeKind for Command {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    fn prepare(
        &self,
        settings: &Settings,
        surroundings: &Surroundings<'_>,
    ) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        Ok(Box::new(Prepared::new(settings, surroundings)?))
    }
}

impl Probe for Prepared {
    fn observe<'a>(&'a self, ask: Ask<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
