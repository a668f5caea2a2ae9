//! `fixproof prove`: load, check, try every control, judge, write, decide.

use std::sync::Arc;
use std::time::Instant;

use fixproof::LoadedHarness;
use fixproof::engine::Selection;
use fixproof::model::{Code, Controls, InvalidInput, Problem};
use fixproof_prove::controls::{
    ControlPlan, ControlRuns, chosen, healthy_selection, prove as judge_proof, run_controls,
};
use fixproof_prove::report::{Detail, summary};
use fixproof_prove::{Proof, ProofKind, ProofProvenance, Simulation};

use crate::args::ProveArguments;
use crate::commands::mutate::mutate;
use crate::commands::prove_from::prove_from;
use crate::commands::prove_target::prove_target;
use crate::output::Exit;
use crate::output::terminal;
use crate::proof_writer::ProofWriter;
use crate::prove_lab;
use crate::reports::{all_written, print_written};

/// Proves by a stored report, by mutations, by controls or by the answers of a real target.
pub(crate) fn prove_with(arguments: &ProveArguments) -> Exit {
    match &arguments.from {
        Some(report) => prove_from(report, arguments),
        None if arguments.mutate => mutate(arguments),
        None => prove(arguments),
    }
}

/// Tries the controls; against a real target, judges its own answers with changed facts.
fn prove(arguments: &ProveArguments) -> Exit {
    let prepared = match arguments.harness(None).load() {
        Ok(prepared) => prepared,
        Err(refused) => return terminal::refuse(&refused, arguments.style()),
    };
    // Faults are never injected into a real environment.
    if prepared.target().simulate.is_none() {
        return prove_target(prepared, arguments);
    }
    if let Some(problem) = misplaced(arguments) {
        return terminal::refuse(&problem.into(), arguments.style());
    }
    prove_controls(prepared, arguments)
}

/// An option that only applies to recorded answers.
fn misplaced(arguments: &ProveArguments) -> Option<Problem> {
    let option = match (arguments.format.as_str(), arguments.verbose) {
        ("text", false) => return None,
        ("text", true) => "--verbose",
        _ => "--format",
    };
    let help = match option {
        "--format" => "a proof by controls is written with --report json=PATH",
        _ => "everything about each control is in reports/proof.json",
    };
    let message = format!("{option} only applies to --from and to a real target");
    Some(Problem::nowhere(Code::BadArgument, message).help(help))
}

fn prove_controls(prepared: LoadedHarness, arguments: &ProveArguments) -> Exit {
    let style = arguments.style();
    let writer = match ProofWriter::tried(ProofKind::Controls, arguments) {
        Ok(writer) => writer,
        Err(problems) => return terminal::refuse(&problems.into(), arguments.style()),
    };
    let (plan, provenance) = match control_plan(prepared, arguments) {
        Ok(plan) => plan,
        Err(refused) => return terminal::refuse(&refused, arguments.style()),
    };
    let (plan, began) = (Arc::new(plan), Instant::now());
    let run = |progress, stop| run_controls(plan.clone(), progress, stop);
    let results = match prove_lab::drive(arguments.quiet, style, run) {
        Ok(results) => results,
        Err(why) => {
            terminal::complain(&format!("error: {why}"));
            return Exit::Unfinished;
        }
    };
    let provenance = ProofProvenance { wall: began.elapsed(), ..provenance };
    let ControlRuns { healthy, controls, depth, interrupted } = results;
    let suite = plan.lab.loaded.suite();
    let proof = judge_proof(suite, provenance, healthy, controls, &depth, interrupted);
    finish(&proof, &writer, arguments)
}

/// Writes a proof, prints its summary, and ends as its result says.
pub(super) fn finish(proof: &Proof, writer: &ProofWriter, arguments: &ProveArguments) -> Exit {
    let written = writer.write(proof);
    let summary = summary(proof, detail(arguments), arguments.style());
    if writer.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    print_written(&written, arguments.quiet);
    match !all_written(&written) {
        true => Exit::Unfinished,
        false => Exit::of_proof(proof.result),
    }
}

/// How much the user wants to read.
pub(super) fn detail(arguments: &ProveArguments) -> Detail {
    match (arguments.quiet, arguments.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    }
}

/// The controls to run, validated.
fn control_plan(
    mut loaded: LoadedHarness,
    arguments: &ProveArguments,
) -> Result<(ControlPlan, ProofProvenance), InvalidInput> {
    let Controls { all, hash, .. } = loaded.read_controls();
    let Some(speed) = loaded.simulated().map(|simulated| simulated.speed) else {
        return Err(loaded.refuse());
    };
    // Errors of the suite come before what the filter leaves.
    loaded.check(&Selection::default())?;
    let controls = chosen(loaded.suite(), all, &arguments.filters)?;
    let healthy = healthy_selection(loaded.suite(), &controls, &arguments.filters);
    let mut lab = prove_lab::lab(loaded, speed, arguments.jobs);
    lab.jobs = lab.jobs.clamp(1, controls.len().max(1));
    let provenance = ProofProvenance {
        controls_hash: Some(hash),
        simulation: Some(Simulation { speed, jobs: lab.jobs }),
        ..ProofProvenance::of(&lab.loaded, &arguments.filters)
    };
    Ok((ControlPlan { lab, controls, healthy }, provenance))
}
