//! The comment that a proof by controls is written as.

use fixproof_prove::controls::{ControlResult, Row};
use fixproof_prove::{Proof, ProofResult};

use super::controls_text::{section, worst};
use super::fixtures::{HOSTILE, rendered};

fn page(proof: &Proof) -> String {
    rendered("markdown", proof)
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with('|')).collect()
}

#[test]
fn a_row_is_a_fault_and_a_column_a_scenario() {
    let mut proof = worst(ProofResult::NotProved, false);
    let marks = |marks: &[ControlResult]| marks.iter().map(|mark| Some(*mark)).collect::<Vec<_>>();
    section(&mut proof).matrix = vec![
        Row { scenario: "login".into(), marks: marks(&[ControlResult::StayedGreen]) },
        Row { scenario: "health".into(), marks: marks(&[ControlResult::Red]) },
        Row { scenario: "chat".into(), marks: vec![None] },
    ];
    "down".clone_into(&mut section(&mut proof).outcomes[0].fault);
    let text = page(&proof);
    assert_eq!(rows(&text), ["| fault | 1 | 2 |", "|---|:-:|:-:|", "| `down` | **G!** | R |"]);
    assert!(!text.contains("chat"), "it did not run");
    assert!(text.contains("2. `health` failed 1 time\n"), "{text}");
    assert!(text.contains("R failed for its reason, **G!** passed, and had to fail; empty"), "{text}");
}

#[test]
fn no_name_breaks_out_of_its_cell_or_its_fence() {
    let text = page(&worst(ProofResult::NotProved, true));
    let cells: Vec<usize> = rows(&text).iter().map(|row| row.matches('|').count()).collect();
    assert_eq!(cells, [3, 3, 3], "{text}");
    // Outside of code there is not a tag but those of the fold.
    let outside: String =
        text.split("```text").enumerate().filter(|(at, _)| *at != 1).map(|(_, part)| part).collect();
    let bare: String = outside.split('`').step_by(2).collect();
    let known = ["<details>", "</details>", "<summary>", "</summary>"];
    let bare = known.iter().fold(bare, |bare, tag| bare.replace(tag, ""));
    assert!(!bare.contains('<'), "{bare}");
    assert!(HOSTILE.contains("<script>") && text.contains("<script>"));
}

#[test]
fn it_stays_below_the_limit_of_a_comment_and_says_so() {
    let mut proof = worst(ProofResult::NotProved, false);
    section(&mut proof).matrix =
        vec![Row { scenario: HOSTILE.into(), marks: vec![Some(ControlResult::Green); 500] }; 500];
    let first = section(&mut proof).outcomes[0].clone();
    section(&mut proof).outcomes = vec![first; 500];
    let text = page(&proof);
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.contains("The table of 500 scenarios × 500 faults is too large"), "{text}");
}
