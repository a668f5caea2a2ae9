//! A secret that was sent in pieces: in two lines, two frames, two events, two values of a list.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde_json::Value as Json;

use crate::model::Secret;

use super::matcher::{Matcher, Piece, joined, masked};
use super::{MASK, Redactor};

impl Redactor {
    /// Takes out of a list of lines the pieces that make a secret together.
    pub(super) fn clean_split_lines(&self, lines: &mut [String]) {
        if lines.len() < 2 || self.matcher.is_empty() {
            return;
        }
        self.clean_documents(lines);
        let shown: Vec<&str> = lines.iter().map(String::as_str).collect();
        let found = halves(&self.matcher, &shown);
        for (number, ranges) in found {
            lines[number] = masked(&lines[number], &ranges, MASK);
        }
    }

    /// The same for one text and for its lines.
    pub(super) fn clean_split_text(&self, text: &mut String) {
        self.clean_found(text, |matcher, text| halves(matcher, &[text]).remove(&0).unwrap_or_default());
        if !text.trim_end_matches('\n').contains('\n') {
            return;
        }
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let before = lines.clone();
        self.clean_split_lines(&mut lines);
        if lines != before {
            *text = lines.join("\n");
        }
    }

    /// Lines that hold a JSON document each, such as frames: what stands at the same place in them belongs together.
    fn clean_documents(&self, lines: &mut [String]) {
        let document = |line: &String| {
            let from = line.find(['{', '['])?;
            serde_json::from_str::<Json>(line.get(from..)?).ok().map(|json| (from, json))
        };
        let mut places = Vec::new();
        let mut documents = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            if let Some((from, json)) = document(line) {
                places.push((number, from));
                documents.push(json);
            }
        }
        let before = documents.clone();
        let mut all = Json::Array(documents);
        if !self.clean_split_json(&mut all) {
            return;
        }
        let documents = all.as_array().into_iter().flatten();
        for (((number, from), document), before) in places.into_iter().zip(documents).zip(&before) {
            if document != before {
                lines[number].replace_range(from.., &document.to_string());
            }
        }
    }

    /// Takes out of a document the texts that make a secret together where they follow each other in lists, at the
    /// same place in each element. Says whether there were any.
    pub(super) fn clean_split_json(&self, json: &mut Json) -> bool {
        if self.matcher.is_empty() {
            return false;
        }
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        each_text(json, &mut String::new(), &mut |path, text| {
            if path.contains('[') {
                let group = groups.entry(path.to_owned()).or_default();
                group.text.push_str(text);
                group.ends.push(group.text.len());
            }
        });
        groups.retain(|_, group| {
            group.find(&self.matcher);
            !group.found.is_empty()
        });
        if groups.is_empty() {
            return false;
        }
        each_text(json, &mut String::new(), &mut |path, text| {
            if let Some(group) = groups.get_mut(path) {
                let ranges = group.of_next();
                if !ranges.is_empty() {
                    *text = masked(text, &ranges, MASK);
                }
            }
        });
        true
    }
}

/// Texts at the same place of each element, one after another.
#[derive(Default)]
struct Group {
    text: String,
    ends: Vec<usize>,
    /// Secrets that reach over an end.
    found: Vec<Range<usize>>,
    next: usize,
}

impl Group {
    fn find(&mut self, matcher: &Matcher) {
        if self.ends.len() < 2 {
            return;
        }
        self.found = matcher.spans(&self.text);
        let ends = &self.ends;
        self.found.retain(|range| ends.iter().any(|end| range.start < *end && *end < range.end));
    }

    /// What is to be taken out of the next text, counted from its own start.
    fn of_next(&mut self) -> Vec<Range<usize>> {
        let start = self.next.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(self.next).copied().unwrap_or(start);
        self.next += 1;
        let within = |range: &Range<usize>| range.start.max(start)..range.end.min(end);
        let ranges = self.found.iter().map(within).filter(|range| range.start < range.end);
        ranges.map(|range| range.start - start..range.end - start).collect()
    }
}

/// Every text of a document with its place, in which all elements of a list are one.
fn each_text(json: &mut Json, path: &mut String, visit: &mut dyn FnMut(&str, &mut String)) {
    match json {
        Json::String(text) => visit(path, text),
        Json::Array(list) => {
            let length = path.len();
            path.push_str("[]");
            list.iter_mut().for_each(|item| each_text(item, path, visit));
            path.truncate(length);
        }
        Json::Object(rows) => {
            for (key, item) in rows {
                let length = path.len();
                path.push('.');
                path.push_str(key);
                each_text(item, path, visit);
                path.truncate(length);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The beginning of a secret and, further on in the same text or in a later one, the rest of it; and what is nearly
/// the whole of one.
fn halves(matcher: &Matcher, texts: &[&str]) -> HashMap<usize, Vec<Range<usize>>> {
    let all = |head: bool| -> Vec<Piece<'_>> {
        texts.iter().enumerate().flat_map(|(number, text)| matcher.pieces(number, text, head)).collect()
    };
    let mut of_root: HashMap<&str, (Vec<Piece<'_>>, Vec<Piece<'_>>)> = HashMap::new();
    for (head, pieces) in [(true, all(true)), (false, all(false))] {
        for piece in pieces {
            let (heads, tails) = of_root.entry(piece.root).or_default();
            if head { heads.push(piece) } else { tails.push(piece) }
        }
    }
    let mut found: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
    for (root, (heads, tails)) in of_root {
        for Piece { text, range, .. } in together(root.len(), heads, tails) {
            let whole = texts[text];
            let range = whole.floor_char_boundary(range.start)..whole.ceil_char_boundary(range.end);
            found.entry(text).or_default().push(range);
        }
    }
    found.into_iter().map(|(number, ranges)| (number, joined(ranges))).collect()
}

/// Those heads and tails of one root that are the whole together, or nearly alone. All are in the order of the texts,
/// so that one walk in each direction is enough, however many a target sends.
fn together<'a>(whole: usize, heads: Vec<Piece<'a>>, tails: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let nearly = |piece: &Piece<'_>| piece.range.len() + Secret::SHORTEST > whole;
    let ends = |head: &Piece<'_>| (head.text, head.range.end);
    let begins = |tail: &Piece<'_>| (tail.text, tail.range.start);
    let mut taken = Vec::new();
    let (mut longest, mut before) = (0, heads.iter().peekable());
    let mut kept_tails = Vec::new();
    for tail in &tails {
        while let Some(head) = before.next_if(|head| ends(head) <= begins(tail)) {
            longest = longest.max(head.range.len());
        }
        kept_tails.push(nearly(tail) || longest > 0 && longest + tail.range.len() >= whole);
    }
    let (mut longest, mut behind) = (0, tails.iter().rev().peekable());
    let mut kept_heads = Vec::new();
    for head in heads.iter().rev() {
        while let Some(tail) = behind.next_if(|tail| ends(head) <= begins(tail)) {
            longest = longest.max(tail.range.len());
        }
        kept_heads.push(nearly(head) || longest > 0 && longest + head.range.len() >= whole);
    }
    let chosen = |kept: Vec<bool>, pieces: Vec<Piece<'a>>| {
        kept.into_iter().zip(pieces).filter(|(kept, _)| *kept).map(|(_, piece)| piece).collect::<Vec<_>>()
    };
    kept_heads.reverse();
    taken.extend(chosen(kept_heads, heads));
    taken.extend(chosen(kept_tails, tails));
    taken
}
