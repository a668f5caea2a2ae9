//! Every way a control can misbehave, and what a proof makes of it.

mod broken;

use std::time::Duration;

use fixproof::model::{
    At, Cause, Defaults, Evaluation, Finding, Green, Repetition, Scenario, ScenarioCard, Severity, Share,
    Skip, SourceId, Sources, Span, WrittenGate,
};

use super::*;

const SPAN: Span = Span { source: SourceId(0), start: 0, end: 0 };

fn at(id: &str) -> At<String> {
    At::new(id.to_owned(), SPAN)
}

fn place() -> Place {
    Place { file: "controls/x.toml".into(), line: 1, column: 1 }
}

/// `a` must be red, `b` blocked, `c` green.
fn control() -> Control {
    Control {
        fault: at("down"),
        why: "no listener".to_owned(),
        red: vec![Claim {
            scenario: at("a"),
            reason: ExpectedReason::Cause(Cause::Refused),
            says: Some("5432".to_owned()),
        }],
        blocked: vec![at("b")],
        green: Green::Named(vec![at("c")]),
        rejected: false,
        span: SPAN,
    }
}

fn outcome(id: &str, reason: Reason) -> Outcome {
    let card = ScenarioCard {
        id: id.into(),
        title: id.to_owned(),
        component: "x".into(),
        owner: None,
        source: None,
        critical: false,
        needs: Vec::new(),
        tags: Vec::new(),
        remedy: None,
        runbook: None,
        place: place(),
        text: "".into(),
        text_line: 1,
        probes: Vec::new(),
        reproduce: Vec::new(),
    };
    Outcome::unasked(card.into(), reason)
}

fn broke(cause: Cause) -> Reason {
    Reason::Failed { cause, detail: "127.0.0.1:5432 said so".to_owned() }
}

fn blocked(by: &[&str]) -> Reason {
    Reason::Blocked { by: by.iter().map(|id| (*id).into()).collect() }
}

fn late() -> Reason {
    Reason::Inconclusive(Undecided::HarnessLate { own_nanos: 1 })
}

/// What came of `a`, `b` and `c`, all as it must be but where it is said otherwise.
fn seen(changed: &[(&str, Reason)]) -> Vec<Outcome> {
    let good = [("a", broke(Cause::Refused)), ("b", blocked(&["a"])), ("c", Reason::Passed)];
    good.into_iter()
        .map(|(id, reason)| {
            let other = changed.iter().find(|(name, _)| *name == id).map(|(_, reason)| reason.clone());
            outcome(id, other.unwrap_or(reason))
        })
        .collect()
}

fn judged(control: &Control, outcomes: &[Outcome]) -> ControlOutcome {
    judge_control(control, place(), outcomes, Judgement::Rejected, &BTreeSet::new())
}

fn marks(changed: &[(&str, Reason)]) -> Vec<ControlResult> {
    let judged = judged(&control(), &seen(changed));
    let marks: Vec<ControlResult> = judged.cells.iter().map(|cell| cell.mark).collect();
    assert_eq!(judged.held(), marks.iter().all(|mark| mark.held()));
    marks
}

#[test]
fn a_control_holds_when_everybody_is_what_they_must_be() {
    assert_eq!(marks(&[]), [ControlResult::Red, ControlResult::Blocked, ControlResult::Green]);
}

#[test]
fn every_way_to_misbehave_has_its_mark() {
    let undecided = || Reason::Inconclusive(Undecided::Deadline);
    let silent = || Reason::Failed { cause: Cause::Refused, detail: "it said no".to_owned() };
    for (id, reason, mark) in [
        ("a", Reason::Passed, ControlResult::StayedGreen),
        ("a", broke(Cause::Reset), ControlResult::OtherCause),
        ("a", broke(Cause::Differs), ControlResult::OtherCause),
        ("a", broke(Cause::Internal), ControlResult::OtherVerdict),
        ("a", undecided(), ControlResult::OtherVerdict),
        ("a", late(), ControlResult::OtherVerdict),
        ("a", blocked(&["c"]), ControlResult::OtherVerdict),
        ("a", silent(), ControlResult::OtherWords),
        ("b", Reason::Passed, ControlResult::NotBlocked),
        ("b", broke(Cause::Refused), ControlResult::NotBlocked),
        ("b", blocked(&["c"]), ControlResult::BlockedByAnother),
        ("b", blocked(&["a", "c"]), ControlResult::BlockedByAnother),
        ("c", broke(Cause::Refused), ControlResult::NotGreen),
        ("c", blocked(&["a"]), ControlResult::NotGreen),
        ("c", undecided(), ControlResult::NotGreen),
        ("c", broke(Cause::Internal), ControlResult::NotGreen),
    ] {
        let at = ["a", "b", "c"].iter().position(|name| *name == id).unwrap();
        let marks = marks(&[(id, reason.clone())]);
        assert_eq!(marks[at], mark, "{id} {reason:?}");
        assert!(!mark.held());
        assert_eq!(marks.iter().filter(|mark| !mark.held()).count(), 1, "{id} {reason:?}");
    }
}

#[test]
fn who_ran_and_is_not_named_must_stay_green() {
    let mut outcomes = seen(&[]);
    outcomes.push(outcome("d", Reason::Passed));
    outcomes.push(outcome("e", broke(Cause::Refused)));
    outcomes.push(outcome("f", Reason::Skipped { reason: "left out by a filter".to_owned() }));
    let judged = judged(&control(), &outcomes);
    let marks: Vec<(&str, ControlResult)> =
        judged.cells[3..].iter().map(|c| (&*c.scenario, c.mark)).collect();
    assert_eq!(marks, [("d", ControlResult::Green), ("e", ControlResult::NotGreen)]);
}

#[test]
fn an_undecided_scenario_may_be_what_is_claimed() {
    let mut control = control();
    control.red[0].reason = ExpectedReason::Undecided("truncated");
    control.red[0].says = None;
    let truncated = Reason::Inconclusive(Undecided::Truncated { read: 9 });
    assert!(judged(&control, &seen(&[("a", truncated)])).held());
    let few = Reason::Inconclusive(Undecided::TooFewSamples { have: 1, need: None });
    assert_eq!(judged(&control, &seen(&[("a", few)])).cells[0].mark, ControlResult::OtherCause);
    assert_eq!(judged(&control, &seen(&[])).cells[0].mark, ControlResult::OtherVerdict);
}

#[test]
fn what_is_named_and_never_asked_is_a_deviation_unless_its_author_skips_it() {
    let left_out = Reason::Skipped { reason: "protected".to_owned() };
    let outcomes = seen(&[("a", left_out)]);
    assert_eq!(judged(&control(), &outcomes).cells[0].mark, ControlResult::NeverAsked);
    let skips = BTreeSet::from(["a"]);
    let judged = judge_control(&control(), place(), &outcomes, Judgement::Rejected, &skips);
    assert_eq!(judged.cells[0].mark, ControlResult::Skipped);
}

#[test]
fn a_fault_that_must_be_rejected_is_held_against_the_gate() {
    let mut control = control();
    control.rejected = true;
    control.green = Green::Named(Vec::new());
    let judged = |judgement| judge_control(&control, place(), &seen(&[]), judgement, &BTreeSet::new());
    assert!(judged(Judgement::Rejected).held());
    assert_eq!(judged(Judgement::Rejected).cells[2].mark, ControlResult::Unclaimed);
    for judgement in [Judgement::Approved, Judgement::NothingJudged, Judgement::Interrupted] {
        assert!(!judged(judgement).held(), "{judgement:?}");
    }
    control.green = Green::Rest;
    let outcomes = seen(&[("c", broke(Cause::Reset))]);
    let strict = judge_control(&control, place(), &outcomes, Judgement::Rejected, &BTreeSet::new());
    assert_eq!(strict.cells[2].mark, ControlResult::NotGreen, "the rest must stay green all the same");
}

#[test]
fn only_what_the_harness_is_to_blame_for_is_tried_again() {
    let again = |changed: &[(&str, Reason)]| {
        let outcomes = seen(changed);
        only_late(&judged(&control(), &outcomes), &outcomes).is_some()
    };
    let sick = || Reason::Inconclusive(Undecided::SickHost { sentence: "slow".to_owned() });
    assert!(again(&[("a", late())]));
    assert!(again(&[("c", sick())]));
    assert!(again(&[("c", late()), ("b", blocked(&["c"]))]), "blocked by one that was late");
    assert!(!again(&[]), "there is nothing to mend");
    assert!(!again(&[("a", Reason::Passed)]));
    assert!(!again(&[("a", broke(Cause::Reset))]));
    assert!(!again(&[("a", late()), ("c", broke(Cause::Reset))]), "a real difference beside it");
    assert!(!again(&[("c", Reason::Inconclusive(Undecided::Deadline))]));
    assert!(!again(&[("b", blocked(&["c"]))]));
}

fn scenario(id: &str) -> Scenario {
    Scenario {
        id: at(id),
        title: format!("title of {id}"),
        component: at("x"),
        owner: None,
        source: None,
        critical: false,
        safe: false,
        alone: false,
        needs: Vec::new(),
        tags: Vec::new(),
        timeout: None,
        remedy: None,
        runbook: None,
        skip: None,
        repetition: Repetition::Once,
        steps: Vec::new(),
        span: SPAN,
        block: SPAN,
    }
}

fn suite(ids: &[&str]) -> Suite {
    Suite {
        root: "x".into(),
        sources: Sources::default(),
        gate: WrittenGate { threshold: Share::percent(80), components: Vec::new() },
        defaults: Defaults { timeout: Duration::ZERO, deadline: Duration::ZERO, parallel: 1 },
        scenarios: ids.iter().map(|id| scenario(id)).collect(),
        hash: String::new(),
    }
}

/// A proof, taken out of its envelope.
struct Proved {
    result: ProofResult,
    partial: bool,
    provenance: ProofProvenance,
    found: ControlProof,
}

impl std::ops::Deref for Proved {
    type Target = ControlProof;

    fn deref(&self) -> &ControlProof {
        &self.found
    }
}

fn concluded(
    suite: &Suite,
    provenance: ProofProvenance,
    healthy: ControlOutcome,
    controls: Vec<ControlOutcome>,
    depth: &Depth,
    interrupted: bool,
) -> Proved {
    let Proof { provenance, result, partial, section, .. } =
        prove(suite, provenance, healthy, controls, depth, interrupted);
    let Section::Controls(found) = section else { panic!("a proof by controls") };
    Proved { result, partial, provenance, found }
}

fn proof(suite: &Suite, filters: &[&str], controls: Vec<ControlOutcome>) -> Proved {
    let provenance = ProofProvenance::unnamed(filters.iter().map(|filter| (*filter).to_owned()).collect());
    let healthy = judge_healthy("healthy", &[outcome("a", Reason::Passed)]);
    concluded(suite, provenance, healthy, controls, &Depth::default(), false)
}

fn blind(proof: &Proved) -> Vec<&str> {
    proof.blind.iter().map(|blind| &*blind.scenario).collect()
}

#[test]
fn everybody_seen_red_for_their_reason_is_a_proof() {
    let proof = proof(&suite(&["a"]), &[], vec![judged(&control(), &seen(&[]))]);
    assert_eq!((proof.result, proof.partial), (ProofResult::Proved, false));
    assert_eq!((proof.sensitivity.to_string(), proof.specificity.to_string()), ("1/1".into(), "1/1".into()));
    assert_eq!(proof.matrix[0].marks, [Some(ControlResult::Red)]);
    assert_eq!(blind(&proof), [""; 0]);
}

#[test]
fn a_scenario_without_a_control_is_blind() {
    let proof = proof(&suite(&["a", "b", "z"]), &[], vec![judged(&control(), &seen(&[]))]);
    assert_eq!(proof.result, ProofResult::NotProved);
    assert_eq!(blind(&proof), ["b", "z"], "blocked is not red");
    assert_eq!(proof.sensitivity.to_string(), "1/3");
    assert!(proof.blind[1].tried.is_empty());
    assert_eq!(proof.matrix[2].marks, [None]);
}

#[test]
fn a_scenario_that_misses_one_of_its_faults_is_blind() {
    let mut other = control();
    other.fault = at("slow");
    let controls = vec![judged(&control(), &seen(&[])), judged(&other, &seen(&[("a", Reason::Passed)]))];
    let proof = proof(&suite(&["a"]), &[], controls);
    assert_eq!((proof.result, proof.sensitivity.to_string()), (ProofResult::NotProved, "0/1".into()));
    let marks: Vec<(&str, ControlResult)> =
        proof.blind[0].tried.iter().map(|t| (t.fault.as_str(), t.mark)).collect();
    assert_eq!(marks, [("down", ControlResult::Red), ("slow", ControlResult::StayedGreen)]);
    assert_eq!(proof.misbehaved().count(), 1);
}

#[test]
fn a_scenario_that_was_only_seen_undecided_or_errored_is_blind() {
    for (expected, reason) in [
        (ExpectedReason::Undecided("truncated"), Reason::Inconclusive(Undecided::Truncated { read: 1 })),
        (ExpectedReason::Cause(Cause::ToolAuth), broke(Cause::ToolAuth)),
    ] {
        let mut control = control();
        control.red[0].reason = expected;
        control.red[0].says = None;
        let judged = judged(&control, &seen(&[("a", reason)]));
        assert!(judged.held());
        let proof = proof(&suite(&["a"]), &[], vec![judged]);
        assert_eq!((blind(&proof), proof.result), (vec!["a"], ProofResult::NotProved));
    }
}

#[test]
fn blaming_a_neighbour_costs_specificity_and_the_proof() {
    let proof = proof(&suite(&["a"]), &[], vec![judged(&control(), &seen(&[("c", broke(Cause::Reset))]))]);
    assert_eq!((proof.sensitivity.to_string(), proof.specificity.to_string()), ("1/1".into(), "0/1".into()));
    assert_eq!(proof.result, ProofResult::NotProved);
}

#[test]
fn nothing_is_proved_with_a_staging_that_is_not_green_without_a_fault() {
    for reason in [broke(Cause::Reset), late(), blocked(&["z"])] {
        assert!(!judge_healthy("healthy", &[outcome("a", reason)]).held());
    }
    let mut found = proof(&suite(&["a"]), &[], vec![judged(&control(), &seen(&[]))]);
    let healthy = judge_healthy("healthy", &[outcome("a", late())]);
    found =
        concluded(&suite(&["a"]), found.provenance, healthy, found.found.outcomes, &Depth::default(), false);
    assert_eq!(found.result, ProofResult::Unhealthy);
    found = concluded(
        &suite(&["a"]),
        found.provenance,
        found.found.healthy,
        Vec::new(),
        &Depth::default(),
        false,
    );
    assert_eq!(
        (blind(&found), found.sensitivity.to_string()),
        (vec![], "0/1".to_owned()),
        "no scenario was tried"
    );
    found = concluded(
        &suite(&["a"]),
        found.provenance,
        found.found.healthy,
        found.found.outcomes,
        &Depth::default(),
        true,
    );
    assert_eq!(found.result, ProofResult::Interrupted);
}

#[test]
fn a_filter_makes_it_partial_and_speaks_of_what_it_names() {
    let control = || vec![judged(&control(), &seen(&[]))];
    let proof_of = |filters: &[&str], controls| proof(&suite(&["a", "b", "z"]), filters, controls);
    let by_fault = proof_of(&["down"], control());
    assert_eq!((by_fault.partial, by_fault.result), (true, ProofResult::Proved));
    assert_eq!(by_fault.sensitivity.to_string(), "1/1");
    let by_scenario = proof_of(&["z"], Vec::new());
    assert_eq!((blind(&by_scenario), by_scenario.result), (vec!["z"], ProofResult::NotProved));
}

#[test]
fn a_scenario_that_a_narrowed_proof_merely_grazes_is_not_blind() {
    let mut grazing = control();
    grazing.red.push(Claim {
        scenario: at("c"),
        reason: ExpectedReason::Cause(Cause::SecretUnavailable),
        says: None,
    });
    grazing.green = Green::Named(Vec::new());
    let lost = [("c", broke(Cause::SecretUnavailable))];
    let suite = suite(&["a", "b", "c"]);
    let grazed = || vec![judged(&grazing, &seen(&lost))];
    let narrowed = proof(&suite, &["down"], grazed());
    assert_eq!((blind(&narrowed), narrowed.result), (vec![], ProofResult::Proved));
    // The whole suite, and every named scenario, must be failed.
    assert_eq!(blind(&proof(&suite, &[], grazed())), ["b", "c"]);
    assert_eq!(blind(&proof(&suite, &["c", "down"], grazed())), ["c"]);
}

#[test]
fn a_scenario_that_its_author_skips_is_neither_proved_nor_counted() {
    let mut suite = suite(&["a", "s"]);
    suite.scenarios[1].skip = Some(Skip { reason: "later".to_owned(), until: None, span: SPAN });
    let proof = proof(&suite, &[], vec![judged(&control(), &seen(&[]))]);
    assert_eq!((proof.sensitivity.to_string(), proof.result), ("1/1".into(), ProofResult::Proved));
}
