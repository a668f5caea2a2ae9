//! What a suite's files declare of fields, compared with what mutations found: `[[noticed]]` changes that a scenario must
//! kill, and `[[accepted]]` survivors.

use std::sync::Arc;

use fixproof::model::{AllowedSurvivor, At, Change, RequiredDetection, Sources};

use super::model::{FieldStanding, MissingKill, MutatedAnswer, SuppressedChange, UnusedSuppression};

/// What was tried. Nothing can be said of the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Parts of names of answers or scenarios; everything where there are none.
    pub(super) filters: &'a [String],
    /// The scenarios with `skip`.
    pub(super) skipped: &'a [String],
}

impl Scope<'_> {
    /// Would it have been tried, if it were there?
    fn holds(self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }
}

/// Suppresses allowed survivors, and returns the entries that suppress nothing.
///
/// A reader that kills no change of a field has an expectation that can't fail; that can't be suppressed.
pub(super) fn suppress(
    answers: &mut [MutatedAnswer],
    accepted: &[AllowedSurvivor],
    sources: &Sources,
    scope: Scope<'_>,
) -> Vec<UnusedSuppression> {
    let mut unused = Vec::new();
    for allowed in accepted {
        let AllowedSurvivor { answer, field, change, why, span } = allowed;
        if let Err(detail) = suppress_one(answers, allowed, why, scope) {
            unused.push(UnusedSuppression {
                answer: answer.value.clone(),
                field: field.value.clone(),
                change,
                place: sources.place(*span).to_string(),
                detail,
            });
        }
    }
    for field in answers.iter_mut().flat_map(|answer| &mut answer.fields) {
        let excused = |demand: &&str| field.suppressed.iter().any(|accepted| accepted.change == *demand);
        if field.standing == FieldStanding::PartiallyKilled
            && field.blind.is_empty()
            && field.survived.iter().all(excused)
        {
            field.standing = FieldStanding::Suppressed;
        }
    }
    unused
}

/// # Errors
/// Why there is nothing to suppress.
fn suppress_one(
    answers: &mut [MutatedAnswer],
    AllowedSurvivor { answer, field, change, .. }: &AllowedSurvivor,
    why: &str,
    scope: Scope<'_>,
) -> Result<(), String> {
    let Some(answer) = answers.iter_mut().find(|known| known.answer == answer.value) else {
        let unknown = format!("no scenario requests an answer `{}`", answer.value);
        return if scope.holds(&answer.value) && scope.skipped.is_empty() { Err(unknown) } else { Ok(()) };
    };
    let Some(found) = answer.fields.iter_mut().find(|known| known.field == field.value) else {
        return Err(format!("`{}` has no field `{}`", answer.answer, field.value));
    };
    match found.standing {
        FieldStanding::Untried => Ok(()),
        FieldStanding::Uncovered if !scope.skipped.is_empty() => Ok(()),
        FieldStanding::Uncovered => Err("no scenario reads it".to_owned()),
        FieldStanding::Survived => {
            Err("no change of it is killed: only a field with a kill can have allowed survivors".to_owned())
        }
        FieldStanding::Killed | FieldStanding::Suppressed | FieldStanding::PartiallyKilled => {
            if !found.changes.iter().any(|outcome| outcome.change.demand() == *change) {
                return Err("this change can't be applied to it".to_owned());
            }
            if !found.survived.contains(change) {
                return Err("a scenario kills it".to_owned());
            }
            found.suppressed.push(SuppressedChange { change, why: why.to_owned() });
            Ok(())
        }
    }
}

/// The changes that scenarios must kill and do not.
pub(super) fn missing_kills(
    answers: &[MutatedAnswer],
    noticed: &[RequiredDetection],
    sources: &Sources,
    scope: Scope<'_>,
) -> Vec<MissingKill> {
    let mut all = Vec::new();
    for required in noticed {
        let answer = answers.iter().find(|known| known.answer == required.answer.value);
        for (field, id) in required.fields.iter().flat_map(|f| required.by.iter().map(move |id| (f, id))) {
            if scope.skipped.contains(&id.value) {
                continue;
            }
            let (changes, detail) = match answer {
                None if !scope.holds(&required.answer.value) && !scope.holds(&id.value) => continue,
                None => (Vec::new(), "no scenario requests this answer"),
                Some(answer) => match missing_kill(answer, &field.value, &id.value, &required.changes) {
                    Some(missed) => missed,
                    None => continue,
                },
            };
            all.push(MissingKill {
                scenario: id.value.clone(),
                answer: required.answer.value.clone(),
                field: field.value.clone(),
                changes,
                place: sources.place(field.span).to_string(),
                detail: detail.to_owned(),
            });
        }
    }
    all
}

/// The changes of a field that survive a scenario which must kill them, and why. Fails closed: what was not tried, or can't
/// be applied to the field, counts as survived.
fn missing_kill(
    answer: &MutatedAnswer,
    field: &str,
    id: &str,
    wanted: &[At<String>],
) -> Option<(Vec<&'static str>, &'static str)> {
    let is_it = |all: &[Arc<str>]| all.iter().any(|one| **one == *id);
    let Some(field) = answer.fields.iter().find(|known| known.field == field) else {
        return Some((Vec::new(), "the answer has no such field"));
    };
    if field.standing == FieldStanding::Untried {
        return Some((Vec::new(), "not tried"));
    }
    let of =
        |demand: &'static str| field.changes.iter().filter(move |outcome| outcome.change.demand() == demand);
    let noticed = |demand: &&&'static str| of(demand).any(|outcome| is_it(&outcome.red));
    let accepted =
        |demand: &&&'static str| field.suppressed.iter().any(|accepted| accepted.change == **demand);
    let is_wanted = |demand: &&&'static str| match wanted.is_empty() {
        true => of(demand).next().is_some(),
        false => wanted.iter().any(|one| one.value == **demand),
    };
    let asked = Change::DEMANDS.iter().filter(is_wanted).filter(|demand| !accepted(demand));
    let changes: Vec<&'static str> = asked.filter(|demand| !noticed(demand)).copied().collect();
    let undecided = || changes.iter().flat_map(|demand| of(demand)).any(|outcome| is_it(&outcome.undecided));
    let detail = match () {
        () if changes.is_empty() => return None,
        () if !is_it(&answer.asked_by) => "it does not request this answer",
        () if !is_it(&field.readers) && !is_it(&field.perhaps) => "no expectation of it reads this field",
        () if changes.iter().any(|demand| of(demand).next().is_none()) => {
            "this change can't be applied to the field"
        }
        () if undecided() => "no verdict, even after retries",
        () => "it still passes",
    };
    Some((changes, detail))
}
