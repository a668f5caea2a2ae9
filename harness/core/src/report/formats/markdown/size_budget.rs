//! A document that never grows beyond its limit: what does not fit any more is left out, and said to be.

use super::escape::names;

/// The most bytes of a document, and so the most characters.
pub(super) const LIMIT: usize = 60_000;
/// What is kept free for saying what was left out, and for the end.
const RESERVE: usize = 8_000;
/// After so many that did not fit no smaller one is looked for.
const TRIES: usize = 50;

/// A document in the making.
pub(super) struct Document {
    said: String,
    parts: usize,
    scenarios: Vec<String>,
}

impl Document {
    pub(super) fn new() -> Document {
        Document { said: String::new(), parts: 0, scenarios: Vec::new() }
    }

    /// A block, where there is room for it.
    pub(super) fn block(&mut self, text: &str) {
        if !self.fits(text) {
            self.parts += 1;
        }
    }

    /// A block about one scenario, which is named at the end where there is no room for it.
    pub(super) fn scenario(&mut self, id: &str, text: impl FnOnce() -> String) {
        let full = self.scenarios.len() >= TRIES;
        if full || !self.fits(&text()) {
            self.scenarios.push(id.to_owned());
        }
    }

    fn fits(&mut self, text: &str) -> bool {
        let text = text.trim_end_matches('\n');
        let fits = self.said.len() + text.len() + 2 <= LIMIT - RESERVE;
        if fits && !text.is_empty() {
            self.said.push_str(text);
            self.said.push_str("\n\n");
        }
        fits
    }

    /// The whole, with what was left out.
    pub(super) fn finish(self, end: &str) -> String {
        let mut said = self.said;
        if self.parts + self.scenarios.len() > 0 {
            said.push_str("## Left out here, for its size\n\n");
        }
        let wholly = "in full in `report.json` and `report.html`";
        if !self.scenarios.is_empty() {
            let (count, them) = (self.scenarios.len(), names(&self.scenarios, 20));
            let ending = if count == 1 { "" } else { "s" };
            said.push_str(&format!("{count} red scenario{ending}, {wholly}: {them}.\n\n"));
        }
        if self.parts > 0 {
            said.push_str(&format!("{} more parts of this document, {wholly}.\n\n", self.parts));
        }
        said.push_str(end);
        said
    }
}
