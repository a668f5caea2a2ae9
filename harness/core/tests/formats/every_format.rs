//! Every format against one report that holds the worst of everything.

use std::path::Path;

use fixproof_core::model::{
    Code, Doubt, Evaluation, Judgement, Outcome, Problem, Reason, Report, Sources, Span, Undecided, Verdict,
};
use fixproof_core::report::{
    FORMATS, FormatOptions, JunitProfile, Rendered, Style, format_named, frame, json_schema, sanitize, text,
};

use crate::fixtures::{CANARY, decided, report};
use crate::readers::read_back;

const PLAIN: Style = Style { colour: false, width: 120 };
const PROFILES: [(&str, JunitProfile); 3] =
    [("strict", JunitProfile::Strict), ("surefire", JunitProfile::Surefire), ("rich", JunitProfile::Rich)];
pub(crate) const DECIDED: [(&str, Judgement, bool); 5] = [
    ("rejected", Judgement::Rejected, false),
    ("approved", Judgement::Approved, false),
    ("partial", Judgement::Approved, true),
    ("nothing-judged", Judgement::NothingJudged, false),
    ("interrupted", Judgement::Interrupted, false),
];

fn worst() -> Report {
    decided(Judgement::Rejected, true)
}

fn junit(report: &Report, profile: JunitProfile) -> Vec<Rendered> {
    format_named("junit")
        .unwrap()
        .render(report, &FormatOptions { junit_profile: profile, ..FormatOptions::default() })
        .unwrap()
}

fn json(report: &Report) -> Vec<u8> {
    let options = FormatOptions::default();
    format_named("json").unwrap().render(report, &options).unwrap().remove(0).bytes
}

/// Compares with the file of that name; `FIXPROOF_UPDATE_SNAPSHOTS=1` writes it.
pub(crate) fn assert_snapshot(name: &str, seen: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("FIXPROOF_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, seen).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(seen, wanted, "{} differs; FIXPROOF_UPDATE_SNAPSHOTS=1 accepts it", file.display());
}

fn all_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for (_, judgement, partial) in DECIDED {
        let report = decided(judgement, partial);
        for detail in [text::Detail::Quiet, text::Detail::Normal, text::Detail::Verbose] {
            texts.push(text::summary(&report, detail, PLAIN));
        }
        texts.extend(report.outcomes.iter().map(|outcome| text::failure(outcome, PLAIN)));
    }
    texts
}

#[test]
fn a_frame_looks_as_designed() {
    let mut sources = Sources::default();
    let text = format!("{}  {{ that = \"statsu\", equals = 200 }},\n", "\n".repeat(13));
    let source = sources.add("scenarios/backend.toml".into(), "scenarios/backend.toml", &text);
    let start = text.find("\"statsu\"").unwrap();
    let problem = Problem::error(
        Code::UnknownFact,
        Span { source, start, end: start + 8 },
        "`http` yields no fact `statsu`",
    )
    .label("`http` yields: status, header.*, body, text, time.*, tls.*")
    .help("did you mean `status`?");
    assert_snapshot("frame.txt", &frame::problem(&problem, &sources, PLAIN));
    let second = problem.also(Span { source, start: start - 7, end: start - 3 }, "first used here");
    assert_snapshot("frame-second.txt", &frame::problem(&second, &sources, PLAIN));
    let nowhere = Problem::nowhere(Code::BadArgument, "two reports can't both go to stdout")
        .help("give one of them a path");
    assert_snapshot("frame-nowhere.txt", &frame::problem(&nowhere, &sources, PLAIN));
}

#[test]
fn the_text_of_every_decision() {
    for (name, judgement, partial) in DECIDED {
        assert_snapshot(&format!("verdict-{name}.txt"), &text::verdict(&decided(judgement, partial), PLAIN));
    }
    assert_snapshot("summary.txt", &text::summary(&worst(), text::Detail::Normal, PLAIN));
}

#[test]
fn a_partial_run_never_says_approved() {
    let shown = text::verdict(&decided(Judgement::Approved, true), PLAIN);
    assert!(shown.contains("PARTIAL") && !shown.contains("APPROVED"), "{shown}");
}

#[test]
fn no_text_lets_a_terminal_obey_the_target() {
    for text in all_texts() {
        let bad = text.chars().find(|c| !matches!(c, '\n') && sanitize(&c.to_string()) != c.to_string());
        assert_eq!(bad, None, "{text}");
        assert!(text.len() < 100_000, "a text of {} bytes", text.len());
    }
}

#[test]
fn without_colour_nothing_is_lost() {
    let strip =
        |text: &str| regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(text, "").into_owned();
    let report = worst();
    let coloured = text::summary(&report, text::Detail::Verbose, Style { colour: true, ..PLAIN });
    assert_eq!(strip(&coloured), text::summary(&report, text::Detail::Verbose, PLAIN));
}

#[test]
fn a_secret_shows_in_no_format() {
    let report = worst();
    let mut all: Vec<u8> = json(&report);
    for (_, profile) in PROFILES {
        junit(&report, profile).into_iter().for_each(|one| all.extend(one.bytes));
    }
    all_texts().into_iter().for_each(|text| all.extend(text.into_bytes()));
    assert!(!String::from_utf8(all).unwrap().contains(CANARY));
}

#[test]
fn every_format_reads_back_and_is_bounded() {
    for (_, judgement, partial) in DECIDED {
        let report = decided(judgement, partial);
        for format in FORMATS {
            for (_, profile) in PROFILES {
                for one in format
                    .render(&report, &FormatOptions { junit_profile: profile, ..FormatOptions::default() })
                    .unwrap()
                {
                    read_back(format.name(), &one.bytes).unwrap();
                    assert!(one.bytes.len() < 600_000, "{}: {} bytes", format.name(), one.bytes.len());
                    assert!(read_back(format.name(), &one.bytes[..one.bytes.len() / 2]).is_err());
                }
            }
        }
    }
}

#[test]
fn junit_looks_as_it_did() {
    let report = worst();
    for (name, profile) in PROFILES {
        for one in junit(&report, profile) {
            let file = one.place(Path::new(&format!("junit-{name}.xml")));
            assert_snapshot(file.to_str().unwrap(), &String::from_utf8(one.bytes).unwrap());
        }
    }
}

#[test]
fn a_part_gets_a_file_of_its_own() {
    let one = Rendered { part: Some("../chat room".to_owned()), bytes: Vec::new() };
    assert_eq!(one.place(Path::new("out/junit.xml")), Path::new("out/junit-___chat_room.xml"));
    assert_eq!(
        Rendered { part: None, bytes: Vec::new() }.place(Path::new("out/a.xml")),
        Path::new("out/a.xml")
    );
}

#[test]
fn ten_thousand_scenarios_fit() {
    let red: Vec<Outcome> =
        worst().outcomes.into_iter().filter(|o| o.verdict == Verdict::Failed).take(2).collect();
    let many = report(red.iter().cycle().take(10_000).cloned().collect(), Judgement::Rejected, false);
    let [one] = junit(&many, JunitProfile::Rich).try_into().unwrap();
    assert!(one.bytes.len() < 30_000_000);
    assert!(!json(&many).is_empty());
}

#[test]
fn the_json_keeps_to_its_schema() {
    let mut outcomes = worst().outcomes;
    let second = std::time::Duration::from_secs(1);
    let doubt = Doubt { shorter: second, longer: second, sentence: "a clock stepped".to_owned() };
    let sick = Undecided::SickHost { sentence: doubt.sentence.clone() };
    outcomes[0].findings[0].evaluation = Evaluation::Inconclusive(sick.clone());
    outcomes[0].samples[0].attempts[0].observation.doubt = Some(doubt);
    outcomes[0].reason = Reason::Inconclusive(sick);
    outcomes[0].verdict = Verdict::Inconclusive;
    for report in [worst(), report(outcomes, Judgement::Rejected, false)] {
        let document: serde_json::Value = serde_json::from_slice(&json(&report)).unwrap();
        let schema = json_schema();
        let mut wrong = Vec::new();
        conforms(&document, &schema, &schema, "$", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// As much of JSON Schema as ours uses.
pub(crate) fn conforms(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    use serde_json::Value as J;
    if let Some(J::String(name)) = schema.get("$ref") {
        return conforms(value, root.pointer(&name[1..]).unwrap(), root, at, wrong);
    }
    let fits = |schema: &J| {
        let mut inner = Vec::new();
        conforms(value, schema, root, at, &mut inner);
        inner.is_empty()
    };
    let of = |key: &str| schema.get(key).and_then(J::as_array);
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let typed = match schema.get("type") {
        Some(J::String(name)) => is(name),
        Some(J::Array(names)) => names.iter().filter_map(J::as_str).any(is),
        _ => true,
    };
    let holds = typed
        && of("oneOf").is_none_or(|all| all.iter().filter(|s| fits(s)).count() == 1)
        && of("anyOf").is_none_or(|all| all.iter().any(fits))
        && of("allOf").is_none_or(|all| all.iter().all(fits))
        && of("enum").is_none_or(|all| all.contains(value))
        && schema.get("const").is_none_or(|only| only == value);
    if !holds {
        wrong.push(format!("{at}: {:.200}", value.to_string()));
    }
    if let (Some(properties), Some(object)) =
        (schema.get("properties").and_then(J::as_object), value.as_object())
    {
        for name in of("required")
            .into_iter()
            .flatten()
            .filter_map(J::as_str)
            .filter(|name| !object.contains_key(*name))
        {
            wrong.push(format!("{at}.{name} is missing"));
        }
        for (name, value) in object {
            match properties.get(name) {
                Some(schema) => conforms(value, schema, root, &format!("{at}.{name}"), wrong),
                None if schema.get("additionalProperties") == Some(&J::Bool(false)) => {
                    wrong.push(format!("{at}.{name} is too much"))
                }
                None => {}
            }
        }
    }
    if let (Some(items @ J::Object(_)), Some(list)) = (schema.get("items"), value.as_array()) {
        list.iter()
            .enumerate()
            .for_each(|(i, value)| conforms(value, items, root, &format!("{at}[{i}]"), wrong));
    }
}
