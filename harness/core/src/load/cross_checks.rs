//! Checks across scenarios: unique ids, needs that exist, no dependency cycles.

use std::collections::{BTreeMap, HashMap};

use crate::model::{At, Code, Problem, Span};

use super::reader::Reader;
use super::scenario::Found;
use super::suggest;

/// One node of a dependency graph: its name, and the names it depends on.
pub(super) type Node<'k> = (&'k At<String>, &'k [At<String>]);

/// Checks all scenarios together.
pub(super) fn check(reader: &mut Reader<'_>, found: &Found) {
    let whole = found.scenarios.iter().map(|scenario| (&scenario.id, scenario.needs.as_slice()));
    let broken = found.broken.iter().map(|mention| (&mention.id, mention.needs.as_slice()));
    let mut nodes: Vec<Node<'_>> = whole.chain(broken).collect();
    nodes.sort_by_key(|(id, _)| (id.span.source, id.span.start));
    unique(reader, &nodes);
    if !found.incomplete {
        known(reader, &nodes, Code::UnknownNeed, "scenario");
    }
    cycles(reader, &nodes);
}

fn unique(reader: &mut Reader<'_>, nodes: &[Node<'_>]) {
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(nodes.len());
    for (id, _) in nodes {
        match first.get(id.value.as_str()) {
            None => {
                first.insert(&id.value, id.span);
            }
            Some(span) => reader.problems.push(
                Problem::error(Code::DuplicateId, id.span, format!("duplicate scenario id `{}`", id.value))
                    .label("second use")
                    .also(*span, "first use"),
            ),
        }
    }
}

/// Reports every dependency on a name that does not exist.
pub(super) fn known(reader: &mut Reader<'_>, nodes: &[Node<'_>], code: Code, noun: &str) {
    let names: HashMap<&str, ()> = nodes.iter().map(|(name, _)| (name.value.as_str(), ())).collect();
    for (name, edges) in nodes {
        for edge in edges.iter().filter(|edge| !names.contains_key(edge.value.as_str())) {
            let message = format!("unknown {noun} `{}`", edge.value);
            let problem =
                Problem::error(code, edge.span, message).label(format!("`{}` depends on it", name.value));
            let help = suggest::did_you_mean(&edge.value, nodes.iter().map(|(name, _)| name.value.as_str()));
            reader.problems.push(Problem { help, ..problem });
        }
    }
}

/// Reports every dependency cycle once, at the edge that closes it. Uses a stack of its own: a chain may be thousands
/// long.
pub(super) fn cycles(reader: &mut Reader<'_>, nodes: &[Node<'_>]) {
    let index: BTreeMap<&str, usize> =
        nodes.iter().enumerate().rev().map(|(at, (name, _))| (name.value.as_str(), at)).collect();
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        Open,
        Done,
    }
    let mut seen = vec![Seen::Never; nodes.len()];
    for start in 0..nodes.len() {
        // The path so far: each node with the number of its edges already followed.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if seen[start] != Seen::Never {
            continue;
        }
        seen[start] = Seen::Open;
        while let Some((at, followed)) = path.last_mut() {
            let Some(edge) = nodes[*at].1.get(*followed) else {
                seen[*at] = Seen::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            let Some(next) = index.get(edge.value.as_str()).copied() else { continue };
            match seen[next] {
                Seen::Done => {}
                Seen::Never => {
                    seen[next] = Seen::Open;
                    path.push((next, 0));
                }
                Seen::Open => {
                    let from = path.iter().position(|(node, _)| *node == next).unwrap_or(0);
                    let names = path[from..].iter().map(|(node, _)| nodes[*node].0.value.as_str());
                    let cycle: Vec<&str> = names.chain([edge.value.as_str()]).collect();
                    reader.problems.push(
                        Problem::error(
                            Code::Cycle,
                            edge.span,
                            format!("dependency cycle: {}", shortened(&cycle)),
                        )
                        .label("this closes the cycle"),
                    );
                }
            }
        }
    }
}

/// `a → b → a`, the middle of a long one left out.
fn shortened(cycle: &[&str]) -> String {
    match cycle {
        [first @ .., last] if cycle.len() > 12 => {
            format!("{} → … ({} more) → {last}", first[..10].join(" → "), cycle.len() - 11)
        }
        _ => cycle.join(" → "),
    }
}
