//! What a suite's files say of fields, held against what mutations saw: who must notice one, and what need not be noticed.

use std::sync::Arc;

use fixproof::model::{Acceptance, At, Change, Sources, Vigilance};

use super::model::{AcceptedChange, FieldStanding, MissedChange, MutatedAnswer, NeedlessAcceptance};

/// What was tried: of the rest nothing can be said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Parts of names of answers or scenarios; everything where there are none.
    pub(super) filters: &'a [String],
    /// The scenarios that their authors leave out.
    pub(super) skipped: &'a [String],
}

impl Scope<'_> {
    /// Would it have been tried, if it were there?
    fn holds(self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }
}

/// Takes what a person accepted out of what is wrong; says which acceptances excuse nothing.
///
/// Who reads a field and notices no change of it has an expectation that can't fail; no acceptance makes that good.
pub(super) fn accept(
    answers: &mut [MutatedAnswer],
    accepted: &[Acceptance],
    sources: &Sources,
    scope: Scope<'_>,
) -> Vec<NeedlessAcceptance> {
    let mut needless = Vec::new();
    for acceptance in accepted {
        let Acceptance { answer, field, change, why, span } = acceptance;
        if let Err(detail) = accept_one(answers, acceptance, why, scope) {
            needless.push(NeedlessAcceptance {
                answer: answer.value.clone(),
                field: field.value.clone(),
                change,
                place: sources.place(*span).to_string(),
                detail,
            });
        }
    }
    for field in answers.iter_mut().flat_map(|answer| &mut answer.fields) {
        let excused = |demand: &&str| field.accepted.iter().any(|accepted| accepted.change == *demand);
        if field.standing == FieldStanding::Weak
            && field.blind.is_empty()
            && field.unnoticed.iter().all(excused)
        {
            field.standing = FieldStanding::Accepted;
        }
    }
    needless
}

/// # Errors
/// Why there is nothing to accept.
fn accept_one(
    answers: &mut [MutatedAnswer],
    Acceptance { answer, field, change, .. }: &Acceptance,
    why: &str,
    scope: Scope<'_>,
) -> Result<(), String> {
    let Some(answer) = answers.iter_mut().find(|known| known.answer == answer.value) else {
        let unknown = format!("there is no answer `{}` that a scenario asks for", answer.value);
        return if scope.holds(&answer.value) && scope.skipped.is_empty() { Err(unknown) } else { Ok(()) };
    };
    let Some(found) = answer.fields.iter_mut().find(|known| known.field == field.value) else {
        return Err(format!("`{}` has no field `{}`", answer.answer, field.value));
    };
    match found.standing {
        FieldStanding::Untried => Ok(()),
        FieldStanding::Unread if !scope.skipped.is_empty() => Ok(()),
        FieldStanding::Unread => Err("no scenario reads it".to_owned()),
        FieldStanding::Blind => {
            Err("no change of it is noticed at all: whoever reads it must notice one".to_owned())
        }
        FieldStanding::Noticed | FieldStanding::Accepted | FieldStanding::Weak => {
            if !found.changes.iter().any(|outcome| outcome.change.demand() == *change) {
                return Err("no such change can be made of it".to_owned());
            }
            if !found.unnoticed.contains(change) {
                return Err("a scenario notices it".to_owned());
            }
            found.accepted.push(AcceptedChange { change, why: why.to_owned() });
            Ok(())
        }
    }
}

/// Who does not notice what the suite's files say that they must.
pub(super) fn missed(
    answers: &[MutatedAnswer],
    noticed: &[Vigilance],
    sources: &Sources,
    scope: Scope<'_>,
) -> Vec<MissedChange> {
    let mut all = Vec::new();
    for vigilance in noticed {
        let answer = answers.iter().find(|known| known.answer == vigilance.answer.value);
        for (field, id) in vigilance.fields.iter().flat_map(|f| vigilance.by.iter().map(move |id| (f, id))) {
            if scope.skipped.contains(&id.value) {
                continue;
            }
            let (changes, detail) = match answer {
                None if !scope.holds(&vigilance.answer.value) && !scope.holds(&id.value) => continue,
                None => (Vec::new(), "no scenario asks for such an answer"),
                Some(answer) => match missed_one(answer, &field.value, &id.value, &vigilance.changes) {
                    Some(missed) => missed,
                    None => continue,
                },
            };
            all.push(MissedChange {
                scenario: id.value.clone(),
                answer: vigilance.answer.value.clone(),
                field: field.value.clone(),
                changes,
                place: sources.place(field.span).to_string(),
                detail: detail.to_owned(),
            });
        }
    }
    all
}

/// What a scenario misses of a field, and why; nothing where it misses nothing. Fails closed: what was not tried, or can't
/// be done to the field, is noticed by nobody.
fn missed_one(
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
        return Some((Vec::new(), "it was not tried"));
    }
    let of =
        |demand: &'static str| field.changes.iter().filter(move |outcome| outcome.change.demand() == demand);
    let noticed = |demand: &&&'static str| of(demand).any(|outcome| is_it(&outcome.red));
    let accepted = |demand: &&&'static str| field.accepted.iter().any(|accepted| accepted.change == **demand);
    let is_wanted = |demand: &&&'static str| match wanted.is_empty() {
        true => of(demand).next().is_some(),
        false => wanted.iter().any(|one| one.value == **demand),
    };
    let asked = Change::DEMANDS.iter().filter(is_wanted).filter(|demand| !accepted(demand));
    let changes: Vec<&'static str> = asked.filter(|demand| !noticed(demand)).copied().collect();
    let undecided = || changes.iter().flat_map(|demand| of(demand)).any(|outcome| is_it(&outcome.undecided));
    let detail = match () {
        () if changes.is_empty() => return None,
        () if !is_it(&answer.asked_by) => "it does not ask for this answer",
        () if !is_it(&field.readers) && !is_it(&field.perhaps) => "no expectation of it looks there",
        () if changes.iter().any(|demand| of(demand).next().is_none()) => "no such change can be made of it",
        () if undecided() => "it came to no verdict, also when asked again",
        () => "it stays green",
    };
    Some((changes, detail))
}
