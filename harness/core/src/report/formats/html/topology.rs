//! The components with what they need, drawn, and the same as a table: where a cause was seen, and whom it reached.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use crate::model::{ComponentTally, Report};
use crate::report::html_page::{Icon, say};
use crate::report::prose;
use crate::report::prose::tally;
use crate::report::sanitize::{cut, one_line};

use super::layers::{Layers, layers};

/// From how many components on a drawing would tell nothing.
const DRAWN: usize = 40;
/// How many components the table has.
const LISTED: usize = 300;
/// How many edges are drawn.
const EDGES: usize = 400;
/// A node's width and height, and what is free between two of them.
const NODE: (f64, f64) = (172.0, 72.0);
const GAP: (f64, f64) = (28.0, 64.0);
/// How wide a bend is.
const BEND: f64 = 12.0;

/// What is to be said of a component. The order is from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A cause was seen here.
    Origin,
    /// It depends on one where a cause was seen, and is red with it.
    Hit,
    /// Red, and nobody knows for which cause.
    Unsure,
    /// All that was judged passed.
    Green,
    /// Nothing was judged, or no scenario speaks of it.
    Unjudged,
}

impl State {
    fn class(self) -> &'static str {
        match self {
            State::Origin => "origin",
            State::Hit => "hit",
            State::Unsure => "unsure",
            State::Green => "green",
            State::Unjudged => "unjudged",
        }
    }

    fn words(self) -> &'static str {
        match self {
            State::Origin => "cause seen here",
            State::Hit => "affected",
            State::Unsure => "not all passed",
            State::Green => "all passed",
            State::Unjudged => "not judged",
        }
    }

    fn icon(self) -> Icon {
        match self {
            State::Origin => Icon::Failed,
            State::Hit => Icon::Blocked,
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
    /// From a dependent to what it needs, and whether a cause went this way.
    edges: Vec<(usize, usize, bool)>,
}

impl<'a> Graph<'a> {
    fn of(report: &'a Report) -> Graph<'a> {
        let all = report.components.get(..LISTED).unwrap_or(&report.components);
        let number: HashMap<&str, usize> =
            all.iter().enumerate().map(|(index, one)| (&*one.component, index)).collect();
        let mut red = HashSet::new();
        let (mut origins, mut hit) = (HashSet::new(), HashSet::new());
        for cause in &report.causes {
            let origin = number.get(&*cause.component).copied();
            let dependents: HashSet<usize> =
                cause.dependents.iter().filter_map(|name| number.get(&**name).copied()).collect();
            for &from in &dependents {
                let needs = all[from].depends_on.iter().filter_map(|name| number.get(&**name).copied());
                let through = needs.filter(|to| Some(*to) == origin || dependents.contains(to));
                red.extend(through.map(|to| (from, to)));
            }
            origins.extend(origin);
            hit.extend(dependents);
        }
        let state = |index: usize| match &all[index].tally {
            _ if origins.contains(&index) => State::Origin,
            _ if hit.contains(&index) => State::Hit,
            tally if tally.judged() == 0 => State::Unjudged,
            tally if tally.passed == tally.judged() => State::Green,
            _ => State::Unsure,
        };
        let mut edges = Vec::new();
        for (from, one) in all.iter().enumerate() {
            let needs = one.depends_on.iter().filter_map(|name| number.get(&**name).copied());
            edges.extend(needs.filter(|to| *to != from).map(|to| (from, to, red.contains(&(from, to)))));
        }
        Graph { all, states: (0..all.len()).map(state).collect(), edges }
    }
}

/// A section with the drawing and the table.
pub(super) fn components(report: &Report) -> Markup {
    let graph = Graph::of(report);
    let is_drawn = (2..=DRAWN).contains(&graph.all.len()) && graph.edges.len() <= EDGES;
    html! {
        @if !graph.all.is_empty() {
            section aria-labelledby="components-title" {
                h2 id="components-title" { "Components" }
                div.panel {
                    @if is_drawn { (drawing(&graph)) }
                    (table(&graph, report))
                }
            }
        }
    }
}

fn table(graph: &Graph<'_>, report: &Report) -> Markup {
    let more = report.components.len() - graph.all.len();
    let threshold = |name: &str| {
        report
            .decision
            .gate
            .components
            .iter()
            .find(|(component, _)| &**component == name)
            .map(|(_, share)| share)
    };
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

/// Where everything stands.
struct Drawing {
    layers: Layers,
    /// The middle of each node and bend.
    middles: Vec<(f64, f64)>,
    size: (f64, f64),
}

impl Drawing {
    #[expect(clippy::cast_precision_loss, reason = "at most forty components")]
    fn of(graph: &Graph<'_>) -> Drawing {
        let edges: Vec<(usize, usize)> = graph.edges.iter().map(|(from, to, _)| (*from, *to)).collect();
        let layers = layers(graph.all.len(), &edges);
        let wide = |node: usize| if node < layers.real { NODE.0 } else { BEND };
        let row_wide = |row: &Vec<usize>| {
            row.iter().map(|node| wide(*node)).sum::<f64>() + GAP.0 * row.len().saturating_sub(1) as f64
        };
        let width = layers.rows.iter().map(row_wide).fold(0.0, f64::max) + 2.0 * BEND;
        let nodes = layers.rows.iter().map(Vec::len).sum();
        let mut middles = vec![(0.0, 0.0); nodes];
        for (index, row) in layers.rows.iter().enumerate() {
            let mut x = (width - row_wide(row)) / 2.0;
            let y = BEND + NODE.1 / 2.0 + index as f64 * (NODE.1 + GAP.1);
            for node in row {
                middles[*node] = (x + wide(*node) / 2.0, y);
                x += wide(*node) + GAP.0;
            }
        }
        let rows = layers.rows.len() as f64;
        let height = rows * NODE.1 + (rows - 1.0).max(0.0) * GAP.1 + 2.0 * BEND;
        Drawing { layers, middles, size: (width, height) }
    }

    /// Where an edge leaves its dependent and where it reaches what it needs, so that edges don't share a point.
    #[expect(clippy::cast_precision_loss, reason = "at most four hundred edges")]
    fn port(&self, node: usize, other: usize, ways: &[(usize, usize)]) -> f64 {
        let (x, _) = self.middles[node];
        if node >= self.layers.real {
            return x;
        }
        let mut others: Vec<f64> =
            ways.iter().filter(|(n, _)| *n == node).map(|(_, o)| self.middles[*o].0).collect();
        others.sort_by(f64::total_cmp);
        let at = self.middles[other].0;
        let rank = others.iter().position(|one| *one >= at).unwrap_or(0) as f64;
        let spread = NODE.0 * 0.6;
        x - spread / 2.0 + spread * (rank + 0.5) / others.len().max(1) as f64
    }
}

fn drawing(graph: &Graph<'_>) -> Markup {
    let drawing = Drawing::of(graph);
    let (width, height) = drawing.size;
    let red: Vec<bool> = graph.edges.iter().map(|(.., red)| *red).collect();
    let any_red = red.contains(&true);
    let order = (0..red.len()).filter(|index| !red[*index]).chain((0..red.len()).filter(|index| red[*index]));
    html! {
        div.map.wide tabindex="0" role="region" aria-label="Map of the components" {
            svg width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img"
                aria-labelledby="map-title map-text" {
                title id="map-title" { "Map of the components" }
                desc id="map-text" { (described(graph)) }
                @for index in order { (edge(&drawing, index, red[index])) }
                @for (node, (one, state)) in graph.all.iter().zip(&graph.states).enumerate() {
                    (box_of(one, *state, drawing.middles[node]))
                }
            }
        }
        ul.legend {
            li { "An arrow points to what a component needs." }
            @if any_red { li { strong.failed { "Thick and crossed:" } " a cause reached its dependent this way." } }
        }
    }
}

/// The whole drawing as sentences.
fn described(graph: &Graph<'_>) -> String {
    let mut text = String::new();
    for (one, state) in graph.all.iter().zip(&graph.states) {
        text.push_str(&format!("{}: {}. ", one_line(&one.component, 80), state.words()));
    }
    for (from, to, red) in &graph.edges {
        let (from, to) = (one_line(&graph.all[*from].component, 80), one_line(&graph.all[*to].component, 80));
        let way = if *red { ", and a cause came this way" } else { "" };
        text.push_str(&format!("{from} needs {to}{way}. "));
    }
    text
}

fn edge(drawing: &Drawing, index: usize, red: bool) -> Markup {
    let ways = &drawing.layers.ways;
    let Some(way) = ways.get(index) else { return html! {} };
    let down: Vec<(usize, usize)> = ways.iter().filter_map(|way| Some((way[0], *way.get(1)?))).collect();
    let up: Vec<(usize, usize)> =
        ways.iter().filter_map(|way| Some((*way.last()?, *way.get(way.len() - 2)?))).collect();
    let (first, last) = (way[0], way[way.len() - 1]);
    let half = |node: usize| if node < drawing.layers.real { NODE.1 / 2.0 } else { 0.0 };
    let is_up = drawing.middles[first].1 >= drawing.middles[last].1;
    let turn = if is_up { -1.0 } else { 1.0 };
    let begin = (drawing.port(first, way[1], &down), drawing.middles[first].1 + turn * half(first));
    let tip = (drawing.port(last, way[way.len() - 2], &up), drawing.middles[last].1 - turn * half(last));
    let end = (tip.0, tip.1 - turn * 9.0);
    let mut points = vec![begin];
    points.extend(way[1..way.len() - 1].iter().map(|bend| drawing.middles[*bend]));
    points.push(end);
    let mut path = format!("M{:.1} {:.1}", begin.0, begin.1);
    for pair in points.windows(2) {
        let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
        let middle = f64::midpoint(y1, y2);
        path.push_str(&format!("C{x1:.1} {middle:.1} {x2:.1} {middle:.1} {x2:.1} {y2:.1}"));
    }
    let (x, y) = tip;
    let base = y - turn * 11.0;
    let arrow = format!("M{x:.1} {y:.1}L{:.1} {base:.1}L{:.1} {base:.1}z", x - 6.0, x + 6.0);
    let halfway = points.windows(2).nth((points.len() - 1) / 2).unwrap_or(&points);
    let cross = (f64::midpoint(halfway[0].0, halfway[1].0), f64::midpoint(halfway[0].1, halfway[1].1));
    html! {
        path.edge.red[red] d=(path) fill="none" stroke=(if red { "#b00" } else { "#666" })
            stroke-width=(if red { "4" } else { "1.5" }) {}
        path.tip.red[red] d=(arrow) fill=(if red { "#b00" } else { "#666" }) {}
        @if red {
            g.cross transform=(format!("translate({:.1} {:.1})", cross.0, cross.1)) {
                circle r="9" fill="#fff" stroke="#b00" stroke-width="2" {}
                path d="M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5" fill="none" stroke="#b00" stroke-width="2.5" {}
            }
        }
    }
}

fn box_of(one: &ComponentTally, state: State, (x, y): (f64, f64)) -> Markup {
    let (left, top) = (x - NODE.0 / 2.0, y - NODE.1 / 2.0);
    let name = one_line(cut(&one.component, 19), 19);
    let name = if one.component.chars().count() > 19 { format!("{name}…") } else { name };
    let count = match one.tally.judged() {
        0 => "nothing judged".to_owned(),
        judged => format!("{} of {judged} passed", one.tally.passed),
    };
    html! {
        g class={ "node " (state.class()) } {
            rect x=(left) y=(top) width=(NODE.0) height=(NODE.1) rx="9" fill="#fff" stroke="#666" {}
            svg class={ "icon " (state.icon().name()) } x=(left + 12.0) y=(top + 12.0) width="16" height="16" viewBox="0 0 16 16" {
                use href={ "#icon-" (state.icon().name()) } {}
            }
            text.name x=(left + 36.0) y=(top + 25.0) font-size="14" { (name) }
            text.count x=(left + 36.0) y=(top + 43.0) font-size="12.5" { (count) }
            text.word x=(left + 36.0) y=(top + 60.0) font-size="12" { (state.words()) }
        }
    }
}
