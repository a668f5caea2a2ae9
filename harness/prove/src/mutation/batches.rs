//! Which changes are tried together: enough at once that it takes minutes and not hours, and few enough that each kill
//! has one cause. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use fixproof_sim::{Change, Field, Mutation};

use super::baseline::Knowledge;
use super::staging_pool::Trial;
use crate::field_coverage::Reads;

/// Every change of a field that a scenario reads, or may, with the scenarios that must kill it.
pub(crate) fn of_readers(knowledge: &Knowledge) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (answer, known) in knowledge {
        for (field, known) in known.fields.iter().filter(|(_, known)| !known.readers.is_empty()) {
            for change in Change::of(field, known.shape) {
                let mutation = Mutation { answer: answer.clone(), field: field.clone(), change: *change };
                let scenarios = known.readers.keys().cloned().collect();
                trials.push(Trial { scenarios, mutations: vec![mutation] });
            }
        }
    }
    trials
}

/// Joins trials that can't be mistaken for each other: no scenario of one requests what another changes. Those with a
/// `quiet` scenario are joined only with each other.
pub(crate) fn together(
    trials: Vec<Trial>,
    knowledge: &Knowledge,
    quiet: impl Fn(&Arc<str>) -> bool,
) -> Vec<Trial> {
    let mut batches: Vec<(bool, Trial)> = Vec::new();
    for trial in trials {
        let is_quiet = trial.scenarios.iter().any(&quiet);
        let fits = |batch: &&mut (bool, Trial)| {
            batch.0 == is_quiet && apart(&batch.1, &trial, knowledge) && apart(&trial, &batch.1, knowledge)
        };
        match batches.iter_mut().find(fits) {
            Some((_, batch)) => {
                batch.scenarios.extend(trial.scenarios);
                batch.mutations.extend(trial.mutations);
            }
            None => batches.push((is_quiet, trial)),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

/// Does no scenario of one request what the other changes?
fn apart(of: &Trial, other: &Trial, knowledge: &Knowledge) -> bool {
    other.mutations.iter().all(|mutation| {
        let asked_by = knowledge.get(&mutation.answer).map(|known| &known.asked_by);
        asked_by.is_none_or(|asked_by| of.scenarios.is_disjoint(asked_by))
    })
}

/// Changes that are made together where no scenario may fail: one of each row for every field.
const ROWS: [&[Change]; 4] = [
    &[Change::Dropped],
    &[Change::Retyped],
    &[Change::Replaced, Change::Raised],
    &[Change::Emptied, Change::Lowered],
];

/// For every scenario: all fields that it does not read of all answers that it requests, changed at once. It must pass.
pub(crate) fn of_unread(knowledge: &Knowledge) -> Vec<Trial> {
    let scenarios: BTreeSet<Arc<str>> =
        knowledge.values().flat_map(|known| known.asked_by.iter().cloned()).collect();
    let mut trials = Vec::new();
    for id in scenarios {
        for row in ROWS {
            let mut mutations = Vec::new();
            for (answer, known) in knowledge.iter().filter(|(_, known)| known.asked_by.contains(&id)) {
                for (field, known) in &known.fields {
                    let unread = known.readers.get(&id).is_none_or(|reads| *reads == Reads::No);
                    let change = row.iter().find(|change| Change::of(field, known.shape).contains(change));
                    if let (true, Some(change)) = (unread, change) {
                        let (answer, field) = (answer.clone(), field.clone());
                        mutations.push(Mutation { answer, field, change: *change });
                    }
                }
            }
            outermost(&mut mutations);
            if !mutations.is_empty() {
                trials.push(Trial { scenarios: [id.clone()].into(), mutations });
            }
        }
    }
    trials
}

/// Leaves out what is within something that is changed anyway.
fn outermost(mutations: &mut Vec<Mutation>) {
    let all = mutations.clone();
    mutations.retain(|mutation| {
        let Field::Body(path) = &mutation.field else { return true };
        !all.iter().any(|other| match &other.field {
            Field::Body(above) => other.answer == mutation.answer && above != path && path.is_within(above),
            Field::Status | Field::ContentType | Field::Text => false,
        })
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fixproof_sim::{Answer, Path, Segment, Shape};

    use super::super::baseline::{Known, KnownField};
    use super::*;

    fn answer(name: &str) -> Answer {
        Answer { service: "backend", route: name.to_owned(), status: Some(200) }
    }

    fn place(names: &[&str]) -> Field {
        Field::Body(Path(names.iter().map(|name| Segment::Member((*name).to_owned())).collect()))
    }

    /// `a` requests one and reads `$.x` of it; `b` requests both and reads `$.y` of two; `c` requests two.
    fn knowledge() -> Knowledge {
        let field = |shape, readers: &[&str]| KnownField {
            shape,
            readers: readers.iter().map(|id| ((*id).into(), Reads::Yes)).collect(),
        };
        let known = |asked_by: &[&str], fields: Vec<(Field, KnownField)>| Known {
            asked_by: asked_by.iter().map(|id| (*id).into()).collect(),
            fields: fields.into_iter().collect::<BTreeMap<_, _>>(),
        };
        let one = vec![
            (place(&["x"]), field(Shape::Number, &["a"])),
            (place(&["z"]), field(Shape::Object, &[])),
            (place(&["z", "in"]), field(Shape::Text, &[])),
        ];
        let two =
            vec![(place(&["y"]), field(Shape::Text, &["b"])), (Field::Status, field(Shape::Number, &["c"]))];
        [(answer("one"), known(&["a", "b"], one)), (answer("two"), known(&["b", "c"], two))].into()
    }

    fn names(trial: &Trial) -> String {
        let ids: Vec<&str> = trial.scenarios.iter().map(|id| &**id).collect();
        let mutation = |m: &Mutation| format!("{} {} {:?}", m.answer.route, m.field, m.change);
        let mutations: Vec<String> = trial.mutations.iter().map(mutation).collect();
        format!("{}: {}", ids.join(" "), mutations.join(", "))
    }

    #[test]
    fn every_change_of_a_field_that_is_read_is_tried() {
        let trials = of_readers(&knowledge());
        assert_eq!(trials.len(), 5 + 4 + 1);
        assert_eq!(names(&trials[0]), "a: one $.x Dropped");
        assert_eq!(names(&trials[5]), "c: two status Replaced");
    }

    #[test]
    fn trials_are_joined_only_where_no_scenario_requests_what_the_other_changes() {
        let trials = of_readers(&knowledge());
        let batches = together(trials.clone(), &knowledge(), |_| false);
        // c does not request one, so it is joined with a; b requests both, so it is joined with none.
        assert_eq!(names(&batches[0]), "a c: one $.x Dropped, two status Replaced");
        assert!(batches.iter().all(|batch| !batch.scenarios.contains("b") || batch.mutations.len() == 1));
        let all = |of: &[Trial]| of.iter().map(|trial| trial.mutations.len()).sum::<usize>();
        assert_eq!(all(&batches), all(&trials));
        let apart = together(trials, &knowledge(), |id| &**id == "c");
        assert_eq!(names(&apart[0]), "a: one $.x Dropped");
    }

    #[test]
    fn fields_that_a_scenario_does_not_read_are_changed_at_once() {
        let trials = of_unread(&knowledge());
        let of = |id: &str| -> Vec<String> {
            trials.iter().filter(|trial| trial.scenarios.contains(id)).map(names).collect()
        };
        assert_eq!(
            of("a"),
            ["a: one $.z Dropped", "a: one $.z Retyped", "a: one $.z.in Replaced", "a: one $.z Emptied"]
        );
        assert_eq!(of("b")[2], "b: one $.x Raised, one $.z.in Replaced, two status Replaced");
        assert_eq!(of("c").len(), 4);
    }
}
