//! The `command` probe: any program, run once; for what no other probe can observe.
//!
//! It gives a program no shell unless `shell` asks for one, no environment, input or folder but the scenario's, and believes
//! no output of one that ended in another way than it should.

mod environment;
mod nagios;
mod observe;
mod perfdata;
mod read;
mod reproduce;
mod show;

use fixproof_core::model::{Kind, ProbeSpec, SettingKind};

use crate::probe::{BuiltInProbe, ObserveContext, Observing, Probe};
use crate::spec::{always, fact, setting};

pub(super) use reproduce::reproduce;

use read::CommandProbe;

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
        setting("install", SettingKind::Text, "how to get the program; shown when it is missing"),
    ],
    facts: &[&[
        always("exit-code", Kind::Number, "exit code"),
        always(
            "stdout",
            Kind::Text,
            "standard output without its last line break; bytes that are no UTF-8 become U+FFFD",
        ),
        always("stderr", Kind::Text, "standard error, the same way"),
        fact("json", Kind::Json, "standard output as JSON; anything else is not-json"),
        always("lines", Kind::Number, "lines of standard output"),
        always(
            "time.total",
            Kind::Duration,
            "from before its start until it had ended and closed its output",
        ),
        fact("status", Kind::Text, "nagios: ok, warning, critical or unknown, by the exit code"),
        fact("message", Kind::Text, "nagios: the first line before the `|`"),
        fact(
            "long-output",
            Kind::Text,
            "nagios: the further lines before their `|`; missing where there are none",
        ),
        fact(
            "perfdata",
            Kind::Json,
            "nagios: list of { label, value, unit, warn, crit, min, max } as they were written; missing where there is none",
        ),
        fact(
            "perfdata.*",
            Kind::Number,
            "nagios: a value by its label, where its unit is none of those below",
        ),
        fact("perfdata-duration.*", Kind::Duration, "nagios: a value in s, ms, us or ns"),
        fact("perfdata-share.*", Kind::Share, "nagios: a value in %"),
        fact("perfdata-size.*", Kind::Size, "nagios: a value in B, KB, MB, GB, TB; 1KB is 1KiB"),
    ]],
    phases: &[],
    example: EXAMPLE,
};

/// The row of the `command` probe.
pub(crate) static COMMAND: BuiltInProbe = BuiltInProbe {
    spec: &SPEC,
    prepare: |settings, context| Ok(Box::new(CommandProbe::new(settings, context)?)),
    reproduce: |shown, _, context| reproduce::reproduce(shown, context),
};

impl Probe for CommandProbe {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::observe(self, ask))
    }
}
