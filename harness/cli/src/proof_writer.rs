//! The proof as a file: written beside the reports, and found again by the next run.

use std::path::{Path, PathBuf};

use fixproof::model::{Code, Counted, Problem, ProofMention};
use fixproof_prove::controls::Proof;
use fixproof_prove::report::{PROOF_FORMATS, ProofFormat, proof_format_named};
use serde_json::Value;

use crate::arguments::ProveArguments;
use crate::paper::Paper;
use crate::publish::{publish, try_place};
use crate::terminal;

/// The whole proof, where a run looks for it.
const WHOLE: &str = "proof.json";
/// A narrowed one: it must not take the place of a whole one.
const PARTIAL: &str = "proof-partial.json";
/// No proof is larger; what is, nobody wrote.
const LARGEST: u64 = 64 << 20;

/// Where a proof goes, and in which form.
pub(crate) struct ProofPapers {
    files: Vec<(&'static ProofFormat, PathBuf)>,
    stdout: Option<&'static ProofFormat>,
}

impl ProofPapers {
    /// Reads the orders and tries every place before anything is started.
    pub(crate) fn tried(arguments: &ProveArguments) -> Result<ProofPapers, Vec<Problem>> {
        let name = if arguments.filters.is_empty() { WHOLE } else { PARTIAL };
        let always = PROOF_FORMATS.iter().take(1).map(|format| (format, arguments.reports.join(name)));
        let mut papers = ProofPapers { files: always.collect(), stdout: None };
        let mut problems = Vec::new();
        for order in &arguments.report {
            match order.split_once('=').map(|(name, path)| (proof_format_named(name), path)) {
                Some((Some(format), "-")) if papers.stdout.is_none() => papers.stdout = Some(format),
                Some((Some(_), "-")) => problems.push(
                    Problem::nowhere(Code::BadArgument, "two reports can't both go to stdout")
                        .help("give one of them a path"),
                ),
                Some((Some(format), path)) if !path.is_empty() => papers.files.push((format, path.into())),
                _ => problems.push(unknown(order)),
            }
        }
        for (_, path) in &papers.files {
            if let Err(why) = try_place(path) {
                let message = format!("the proof can't be written to {}: {why}", path.display());
                problems.push(
                    Problem::nowhere(Code::ReportPath, message)
                        .help("name a place you may write to with --report or --reports"),
                );
            }
        }
        if problems.is_empty() { Ok(papers) } else { Err(problems) }
    }

    /// Does it go to stdout, so that nothing else may?
    pub(crate) fn use_stdout(&self) -> bool {
        self.stdout.is_some()
    }

    /// Writes it everywhere; one place that fails keeps no other from being written.
    pub(crate) fn write(&self, proof: &Proof) -> Vec<Paper> {
        let mut written = Vec::new();
        if let Some(format) = self.stdout {
            match (format.render)(proof) {
                Ok(bytes) => terminal::data(&String::from_utf8_lossy(&bytes)),
                Err(why) => written.push(Paper { path: "stdout".to_owned(), outcome: Err(why.to_string()) }),
            }
        }
        written.extend(self.files.iter().map(|(format, path)| {
            let outcome = (format.render)(proof).map_err(|why| why.to_string()).and_then(|bytes| {
                publish(path, &bytes, |bytes| Ok((format.read_back)(bytes)?)).map_err(|why| why.to_string())
            });
            Paper { path: path.display().to_string(), outcome }
        }));
        written
    }
}

fn unknown(order: &str) -> Problem {
    let names: Vec<&str> = PROOF_FORMATS.iter().map(|format| format.name).collect();
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
    let counted =
        |name: &str| Some(Counted { seen: proof[name]["seen"].as_u64()?, of: proof[name]["of"].as_u64()? });
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
