//! A proof for a pull request or a ticket: its result, what misbehaves, and the table scenario × fault.
//!
//! In the table a column is a scenario, by its number in the list above it, and a row a fault: few columns, because a
//! page scrolls down more gladly than sideways.

use std::fmt::Write;

use fixproof::report::prose::plural;
use fixproof::report::sanitize::one_line;
use fixproof::report::style::Style;

use super::controls::{asked_rows, control_summary, sign};
use crate::Proof;
use crate::controls::{ControlProof, ControlResult};

/// GitHub takes 65,536 characters of a comment.
const LARGEST: usize = 60_000;
/// How many characters of a name are shown.
const NAME: usize = 80;

/// The proof as Markdown, below GitHub's limit whatever its size.
pub(super) fn proof_markdown(proof: &Proof, controls: &ControlProof) -> String {
    let mut out = String::from("# Proof that every scenario can fail\n\n");
    let run = &proof.provenance;
    let _ = writeln!(
        out,
        "Suite {} ({}), target {}, {}, {} beside {} fault{}.\n",
        code(&run.suite),
        code(run.suite_hash.get(..12).unwrap_or(&run.suite_hash)),
        code(&run.target),
        run.started,
        if proof.partial { "narrowed by a filter," } else { "the whole suite" },
        controls.outcomes.len(),
        plural(controls.outcomes.len()),
    );
    out.push_str(&fenced(&control_summary(proof, controls, true, Style::PLAIN), LARGEST / 2));
    let head = out.len();
    let table = table(controls);
    if head + table.len() <= LARGEST {
        out.push_str(&table);
        let unbroken = unbroken(controls);
        if out.len() + unbroken.len() <= LARGEST {
            out.push_str(&unbroken);
        } else {
            let many = controls.unbroken.len();
            let _ = writeln!(
                out,
                "\n{many} expectations failed beside no fault: they are in the JSON and the HTML of this proof."
            );
        }
    } else {
        let _ = writeln!(
            out,
            "\nThe table of {} scenarios × {} faults is too large for a comment: it is in the JSON and the HTML of this proof.",
            controls.matrix.len(),
            controls.outcomes.len()
        );
    }
    out
}

fn table(controls: &ControlProof) -> String {
    let rows = asked_rows(controls);
    let mut out = String::from("\n<details>\n<summary>Scenario × fault</summary>\n\n");
    for (at, row) in rows.iter().enumerate() {
        let seen = row.marks.iter().filter(|mark| **mark == Some(ControlResult::Red)).count();
        let _ = writeln!(out, "{}. {} failed {seen} time{}", at + 1, code(&row.scenario), plural(seen));
    }
    out.push_str("\n| fault |");
    (1..=rows.len()).for_each(|at| _ = write!(out, " {at} |"));
    out.push_str("\n|---|");
    rows.iter().for_each(|_| out.push_str(":-:|"));
    out.push('\n');
    for (at, control) in controls.outcomes.iter().enumerate() {
        let _ = write!(out, "| {} |", code(&control.fault));
        for row in &rows {
            let mark = row.marks.get(at).copied().flatten();
            let _ = write!(out, " {} |", mark.map(shown).unwrap_or_default());
        }
        out.push('\n');
    }
    out.push('\n');
    let there = |mark: &&ControlResult| rows.iter().any(|row| row.marks.contains(&Some(**mark)));
    let legend: Vec<String> = ControlResult::ALL
        .iter()
        .filter(there)
        .map(|mark| format!("{} {}", shown(*mark), sign(*mark).1))
        .collect();
    let _ = writeln!(out, "{}; empty: did not run.\n\n</details>", legend.join(", "));
    out
}

/// The expectations that no control broke, by scenario.
fn unbroken(controls: &ControlProof) -> String {
    if controls.unbroken.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "\n<details>\n<summary>Expectations that failed beside no fault: {} of {}</summary>\n\n",
        controls.unbroken.len(),
        controls.expectations.of
    );
    for one in &controls.unbroken {
        let step = one.step.as_deref().map(|step| format!(" {}", code(step))).unwrap_or_default();
        let _ = writeln!(out, "- {}{step}: {}", code(&one.scenario), code(&one.expectation));
    }
    out.push_str("\nNo control fails when one of these is removed; `fixproof prove --mutate` tries the fields they read.\n\n</details>\n");
    out
}

/// A deviation is bold.
fn shown(mark: ControlResult) -> String {
    let sign = sign(mark).0;
    if mark.held() { sign.to_owned() } else { format!("**{sign}**") }
}

/// A text of a file as code: nothing in it is Markdown, and nothing in it ends a cell of a table.
fn code(text: &str) -> String {
    let line = one_line(text, NAME).replace('|', "¦").replace('`', "'");
    if line.trim().is_empty() { "–".to_owned() } else { format!("`{line}`") }
}

/// A text in a fence that it can't end.
fn fenced(text: &str, most: usize) -> String {
    let kept = &text[..text.floor_char_boundary(most.min(text.len()))];
    let left_out = if kept.len() < text.len() { "\n… the rest is in the JSON of this proof\n" } else { "" };
    let longest = kept.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}{left_out}\n{fence}\n", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_every_fence_in_its_text() {
        assert_eq!(fenced("a ```` b", 99), "`````text\na ```` b\n`````\n");
    }
}
