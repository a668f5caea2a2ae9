//! Finds every form of every secret in a text, and what a cut has left of one.
//!
//! Secrets come one by one while a run goes on, so forms stand on shelves, each with an automaton of its own; a new
//! shelf takes over those that are not larger than itself. Thousands of secrets cost as much as sorting them.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::{CUT, Secret};

/// So many bytes of a long form tell it, and are too much to be shown even where the rest is missing.
const TELLTALE: usize = 32;

/// Everything that is looked for. A copy costs next to nothing.
#[derive(Clone, Default)]
pub(super) struct Matcher {
    shelves: Vec<Arc<Shelf>>,
    /// Was there an automaton that could not be built? Nothing may leak then either.
    pub(super) broken: bool,
}

struct Shelf {
    /// In lower case, sorted, each once.
    forms: Vec<String>,
    /// The beginnings of the forms up to [`TELLTALE`].
    whole: AhoCorasick,
    /// The first characters of every form.
    beginnings: AhoCorasick,
    longest: usize,
    /// Secrets as they are, for those that are sent in two pieces; in lower case, each once.
    roots: Vec<String>,
    /// The first and the last characters of each root, in the order of the roots.
    heads: AhoCorasick,
    tails: AhoCorasick,
}

/// A piece of a root: the number of the text it stands in, where, and which root it is.
pub(super) struct Piece<'a> {
    pub(super) text: usize,
    pub(super) range: Range<usize>,
    pub(super) root: &'a str,
}

/// The shortest secret that is looked for in two pieces: of a shorter one a piece is an ordinary word.
const IN_PIECES: usize = 2 * Secret::SHORTEST;

impl Shelf {
    fn of(forms: Vec<String>, roots: Vec<String>) -> Option<Shelf> {
        let automaton = |patterns: &[&[u8]]| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .ascii_case_insensitive(true)
                .build(patterns)
                .ok()
        };
        let all: Vec<&[u8]> = forms.iter().map(String::as_bytes).collect();
        let mut prefixes: Vec<&[u8]> = all.iter().map(|form| &form[..form.len().min(TELLTALE)]).collect();
        prefixes.dedup();
        let mut first: Vec<&[u8]> = all.iter().filter_map(|form| form.get(..Secret::SHORTEST)).collect();
        first.dedup();
        let (whole, beginnings) = (automaton(&prefixes)?, automaton(&first)?);
        let longest = forms.iter().map(String::len).max().unwrap_or(0);
        let heads: Vec<&[u8]> = roots.iter().map(|root| &root.as_bytes()[..Secret::SHORTEST]).collect();
        let tails: Vec<&[u8]> =
            roots.iter().map(|root| &root.as_bytes()[root.len() - Secret::SHORTEST..]).collect();
        let (heads, tails) = (automaton(&heads)?, automaton(&tails)?);
        Some(Shelf { forms, whole, beginnings, longest, roots, heads, tails })
    }

    fn knows(&self, form: &str) -> bool {
        self.forms.binary_search_by(|known| known.as_str().cmp(form)).is_ok()
    }

    /// How far the text goes on as a form does.
    fn reach(&self, text: &[u8]) -> usize {
        let lower = |byte: &u8| byte.to_ascii_lowercase();
        // Of a sorted list the two beside the text's own place have the most in common with it.
        let at = self.forms.partition_point(|form| form.bytes().lt(text.iter().map(lower)));
        let beside = [at.checked_sub(1).and_then(|before| self.forms.get(before)), self.forms.get(at)];
        let reaches = beside.into_iter().flatten().map(|form| same(text.iter(), form.bytes()));
        reaches.max().unwrap_or(0)
    }

    fn spans(&self, text: &str, into: &mut Vec<Range<usize>>) {
        if !self.whole.is_match(text) {
            return;
        }
        // One secret may be a part of another, and two may overlap: all of them count.
        for found in self.whole.find_overlapping_iter(text) {
            let (start, mut end) = (found.start(), found.end());
            if found.len() == TELLTALE {
                end = end.max(start + self.reach(&text.as_bytes()[start..]));
            }
            into.push(text.floor_char_boundary(start)..text.ceil_char_boundary(end));
        }
    }

    /// Does a form begin with that, and go on? The scheme of an address tells nothing of it, and is an ordinary word
    /// everywhere else.
    fn begins(&self, beginning: &[u8]) -> bool {
        let beginning = beginning.to_ascii_lowercase();
        let at = self.forms.partition_point(|form| form.as_bytes() <= beginning.as_slice());
        let is_known = self.forms.get(at).is_some_and(|form| form.as_bytes().starts_with(&beginning));
        is_known && !is_scheme(&beginning)
    }
}

/// Is it the scheme of an address, in lower case?
fn is_scheme(beginning: &[u8]) -> bool {
    const SCHEMES: [&str; 12] = [
        "postgresql://",
        "postgres://",
        "mysql://",
        "mariadb://",
        "rediss://",
        "redis://",
        "https://",
        "http://",
        "amqps://",
        "amqp://",
        "mongodb+srv://",
        "mongodb://",
    ];
    SCHEMES.iter().any(|scheme| scheme.as_bytes().starts_with(beginning))
}

impl Matcher {
    /// Looks for these too. Those that are too short to be looked for are left out.
    pub(super) fn learn(&mut self, forms: Vec<String>, mut roots: Vec<String>) {
        let mut fresh = forms;
        roots.iter_mut().for_each(|root| root.make_ascii_lowercase());
        roots.retain(|root| root.len() >= IN_PIECES);
        fresh.iter_mut().for_each(|form| form.make_ascii_lowercase());
        fresh.retain(|form| {
            form.len() >= Secret::SHORTEST && !self.shelves.iter().any(|shelf| shelf.knows(form))
        });
        if fresh.is_empty() {
            return;
        }
        while self.shelves.last().is_some_and(|shelf| shelf.forms.len() <= fresh.len()) {
            let taken_over = self.shelves.pop();
            if let Some(shelf) = &taken_over {
                fresh.extend(shelf.forms.iter().cloned());
                roots.extend(shelf.roots.iter().cloned());
            }
        }
        for list in [&mut fresh, &mut roots] {
            list.sort_unstable();
            list.dedup();
        }
        match Shelf::of(fresh, roots) {
            Some(shelf) => self.shelves.push(Arc::new(shelf)),
            None => self.broken = true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shelves.is_empty() && !self.broken
    }

    #[cfg(test)]
    pub(super) fn shelf_count(&self) -> usize {
        self.shelves.len()
    }

    /// How many forms it looks for.
    pub(super) fn len(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.forms.len()).sum()
    }

    /// Where the text holds any form: sorted, apart from each other.
    pub(super) fn spans(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        self.shelves.iter().for_each(|shelf| shelf.spans(text, &mut found));
        joined(found)
    }

    /// Where the text ends, or is cut, with the beginning of a form.
    pub(super) fn cut_off(&self, text: &str) -> Vec<Range<usize>> {
        let mut cuts: Vec<usize> = text.match_indices(CUT).map(|(at, _)| at).collect();
        // A broken connection truncates a text without a mark.
        cuts.push(text.trim_end_matches(['"', '\u{fffd}', ')', '`']).len());
        let mut found = Vec::new();
        for shelf in &self.shelves {
            if cuts.len() == 1 && !shelf.beginnings.is_match(text) {
                continue;
            }
            for beginning in shelf.beginnings.find_overlapping_iter(text) {
                let start = beginning.start();
                let Some(cut) = cuts.get(cuts.partition_point(|cut| *cut < beginning.end())) else {
                    continue;
                };
                let least = if text[*cut..].starts_with(CUT) { Secret::SHORTEST } else { IN_PIECES };
                let length = cut - start;
                if (least..shelf.longest).contains(&length) && shelf.begins(&text.as_bytes()[start..*cut]) {
                    found.push(start..*cut);
                }
            }
        }
        found.retain(|range| text.is_char_boundary(range.start));
        joined(found)
    }
}

impl Matcher {
    /// Pieces of roots that are no whole: `head`s, of which the end is missing, or tails.
    pub(super) fn pieces(&self, number: usize, text: &str, head: bool) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for shelf in &self.shelves {
            if !shelf.heads.is_match(text) && !shelf.tails.is_match(text) {
                continue;
            }
            let automaton = if head { &shelf.heads } else { &shelf.tails };
            for found in automaton.find_overlapping_iter(text) {
                let root = shelf.roots[found.pattern().as_usize()].as_str();
                let range = if head {
                    let rest = &text.as_bytes()[found.start()..];
                    found.start()..found.start() + same(rest.iter(), root.bytes())
                } else {
                    let before = &text.as_bytes()[..found.end()];
                    found.end() - same(before.iter().rev(), root.bytes().rev())..found.end()
                };
                if range.len() < root.len() {
                    pieces.push(Piece { text: number, range, root });
                }
            }
        }
        pieces
    }
}

/// How many bytes are the same, but for their case.
fn same<'a>(these: impl Iterator<Item = &'a u8>, those: impl Iterator<Item = u8>) -> usize {
    these.zip(those).take_while(|(this, that)| this.eq_ignore_ascii_case(that)).count()
}

/// Sorted, and what overlaps made one.
pub(super) fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Puts `mask` in place of each range.
pub(super) fn masked(text: &str, ranges: &[Range<usize>], mask: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        out.push_str(&text[from..range.start]);
        out.push_str(mask);
        from = range.end;
    }
    out.push_str(&text[from..]);
    out
}
