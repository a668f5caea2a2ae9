//! The page of a proof by controls.

use std::collections::BTreeSet;

use fixproof_prove::controls::ControlResult;
use fixproof_prove::{Proof, ProofResult};

use super::controls_text::{section, worst};
use super::fixtures::{HOSTILE, rendered};

fn page(proof: &Proof) -> String {
    rendered("html", proof)
}

fn results() -> [(ProofResult, &'static str); 4] {
    [
        (ProofResult::Proved, "PROVED"),
        (ProofResult::NotProved, "NOT PROVED"),
        (ProofResult::Unhealthy, "NOT PROVED"),
        (ProofResult::Interrupted, "INTERRUPTED"),
    ]
}

#[test]
fn the_word_stands_at_the_top_and_only_a_whole_proof_is_good() {
    for (result, word) in results() {
        for partial in [false, true] {
            let text = page(&worst(result, partial));
            let good = result == ProofResult::Proved && !partial;
            assert_eq!(text.contains("class=\"verdict good\""), good, "{result:?}");
            let word = if result == ProofResult::Proved && partial { "PARTLY PROVED" } else { word };
            assert!(text.contains(&format!("</svg> {word}</h1>")), "{result:?}");
        }
    }
}

#[test]
fn nothing_of_a_target_is_executed_or_obeyed() {
    let text = page(&worst(ProofResult::NotProved, true));
    assert_eq!(text.matches("<script").count(), 1);
    assert!(HOSTILE.contains("<script>") && text.contains("&lt;script&gt;"));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']));
}

#[test]
fn every_mark_has_its_sign_in_the_table() {
    let mut proof = worst(ProofResult::NotProved, false);
    let first = section(&mut proof).outcomes[0].clone();
    section(&mut proof).outcomes = vec![first; ControlResult::ALL.len()];
    section(&mut proof).matrix[0].marks = ControlResult::ALL.map(Some).to_vec();
    let text = page(&proof);
    let cells = text.split("<span aria-hidden=\"true\">").skip(1).filter_map(|cell| {
        let (sign, rest) = cell.split_once("</span><span class=\"unseen\">")?;
        let (meaning, rest) = rest.split_once("</span>")?;
        (rest.starts_with("</td>") && !meaning.is_empty()).then_some(sign)
    });
    let signs: BTreeSet<&str> = cells.collect();
    assert_eq!(signs.len(), ControlResult::ALL.len(), "{signs:?}");
}
