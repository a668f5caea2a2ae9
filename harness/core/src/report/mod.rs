//! From a [`Report`](crate::model::Report) to bytes. Pure: no file, no socket, no clock.
//!
//! From the ground up: [`sanitize`](mod@sanitize) and [`style`], then [`prose`] (words and sentences) and [`evidence`]; above them what
//! a reader sees as [`text`], and the `formats` for machines, each a file of its own that knows no other format.
//! [`format`](mod@format) says what a format is. Text of a target is sanitized and bounded in length
//! here, in every format.

pub mod bounded_json;
pub mod evidence;
pub mod format;
mod formats;
pub mod html_page;
mod notice;
pub mod prose;
pub mod sanitize;
pub mod schema;
pub mod style;
pub mod text;

pub use format::{Format, FormatError, FormatOptions, JunitProfile, Noncritical, Rendered};
pub use formats::{FORMATS, format_named};
pub use prose::verdict_word;
pub use sanitize::sanitize;
pub use schema::{json_schema, notice_schema};
pub use style::Style;
pub use text::frame;
