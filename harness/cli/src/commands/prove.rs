//! `fixproof prove`: load, check, try every control, judge, write, decide.

use std::sync::Arc;
use std::time::Instant;

use fixproof::LoadedHarness;
use fixproof::engine::Selection;
use fixproof::model::{Code, Controls, InvalidInput, Problem};
use fixproof_prove::controls::{
    ControlPlan, ControlResults, ProofProvenance, chosen, healthy_selection, prove as judge_proof,
    run_controls,
};
use fixproof_prove::report::proof_summary;

use crate::arguments::ProveArguments;
use crate::commands::prove_target::prove_target;
use crate::exit::Exit;
use crate::paper::tell;
use crate::proof_writer::ProofPapers;
use crate::prove_lab;
use crate::terminal;

/// Tries the controls and says what they prove; of a real target, what its own answers prove.
pub(crate) fn prove(arguments: &ProveArguments) -> Exit {
    let prepared = match arguments.harness(None).load() {
        Ok(prepared) => prepared,
        Err(refused) => return refuse(&refused, arguments),
    };
    // Nobody may break a real environment to see it fail.
    if prepared.target().simulate.is_none() {
        return prove_target(prepared, arguments);
    }
    if let Some(problem) = misplaced(arguments) {
        return refuse(&problem.into(), arguments);
    }
    prove_controls(prepared, arguments)
}

/// An option that speaks of recorded answers only.
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
    let message = format!("{option} is for --from and for a real target");
    Some(Problem::nowhere(Code::BadArgument, message).help(help))
}

fn prove_controls(prepared: LoadedHarness, arguments: &ProveArguments) -> Exit {
    let style = terminal::style(arguments.color);
    let papers = match ProofPapers::tried(arguments) {
        Ok(papers) => papers,
        Err(problems) => return refuse(&problems.into(), arguments),
    };
    let (plan, provenance) = match control_plan(prepared, arguments) {
        Ok(plan) => plan,
        Err(refused) => return refuse(&refused, arguments),
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
    let ControlResults { healthy, controls, depth, interrupted } = results;
    let suite = plan.lab.loaded.suite();
    let proof = judge_proof(suite, provenance, healthy, controls, &depth, interrupted);
    let written = papers.write(&proof);
    let summary = proof_summary(&proof, arguments.quiet, style);
    if papers.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    tell(&written, arguments.quiet);
    match written.iter().any(|paper| paper.outcome.is_err()) {
        true => Exit::Unfinished,
        false => Exit::of_proof(proof.result),
    }
}

/// Everything the controls are run with, checked to the last.
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
    let identity = lab.loaded.identity();
    let provenance = ProofProvenance {
        tool: identity.tool,
        optimised: identity.optimised,
        run: identity.run,
        target: lab.loaded.target().name.clone(),
        suite: identity.suite,
        suite_hash: lab.loaded.suite().hash.clone(),
        target_hash: lab.loaded.target().hash.clone(),
        controls_hash: hash,
        started: identity.begun,
        wall: std::time::Duration::ZERO,
        speed,
        jobs: lab.jobs,
        host: identity.host,
        filters: arguments.filters.clone(),
    };
    Ok((ControlPlan { lab, controls, healthy }, provenance))
}

pub(super) fn refuse(invalid: &InvalidInput, arguments: &ProveArguments) -> Exit {
    terminal::refuse(invalid, terminal::style(arguments.color))
}
