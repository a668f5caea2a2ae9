//! From a proof to bytes: JSON and its schema, Markdown, HTML, and the text of a terminal.

mod controls;
mod html;
mod markdown;
mod mutation;
mod schema;

pub use controls::{PROOF_FORMATS, ProofFormat, control_line, proof_format_named, proof_summary};
pub use mutation::{mutation_json, mutation_read_back, mutation_summary};
pub use schema::{mutation_schema, proof_schema};

/// Everything that ever broke a report.
#[cfg(test)]
const HOSTILE: &str = "nul \u{0} bell \u{7} esc \u{1b}[31mred\u{1b}[0m csi \u{9b}2J ]]> <script>alert(1)</script> & \" ' \
     bidi \u{202e}drowssap\u{2066} nonchar \u{fffe}\u{ffff} zero\u{200b}width line\nbreak\r\ttab";
