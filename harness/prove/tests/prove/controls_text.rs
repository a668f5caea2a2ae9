//! What a terminal and JSON say of a proof by controls.

use std::time::Duration;

use fixproof::model::{Cause, Counted, ExpectedReason, Place, Verdict};
use fixproof::report::style::Style;
use fixproof_prove::controls::{
    Blind, Cell, ControlOutcome, ControlProof, ControlResult, Expected, GateCell, Row, Tried, Unbroken,
};
use fixproof_prove::report::{Detail, control_line, formats_of, summary};
use fixproof_prove::{Proof, ProofKind, ProofResult, Section};

use super::fixtures::{HOSTILE, provenance};
use super::schema::assert_keeps;

fn cell(mark: ControlResult) -> Cell {
    let reason = ExpectedReason::Cause(Cause::Refused);
    Cell {
        scenario: format!("login {HOSTILE}").into(),
        expected: Expected::Red { verdict: Verdict::Failed, cause: reason, says: Some(HOSTILE.to_owned()) },
        verdict: Verdict::Failed,
        cause: Some("connect/reset".to_owned()),
        detail: HOSTILE.repeat(100),
        mark,
    }
}

fn control(cells: Vec<Cell>, gate: Option<GateCell>) -> ControlOutcome {
    ControlOutcome {
        fault: format!("backend-down{HOSTILE}"),
        why: HOSTILE.to_owned(),
        place: Some(Place { file: HOSTILE.into(), line: 3, column: 1 }),
        wall: Duration::from_secs(1),
        again: Some(HOSTILE.to_owned()),
        gate,
        cells,
    }
}

/// A proof of the most hostile names there are, with every mark in it.
pub(crate) fn worst(result: ProofResult, partial: bool) -> Proof {
    let text = || HOSTILE.to_owned();
    let cells: Vec<Cell> = ControlResult::ALL.map(cell).to_vec();
    let gate = Some(GateCell { held: false, seen: text() });
    let tried: Vec<Tried> = cells
        .iter()
        .map(|cell| Tried { fault: text(), expected: cell.expected.clone(), mark: cell.mark })
        .collect();
    let section = ControlProof {
        sensitivity: Counted { seen: 1, of: 2 },
        specificity: Counted { seen: 0, of: 0 },
        healthy: control(cells.clone(), None),
        outcomes: vec![control(cells, gate)],
        blind: vec![Blind { scenario: HOSTILE.into(), title: text(), tried }],
        matrix: vec![Row { scenario: HOSTILE.into(), marks: vec![None, Some(ControlResult::Red)] }],
        expectations: Counted { seen: 1, of: 2 },
        unbroken: vec![Unbroken {
            scenario: HOSTILE.into(),
            step: Some(HOSTILE.into()),
            expectation: HOSTILE.repeat(100).into(),
            place: Place { file: HOSTILE.into(), line: 3, column: 1 },
        }],
    };
    let filters = if partial { vec![text()] } else { Vec::new() };
    Proof::new(provenance(filters), result, Section::Controls(section))
}

/// The section of a proof by controls, to be changed.
pub(crate) fn section(proof: &mut Proof) -> &mut ControlProof {
    match &mut proof.section {
        Section::Controls(controls) => controls,
        Section::Mutation(_) | Section::Recorded(_) => panic!("a proof by controls"),
    }
}

const RESULTS: [ProofResult; 4] =
    [ProofResult::Proved, ProofResult::NotProved, ProofResult::Unhealthy, ProofResult::Interrupted];

#[test]
fn no_line_of_a_proof_lets_a_terminal_obey_a_target() {
    for result in RESULTS {
        let proof = worst(result, false);
        let mut texts = vec![control_line(&section(&mut worst(result, false)).healthy, Style::PLAIN)];
        let details = [Detail::Quiet, Detail::Normal];
        texts.extend(details.map(|detail| summary(&proof, detail, Style::PLAIN)));
        for text in texts {
            let harmful =
                |c: &char| *c != '\n' && fixproof::report::sanitize(&c.to_string()) != c.to_string();
            assert_eq!(text.chars().find(harmful), None, "{text}");
            assert!(text.len() < 50_000, "{}", text.len());
        }
    }
}

#[test]
fn only_a_whole_proof_that_came_out_well_says_so() {
    for result in RESULTS {
        for partial in [false, true] {
            let said = summary(&worst(result, partial), Detail::Quiet, Style::PLAIN);
            let proved = said.lines().any(|line| line.starts_with("PROVED"));
            assert_eq!(proved, result == ProofResult::Proved && !partial, "{said}");
        }
    }
}

#[test]
fn json_holds_every_mark_and_keeps_its_schema() {
    let json = formats_of(ProofKind::Controls).next().unwrap();
    assert_eq!(json.name, "json");
    let bytes = (json.render)(&worst(ProofResult::NotProved, true)).unwrap();
    let read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_keeps(&read, ProofKind::Controls);
    let text = String::from_utf8(bytes).unwrap();
    for mark in ControlResult::ALL {
        assert!(text.contains(&format!("\"mark\":\"{}\"", mark.name())), "{mark:?}");
    }
}
