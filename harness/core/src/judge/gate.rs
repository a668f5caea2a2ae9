//! From verdicts to the decision. Exact arithmetic; every reason against is listed.

use std::cmp::Reverse;

use crate::model::{
    ComponentTally, Decision, Gate, Judgement, Outcome, Rejection, Tally, Verdict, lower_bound,
};

/// How sure the bound is that stands beside the percentage, for a reader.
const SHOWN_CONFIDENCE: f64 = 0.95;

/// Counts verdicts.
#[must_use]
pub fn tally<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Tally {
    let mut tally = Tally::default();
    for outcome in outcomes {
        tally.add(outcome.verdict);
    }
    tally
}

/// Counts verdicts per component, in the order the components are given; unknown ones follow. Whatever the tallies that
/// are given say is not counted.
#[must_use]
pub fn tally_by_component(components: &[ComponentTally], outcomes: &[Outcome]) -> Vec<ComponentTally> {
    let mut rows: Vec<ComponentTally> =
        components.iter().map(|row| ComponentTally { tally: Tally::default(), ..row.clone() }).collect();
    for outcome in outcomes {
        let component = &outcome.scenario.component;
        let row = match rows.iter().position(|row| row.component == *component) {
            Some(row) => row,
            None => {
                rows.push(ComponentTally::named(component.clone()));
                rows.len() - 1
            }
        };
        rows[row].tally.add(outcome.verdict);
    }
    rows
}

/// Applies the gate.
#[must_use]
pub fn decide(outcomes: &[Outcome], gate: &Gate, partial: bool, interrupted: bool) -> Decision {
    let tally = tally(outcomes);
    let mut rejections = Vec::new();
    let percentage = tally.percentage();
    if let Some(percentage) = percentage.filter(|p| *p < gate.threshold) {
        rejections.push(Rejection::BelowThreshold { percentage, threshold: gate.threshold });
    }
    for (component, threshold) in &gate.components {
        let own = self::tally(outcomes.iter().filter(|o| o.scenario.component == *component));
        // A narrowed run that leaves a whole component out says nothing about it; it is partial for that very reason.
        let left_out = partial && own.judged() == 0;
        if !left_out && own.percentage().is_none_or(|p| p < *threshold) {
            rejections.push(Rejection::ComponentBelow {
                component: component.clone(),
                percentage: own.percentage(),
                threshold: *threshold,
            });
        }
    }
    let left_out = |outcome: &Outcome| partial && outcome.verdict == Verdict::Skipped;
    let mut red: Vec<&Outcome> = outcomes
        .iter()
        .filter(|o| o.scenario.critical && o.verdict != Verdict::Passed && !left_out(o))
        .collect();
    red.sort_by_key(|outcome| Reverse(outcome.verdict));
    rejections.extend(red.into_iter().map(|outcome| Rejection::Critical {
        scenario: outcome.scenario.id.clone(),
        verdict: outcome.verdict,
    }));
    let judgement = if interrupted {
        Judgement::Interrupted
    } else if percentage.is_none() {
        Judgement::NothingJudged
    } else if rejections.is_empty() {
        Judgement::Approved
    } else {
        Judgement::Rejected
    };
    Decision {
        judgement,
        partial,
        percentage,
        gate: gate.clone(),
        rejections,
        lower_bound: percentage.map(|_| lower_bound(tally.passed, tally.judged(), SHOWN_CONFIDENCE)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Cause, Place, Reason, ScenarioCard, Share};

    fn outcome(id: usize, critical: bool, reason: Reason) -> Outcome {
        let card = ScenarioCard {
            id: format!("s{id}").into(),
            title: String::new(),
            component: if id.is_multiple_of(2) { "even".into() } else { "odd".into() },
            owner: None,
            source: None,
            critical,
            needs: vec![],
            tags: vec![],
            remedy: None,
            runbook: None,
            place: Place { file: "x".into(), line: 1, column: 1 },
            text: "".into(),
            text_line: 1,
            probes: vec![],
            reproduce: vec![],
        };
        Outcome::unasked(Arc::new(card), reason)
    }

    fn failed() -> Reason {
        Reason::Failed { cause: Cause::Differs, detail: String::new() }
    }

    fn gate(threshold: &str) -> Gate {
        Gate { threshold: Share::parse(threshold).unwrap(), components: vec![] }
    }

    fn judgement(outcomes: &[Outcome], gate: &Gate) -> Judgement {
        decide(outcomes, gate, false, false).judgement
    }

    #[test]
    fn eighty_of_a_hundred_is_eighty_percent_and_7999_of_10000_is_not() {
        let outcomes = |passed: usize, of: usize| -> Vec<Outcome> {
            (0..of).map(|i| outcome(i, false, if i < passed { Reason::Passed } else { failed() })).collect()
        };
        assert_eq!(judgement(&outcomes(80, 100), &gate("80%")), Judgement::Approved);
        assert_eq!(judgement(&outcomes(7_999, 10_000), &gate("80%")), Judgement::Rejected);
    }

    #[test]
    fn a_critical_scenario_that_is_anything_but_passed_rejects() {
        for reason in [
            failed(),
            Reason::Blocked { by: vec![] },
            Reason::Skipped { reason: String::new() },
            Reason::Inconclusive(crate::model::Undecided::Deadline),
        ] {
            let outcomes = vec![outcome(0, false, Reason::Passed), outcome(2, true, reason)];
            let decision = decide(&outcomes, &gate("1%"), false, false);
            assert_eq!(decision.judgement, Judgement::Rejected);
            assert!(matches!(decision.rejections[..], [Rejection::Critical { .. }]));
        }
    }

    #[test]
    fn nothing_judged_is_never_approved() {
        let skipped = Reason::Skipped { reason: String::new() };
        assert_eq!(judgement(&[], &gate("80%")), Judgement::NothingJudged);
        assert_eq!(judgement(&[outcome(0, false, skipped)], &gate("80%")), Judgement::NothingJudged);
    }

    #[test]
    fn an_interrupted_run_is_never_approved() {
        let outcomes = [outcome(0, false, Reason::Passed)];
        assert_eq!(decide(&outcomes, &gate("80%"), false, true).judgement, Judgement::Interrupted);
    }

    #[test]
    fn a_component_has_its_own_threshold_and_must_be_judged_to_reach_it() {
        let mut gate = gate("50%");
        gate.components = vec![("odd".into(), Share::parse("100%").unwrap())];
        let outcomes = [outcome(0, false, Reason::Passed), outcome(1, false, failed())];
        assert_eq!(judgement(&outcomes, &gate), Judgement::Rejected);
        assert_eq!(judgement(&outcomes[..1], &gate), Judgement::Rejected);
        assert_eq!(decide(&outcomes[..1], &gate, true, false).judgement, Judgement::Approved);
    }

    #[test]
    fn verdicts_add_up_to_the_plan() {
        let outcomes: Vec<Outcome> = [
            Reason::Passed,
            failed(),
            Reason::Failed { cause: Cause::Internal, detail: String::new() },
            Reason::Blocked { by: vec![] },
            Reason::Inconclusive(crate::model::Undecided::Deadline),
            Reason::Skipped { reason: String::new() },
        ]
        .into_iter()
        .enumerate()
        .map(|(i, g)| outcome(i, false, g))
        .collect();
        let tally = tally(&outcomes);
        assert_eq!(tally.planned, 6);
        assert_eq!(tally.judged() + tally.skipped, tally.planned);
        assert!(Verdict::ALL.iter().all(|v| tally.of(*v) == 1));
        assert!(
            Verdict::ALL[1..].is_sorted_by(|a, b| a > b)
                && Verdict::ALL.iter().min() == Some(&Verdict::ALL[0])
        );
    }

    #[test]
    fn what_was_seen_broken_is_told_before_what_it_blocked() {
        let blocked = || Reason::Blocked { by: vec!["s2".into()] };
        let outcomes = [outcome(0, true, blocked()), outcome(1, true, blocked()), outcome(2, true, failed())];
        let named: Vec<String> = decide(&outcomes, &gate("1%"), false, false)
            .rejections
            .iter()
            .filter_map(|rejection| match rejection {
                Rejection::Critical { scenario, .. } => Some(scenario.to_string()),
                Rejection::BelowThreshold { .. } | Rejection::ComponentBelow { .. } => None,
            })
            .collect();
        assert_eq!(named, ["s2", "s0", "s1"]);
    }
}
