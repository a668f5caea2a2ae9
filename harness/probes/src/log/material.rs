//! What a source returns, before it is parsed.

use serde_json::Value as Json;

/// Where a source stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// At its end.
    Whole,
    /// Before its end.
    Cut,
    /// Unknown: it was cut off if it returned as many entries as the limit.
    CutWhereFull,
}

/// The content of a source.
pub(super) struct Material {
    pub(super) parts: Vec<Part>,
    pub(super) ends: Ends,
    /// Does it return the newest entries first, or only the newest?
    pub(super) newest: bool,
}

/// One part of the content.
pub(super) enum Part {
    /// Bytes, and the name of their origin.
    Bytes {
        from: String,
        bytes: Vec<u8>,
        /// Does it begin in the middle of a line?
        torn: bool,
    },
    /// Entries as a query returned them.
    Entries(Vec<Json>),
}
