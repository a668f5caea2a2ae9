//! The id of each scenario on the page, made of its name, for links to it.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use maud::{Markup, html};

use crate::model::Outcome;
use crate::report::html_page::say;

/// The place of every scenario that is listed.
pub(super) struct Anchors<'a>(HashMap<&'a str, String>);

impl<'a> Anchors<'a> {
    /// A unique id for each, for any names.
    pub(super) fn of(listed: &[&'a Outcome]) -> Anchors<'a> {
        let mut taken = HashSet::new();
        let mut places = HashMap::new();
        for outcome in listed {
            let id = &*outcome.scenario.id;
            let clean = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
            let plain: String = id.chars().take(100).map(clean).collect();
            let mut place = format!("s-{plain}");
            // A name is unique in a suite, but two may look alike once they are cleaned.
            let mut number = 2usize;
            while !taken.insert(place.clone()) {
                place = format!("s-{plain}--{number}");
                number = number.saturating_add(taken.len());
            }
            places.insert(id, place);
        }
        Anchors(places)
    }

    /// The id of a scenario's place.
    pub(super) fn place(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// A link to a scenario; its name alone, where it is not listed.
    pub(super) fn link(&self, id: &str) -> Markup {
        html! {
            @match self.place(id) {
                Some(place) => { a href={ "#" (place) } { (say(id, 120)) } }
                None => { (say(id, 120)) }
            }
        }
    }

    /// Links to several, at most `most` of them.
    pub(super) fn links(&self, ids: &[impl Borrow<Arc<str>>], most: usize) -> Markup {
        let more = ids.len().saturating_sub(most);
        html! {
            @for (index, id) in ids.iter().take(most).enumerate() {
                @if index > 0 { ", " }
                (self.link(id.borrow()))
            }
            @if more > 0 { span.left-out { " and " (more) " more" } }
        }
    }
}
