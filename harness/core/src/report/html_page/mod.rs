//! The skeleton of every HTML file: one self-contained page that may do nothing but show itself. No opinion on what
//! stands in it.
//!
//! A page is made by [`page`] from a title and a body, which is a `header`, a `main` with `id="main"` and a `footer`.
//! Bodies are written with `maud::html!`, which escapes whatever is interpolated; foreign text goes through [`say`]
//! or [`lines`] besides, which sanitize it, bound it and isolate its direction, and foreign addresses
//! through [`link`]. The policy allows the one style and the one script by their hashes and nothing else, so there can
//! be no `style=` and no `on…=`: looks come from classes of `style.css`, drawings are SVG with attributes of its own.
//!
//! What the script offers to any page: a `form` with `data-filters="scenario"` (the noun it counts) filters everything
//! that has `data-row`. An `<input type="search">` in it looks at the row's text; a `<select data-filter="x">` and
//! `<input type="checkbox" data-filter="x" value="…">` look at the row's `data-x`. `data-red` on a row keeps it from
//! being hidden silently; the form's `output` says what is hidden; buttons `data-all="open"`, `"close"` and `"reset"`
//! do what they say. A link to `#id` opens the `<details>` it leads into. The form is born `hidden`: without the
//! script nothing is filtered and everything is there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
use sha2::{Digest, Sha256};

use crate::model::Verdict;
use crate::report::prose::plural;
use crate::report::sanitize::{one_line, sanitize};

/// The only style of a page.
const STYLE: &str = include_str!("style.css");
/// The only script of a page.
const SCRIPT: &str = include_str!("script.js");
/// How much of an address is kept: one that is cut leads nowhere.
const ADDRESS: usize = 2000;

/// A whole file: UTF-8, nothing to load, nothing executed but our own script.
pub fn page(title: &str, body: &Markup) -> String {
    let (style, script) = (without_cr(STYLE), without_cr(SCRIPT));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, &script));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (one_line(title, 200)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                (sprite())
                (body)
                script { (PreEscaped(&script)) }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}

/// A parser reads any line end as `\n`, and the hash is of what it reads.
fn without_cr(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Nothing is loaded, sent, framed or run but the two texts with these hashes.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}

/// Foreign text on one line, at most `limit` characters of it: sanitized, bounded, its direction isolated.
pub fn say(text: &str, limit: usize) -> Markup {
    html! { bdi { (one_line(text, limit)) } }
}

/// The same where `backticks` mean code. One without its partner means nothing.
pub fn inline(text: &str, limit: usize) -> Markup {
    let line = one_line(text, limit);
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return say(text, limit);
    }
    html! {
        bdi {
            @for (nth, part) in parts.iter().enumerate() {
                @if nth % 2 == 0 { (part) } @else { code { (part) } }
            }
        }
    }
}

/// The same for a text of many lines, at most `most` of them, each at most `limit` characters.
pub fn lines<'a>(all: impl Iterator<Item = &'a str> + Clone, most: usize, limit: usize) -> Markup {
    let more = all.clone().count().saturating_sub(most);
    html! {
        @for line in all.take(most) { (say(line, limit)) "\n" }
        @if more > 0 { i.left-out { "… " (more) " more line" (plural(more)) " left out" } "\n" }
    }
}

/// A foreign address: a link where it is `http` or `https`, otherwise its text.
pub fn link(address: &str) -> Markup {
    let address = address.trim();
    let is_web = url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let is_plain = sanitize(address) == address && !address.contains(['\n', '\t', ' ']);
    if !is_web || !is_plain || address.chars().count() > ADDRESS {
        return say(address, 400);
    }
    html! { a href=(address) rel="noopener noreferrer nofollow" { (say(address, 400)) } }
}

/// The shapes beside a verdict, so that no meaning depends on colour. Each has its own outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A tick in a disc.
    Passed,
    /// A cross in an octagon.
    Failed,
    /// An exclamation mark in a triangle.
    Errored,
    /// A bar in a disc.
    Blocked,
    /// A question mark in a square.
    Inconclusive,
    /// A dash in a ring.
    Skipped,
}

impl Icon {
    /// The one of a verdict.
    pub fn of(verdict: Verdict) -> Icon {
        match verdict {
            Verdict::Passed => Icon::Passed,
            Verdict::Failed => Icon::Failed,
            Verdict::Errored => Icon::Errored,
            Verdict::Blocked => Icon::Blocked,
            Verdict::Inconclusive => Icon::Inconclusive,
            Verdict::Skipped => Icon::Skipped,
        }
    }

    /// The name of its symbol, and of the class that colours it.
    pub fn name(self) -> &'static str {
        match self {
            Icon::Passed => "passed",
            Icon::Failed => "failed",
            Icon::Errored => "errored",
            Icon::Blocked => "blocked",
            Icon::Inconclusive => "inconclusive",
            Icon::Skipped => "skipped",
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        let name = self.name();
        html! {
            svg class={ "icon " (name) } width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" {
                use href={ "#icon-" (name) } {}
            }
        }
    }
}

/// Every icon once; pages refer to them.
fn sprite() -> Markup {
    let symbol = |icon: Icon, shape: Markup, glyph: &str| {
        html! {
            symbol id={ "icon-" (icon.name()) } viewBox="0 0 16 16" {
                (shape)
                path.glyph d=(glyph) fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"
                    stroke-linejoin="round" {}
            }
        }
    };
    let filled = |outline: &str| html! { path d=(outline) fill="currentColor" {} };
    let disc = || filled("M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15z");
    let ring = html! {
        circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.8"
            stroke-dasharray="2.8 1.35" {}
        path d="M5 8h6" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" {}
    };
    html! {
        svg.sprite width="0" height="0" aria-hidden="true" {
            (symbol(Icon::Passed, disc(), "M4.6 8.4l2.3 2.3l4.5-5"))
            (symbol(Icon::Failed, filled("M4.9.5h6.2l4.4 4.4v6.2l-4.4 4.4H4.9L.5 11.1V4.9z"), "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4"))
            (symbol(Icon::Errored, filled("M8 .6a1 1 0 0 1 .9.5l6.8 12.4a1 1 0 0 1-.9 1.5H1.2a1 1 0 0 1-.9-1.5L7.1 1.1A1 1 0 0 1 8 .6z"), "M8 5.6v4M8 12.3v.01"))
            (symbol(Icon::Blocked, disc(), "M4.5 8h7"))
            (symbol(Icon::Inconclusive, filled("M3 .8h10a2.2 2.2 0 0 1 2.2 2.2v10a2.2 2.2 0 0 1-2.2 2.2H3A2.2 2.2 0 0 1 .8 13V3A2.2 2.2 0 0 1 3 .8z"), "M5.9 6a2.1 2.1 0 1 1 3.1 1.9c-.7.4-1 .8-1 1.6M8 11.9v.01"))
            (symbol(Icon::Skipped, ring, "M0 0"))
            g id="miss" { path d="M-3.2-3.2l6.4 6.4M3.2-3.2l-6.4 6.4" fill="none" stroke="currentColor" stroke-width="2.2" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_interpolated_is_escaped_harmless_and_bounded() {
        let shown = say("<b onclick=\"x\">\u{202e}\u{1b}[2J&\n", 100).into_string();
        assert_eq!(shown, "<bdi>&lt;b onclick=&quot;x&quot;&gt;\\u{202e}\\u{1b}[2J&amp;</bdi>");
        let code = |text: &str| inline(text, 100).into_string();
        assert_eq!(code("run `a <b>` and `c`"), "<bdi>run <code>a &lt;b&gt;</code> and <code>c</code></bdi>");
        assert_eq!(code("it`s <i>"), "<bdi>it`s &lt;i&gt;</bdi>");
        assert_eq!(code("\u{1b}`\u{202e}`"), "<bdi>\\u{1b}<code>\\u{202e}</code></bdi>");
        assert_eq!(say("abcdef", 2).into_string(), "<bdi>ab… (4 bytes more)</bdi>");
        let many = lines("a\nb\nc\nd".lines(), 2, 10).into_string();
        assert!(many.ends_with("<i class=\"left-out\">… 2 more lines left out</i>\n"), "{many}");
    }

    #[test]
    fn only_an_address_of_the_web_is_a_link() {
        for address in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "//evil.invalid",
            "https://a.invalid/\u{202e}b",
            "https://a.invalid/ onclick=x",
        ] {
            let shown = link(address).into_string();
            assert!(!shown.contains("href"), "{shown}");
        }
        let shown = link("https://wiki.invalid/runbook?a=1&b=\"2").into_string();
        assert!(shown.starts_with("<a href=\"https://wiki.invalid/runbook?a=1&amp;b=&quot;2\" "), "{shown}");
        assert!(!link(&format!("https://a.invalid/{}", "x".repeat(3000))).into_string().contains("href"));
    }

    #[test]
    fn the_policy_is_of_the_very_texts_that_are_in_the_page() {
        let whole = page("a <title>", &html! { main id="main" { "x" } });
        let between = |from: &str, to: &str| {
            let rest = whole.split_once(from).unwrap().1;
            rest.split_once(to).unwrap().0.to_owned()
        };
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        assert!(whole.contains(&policy(&style, &script)));
        assert!(whole.contains("<title>a &lt;title&gt;</title>") && whole.ends_with("</html>\n"));
        for inner in [STYLE, SCRIPT] {
            assert!(!inner.contains("</") && !inner.contains("<!--"), "it would end its element");
        }
        assert_eq!(without_cr("a\r\nb"), "a\nb");
    }
}
