//! Text of another program, made safe to show in a message.

use fixproof_core::model::shortened;

/// One line of a text, bounded, without control characters.
pub(super) fn clean(text: &str, longest: usize) -> String {
    shortened(text, longest).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
