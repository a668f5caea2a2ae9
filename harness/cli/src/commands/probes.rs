//! `fixproof probes`: every probe with its settings and facts.

use fixproof::model::{Code, InvalidInput, ProbeSpec, Problem, SettingKind};
use fixproof::probe::{PROBES, vocabulary};

use crate::output::{Exit, terminal};

/// Shows the probes.
pub(crate) fn probes(name: Option<&str>, as_json: bool) -> Result<Exit, InvalidInput> {
    let all = vocabulary(PROBES);
    let chosen: Vec<&ProbeSpec> = match name {
        None => all,
        Some(name) => match all.iter().find(|spec| spec.name == name) {
            Some(spec) => vec![spec],
            None => {
                let names: Vec<&str> = all.iter().map(|spec| spec.name).collect();
                let problem = Problem::nowhere(Code::UnknownProbe, format!("unknown probe `{name}`"))
                    .help(format!("the probes are: {}", names.join(", ")));
                return Err(problem.into());
            }
        },
    };
    if as_json {
        let rows: Vec<serde_json::Value> = chosen.iter().map(|spec| json(spec)).collect();
        terminal::data(&format!("{:#}", serde_json::Value::Array(rows)));
    } else {
        let texts: Vec<String> = chosen.iter().map(|spec| described(spec, name.is_some())).collect();
        terminal::data(&texts.join("\n\n"));
    }
    Ok(Exit::Done)
}

fn described(spec: &ProbeSpec, with_example: bool) -> String {
    let mut text = format!("{}  {}\n\n  settings (with = {{ … }})\n", spec.name, spec.summary);
    let width = spec.settings.iter().map(|s| s.name.len()).max().unwrap_or(0);
    for setting in spec.settings {
        let required = if setting.required { " (required)" } else { "" };
        text.push_str(&format!(
            "    {:width$}  {}{required}: {}\n",
            setting.name,
            takes(setting.kind),
            setting.meaning
        ));
    }
    text.push_str("\n  facts (that = …)\n");
    text.push_str(&facts_table(spec));
    if with_example {
        text.push_str("\n\n  example\n");
        for line in spec.example.trim().lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.trim_end().to_owned()
}

fn takes(kind: SettingKind) -> String {
    match kind {
        SettingKind::Text => "text".to_owned(),
        SettingKind::Flag => "true or false".to_owned(),
        SettingKind::Count => "count".to_owned(),
        SettingKind::Duration => "duration".to_owned(),
        SettingKind::Size => "size".to_owned(),
        SettingKind::Texts => "list of texts".to_owned(),
        SettingKind::Table => "table".to_owned(),
        SettingKind::OneOf(words) => words.join(" | "),
        SettingKind::Any => "any value".to_owned(),
    }
}

/// The facts of a probe, a line each.
pub(crate) fn facts_table(spec: &ProbeSpec) -> String {
    let width = spec.facts().map(|fact| fact.name.len()).max().unwrap_or(0);
    spec.facts()
        .map(|fact| format!("    {:width$}  {:10}  {}", fact.name, fact.kind.described(), fact.meaning))
        .collect::<Vec<_>>()
        .join("\n")
}

fn json(spec: &ProbeSpec) -> serde_json::Value {
    serde_json::json!({
        "name": spec.name,
        "summary": spec.summary,
        "settings": spec.settings.iter().map(|s| serde_json::json!({
            "name": s.name, "takes": takes(s.kind), "required": s.required, "meaning": s.meaning,
        })).collect::<Vec<_>>(),
        "facts": spec.facts().map(|f| serde_json::json!({
            "name": f.name, "kind": f.kind.described(), "always": f.always, "meaning": f.meaning,
        })).collect::<Vec<_>>(),
        "phases": spec.phases,
        "example": spec.example,
    })
}
