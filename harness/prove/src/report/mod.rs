//! From a proof to bytes: JSON and its schema, Markdown, HTML, and the text of a terminal.

mod controls;
mod format;
mod headline;
mod html;
mod markdown;
mod mutation;
mod recorded;
mod schema;

pub use controls::control_line;
pub use fixproof::report::text::Detail;
pub use format::{ProofFormat, formats_of, summary};
pub use schema::proof_schema;
