//! `fixproof prove --mutate`: load, check, change one field of one healthy answer at a time, judge, write, decide.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fixproof::engine::Selection;
use fixproof::load::nearest;
use fixproof::model::{Code, Controls, InvalidInput, Problem, Sources};
use fixproof_prove::mutation::{
    MutationPlan, MutationProof, MutationProvenance, MutationResults, Scope, accept, missed, mutation_proof,
    run_mutations,
};
use fixproof_prove::report::{mutation_json, mutation_read_back, mutation_summary};

use crate::arguments::ProveArguments;
use crate::exit::Exit;
use crate::paper::{Paper, tell};
use crate::prove_lab;
use crate::publish::{publish, try_place};
use crate::terminal;

/// The whole proof; a narrowed one must not take its place.
const FILES: [&str; 2] = ["mutations.json", "mutations-partial.json"];

/// Tries the mutations and says which fields the suite notices.
pub(crate) fn mutate(arguments: &ProveArguments) -> Exit {
    let style = terminal::style(arguments.color);
    let (files, stdout) = match places(arguments) {
        Ok(places) => places,
        Err(problems) => return refuse(&problems, &Sources::default(), arguments),
    };
    let (plan, provenance, controls) = match mutation_plan(arguments) {
        Ok(all) => all,
        Err(InvalidInput { problems, sources }) => return refuse(&problems, &sources, arguments),
    };
    let all = plan.lab.loaded.suite().scenarios.iter();
    let skipped: Vec<String> = all.filter(|s| s.skip.is_some()).map(|s| s.id.value.clone()).collect();
    let began = Instant::now();
    let run = |progress, stop| run_mutations(plan, progress, stop);
    let MutationResults { mut answers, strays, unhealthy, trials, interrupted, unmatched } =
        match prove_lab::drive(arguments.quiet, style, run) {
            Ok(results) => results,
            Err(why) => {
                terminal::complain(&format!("error: {why}"));
                return Exit::Unfinished;
            }
        };
    if let Some((filters, names)) = unmatched {
        return refuse(&unknown(&filters, &names), &Sources::default(), arguments);
    }
    if !interrupted && unhealthy.is_empty() && answers.iter().all(|answer| answer.asked_by.is_empty()) {
        let message = "no scenario asks for an answer that can be changed";
        let help = "mutations change what the simulated services answer over HTTP and in the chat";
        let problem = Problem::nowhere(Code::NothingSelected, message.to_owned()).help(help);
        return refuse(&[problem], &Sources::default(), arguments);
    }
    let provenance = MutationProvenance { wall: began.elapsed(), trials, ..provenance };
    let scope = Scope { filters: &provenance.filters, skipped: &skipped };
    // Of what was not finished nothing can be said.
    let said = match interrupted || !unhealthy.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => {
            let needless = accept(&mut answers, &controls.accepted, &controls.sources, scope);
            (missed(&answers, &controls.noticed, &controls.sources, scope), needless)
        }
    };
    let proof = mutation_proof(provenance, unhealthy, answers, strays, said, interrupted);
    let written = write(&proof, &files, stdout);
    let summary = mutation_summary(&proof, arguments.quiet, style);
    if stdout {
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

/// Everything mutations are tried with, checked to the last; and what the suite's files accept.
fn mutation_plan(
    arguments: &ProveArguments,
) -> Result<(MutationPlan, MutationProvenance, Controls), InvalidInput> {
    let mut prepared = arguments.harness(None).load()?;
    let Some(speed) = prepared.simulated().map(|simulated| simulated.speed) else {
        let message =
            format!("`{}` is a real environment, and nobody may change its answers", prepared.target().name);
        let problem = Problem::nowhere(Code::BadArgument, message);
        prepared
            .add_problems([problem.help("try mutations with a target that has [simulate], such as local")]);
        return Err(prepared.refuse());
    };
    let controls = prepared.read_controls();
    prepared.check(&Selection::default())?;
    let lab = prove_lab::lab(prepared, speed, arguments.jobs);
    let identity = lab.loaded.identity();
    let provenance = MutationProvenance {
        tool: identity.tool,
        optimised: identity.optimised,
        run: identity.run,
        target: lab.loaded.target().name.clone(),
        suite: identity.suite,
        suite_hash: lab.loaded.suite().hash.clone(),
        started: identity.begun,
        wall: Duration::ZERO,
        speed,
        jobs: lab.jobs,
        trials: 0,
        host: identity.host,
        filters: arguments.filters.clone(),
    };
    Ok((MutationPlan { lab, filters: arguments.filters.clone() }, provenance, controls))
}

fn unknown(filters: &[String], names: &[String]) -> Vec<Problem> {
    let problem = |filter: &String| {
        let message =
            format!("the filter `{filter}` matches no scenario that asks for an answer, and no answer");
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

/// Where the proof goes: files, and whether to stdout. Every place is tried before anything is started.
fn places(arguments: &ProveArguments) -> Result<(Vec<PathBuf>, bool), Vec<Problem>> {
    let name = FILES[usize::from(!arguments.filters.is_empty())];
    let (mut files, mut stdout, mut problems) = (vec![arguments.reports.join(name)], false, Vec::new());
    for order in &arguments.report {
        match order.split_once('=') {
            Some(("json", "-")) => stdout = true,
            Some(("json", path)) if !path.is_empty() => files.push(path.into()),
            _ => problems.push(
                Problem::nowhere(Code::BadArgument, format!("--report `{order}` can't be written"))
                    .help("what mutations prove is written with --report json=PATH"),
            ),
        }
    }
    for path in &files {
        if let Err(why) = try_place(path) {
            let message = format!("the proof can't be written to {}: {why}", path.display());
            let help = "name a place you may write to with --report or --reports";
            problems.push(Problem::nowhere(Code::ReportPath, message).help(help));
        }
    }
    if problems.is_empty() { Ok((files, stdout)) } else { Err(problems) }
}

fn write(proof: &MutationProof, files: &[PathBuf], stdout: bool) -> Vec<Paper> {
    let bytes = match mutation_json(proof) {
        Ok(bytes) => bytes,
        Err(why) => return vec![Paper { path: FILES[0].to_owned(), outcome: Err(why.to_string()) }],
    };
    if stdout {
        terminal::data(&String::from_utf8_lossy(&bytes));
    }
    let write = |path: &PathBuf| {
        let outcome = publish(path, &bytes, |bytes| Ok(mutation_read_back(bytes)?));
        Paper { path: path.display().to_string(), outcome: outcome.map_err(|why| why.to_string()) }
    };
    files.iter().map(write).collect()
}

fn refuse(problems: &[Problem], sources: &Sources, arguments: &ProveArguments) -> Exit {
    let invalid = InvalidInput { problems: problems.to_vec(), sources: sources.clone() };
    terminal::refuse(&invalid, terminal::style(arguments.color))
}
