//! Floor 1: from a [`Report`](crate::model::Report) to bytes. Pure: no file, no socket, no clock.
//!
//! From the ground up: [`sanitize`] and [`style`], then [`prose`] (words and sentences) and [`evidence`]; above them what
//! a reader sees as [`text`], and the [`formats`] for machines, each a file of its own that knows no other format.
//! [`format`](mod@format) says what a format is. Whatever comes from a target is made harmless here and bounded in
//! length, in every format.

pub mod bounded_json;
pub mod evidence;
pub mod format;
mod formats;
pub mod html_page;
mod mutation;
mod notice;
mod proof;
mod proof_html;
mod proof_markdown;
pub mod prose;
pub mod sanitize;
mod schema;
pub mod style;
pub mod text;

pub use format::{Format, FormatError, FormatOptions, JunitProfile, Noncritical, Rendered};
pub use formats::{FORMATS, format_named};
pub use mutation::{mutation_json, mutation_read_back, mutation_summary};
pub use proof::{PROOF_FORMATS, ProofFormat, control_line, proof_format_named, proof_summary};
pub use prose::verdict_word;
pub use sanitize::harmless;
pub use schema::{json_schema, mutation_schema, notice_schema, proof_schema};
pub use style::Style;
pub use text::frame;
