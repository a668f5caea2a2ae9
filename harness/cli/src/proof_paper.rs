//! The proof as a file: written beside the reports, and found again by the next run.

use std::path::{Path, PathBuf};

use fixproof::model::{Code, Counted, Problem, Proof, ProofMention};
use fixproof::report::{proof_json, proof_read_back};
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

/// Where a proof goes.
pub(crate) struct ProofPapers {
    files: Vec<PathBuf>,
    stdout: bool,
}

impl ProofPapers {
    /// Reads the orders and tries every place before anything is started.
    pub(crate) fn tried(arguments: &ProveArguments) -> Result<ProofPapers, Vec<Problem>> {
        let name = if arguments.filters.is_empty() { WHOLE } else { PARTIAL };
        let mut papers = ProofPapers { files: vec![arguments.reports.join(name)], stdout: false };
        let mut problems = Vec::new();
        for order in &arguments.report {
            match order.split_once('=') {
                Some(("json", "-")) => papers.stdout = true,
                Some(("json", path)) if !path.is_empty() => papers.files.push(path.into()),
                _ => problems.push(
                    Problem::nowhere(Code::BadArgument, format!("--report `{order}` can't be written"))
                        .help("a proof is written with --report json=PATH"),
                ),
            }
        }
        for path in &papers.files {
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
        self.stdout
    }

    /// Writes it everywhere; one place that fails keeps no other from being written.
    pub(crate) fn write(&self, proof: &Proof) -> Vec<Paper> {
        let bytes = match proof_json(proof) {
            Ok(bytes) => bytes,
            Err(why) => return vec![Paper { path: WHOLE.to_owned(), outcome: Err(why.to_string()) }],
        };
        if self.stdout {
            terminal::data(&String::from_utf8_lossy(&bytes));
        }
        let write = |path: &PathBuf| {
            let outcome = publish(path, &bytes, |bytes| Ok(proof_read_back(bytes)?));
            Paper { path: path.display().to_string(), outcome: outcome.map_err(|why| why.to_string()) }
        };
        self.files.iter().map(write).collect()
    }
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
