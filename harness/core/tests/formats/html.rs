//! The page against a report that holds the worst of everything.

use std::collections::HashSet;
use std::time::Duration;

use fixproof_core::model::{Aggregate, FactPath, Judgement, Operator, Outcome, Report, Sample, Shown, Value};
use fixproof_core::report::sanitize::sanitize;
use fixproof_core::report::{FormatOptions, format_named, prose};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::fixtures::{CANARY, HOSTILE, decided, report, reworded};
use crate::readers::read_back;

const DECIDED: [(Judgement, bool); 5] = [
    (Judgement::Rejected, true),
    (Judgement::Approved, false),
    (Judgement::Approved, true),
    (Judgement::NothingJudged, false),
    (Judgement::Interrupted, false),
];
/// Elements of HTML that have no end.
const VOID: [&str; 4] = ["meta", "link", "input", "br"];
/// The only attributes that may hold an address.
const ADDRESSES: [&str; 2] = ["href", "xlink:href"];
/// What else an attribute's value may be a piece of a program or of a style in.
const FORBIDDEN: [&str; 6] = ["style", "src", "srcdoc", "action", "formaction", "srcset"];

fn shown(report: &Report) -> String {
    let one = format_named("html").unwrap().render(report, &FormatOptions::default()).unwrap().remove(0);
    read_back("html", &one.bytes).unwrap();
    String::from_utf8(one.bytes).unwrap()
}

/// Every element of a page with its attributes. It is held to more than HTML asks: every element but the void ones is
/// closed, in order, and no attribute is there twice.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let page = without(&without(page, "style"), "script");
    let mut reader = Reader::from_str(&page);
    reader.config_mut().check_end_names = false;
    let (mut open, mut all) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let (name, attributes) = parts(&start);
                if !VOID.contains(&&*name) {
                    open.push(name.clone());
                }
                all.push((name, attributes));
            }
            Event::End(end) => {
                let name = String::from_utf8(end.name().as_ref().to_vec()).unwrap();
                assert_eq!(open.pop(), Some(name), "at {}", reader.buffer_position());
            }
            Event::Empty(_) | Event::CData(_) | Event::PI(_) | Event::Comment(_) | Event::Decl(_) => {
                panic!("nothing of HTML, at {}", reader.buffer_position())
            }
            Event::DocType(kind) => assert_eq!(&*kind, b"html"),
            Event::Text(_) | Event::GeneralRef(_) => {}
            Event::Eof => break,
        }
    }
    assert_eq!(open, Vec::<String>::new());
    all
}

/// The page without what stands in its only element of that name.
fn without(page: &str, name: &str) -> String {
    let (before, rest) = page.split_once(&format!("<{name}>")).unwrap_or((page, ""));
    let Some((_, after)) = rest.split_once(&format!("</{name}>")) else { return before.to_owned() };
    format!("{before}<{name}></{name}>{after}")
}

fn parts(start: &BytesStart<'_>) -> (String, Vec<(String, String)>) {
    let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
    let attributes = start.html_attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        let raw = String::from_utf8(attribute.value.to_vec()).unwrap();
        (key, quick_xml::escape::unescape(&raw).unwrap().into_owned())
    });
    (name, attributes.collect())
}

#[test]
fn every_element_is_closed_and_none_has_an_attribute_twice() {
    for (judgement, partial) in DECIDED {
        assert!(elements(&shown(&decided(judgement, partial))).len() > 200);
    }
    let broken = std::panic::catch_unwind(|| elements("<p><b>x</p></b>"));
    assert!(broken.is_err(), "what is not in order is seen");
}

#[test]
fn nothing_is_run_or_loaded_but_our_own() {
    let page = shown(&decided(Judgement::Rejected, true));
    let all = elements(&page);
    let count = |wanted: &str| all.iter().filter(|(name, _)| name == wanted).count();
    assert_eq!((count("script"), count("style"), count("link")), (1, 1, 1));
    for element in ["iframe", "object", "embed", "img", "base", "foreignObject", "animate", "set", "video"] {
        assert_eq!(count(element), 0, "{element}");
    }
    for (name, attributes) in &all {
        for (key, value) in attributes {
            assert!(!key.starts_with("on") && !FORBIDDEN.contains(&&**key), "{name} {key}={value}");
            if ADDRESSES.contains(&&**key) {
                let known = value.starts_with('#') || value.starts_with("https://") || value == "data:,";
                assert!(known, "{name} {key}={value}");
            }
        }
    }
    assert!(
        all.iter()
            .any(|(_, attributes)| attributes.iter().any(|(_, value)| value.contains("runbook?a=1&b=2")))
    );
}

#[test]
fn ids_are_unique_and_every_link_and_label_leads_to_one() {
    for (judgement, partial) in DECIDED {
        let all = elements(&shown(&decided(judgement, partial)));
        let mut ids = HashSet::new();
        let values = |key: &'static str| {
            all.iter()
                .flat_map(|(_, a)| a)
                .filter(move |(name, _)| name == key)
                .map(|(_, value)| value.as_str())
        };
        values("id").for_each(|id| assert!(ids.insert(id) && !id.contains(' '), "{id} is there twice"));
        for target in values("href").filter_map(|value| value.strip_prefix('#')) {
            assert!(ids.contains(target), "#{target} leads nowhere");
        }
        for id in ["for", "aria-labelledby"].into_iter().flat_map(values).flat_map(|all| all.split(' ')) {
            assert!(ids.contains(id), "{id} names nothing");
        }
    }
}

#[test]
fn names_that_look_alike_when_cleaned_have_places_of_their_own() {
    let mut outcomes = decided(Judgement::Rejected, false).outcomes;
    outcomes.truncate(4);
    for (outcome, id) in outcomes.iter_mut().zip(["a b", "a_b", "a\"b", "a<b"]) {
        std::sync::Arc::make_mut(&mut outcome.scenario).id = id.into();
    }
    let all = elements(&shown(&report(outcomes, Judgement::Rejected, false)));
    let ids = all.iter().flat_map(|(_, attributes)| attributes).filter(|(name, _)| name == "id");
    let places: HashSet<&str> = ids.map(|(_, id)| &**id).filter(|id| id.starts_with("s-a_b")).collect();
    assert_eq!(places.len(), 4, "{places:?}");
}

#[test]
fn the_word_and_what_must_not_be_missed_stand_before_everything_else() {
    for (judgement, partial) in DECIDED {
        let report = decided(judgement, partial);
        let page = shown(&report);
        let (header, rest) = page.split_once("<main").unwrap();
        let word = prose::verdict_line(&report).word;
        assert!(header.contains(&format!("<span>{word}</span></h1>")), "{word}");
        assert_eq!(header.contains("verdict good"), word == "APPROVED");
        assert!(header.contains("SIMULATED") && header.contains("says nothing about a real environment"));
        assert!(header.contains(&prose::pass_rate(&report)));
        for wanted in ["What this run does not prove", "specificity", "at most 90ms late", "frontend-chat"] {
            assert!(rest.contains(wanted), "{wanted}");
        }
    }
}

#[test]
fn a_cause_says_who_acts_and_what_to_run_next() {
    let page = shown(&decided(Judgement::Rejected, false));
    let (_, section) = page.split_once("What is red, and why").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    for wanted in [
        "connect/timeout",
        "Root cause, 2 effects",
        "href=\"#s-db-connect\"",
        "infrastructure",
        "Raise the connector's minimum instances.",
        "fixproof run db-connect --target staging --profile incident",
    ] {
        assert!(section.contains(wanted), "{wanted}\n{section}");
    }
}

#[test]
fn commands_against_a_staging_that_is_gone_say_so() {
    let gone = "The simulated staging ended with its run";
    let mut report = decided(Judgement::Rejected, false);
    assert!(shown(&report).contains(gone));
    report.provenance.simulated = None;
    let page = shown(&report);
    assert!(page.contains("Reproduce by hand") && !page.contains(gone));
}

#[test]
fn no_secret_and_nothing_hidden_is_in_it() {
    let page = shown(&decided(Judgement::Rejected, true));
    assert!(!page.contains(CANARY));
    let hidden = page.chars().find(|c| *c != '\n' && sanitize(&c.to_string()) != c.to_string());
    assert_eq!(hidden, None);
    assert!(HOSTILE.contains("<script>") && page.contains("&lt;script&gt;") && page.contains("\\u{202e}"));
}

/// Samples that differ from one another, each with a time that an expectation looks at.
fn hundred(sample: &Sample) -> Vec<Sample> {
    let one = |number: u64| {
        let mut sample = sample.clone();
        sample.met = !number.is_multiple_of(7);
        sample.after = Duration::from_millis(number * 1300);
        for attempt in &mut sample.attempts {
            attempt.observation.facts = fixproof_core::model::Facts::default();
            attempt.observation.transcript = fixproof_core::model::Transcript::default();
            let time = Value::Duration(Duration::from_micros(400_000 + number * number * 91));
            attempt.observation.facts.insert("time.total", time);
        }
        sample
    };
    (0..100).map(one).collect()
}

#[test]
fn forty_scenarios_of_a_hundred_samples_stay_under_a_mebibyte_with_nothing_left_out() {
    let canned = decided(Judgement::Rejected, false).outcomes;
    let template = canned.iter().find(|outcome| &*outcome.scenario.id == "db-connect").unwrap();
    let outcomes = (0..40).map(|number: usize| {
        let mut outcome = template.clone();
        let card = std::sync::Arc::make_mut(&mut outcome.scenario);
        card.id = format!("scenario-{number}").into();
        card.text = "  { that = \"time.total.p95\", at-most = \"800ms\" },\n".repeat(20).into();
        outcome.samples = hundred(&template.samples[0]);
        reworded(&mut outcome.findings[0], |card| {
            card.fact = FactPath::Aggregate("time.total".into(), Aggregate::Percentile(95));
            card.operator = Operator::named("at-most").unwrap();
            card.wanted = vec![Shown::Whole(Value::Duration(Duration::from_millis(800)))];
        });
        outcome
    });
    let page = shown(&report(outcomes.collect(), Judgement::Rejected, false));
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    assert!(!page.contains("without details"));
    assert_eq!(page.matches("limit 800ms").count(), 40);
    assert_eq!(page.matches("<th scope=\"row\">100</th>").count(), 40);
}

#[test]
fn ten_thousand_scenarios_are_cut_and_the_page_says_so() {
    let red = decided(Judgement::Rejected, false).outcomes.remove(1);
    let many = report(vec![red; 10_000], Judgement::Rejected, false);
    let page = shown(&many);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("8000 scenarios not listed</strong>, 8000 of them red"));
    assert!(page.contains("without details</strong>"));
}

/// The tree of components as text, without its marks.
fn tree(page: &str) -> String {
    let (_, tree) = page.split_once("<ul class=\"tree\"").unwrap();
    let (tree, _) = tree.split_once("<div class=\"wide\"").unwrap();
    regex::Regex::new("<[^>]*>").unwrap().replace_all(tree, "").into_owned()
}

#[test]
fn the_tree_shows_which_component_is_red_and_what_depends_on_it() {
    let mut report = decided(Judgement::Rejected, false);
    report.components[1].depends_on = vec!["database".into()];
    report.causes[0].dependents = vec!["backend".into(), "frontend".into()];
    let page = shown(&report);
    elements(&page);
    let tree = tree(&page);
    let at = |wanted: &str| tree.find(wanted).unwrap_or_else(|| panic!("{wanted}: {tree}"));
    let origin = at("database cause seen here");
    let second = at("backend affected by the cause in database");
    assert!(origin < second && second < at("frontend affected by the cause in backend"), "{tree}");
}

#[test]
fn components_that_need_each_other_in_a_circle_are_listed_all_the_same() {
    let mut report = decided(Judgement::Rejected, false);
    for (index, needs) in [(0, "frontend"), (1, "database"), (2, "backend")] {
        report.components[index].depends_on = vec![needs.into(), "unknown".into(), needs.into()];
    }
    let page = shown(&report);
    elements(&page);
    let tree = tree(&page);
    assert!(tree.contains("backend affected by the cause in database"), "{tree}");
    assert!(tree.contains("frontend") && tree.ends_with("(see above)"), "{tree}");
}

fn page_of(outcome: &Outcome) -> String {
    shown(&report(vec![outcome.clone()], Judgement::Rejected, false))
}

#[test]
fn what_did_not_hold_is_marked_where_it_is_written() {
    let mut outcomes = decided(Judgement::Rejected, false).outcomes;
    let outcome = &mut outcomes[1];
    let card = std::sync::Arc::make_mut(&mut outcome.scenario);
    card.text_line = 13;
    card.text = "expect = [\n  { that = \"status\", equals = 200 },\n]".into();
    let text = page_of(outcome);
    let marked = "<mark class=\"breaks\"><bdi>{ that = &quot;status&quot;, equals = 200 }</bdi></mark>";
    assert!(text.contains(&format!("<span class=\"at\">14</span><bdi>  </bdi>{marked}")), "{text}");
    assert!(text.contains("failed: <bdi>seen nothing: no answer</bdi>"), "{text}");
    // A text that is not the one the excerpt was taken from is marked as a whole, one that is elsewhere is told apart.
    std::sync::Arc::make_mut(&mut outcome.scenario).text = "expect = [\n  changed\n]".into();
    assert!(page_of(outcome).contains("<mark class=\"breaks\"><bdi>changed</bdi></mark>"));
    std::sync::Arc::make_mut(&mut outcome.scenario).text_line = 100;
    assert!(page_of(outcome).contains("Written at"));
}

#[test]
fn a_time_beyond_all_measure_is_drawn_and_not_fallen_over() {
    let mut outcomes = decided(Judgement::Rejected, false).outcomes;
    let outcome = &mut outcomes[1];
    outcome.samples = hundred(&outcome.samples[0]);
    for sample in &mut outcome.samples {
        (sample.took, sample.after) = (Duration::MAX, Duration::MAX);
        for phase in &mut sample.attempts[0].observation.phases {
            (phase.after, phase.took) = (Duration::MAX, Duration::MAX);
        }
    }
    elements(&shown(&report(outcomes, Judgement::Rejected, false)));
}

#[test]
fn a_limit_is_drawn_also_where_it_is_negated() {
    let canned = decided(Judgement::Rejected, false).outcomes;
    let mut outcome = canned.into_iter().find(|outcome| &*outcome.scenario.id == "db-connect").unwrap();
    outcome.samples = hundred(&outcome.samples[0]);
    reworded(&mut outcome.findings[0], |card| {
        card.fact = FactPath::Aggregate("time.total".into(), Aggregate::Percentile(95));
        (card.operator, card.not) = (Operator::named("more-than").unwrap(), true);
        card.wanted = vec![Shown::Whole(Value::Duration(Duration::from_secs(2)))];
    });
    let page = shown(&report(vec![outcome], Judgement::Rejected, false));
    assert!(page.contains("limit 2s"), "{page}");
}
