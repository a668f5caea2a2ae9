//! `fixproof prove --mutate`: load, check, change one field of one healthy answer at a time, judge, write, decide.

use std::time::Instant;

use fixproof::engine::Selection;
use fixproof::load::nearest;
use fixproof::model::{Code, Controls, InvalidInput, Problem};
use fixproof_prove::mutation::{MutationPlan, mutation_proof, run_mutations};
use fixproof_prove::{ProofKind, ProofProvenance, Simulation};

use crate::args::ProveArguments;
use crate::commands::prove::finish;
use crate::output::Exit;
use crate::output::terminal;
use crate::proof_writer::ProofWriter;
use crate::prove_lab;

/// Tries the mutations, and reports which fields the suite checks.
pub(crate) fn mutate(arguments: &ProveArguments) -> Exit {
    let writer = match ProofWriter::tried(ProofKind::Mutation, arguments) {
        Ok(writer) => writer,
        Err(problems) => return terminal::refuse(&problems.into(), arguments.style()),
    };
    let (plan, provenance, controls) = match mutation_plan(arguments) {
        Ok(all) => all,
        Err(invalid) => return terminal::refuse(&invalid, arguments.style()),
    };
    let all = plan.lab.loaded.suite().scenarios.iter();
    let skipped: Vec<String> = all.filter(|s| s.skip.is_some()).map(|s| s.id.value.clone()).collect();
    let began = Instant::now();
    let run = |progress, stop| run_mutations(plan, progress, stop);
    let results = match prove_lab::drive(arguments.quiet, arguments.style(), run) {
        Ok(results) => results,
        Err(why) => {
            terminal::complain(&format!("error: {why}"));
            return Exit::Unfinished;
        }
    };
    if let Some((filters, names)) = &results.unmatched {
        return terminal::refuse(&unknown(filters, names).into(), arguments.style());
    }
    let is_asked = results.answers.iter().any(|answer| !answer.asked_by.is_empty());
    if !results.interrupted && results.unhealthy.is_empty() && !is_asked {
        let message = "no scenario requests an answer that can be changed";
        let help = "mutations change what the simulated services answer over HTTP and in the chat";
        let problem = Problem::nowhere(Code::NothingSelected, message.to_owned()).help(help);
        return terminal::refuse(&problem.into(), arguments.style());
    }
    let provenance = ProofProvenance { wall: began.elapsed(), ..provenance };
    finish(&mutation_proof(provenance, results, &controls, &skipped), &writer, arguments)
}

/// Everything mutations are tried with, checked to the last; and what the suite's files declare of fields.
fn mutation_plan(
    arguments: &ProveArguments,
) -> Result<(MutationPlan, ProofProvenance, Controls), InvalidInput> {
    let mut loaded = arguments.harness(None).load()?;
    let Some(speed) = loaded.simulated().map(|simulated| simulated.speed) else {
        let message =
            format!("`{}` is a real environment: its answers can't be changed", loaded.target().name);
        let problem = Problem::nowhere(Code::BadArgument, message);
        loaded.add_problems([problem.help("try mutations with a target that has [simulate], such as local")]);
        return Err(loaded.refuse());
    };
    let controls = loaded.read_controls();
    loaded.check(&Selection::default())?;
    let lab = prove_lab::lab(loaded, speed, arguments.jobs);
    let provenance = ProofProvenance {
        controls_hash: Some(controls.hash.clone()),
        simulation: Some(Simulation { speed, jobs: lab.jobs }),
        ..ProofProvenance::of(&lab.loaded, &arguments.filters)
    };
    Ok((MutationPlan { lab, filters: arguments.filters.clone() }, provenance, controls))
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
