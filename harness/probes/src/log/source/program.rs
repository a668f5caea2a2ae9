//! A program whose output is the log, run as the `command` probe runs one.

use std::path::Path;

use fixproof_core::model::{Mistake, ProbeError, Setting, Settings, Text, Transcript, Value};

use super::super::super::{ObserveContext, PrepareContext, Probe, ProbeKind, command};
use super::super::material::{Ends, Material, Part};

/// A program made ready.
pub(in super::super) struct Program {
    probe: Box<dyn Probe>,
    /// What a reader calls its output.
    shown: String,
}

impl Program {
    /// Reads its settings. `limit` is how many entries are looked at.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(in super::super) fn new(
        settings: &Settings,
        context: &PrepareContext<'_>,
        read_limit: u64,
        limit: u64,
    ) -> Result<Program, Vec<Mistake>> {
        let line: Vec<&Text> = settings
            .list("command")
            .iter()
            .filter_map(|item| if let Setting::Text(text) = item { Some(text) } else { None })
            .collect();
        if let Some(own) = own_limit(&line).filter(|own| *own < limit) {
            let message = format!("the program returns at most {own} entries, fewer than `limit` ({limit})");
            let help =
                format!("set `limit = {own}`, so that a log that is cut off there is reported as partial");
            return Err(vec![Mistake::at("command", message).help(help)]);
        }
        let argv = line.iter().map(|text| Setting::Text((*text).clone())).collect();
        let own = vec![
            ("argv".to_owned(), Setting::List(argv)),
            ("output-limit".to_owned(), Setting::Size(read_limit)),
        ];
        let probe = command::COMMAND.prepare(&Settings(own), context).map_err(|mistakes| {
            let renamed = |mistake: Mistake| Mistake {
                setting: mistake.setting.map(|name| if name == "argv" { "command" } else { "read-limit" }),
                message: as_ours(&mistake.message),
                help: mistake.help.map(|help| as_ours(&help)),
            };
            mistakes.into_iter().map(renamed).collect::<Vec<_>>()
        })?;
        let name = line.first().map_or("", |text| text.expose());
        Ok(Program { probe, shown: format!("the output of `{name}`") })
    }

    /// Runs it.
    pub(in super::super) async fn read(
        &self,
        ask: ObserveContext<'_>,
        transcript: &mut Transcript,
    ) -> Result<Material, ProbeError> {
        let seen = self.probe.observe(ask).await;
        transcript.sent = seen.transcript.sent;
        if let Some(obstacle) = seen.obstacle {
            return Err(ProbeError { detail: as_ours(&obstacle.detail), ..obstacle });
        }
        let bytes = match seen.facts.value("stdout") {
            Some(Value::Text(text)) => text.clone().into_bytes(),
            _ => Vec::new(),
        };
        let part = Part::Bytes { from: self.shown.clone(), bytes, torn: false };
        // Only the program knows whether there were more entries: as many as the limit may be all of them, or not.
        Ok(Material { parts: vec![part], ends: Ends::CutWhereFull, newest: false })
    }
}

/// The other probe's settings by the names they have here.
fn as_ours(text: &str) -> String {
    text.replace("`argv`", "`command`")
        .replace("argv =", "command =")
        .replace("`output-limit`", "`read-limit`")
}

/// The limit in the arguments of gcloud: `--limit 50`, `--limit=50`.
fn own_limit(line: &[&Text]) -> Option<u64> {
    let program = Path::new(line.first()?.expose()).file_name()?;
    if program != "gcloud" {
        return None;
    }
    line.iter().enumerate().find_map(|(at, text)| match text.expose().strip_prefix("--limit") {
        Some("") => line.get(at + 1)?.expose().parse().ok(),
        Some(value) => value.strip_prefix('=')?.parse().ok(),
        None => None,
    })
}
