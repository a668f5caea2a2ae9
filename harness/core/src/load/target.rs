//! A target file: addresses, limits, and where secrets come from.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{At, Code, Component, Problem, SecretSource, Simulation, Span, Target, Variable, Written};

use super::desk::{Desk, Table};
use super::{files, keys, suggest, syntax, units, variables, whole, written};

/// Reads a target: a name in `targets/`, or a path that ends in `.toml`.
pub(super) fn read(desk: &mut Desk<'_>, root: &Path, name: &str) -> Option<Target> {
    let path = find(desk, root, name)?;
    let text = desk.tell(files::read(&path))?;
    read_text(desk, &path, &text)
}

/// Reads a target's text; the path names it where it has no name of its own.
pub(super) fn read_text(desk: &mut Desk<'_>, path: &Path, text: &str) -> Option<Target> {
    desk.source = desk.sources.add(path.to_path_buf(), &files::shown(path), text);
    let (tree, broken) = syntax::parse(desk, text);
    if !broken.is_empty() {
        return None;
    }
    let start = desk.span(0..0);
    let table = desk.open_entries(&tree, start, &keys::TARGET);
    let components = read_components(desk, &table);
    let limits = read_limits(desk, &table);
    let secrets = read_secrets(desk, &table);
    let simulate = read_simulation(desk, &table);
    let name = desk.text(&table, "name").map(|name| name.value);
    Some(Target {
        name: name.unwrap_or_else(|| {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        }),
        protect: desk.flag(&table, "protect"),
        proxy_from_environment: desk.flag(&table, "proxy-from-environment"),
        components,
        limits,
        secrets,
        simulate,
        hash: files::fingerprint(text),
        span: start,
    })
}

fn find(desk: &mut Desk<'_>, root: &Path, name: &str) -> Option<PathBuf> {
    let folder = root.join("targets");
    let is_path = Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let path = if is_path { PathBuf::from(name) } else { folder.join(format!("{name}.toml")) };
    let plain = is_path || !(name.is_empty() || name.contains(['/', '\\']));
    if plain && path.exists() {
        return Some(path);
    }
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    let known = || names.iter().map(String::as_str);
    let message = if is_path {
        format!("there is no target file `{}`", files::shown(&path))
    } else {
        format!("there is no target `{name}`: `{}` does not exist", files::shown(&path))
    };
    let help = suggest::did_you_mean(name, known())
        .unwrap_or_else(|| format!("the targets of this suite: {}", suggest::listed(known())));
    desk.problems.push(Problem::nowhere(Code::UnknownTarget, message).help(help));
    None
}

fn read_components(desk: &mut Desk<'_>, target: &Table<'_>) -> Vec<Component> {
    let opened = target.value("component").and_then(|value| desk.open(value, &keys::COMPONENTS));
    let mut components = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| written::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), desk.span(key.span()));
        check_name(desk, &name, "a component");
        let Some(table) = desk.open(value, &keys::COMPONENT) else { continue };
        let depends_on = desk.texts(&table, "depends-on");
        let mut values = Vec::new();
        for (key, value) in written::in_order(table.entries) {
            if key.get_ref() == "depends-on" {
                continue;
            }
            let key = At::new(key.get_ref().to_string(), desk.span(key.span()));
            check_name(desk, &key, "a value");
            let value = written::read(desk, value);
            values.extend(value.map(|value| (key, value)));
        }
        check_variables(desk, &values);
        components.push(Component { name, depends_on, values });
    }
    let knots: Vec<whole::Knot<'_>> =
        components.iter().map(|component| (&component.name, component.depends_on.as_slice())).collect();
    whole::known(desk, &knots, Code::UnknownComponent, "component", "depends on");
    whole::circles(desk, &knots, "depends on itself in a circle");
    components
}

/// Names stand between braces: `{{backend.url}}`.
fn check_name(desk: &mut Desk<'_>, name: &At<String>, what: &str) {
    if !units::is_name(&name.value) {
        let problem = Problem::error(Code::BadId, name.span, format!("`{}` can't name {what}", name.value));
        desk.problems.push(problem.label("a letter, then letters, digits, `-` and `_`"));
    } else if what == "a component" && matches!(name.value.as_str(), "limit" | "secret" | "run") {
        let problem =
            Problem::error(Code::BadId, name.span, format!("no component can be called `{}`", name.value));
        desk.problems.push(problem.label(format!("`{{{{{}.…}}}}` means something else", name.value)));
    }
}

/// A target captures nothing: its variables have a dot.
fn check_variables(desk: &mut Desk<'_>, values: &[(At<String>, At<Written>)]) {
    let mut bare: Vec<&Variable> = Vec::new();
    for (_, value) in values {
        variables::each(&value.value, &mut |variable| {
            if !variable.name.contains('.') {
                bare.push(variable);
            }
        });
    }
    for variable in bare {
        let message = format!("nothing defines the variable `{}` here", variable.name);
        let problem =
            Problem::error(Code::UnknownVariable, variable.span, message).label("a target captures nothing");
        desk.problems.push(problem.help("write {{secret.NAME}}, {{limit.NAME}} or {{COMPONENT.KEY}}"));
    }
}

fn read_limits(desk: &mut Desk<'_>, target: &Table<'_>) -> Vec<(At<String>, At<Written>)> {
    let opened = target.value("limit").and_then(|value| desk.open(value, &keys::LIMITS));
    let mut limits = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| written::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), desk.span(key.span()));
        check_name(desk, &name, "a limit");
        let value = written::read(desk, value);
        limits.extend(value.map(|value| (name, value)));
    }
    check_variables(desk, &limits);
    limits
}

fn read_secrets(desk: &mut Desk<'_>, target: &Table<'_>) -> Vec<(At<String>, At<SecretSource>)> {
    let opened = target.value("secret").and_then(|value| desk.open(value, &keys::SECRETS));
    let mut secrets = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| written::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), desk.span(key.span()));
        check_name(desk, &name, "a secret");
        let source = read_secret(desk, &name, value);
        secrets.extend(source.map(|source| (name, source)));
    }
    secrets
}

fn read_secret(
    desk: &mut Desk<'_>,
    name: &At<String>,
    value: &Spanned<DeValue<'_>>,
) -> Option<At<SecretSource>> {
    if !value.get_ref().is_table() {
        // The mark stands at the name: what is written here may be the secret itself.
        desk.problems.push(
            Problem::error(
                Code::WrongType,
                name.span,
                format!("`{}` must say where the secret comes from", name.value),
            )
            .label("not a table")
            .help("{ env = \"…\" }, { file = \"…\" } or { command = [\"…\"] }; never the secret itself"),
        );
        return None;
    }
    let table = desk.open(value, &keys::SECRET)?;
    let sources: Vec<&str> = ["env", "file", "command"].into_iter().filter(|key| table.has(key)).collect();
    let [one] = sources[..] else {
        let label = if sources.is_empty() { "none of them" } else { "more than one of them" };
        desk.problems.push(
            Problem::error(
                Code::BadValue,
                table.span,
                "a secret has exactly one of `env`, `file` and `command`",
            )
            .label(label),
        );
        return None;
    };
    let source = match one {
        "env" => SecretSource::Env(desk.text(&table, "env")?.value),
        "file" => SecretSource::File(desk.text(&table, "file")?.value),
        _ => SecretSource::Command(read_command(desk, &table)?),
    };
    Some(At::new(source, table.span))
}

fn read_command(desk: &mut Desk<'_>, table: &Table<'_>) -> Option<Vec<String>> {
    let value = table.value("command")?;
    let words: Vec<String> = desk.texts(table, "command").into_iter().map(|word| word.value).collect();
    let span: Span = desk.span(value.span());
    match value.get_ref().as_array() {
        Some(items) if items.is_empty() => {
            let problem = Problem::error(Code::BadValue, span, "`command` is empty");
            desk.problems.push(problem.label("no program"));
            None
        }
        Some(items) => (items.len() == words.len()).then_some(words),
        None => None,
    }
}

fn read_simulation(desk: &mut Desk<'_>, target: &Table<'_>) -> Option<Simulation> {
    let table = desk.open(target.value("simulate")?, &keys::SIMULATE)?;
    let profile = desk.text(&table, "profile");
    let speed =
        if table.has("speed") { desk.number(&table, "speed") } else { Some(At::new(1.0, table.span)) };
    Some(Simulation { profile: profile?, speed: speed? })
}
