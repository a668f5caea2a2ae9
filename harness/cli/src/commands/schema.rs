//! `fixproof schema`: JSON Schemas of everything users write, and of the JSON report, notice and proof.

use std::path::PathBuf;

use fixproof::Simulator;
use fixproof::load::{Document, schema as document_schema};
use fixproof::probe::{PROBES, vocabulary};

use fixproof_prove::ProofKind;
use fixproof_prove::report::proof_schema;

use crate::output::{Exit, terminal};
use crate::simulated_target::SIMULATOR;

/// The schema to print, or the folder to write schemas into.
pub(crate) enum SchemaRequest {
    Print(String),
    Write(PathBuf),
}

/// Prints one schema, or writes those that editors look for.
pub(crate) fn schema(request: &SchemaRequest) -> Exit {
    let folder = match request {
        SchemaRequest::Write(folder) => folder,
        SchemaRequest::Print(document) => {
            terminal::data(&format!("{:#}", named(document)));
            return Exit::Done;
        }
    };
    let folder = folder.join(".schema");
    let written = std::fs::create_dir_all(&folder).and_then(|()| {
        ["scenario", "suite", "target", "control"].iter().try_for_each(|name| {
            std::fs::write(folder.join(format!("{name}.json")), format!("{:#}\n", named(name)))
        })
    });
    match written {
        Ok(()) => {
            terminal::complain(&format!("written: {}", folder.display()));
            Exit::Done
        }
        Err(error) => {
            terminal::complain(&format!(
                "error: cannot write the schemas into {}: {error}",
                folder.display()
            ));
            Exit::Unfinished
        }
    }
}

fn named(document: &str) -> serde_json::Value {
    let probes = vocabulary(PROBES);
    match document {
        "suite" => document_schema(Document::Suite, &probes),
        "target" => document_schema(Document::Target, &probes),
        "control" => with_faults(document_schema(Document::Controls, &probes)),
        "report" => fixproof::report::json_schema(),
        "notice" => fixproof::report::notice_schema(),
        "proof" => proof_schema(ProofKind::Controls),
        "recorded" => proof_schema(ProofKind::Recorded),
        "mutations" => proof_schema(ProofKind::Mutation),
        _ => document_schema(Document::Scenarios, &probes),
    }
}

/// Adds the faults of the simulated staging, which the library does not know.
fn with_faults(mut schema: serde_json::Value) -> serde_json::Value {
    if let Some(fault) = schema.pointer_mut("/properties/control/items/properties/fault") {
        fault["enum"] = SIMULATOR.profiles().into_iter().skip(1).collect();
    }
    schema
}
