//! The components: a tree from what others need to what depends on it, and a table. Both say where a cause was seen and
//! which dependents it reached.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use crate::model::{ComponentTally, Report};
use crate::report::html_page::{Icon, say};
use crate::report::prose;
use crate::report::prose::tally;

/// The most components that are listed.
const LISTED: usize = 300;

/// The state of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A cause was seen here.
    Origin,
    /// It depends on one where a cause was seen, and is red with it.
    Affected,
    /// Red for an unknown cause.
    Unsure,
    /// All that was judged passed.
    Green,
    /// No scenario of it was judged.
    Unjudged,
}

impl State {
    fn words(self) -> &'static str {
        match self {
            State::Origin => "cause seen here",
            State::Affected => "affected",
            State::Unsure => "not all passed",
            State::Green => "all passed",
            State::Unjudged => "not judged",
        }
    }

    fn icon(self) -> Icon {
        match self {
            State::Origin => Icon::Failed,
            State::Affected => Icon::Blocked,
            State::Unsure => Icon::Inconclusive,
            State::Green => Icon::Passed,
            State::Unjudged => Icon::Skipped,
        }
    }
}

/// The components as a graph.
struct Graph<'a> {
    all: &'a [ComponentTally],
    states: Vec<State>,
    /// Of each component, those that depend on it, and whether a cause reached them through it.
    dependents: Vec<Vec<(usize, bool)>>,
    /// Of each component, how many listed components it needs.
    needs: Vec<usize>,
}

impl<'a> Graph<'a> {
    fn of(report: &'a Report) -> Graph<'a> {
        let all = report.components.get(..LISTED).unwrap_or(&report.components);
        let number: HashMap<&str, usize> =
            all.iter().enumerate().map(|(index, one)| (&*one.component, index)).collect();
        let (mut origins, mut affected) = (HashSet::new(), HashSet::<usize>::new());
        // Each cause's origin and dependents: it came from the one to the other, or between two of the latter.
        let mut reached: Vec<HashSet<usize>> = Vec::new();
        for cause in &report.causes {
            let origin = number.get(&*cause.component).copied();
            let dependents = cause.dependents.iter().filter_map(|name| number.get(&**name).copied());
            let dependents: HashSet<usize> = dependents.collect();
            affected.extend(&dependents);
            origins.extend(origin);
            reached.push(dependents.into_iter().chain(origin).collect());
        }
        let state = |index: usize| match &all[index].tally {
            _ if origins.contains(&index) => State::Origin,
            _ if affected.contains(&index) => State::Affected,
            tally if tally.judged() == 0 => State::Unjudged,
            tally if tally.passed == tally.judged() => State::Green,
            _ => State::Unsure,
        };
        let (mut dependents, mut needs) = (vec![Vec::new(); all.len()], vec![0; all.len()]);
        for (from, one) in all.iter().enumerate() {
            let wanted = one.depends_on.iter().filter_map(|name| number.get(&**name).copied());
            for to in wanted.filter(|to| *to != from).collect::<HashSet<_>>() {
                let came = affected.contains(&from)
                    && reached.iter().any(|cause| cause.contains(&from) && cause.contains(&to));
                dependents[to].push((from, came));
                needs[from] += 1;
            }
        }
        Graph { all, states: (0..all.len()).map(state).collect(), dependents, needs }
    }
}

/// A section with the tree and the table.
pub(super) fn components(report: &Report) -> Markup {
    let graph = Graph::of(report);
    html! {
        @if !graph.all.is_empty() {
            section aria-labelledby="components-title" {
                h2 id="components-title" { "Components" }
                div.panel {
                    @if graph.dependents.iter().any(|all| !all.is_empty()) { (tree(&graph)) }
                    (table(&graph, report))
                }
            }
        }
    }
}

/// First what needs nothing, below each component what depends on it. Of a circle, the first listed comes first.
fn tree(graph: &Graph<'_>) -> Markup {
    let mut shown = HashSet::new();
    let first = (0..graph.all.len()).filter(|index| graph.needs[*index] == 0);
    html! {
        p.muted id="tree-text" { "Below each component: what depends on it." }
        ul.tree aria-labelledby="tree-text" {
            @for index in first.chain(0..graph.all.len()) {
                @if !shown.contains(&index) { (branch(graph, index, None, &mut shown)) }
            }
        }
    }
}

/// A component under one it needs, with its own dependents where they are not shown above.
fn branch(graph: &Graph<'_>, index: usize, through: Option<usize>, shown: &mut HashSet<usize>) -> Markup {
    let (one, state) = (&graph.all[index], graph.states[index]);
    let is_new = shown.insert(index);
    html! {
        li {
            span class=(state.icon().name()) { (state.icon()) " " strong { (say(&one.component, 80)) } " " (state.words()) }
            @if let Some(parent) = through { " by the cause in " (say(&graph.all[parent].component, 80)) }
            @if !is_new { span.muted { " (see above)" } }
            @if is_new && !graph.dependents[index].is_empty() {
                ul {
                    @for (dependent, came) in &graph.dependents[index] {
                        (branch(graph, *dependent, came.then_some(index), shown))
                    }
                }
            }
        }
    }
}

fn table(graph: &Graph<'_>, report: &Report) -> Markup {
    let more = report.components.len() - graph.all.len();
    let gate = &report.decision.gate.components;
    let threshold =
        |name: &str| gate.iter().find(|(component, _)| &**component == name).map(|(_, share)| share);
    html! {
        div.wide tabindex="0" role="region" aria-label="Components as a table" {
            table {
                thead {
                    tr {
                        th scope="col" { "Component" } th scope="col" { "State" } th scope="col" { "Scenarios" }
                        th scope="col" { "Needs" } th scope="col" { "Address" }
                    }
                }
                tbody {
                    @for (one, state) in graph.all.iter().zip(&graph.states) {
                        tr {
                            th scope="row" { (say(&one.component, 80)) }
                            td class=(state.icon().name()) { (state.icon()) " " (state.words()) }
                            td {
                                (tally(&one.tally))
                                @if let Some(share) = threshold(&one.component) { ", threshold " (share.to_string()) }
                            }
                            td { @if one.depends_on.is_empty() { "nothing" } @else { (prose::names(&one.depends_on, 20)) } }
                            td { @match &one.address { Some(address) => { (say(address, 160)) } None => { span.muted { "none" } } } }
                        }
                    }
                }
            }
            @if more > 0 { p.left-out { "… " (more) " more; all of them are in the JSON report" } }
        }
    }
}
