//! What programs make of a report in Markdown: a parser of CommonMark with GitHub's tables reads it, and finds nothing in
//! it that was not put there by us.

use std::sync::Arc;

use fixproof_core::model::{
    FactPath, FoldedCause, Judgement, Narrowing, Outcome, Owner, Reason, Report, ScenarioCard, Seen, Shown,
    Value, Verdict,
};
use fixproof_core::report::prose;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::readers::read_back;

const LIMIT: usize = 60_000;
use crate::every_format::assert_snapshot;
use crate::fixtures::{CANARY, decided, report, reworded};
use fixproof_core::report::{FormatOptions, format_named};

const ALL: [Option<Owner>; 3] = [None, Some(Owner::Infrastructure), Some(Owner::Application)];

/// Everything that ever broke out of a text.
const HOSTILE: [&str; 16] = [
    "| a \\| b |\n|---|\n| c |",
    "```\n````` x `` y",
    "`",
    "</details><script>alert(1)</script><details>",
    "</code></summary>",
    "ask @team/infra, @user and a@b.example",
    "see #123, GH-12, org/repo#4 and !7",
    "![x](https://evil.example/p.png)",
    "[approved](javascript:alert(1)) and [x][1]\n\n[1]: https://evil.example",
    "<https://evil.example/x> https://evil.example/y www.evil.example/z",
    "\u{202e}gnp.exe \u{200b}\u{7}\u{1b}[31m",
    "\n\n# APPROVED\n\n- item\n\n> quote\n\n---\n",
    "<!-- --> &lt;b&gt; &#64;team <img src=x onerror=alert(1)>",
    "**bold** _it_ ~~gone~~ $x$ :+1: \\`a` ~~~",
    "    indented\n\tcode",
    "",
];

fn made(report: &Report, handoff: Option<Owner>) -> String {
    let options = FormatOptions { handoff, ..FormatOptions::default() };
    let format = format_named("markdown").unwrap();
    let mut files = format.render(report, &options).unwrap();
    assert_eq!(files.len(), 1);
    let bytes = files.remove(0).bytes;
    read_back("markdown", &bytes).unwrap();
    assert!(bytes.len() <= LIMIT, "{} bytes", bytes.len());
    String::from_utf8(bytes).unwrap()
}

/// What a parser finds, where it is not what we put there.
fn strange(said: &str) -> Vec<String> {
    let element = Regex::new(r"^(</?details>|<summary>([^<>@#]|<code>[^<>]*</code>)*</summary>)?$").unwrap();
    let notices = Regex::new(r"(?i)@\w|#\d|://|www\.|gh-\d|[\u{202a}-\u{202e}\u{200b}]").unwrap();
    let (mut found, mut heading, mut link, mut code, mut headings) = (Vec::new(), None, false, false, 0);
    let (mut opened, mut closed) = (0, 0);
    for event in Parser::new_ext(
        said,
        Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_MATH,
    ) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                opened += html.matches("<details>").count();
                closed += html.matches("</details>").count();
                found.extend(
                    html.lines().filter(|line| !element.is_match(line)).map(|line| format!("element {line}")),
                );
            }
            Event::Start(Tag::Heading { level, .. }) => {
                headings += 1;
                heading = Some((level, String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                let (level, text) = heading.take().unwrap();
                let first = (level == HeadingLevel::H1) == (headings == 1);
                if !first || (level == HeadingLevel::H2 && !OURS.contains(&&*text)) {
                    found.push(format!("heading {text}"));
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                link = true;
                if !dest_url.starts_with("https://wiki.invalid/") {
                    found.push(format!("link {dest_url}"));
                }
            }
            Event::End(TagEnd::Link) => link = false,
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(
                tag @ (Tag::Image { .. } | Tag::Strikethrough | Tag::FootnoteDefinition(_) | Tag::Emphasis),
            ) => {
                found.push(format!("{tag:?}"));
            }
            Event::Text(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
                if !link && !code && notices.is_match(&text) {
                    found.push(format!("text {text}"));
                }
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => found.push(format!("math {text}")),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::Rule => {
                found.push(format!("{event:?}"))
            }
            _ => {}
        }
    }
    if opened != closed {
        found.push(format!("{opened} opened, {closed} closed"));
    }
    found
}

/// Every headline there is.
const OURS: [&str; 12] = [
    "What is broken",
    "Who must act",
    "Run next",
    "What is proven, and what is not",
    "Red scenarios in full",
    "Left out here, for its size",
    "What to do",
    "What it follows from",
    "What passed beside it",
    "What waits behind it",
    "Each of them, with its evidence",
    "",
];

/// Every text of a report says that.
fn spoilt(text: &str) -> Report {
    let mut report = decided(Judgement::Rejected, true);
    let shared: Arc<str> = text.into();
    for (nth, outcome) in report.outcomes.iter_mut().enumerate() {
        let card = Arc::make_mut(&mut outcome.scenario);
        *card = ScenarioCard {
            id: format!("{nth}{text}").into(),
            title: text.to_owned(),
            owner: [Some(Owner::Infrastructure), Some(Owner::Application), None][nth % 3],
            source: Some(text.to_owned()),
            needs: vec![shared.clone()],
            remedy: Some(text.to_owned()),
            runbook: Some(text.to_owned()),
            text: shared.clone(),
            reproduce: vec![text.to_owned()],
            ..card.clone()
        };
        card.place.file = text.into();
        if let Reason::Failed { detail, .. } | Reason::Skipped { reason: detail } = &mut outcome.reason {
            text.clone_into(detail);
        }
        outcome.notes.push(text.to_owned());
        outcome.stopped_early = Some(text.to_owned());
        for finding in &mut outcome.findings {
            finding.seen = Seen::Unreadable(text.to_owned());
            reworded(finding, |card| {
                card.step = Some(shared.clone());
                card.fact = FactPath::Plain(shared.clone());
                card.wanted = vec![Shown::Whole(Value::Text(text.to_owned()))];
                (card.excerpt.text, card.excerpt.mark) = (text.to_owned(), (0, 0));
            });
        }
        for attempt in outcome.samples.iter_mut().flat_map(|sample| &mut sample.attempts) {
            attempt.step = Some(shared.clone());
            attempt.observation.transcript.sent.push(text.to_owned());
            attempt.observation.transcript.received.push(text.to_owned());
        }
    }
    for row in &mut report.components {
        (row.address, row.depends_on) = (Some(text.to_owned()), vec![shared.clone()]);
    }
    let seen_by = report.outcomes.iter().take(4).map(|outcome| outcome.scenario.id.clone()).collect();
    let cause = report.causes[0].clone();
    report.causes.push(FoldedCause { component: shared.clone(), detail: text.to_owned(), seen_by, ..cause });
    let from = &mut report.provenance;
    (from.target, from.run, from.suite) = (text.to_owned(), text.to_owned(), text.to_owned());
    (from.tool, from.suite_hash, from.host.name) = (text.to_owned(), text.to_owned(), text.to_owned());
    from.notes.push(text.to_owned());
    from.narrowing.push(Narrowing { by: text.to_owned(), left_out: 1 });
    from.self_check.items.iter_mut().for_each(|item| text.clone_into(&mut item.sentence));
    report
}

#[test]
fn no_text_breaks_out_of_its_place() {
    let all = HOSTILE.join(" ");
    for text in HOSTILE.into_iter().chain([&*all]) {
        for handoff in ALL {
            let said = made(&spoilt(text), handoff);
            assert_eq!(strange(&said), Vec::<String>::new(), "{text:?}\n{said}");
        }
    }
}

#[test]
fn what_breaks_out_is_seen() {
    for text in [
        "<script>x</script>",
        "<details>",
        "<summary>@team</summary>",
        "# a\n\n# b",
        "# a\n\n## APPROVED",
        "![x](y)",
        "[x](https://evil.example)",
        "ask @team",
        "see #1",
        "https://evil.example",
        "~~x~~",
        "---\n",
    ] {
        assert_ne!(strange(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn it_looks_as_it_did() {
    let mut canned = decided(Judgement::Rejected, true);
    assert_snapshot("markdown-rejected.md", &made(&canned, None));
    assert_snapshot("markdown-handoff.md", &made(&canned, Some(Owner::Infrastructure)));
    assert_snapshot("markdown-handoff-nothing.md", &made(&canned, Some(Owner::Application)));
    // The other team waits for what this one has to mend.
    for outcome in &mut canned.outcomes {
        if &*outcome.scenario.component != "database" {
            Arc::make_mut(&mut outcome.scenario).owner = Some(Owner::Application);
        }
    }
    // What stands under no cause is nobody else's to mend.
    let said = made(&canned, Some(Owner::Application));
    assert!(said.starts_with("# Hand-off to application: 5 scenarios to fix"), "{said}");
    let suffer = canned.outcomes.iter().filter(|o| o.scenario.owner == Some(Owner::Application));
    canned.causes[0].effects = suffer.map(|outcome| outcome.scenario.id.clone()).collect();
    assert_snapshot("markdown-handoff-waits.md", &made(&canned, Some(Owner::Application)));
    let green: Vec<Outcome> = canned.outcomes.into_iter().filter(|o| o.verdict == Verdict::Passed).collect();
    let mut green = report(green, Judgement::Approved, false);
    green.causes.clear();
    green.provenance.simulated = None;
    let said = made(&green, None);
    assert!(said.len() < 2500, "{} bytes where nothing is red", said.len());
    assert_snapshot("markdown-approved.md", &said);
}

#[test]
fn no_secret_and_no_hidden_character_is_in_it() {
    for handoff in ALL {
        let said = made(&decided(Judgement::Rejected, true), handoff);
        assert!(!said.contains(CANARY));
        let bad = said
            .chars()
            .find(|c| *c != '\n' && fixproof_core::report::sanitize(&c.to_string()) != c.to_string());
        assert_eq!(bad, None);
    }
}

/// The ids of red scenarios that are told in full, and how many are said to be left out.
fn told(said: &str, report: &Report) -> (usize, usize, usize) {
    let red = || report.outcomes.iter().filter(|o| prose::is_red(o.verdict));
    let in_full = red().filter(|o| said.contains(&format!("<code>{}</code>", o.scenario.id)));
    let counted = Regex::new(r"(?m)^(\d+) red scenarios?, in full in").unwrap();
    let left_out = counted.captures(said).map_or(0, |found| found[1].parse().unwrap());
    (red().count(), in_full.count(), left_out)
}

#[test]
fn every_red_scenario_is_told_or_counted_and_the_limit_holds_whatever_the_size() {
    let canned = decided(Judgement::Rejected, false);
    let (red, in_full, left_out) = told(&made(&canned, None), &canned);
    assert_eq!((in_full, left_out), (red, 0));
    // But for the one with megabytes of text: ten thousand of it are no report.
    let few: Vec<&Outcome> = canned.outcomes.iter().filter(|o| &*o.scenario.id != "backend-huge").collect();
    let many: Vec<Outcome> = (0..10_000)
        .map(|nth| {
            let mut outcome = few[nth % few.len()].clone();
            Arc::make_mut(&mut outcome.scenario).id = format!("scenario-{nth}").into();
            outcome
        })
        .collect();
    let mut large = report(many, Judgement::Rejected, false);
    large.causes = (0..200).map(|_| large.causes[0].clone()).collect();
    for handoff in ALL {
        let said = made(&large, handoff);
        assert_eq!(strange(&said), Vec::<String>::new());
        if handoff.is_none() {
            let (red, in_full, left_out) = told(&said, &large);
            assert!(in_full > 5 && in_full + left_out == red, "{in_full} + {left_out} of {red}");
            assert!(said.contains("`report.json` and `report.html`"));
        }
    }
}
