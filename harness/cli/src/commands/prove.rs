//! `fixproof prove`: load, check, try every control, judge, write, decide.

use std::sync::Arc;
use std::time::Instant;

use fixproof::LoadedHarness;
use fixproof::engine::Selection;
use fixproof::judge::prove as judge_proof;
use fixproof::load::nearest;
use fixproof::model::{Code, Control, Controls, InvalidInput, Problem, Proof, ProofProvenance};
use fixproof::report::proof_summary;

use crate::arguments::ProveArguments;
use crate::commands::prove_target::prove_target;
use crate::exit::Exit;
use crate::means::EACH;
use crate::paper::tell;
use crate::proof_paper::ProofPapers;
use crate::proving::{self, Display, Shop, asked_by};
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
    let (shop, hash) = match shop(prepared, arguments) {
        Ok(shop) => shop,
        Err(refused) => return refuse(&refused, arguments),
    };
    let provenance = provenance(&shop, hash, arguments);
    let (shop, began) = (Arc::new(shop), Instant::now());
    let tried = match proving::drive(shop.clone(), Display::new(arguments.quiet, style)) {
        Ok(tried) => tried,
        Err(why) => {
            terminal::complain(&format!("error: {why}"));
            return Exit::Unfinished;
        }
    };
    let provenance = ProofProvenance { wall: began.elapsed(), ..provenance };
    let proving::Tried { healthy, controls, depth, interrupted } = tried;
    let proof = judge_proof(shop.prepared.suite(), provenance, healthy, controls, &depth, interrupted);
    let written = papers.write(&proof);
    let summary = proof_summary(&proof, arguments.quiet, style);
    if papers.use_stdout() {
        terminal::complain(&summary)
    } else {
        terminal::data(&summary)
    }
    tell(&written, arguments.quiet);
    if written.iter().any(|paper| paper.outcome.is_err()) { Exit::Unfinished } else { exit(&proof) }
}

fn exit(proof: &Proof) -> Exit {
    Exit::of_proof(proof.result)
}

/// Everything the controls are run with, checked to the last; and the hash of their files.
fn shop(mut prepared: LoadedHarness, arguments: &ProveArguments) -> Result<(Shop, String), InvalidInput> {
    let Controls { all, hash, .. } = prepared.read_controls();
    let Some(speed) = prepared.simulated().map(|simulated| simulated.speed) else {
        return Err(prepared.refuse());
    };
    // Whatever is wrong with the suite is told before whatever the filter leaves.
    prepared.check(&Selection::default())?;
    let chosen = chosen(&prepared, all, &arguments.filters)?;
    let mut healthy = if arguments.filters.is_empty() { Selection::default() } else { asked_by(&chosen) };
    if let Some(only) = &mut healthy.only {
        let ids = prepared.suite().scenarios.iter().map(|scenario| &scenario.id.value);
        only.extend(ids.filter(|id| arguments.filters.iter().any(|filter| id.contains(filter))).cloned());
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = arguments.jobs.map_or(EACH * processors, usize::from).clamp(1, chosen.len().max(1));
    Ok((Shop { prepared, controls: chosen, healthy, speed, processors, jobs }, hash))
}

/// The controls that the filters leave: those of a fault, or that turn a scenario red, whose name contains one of them.
fn chosen(
    prepared: &LoadedHarness,
    all: Vec<Control>,
    filters: &[String],
) -> Result<Vec<Control>, InvalidInput> {
    let refused = |problems| InvalidInput { problems, sources: prepared.sources().clone() };
    if all.is_empty() {
        let folder = prepared.suite().root.join("controls");
        let message = format!("there is no control in `{}`, so nothing can be proved", folder.display());
        let help = "write one: which fault must turn which scenario red, and why (harness/docs/controls.md)";
        return Err(refused(vec![Problem::nowhere(Code::NothingSelected, message).help(help)]));
    }
    let ids = || prepared.suite().scenarios.iter().map(|scenario| scenario.id.value.as_str());
    let missed: Vec<Problem> = filters
        .iter()
        .filter(|filter| {
            let is_in = |name: &str| name.contains(filter.as_str());
            !all.iter().any(|control| is_in(&control.fault.value)) && !ids().any(is_in)
        })
        .map(|filter| {
            let known = ids().chain(all.iter().map(|control| control.fault.value.as_str()));
            let help = match nearest(filter, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`fixproof list` shows every scenario, `fixproof simulate --profiles` every fault"
                    .to_owned(),
            };
            let message = format!("the filter `{filter}` matches no scenario and no fault with a control");
            Problem::nowhere(Code::NothingSelected, message).help(help)
        })
        .collect();
    if !missed.is_empty() {
        return Err(refused(missed));
    }
    let matches = |name: &str| filters.iter().any(|filter| name.contains(filter.as_str()));
    let keeps = |control: &Control| {
        filters.is_empty()
            || matches(&control.fault.value)
            || control.red.iter().any(|claim| matches(&claim.scenario.value))
    };
    Ok(all.into_iter().filter(keeps).collect())
}

fn provenance(shop: &Shop, controls_hash: String, arguments: &ProveArguments) -> ProofProvenance {
    let identity = shop.prepared.identity();
    ProofProvenance {
        tool: identity.tool,
        optimised: identity.optimised,
        run: identity.run,
        target: shop.prepared.target().name.clone(),
        suite: identity.suite,
        suite_hash: shop.prepared.suite().hash.clone(),
        target_hash: shop.prepared.target().hash.clone(),
        controls_hash,
        started: identity.begun,
        wall: std::time::Duration::ZERO,
        speed: shop.speed,
        jobs: shop.jobs,
        host: identity.host,
        filters: arguments.filters.clone(),
    }
}

pub(super) fn refuse(invalid: &InvalidInput, arguments: &ProveArguments) -> Exit {
    terminal::refuse(invalid, terminal::style(arguments.color))
}
