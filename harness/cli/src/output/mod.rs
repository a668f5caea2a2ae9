//! What a command prints, and how it ends.

mod exit;
pub(crate) mod progress;
pub(crate) mod signals;
pub(crate) mod terminal;

pub(crate) use exit::Exit;

use fixproof::report::Style;
use fixproof::report::text::Detail;

/// How a command prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Colour and width.
    pub style: Style,
    /// How much.
    pub detail: Detail,
}

impl Output {
    /// Only the verdict and what is red.
    pub(crate) fn is_quiet(self) -> bool {
        self.detail == Detail::Quiet
    }
}
