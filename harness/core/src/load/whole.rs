//! What holds between scenarios: unique ids, needs that exist, no circles.

use std::collections::{BTreeMap, HashMap};

use crate::model::{At, Code, Problem, Span};

use super::desk::Desk;
use super::scenario::Found;
use super::suggest;

/// One knot of a graph: its name, and what it points at.
pub(super) type Knot<'k> = (&'k At<String>, &'k [At<String>]);

/// Checks all scenarios together.
pub(super) fn check(desk: &mut Desk<'_>, found: &Found) {
    let whole = found.scenarios.iter().map(|scenario| (&scenario.id, scenario.needs.as_slice()));
    let broken = found.broken.iter().map(|mention| (&mention.id, mention.needs.as_slice()));
    let mut knots: Vec<Knot<'_>> = whole.chain(broken).collect();
    knots.sort_by_key(|(id, _)| (id.span.source, id.span.start));
    unique(desk, &knots);
    if !found.incomplete {
        known(desk, &knots, Code::UnknownNeed, "scenario", "needs");
    }
    circles(desk, &knots, "needs itself in a circle");
}

fn unique(desk: &mut Desk<'_>, knots: &[Knot<'_>]) {
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(knots.len());
    for (id, _) in knots {
        match first.get(id.value.as_str()) {
            None => {
                first.insert(&id.value, id.span);
            }
            Some(span) => desk.problems.push(
                Problem::error(
                    Code::DuplicateId,
                    id.span,
                    format!("two scenarios have the id `{}`", id.value),
                )
                .label("the second")
                .also(*span, "the first"),
            ),
        }
    }
}

/// Tells of every arrow that points nowhere.
pub(super) fn known(desk: &mut Desk<'_>, knots: &[Knot<'_>], code: Code, noun: &str, verb: &str) {
    let names: HashMap<&str, ()> = knots.iter().map(|(name, _)| (name.value.as_str(), ())).collect();
    for (name, arrows) in knots {
        for arrow in arrows.iter().filter(|arrow| !names.contains_key(arrow.value.as_str())) {
            let message = format!("there is no {noun} `{}`", arrow.value);
            let problem =
                Problem::error(code, arrow.span, message).label(format!("`{}` {verb} it", name.value));
            let help = suggest::did_you_mean(&arrow.value, knots.iter().map(|(name, _)| name.value.as_str()));
            desk.problems.push(Problem { help, ..problem });
        }
    }
}

/// Tells of every circle once, at the arrow that closes it. Its own stack: a chain may be thousands long.
pub(super) fn circles(desk: &mut Desk<'_>, knots: &[Knot<'_>], message: &str) {
    let index: BTreeMap<&str, usize> =
        knots.iter().enumerate().rev().map(|(at, (name, _))| (name.value.as_str(), at)).collect();
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnTheWay,
        Done,
    }
    let mut seen = vec![Seen::Never; knots.len()];
    for start in 0..knots.len() {
        // The way so far: each knot with the number of its arrows already followed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if seen[start] != Seen::Never {
            continue;
        }
        seen[start] = Seen::OnTheWay;
        while let Some((at, followed)) = way.last_mut() {
            let Some(arrow) = knots[*at].1.get(*followed) else {
                seen[*at] = Seen::Done;
                way.pop();
                continue;
            };
            *followed += 1;
            let Some(next) = index.get(arrow.value.as_str()).copied() else { continue };
            match seen[next] {
                Seen::Done => {}
                Seen::Never => {
                    seen[next] = Seen::OnTheWay;
                    way.push((next, 0));
                }
                Seen::OnTheWay => {
                    let from = way.iter().position(|(knot, _)| *knot == next).unwrap_or(0);
                    let names = way[from..].iter().map(|(knot, _)| knots[*knot].0.value.as_str());
                    let circle: Vec<&str> = names.chain([arrow.value.as_str()]).collect();
                    desk.problems.push(
                        Problem::error(Code::Cycle, arrow.span, format!("`{}` {message}", circle[0]))
                            .label(shortened(&circle)),
                    );
                }
            }
        }
    }
}

/// `a → b → a`, the middle of a long one left out.
fn shortened(circle: &[&str]) -> String {
    match circle {
        [first @ .., last] if circle.len() > 12 => {
            format!("{} → … ({} more) → {last}", first[..10].join(" → "), circle.len() - 11)
        }
        _ => circle.join(" → "),
    }
}
