//! `fixproof prove --mutate`: load, check, change one field of one healthy answer at a time, judge, write, decide.

use std::time::Instant;

use fixproof::engine::Selection;
use fixproof::load::nearest;
use fixproof::model::{Code, Controls, InvalidInput, Problem};
use fixproof_prove::mutation::{MutationPlan, mutation_proof, run_mutations};
use fixproof_prove::{ProofKind, ProofProvenance, Simulation};

use crate::output::{Exit, terminal};
use crate::proof_writer::ProofWriter;
use crate::prove_lab;

use super::prove_request::{ProveRequest, finish};

/// Tries the mutations, and reports which fields the suite checks.
pub(super) fn mutate(request: &ProveRequest) -> Result<Exit, InvalidInput> {
    let writer = ProofWriter::tried(ProofKind::Mutation, &request.reports, &request.filters)?;
    let (plan, provenance, controls) = mutation_plan(request)?;
    let all = plan.lab.loaded.suite().scenarios.iter();
    let skipped: Vec<String> = all.filter(|s| s.skip.is_some()).map(|s| s.id.value.clone()).collect();
    let began = Instant::now();
    let run = |progress, stop| run_mutations(plan, progress, stop);
    let results = match prove_lab::drive(request.output, run) {
        Ok(results) => results,
        Err(why) => {
            terminal::complain(&format!("error: {why}"));
            return Ok(Exit::Unfinished);
        }
    };
    if let Some((filters, names)) = &results.unmatched {
        return Err(unknown(filters, names).into());
    }
    let is_asked = results.answers.iter().any(|answer| !answer.asked_by.is_empty());
    if !results.interrupted && results.unhealthy.is_empty() && !is_asked {
        let message = "no scenario requests an answer that can be changed";
        let help = "mutations change what the simulated services answer over HTTP and in the chat";
        let problem = Problem::nowhere(Code::NothingSelected, message.to_owned()).help(help);
        return Err(problem.into());
    }
    let provenance = ProofProvenance { wall: began.elapsed(), ..provenance };
    Ok(finish(&mutation_proof(provenance, results, &controls, &skipped), &writer, request))
}

/// Everything mutations are tried with, checked to the last; and what the suite's files declare of fields.
fn mutation_plan(request: &ProveRequest) -> Result<(MutationPlan, ProofProvenance, Controls), InvalidInput> {
    let mut loaded = request.harness.load()?;
    let Some(speed) = loaded.simulated().map(|simulated| simulated.speed) else {
        let message =
            format!("`{}` is a real environment: its answers can't be changed", loaded.target().name);
        let problem = Problem::nowhere(Code::BadArgument, message);
        loaded.add_problems([problem.help("try mutations with a target that has [simulate], such as local")]);
        return Err(loaded.refuse());
    };
    let controls = loaded.read_controls();
    loaded.check(&Selection::default())?;
    let lab = prove_lab::lab(loaded, speed, request.jobs);
    let provenance = ProofProvenance {
        controls_hash: Some(controls.hash.clone()),
        simulation: Some(Simulation { speed, jobs: lab.jobs }),
        ..ProofProvenance::of(&lab.loaded, &request.filters)
    };
    Ok((MutationPlan { lab, filters: request.filters.clone() }, provenance, controls))
}

fn unknown(filters: &[String], names: &[String]) -> Vec<Problem> {
    let problem = |filter: &String| {
        let message =
            format!("the filter `{filter}` matches no scenario that requests an answer, and no answer");
        let help = match nearest(filter, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "an answer is named by service, method and route, such as `backend GET /health`".to_owned()
            }
        };
        Problem::nowhere(Code::NothingSelected, message).help(help)
    };
    filters.iter().map(problem).collect()
}
