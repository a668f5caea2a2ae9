//! The proof as a file: written beside the reports, and found again by the next run.

use std::path::{Path, PathBuf};

use fixproof::model::{Code, Counted, Problem, ProofMention};
use fixproof_prove::report::{ProofFormat, formats_of};
use fixproof_prove::{Proof, ProofKind};
use serde_json::Value;

use crate::output::terminal;
use crate::reports::atomic_write::{atomic_write, try_place};
use crate::reports::{ReportRequest, Written};

/// The whole proof by controls, where a run looks for it.
const WHOLE: &str = "proof.json";
/// No proof is larger; a larger file was not written by fixproof.
const LARGEST: u64 = 64 << 20;

/// The file of a kind of proof. A narrowed one must not take the place of a whole one.
fn file_name(kind: ProofKind, is_partial: bool) -> &'static str {
    match (kind, is_partial) {
        (ProofKind::Controls | ProofKind::Recorded, false) => WHOLE,
        (ProofKind::Controls | ProofKind::Recorded, true) => "proof-partial.json",
        (ProofKind::Mutation, false) => "mutations.json",
        (ProofKind::Mutation, true) => "mutations-partial.json",
    }
}

/// Where a proof goes, and in which format.
pub(crate) struct ProofWriter {
    files: Vec<(&'static ProofFormat, PathBuf)>,
    stdout: Option<&'static ProofFormat>,
}

impl ProofWriter {
    /// Reads the orders and tries every place before anything is started.
    pub(crate) fn tried(
        kind: ProofKind,
        request: &ReportRequest,
        filters: &[String],
    ) -> Result<ProofWriter, Vec<Problem>> {
        let name = file_name(kind, !filters.is_empty());
        let place = request.folder.as_ref().map_or_else(|| name.into(), |folder| folder.join(name));
        let files = formats_of(kind).take(1).map(|json| (json, place.clone())).collect();
        let mut writer = ProofWriter { files, stdout: None };
        let mut problems = Vec::new();
        let named = |wanted: &str| formats_of(kind).find(|format| format.name == wanted);
        for order in &request.more {
            match order.split_once('=').map(|(name, path)| (named(name), path)) {
                Some((Some(format), "-")) if writer.stdout.is_none() => writer.stdout = Some(format),
                Some((Some(_), "-")) => problems.push(
                    Problem::nowhere(Code::BadArgument, "only one report can be written to stdout")
                        .help("give the others a path"),
                ),
                Some((Some(format), path)) if !path.is_empty() => writer.files.push((format, path.into())),
                _ => problems.push(unknown(order, kind)),
            }
        }
        for (_, path) in &writer.files {
            if let Err(why) = try_place(path) {
                let message = format!("cannot write the proof to {}: {why}", path.display());
                problems.push(
                    Problem::nowhere(Code::ReportPath, message)
                        .help("name a writable place with --report or --reports"),
                );
            }
        }
        if problems.is_empty() { Ok(writer) } else { Err(problems) }
    }

    /// Does it go to stdout, so that nothing else may?
    pub(crate) fn use_stdout(&self) -> bool {
        self.stdout.is_some()
    }

    /// Writes it everywhere; a place that fails keeps no other from being written.
    pub(crate) fn write(&self, proof: &Proof) -> Vec<Written> {
        let mut written = Vec::new();
        if let Some(format) = self.stdout {
            match (format.render)(proof) {
                Ok(bytes) => terminal::data(&String::from_utf8_lossy(&bytes)),
                Err(why) => {
                    written.push(Written { path: "stdout".to_owned(), outcome: Err(why.to_string()) })
                }
            }
        }
        written.extend(self.files.iter().map(|(format, path)| {
            let outcome = (format.render)(proof)
                .map_err(|why| why.to_string())
                .and_then(|bytes| atomic_write(path, &bytes).map_err(|why| why.to_string()));
            Written { path: path.display().to_string(), outcome }
        }));
        written
    }
}

fn unknown(order: &str, kind: ProofKind) -> Problem {
    let names: Vec<&str> = formats_of(kind).map(|format| format.name).collect();
    Problem::nowhere(Code::BadArgument, format!("--report `{order}` can't be written"))
        .help(format!("a proof is written with --report FORMAT=PATH; the formats are: {}", names.join(", ")))
}

/// The newest whole proof in a folder of reports, if it is one of this very suite. Whatever can't be read is none.
pub(crate) fn newest(reports: &Path, suite_hash: &str) -> Option<ProofMention> {
    let path = reports.join(WHOLE);
    if std::fs::metadata(&path).ok()?.len() > LARGEST {
        return None;
    }
    mention(&serde_json::from_slice(&std::fs::read(path).ok()?).ok()?, suite_hash)
}

fn mention(proof: &Value, suite_hash: &str) -> Option<ProofMention> {
    if proof["schema"] != Proof::SCHEMA || proof["provenance"]["suite_hash"] != suite_hash {
        return None;
    }
    let controls = &proof[ProofKind::Controls.name()];
    let counted = |name: &str| {
        Some(Counted { seen: controls[name]["seen"].as_u64()?, of: controls[name]["of"].as_u64()? })
    };
    let said = |name: &str| Some(proof["provenance"][name].as_str()?.to_owned());
    Some(ProofMention {
        target: said("target")?,
        target_hash: said("target_hash")?,
        started: said("started")?,
        result: proof["result"].as_str()?.to_owned(),
        partial: proof["partial"].as_bool()?,
        sensitivity: counted("sensitivity")?,
        specificity: counted("specificity")?,
    })
}
