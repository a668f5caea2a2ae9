//! `fixproof prove`: load, check, try every control, judge, write, decide.

use std::sync::Arc;
use std::time::Instant;

use fixproof::LoadedHarness;
use fixproof::engine::Selection;
use fixproof::model::{Code, Controls, InvalidInput, Problem};
use fixproof::report::text::Detail;
use fixproof_prove::controls::{
    ControlPlan, ControlRuns, chosen, healthy_selection, prove as judge_proof, run_controls,
};
use fixproof_prove::{ProofKind, ProofProvenance, Simulation};

use crate::output::{Exit, terminal};
use crate::proof_writer::ProofWriter;
use crate::prove_lab;

use super::mutate::mutate;
use super::prove_from::prove_from;
use super::prove_request::{ProveKind, ProveRequest, finish};
use super::prove_target::prove_target;

/// Proves by a stored report, by mutations, by controls or by the answers of a real target.
pub(crate) fn prove(request: &ProveRequest) -> Result<Exit, InvalidInput> {
    match &request.kind {
        ProveKind::Report(report) => return prove_from(report, request),
        ProveKind::Mutations => return mutate(request),
        ProveKind::Controls => {}
    }
    let loaded = request.harness.load()?;
    // Faults are never injected into a real environment.
    if loaded.target().simulate.is_none() {
        return prove_target(&loaded, request);
    }
    match misplaced(request) {
        Some(problem) => Err(problem.into()),
        None => prove_controls(loaded, request),
    }
}

/// An option that only applies to recorded answers.
fn misplaced(request: &ProveRequest) -> Option<Problem> {
    let option = match (request.json, request.output.detail) {
        (true, _) => "--format",
        (false, Detail::Verbose) => "--verbose",
        (false, Detail::Quiet | Detail::Normal) => return None,
    };
    let help = match option {
        "--format" => "a proof by controls is written with --report json=PATH",
        _ => "everything about each control is in reports/proof.json",
    };
    let message = format!("{option} only applies to --from and to a real target");
    Some(Problem::nowhere(Code::BadArgument, message).help(help))
}

fn prove_controls(loaded: LoadedHarness, request: &ProveRequest) -> Result<Exit, InvalidInput> {
    let writer = ProofWriter::tried(ProofKind::Controls, &request.reports, &request.filters)?;
    let (plan, provenance) = control_plan(loaded, request)?;
    let (plan, began) = (Arc::new(plan), Instant::now());
    let run = |progress, stop| run_controls(plan.clone(), progress, stop);
    let results = match prove_lab::drive(request.output, run) {
        Ok(results) => results,
        Err(why) => {
            terminal::complain(&format!("error: {why}"));
            return Ok(Exit::Unfinished);
        }
    };
    let provenance = ProofProvenance { wall: began.elapsed(), ..provenance };
    let ControlRuns { healthy, controls, depth, interrupted } = results;
    let suite = plan.lab.loaded.suite();
    let proof = judge_proof(suite, provenance, healthy, controls, &depth, interrupted);
    Ok(finish(&proof, &writer, request))
}

/// The controls to run, validated.
fn control_plan(
    mut loaded: LoadedHarness,
    request: &ProveRequest,
) -> Result<(ControlPlan, ProofProvenance), InvalidInput> {
    let Controls { all, hash, .. } = loaded.read_controls();
    let Some(speed) = loaded.simulated().map(|simulated| simulated.speed) else {
        return Err(loaded.refuse());
    };
    // Errors of the suite come before what the filter leaves.
    loaded.check(&Selection::default())?;
    let controls = chosen(loaded.suite(), all, &request.filters)?;
    let healthy = healthy_selection(loaded.suite(), &controls, &request.filters);
    let mut lab = prove_lab::lab(loaded, speed, request.jobs);
    lab.jobs = lab.jobs.clamp(1, controls.len().max(1));
    let provenance = ProofProvenance {
        controls_hash: Some(hash),
        simulation: Some(Simulation { speed, jobs: lab.jobs }),
        ..ProofProvenance::of(&lab.loaded, &request.filters)
    };
    Ok((ControlPlan { lab, controls, healthy }, provenance))
}
