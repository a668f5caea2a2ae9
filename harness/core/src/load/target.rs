//! A target file: addresses, limits, and where secrets come from.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{At, Code, Component, Problem, SecretSource, Simulation, Span, Target, Variable, Written};

use super::reader::{Reader, Table};
use super::{cross_checks, files, keys, suggest, syntax, units, values, variables};

/// Reads a target: a name in `targets/`, or a path that ends in `.toml`.
pub(super) fn read(reader: &mut Reader<'_>, root: &Path, name: &str) -> Option<Target> {
    let path = find(reader, root, name)?;
    let text = reader.ok(files::read(&path))?;
    read_text(reader, &path, &text)
}

/// Reads a target's text; the path names it where it has no name of its own.
pub(super) fn read_text(reader: &mut Reader<'_>, path: &Path, text: &str) -> Option<Target> {
    reader.source = reader.sources.add(path.to_path_buf(), &files::shown(path), text);
    let (tree, broken) = syntax::parse(reader, text);
    if !broken.is_empty() {
        return None;
    }
    let start = reader.span(0..0);
    let table = reader.open_entries(&tree, start, &keys::TARGET);
    let components = read_components(reader, &table);
    let limits = read_limits(reader, &table);
    let secrets = read_secrets(reader, &table);
    let simulate = read_simulation(reader, &table);
    let name = reader.text(&table, "name").map(|name| name.value);
    Some(Target {
        name: name.unwrap_or_else(|| {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        }),
        protect: reader.flag(&table, "protect"),
        proxy_from_environment: reader.flag(&table, "proxy-from-environment"),
        components,
        limits,
        secrets,
        simulate,
        hash: files::fingerprint(text),
        span: start,
    })
}

fn find(reader: &mut Reader<'_>, root: &Path, name: &str) -> Option<PathBuf> {
    let folder = root.join("targets");
    let is_path = Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let path = if is_path { PathBuf::from(name) } else { folder.join(format!("{name}.toml")) };
    let plain = is_path || !(name.is_empty() || name.contains(['/', '\\']));
    if plain && files::is_there(&path) {
        return Some(path);
    }
    let names = files::toml_names(&folder);
    let known = || names.iter().map(String::as_str);
    let message = if is_path {
        format!("target file `{}` not found", files::shown(&path))
    } else {
        format!("unknown target `{name}`: `{}` does not exist", files::shown(&path))
    };
    let help = suggest::did_you_mean(name, known())
        .unwrap_or_else(|| format!("targets of this suite: {}", suggest::listed(known())));
    reader.problems.push(Problem::nowhere(Code::UnknownTarget, message).help(help));
    None
}

fn read_components(reader: &mut Reader<'_>, target: &Table<'_>) -> Vec<Component> {
    let opened = target.value("component").and_then(|value| reader.open(value, &keys::COMPONENTS));
    let mut components = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| values::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
        check_name(reader, &name, "a component");
        let Some(table) = reader.open(value, &keys::COMPONENT) else { continue };
        let depends_on = reader.texts(&table, "depends-on");
        let mut values = Vec::new();
        for (key, value) in values::in_order(table.entries) {
            if key.get_ref() == "depends-on" {
                continue;
            }
            let key = At::new(key.get_ref().to_string(), reader.span(key.span()));
            check_name(reader, &key, "a value");
            let value = values::read(reader, value);
            values.extend(value.map(|value| (key, value)));
        }
        check_variables(reader, &values);
        components.push(Component { name, depends_on, values });
    }
    let nodes: Vec<cross_checks::Node<'_>> =
        components.iter().map(|component| (&component.name, component.depends_on.as_slice())).collect();
    cross_checks::known(reader, &nodes, Code::UnknownComponent, "component");
    cross_checks::cycles(reader, &nodes);
    components
}

/// Names are used in variables: `{{backend.url}}`.
fn check_name(reader: &mut Reader<'_>, name: &At<String>, what: &str) {
    if !units::is_name(&name.value) {
        let problem =
            Problem::error(Code::BadId, name.span, format!("invalid name `{}` for {what}", name.value));
        reader.problems.push(problem.label("valid: a letter, then letters, digits, `-` and `_`"));
    } else if what == "a component" && matches!(name.value.as_str(), "limit" | "secret" | "run") {
        let problem =
            Problem::error(Code::BadId, name.span, format!("reserved component name `{}`", name.value));
        reader.problems.push(problem.label(format!("`{{{{{}.…}}}}` has a meaning of its own", name.value)));
    }
}

/// A target captures nothing: its variables have a dot.
fn check_variables(reader: &mut Reader<'_>, values: &[(At<String>, At<Written>)]) {
    let mut bare: Vec<&Variable> = Vec::new();
    for (_, value) in values {
        variables::each(&value.value, &mut |variable| {
            if !variable.name.contains('.') {
                bare.push(variable);
            }
        });
    }
    for variable in bare {
        let message = format!("unknown variable `{}`", variable.name);
        let problem =
            Problem::error(Code::UnknownVariable, variable.span, message).label("a target has no captures");
        reader.problems.push(problem.help("use {{secret.NAME}}, {{limit.NAME}} or {{COMPONENT.KEY}}"));
    }
}

fn read_limits(reader: &mut Reader<'_>, target: &Table<'_>) -> Vec<(At<String>, At<Written>)> {
    let opened = target.value("limit").and_then(|value| reader.open(value, &keys::LIMITS));
    let mut limits = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| values::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
        check_name(reader, &name, "a limit");
        let value = values::read(reader, value);
        limits.extend(value.map(|value| (name, value)));
    }
    check_variables(reader, &limits);
    limits
}

fn read_secrets(reader: &mut Reader<'_>, target: &Table<'_>) -> Vec<(At<String>, At<SecretSource>)> {
    let opened = target.value("secret").and_then(|value| reader.open(value, &keys::SECRETS));
    let mut secrets = Vec::new();
    for (key, value) in opened.iter().flat_map(|table| values::in_order(table.entries)) {
        let name = At::new(key.get_ref().to_string(), reader.span(key.span()));
        check_name(reader, &name, "a secret");
        let source = read_secret(reader, &name, value);
        secrets.extend(source.map(|source| (name, source)));
    }
    secrets
}

fn read_secret(
    reader: &mut Reader<'_>,
    name: &At<String>,
    value: &Spanned<DeValue<'_>>,
) -> Option<At<SecretSource>> {
    if !value.get_ref().is_table() {
        // The mark is at the name: the value may be the secret itself.
        reader.problems.push(
            Problem::error(
                Code::WrongType,
                name.span,
                format!("`{}` must name the source of the secret", name.value),
            )
            .label("not a table")
            .help("use { env = \"…\" }, { file = \"…\" } or { command = [\"…\"] }; never the secret itself"),
        );
        return None;
    }
    let table = reader.open(value, &keys::SECRET)?;
    let sources: Vec<&str> = ["env", "file", "command"].into_iter().filter(|key| table.has(key)).collect();
    let [one] = sources[..] else {
        let label = if sources.is_empty() { "none given" } else { "several given" };
        reader.problems.push(
            Problem::error(
                Code::BadValue,
                table.span,
                "a secret needs exactly one of `env`, `file` and `command`",
            )
            .label(label),
        );
        return None;
    };
    let source = match one {
        "env" => SecretSource::Env(reader.text(&table, "env")?.value),
        "file" => SecretSource::File(reader.text(&table, "file")?.value),
        _ => SecretSource::Command(read_command(reader, &table)?),
    };
    Some(At::new(source, table.span))
}

fn read_command(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Vec<String>> {
    let value = table.value("command")?;
    let words: Vec<String> = reader.texts(table, "command").into_iter().map(|word| word.value).collect();
    let span: Span = reader.span(value.span());
    match value.get_ref().as_array() {
        Some(items) if items.is_empty() => {
            let problem = Problem::error(Code::BadValue, span, "`command` is empty");
            reader.problems.push(problem.label("needs a program"));
            None
        }
        Some(items) => (items.len() == words.len()).then_some(words),
        None => None,
    }
}

fn read_simulation(reader: &mut Reader<'_>, target: &Table<'_>) -> Option<Simulation> {
    let table = reader.open(target.value("simulate")?, &keys::SIMULATE)?;
    let profile = reader.text(&table, "profile");
    let speed =
        if table.has("speed") { reader.number(&table, "speed") } else { Some(At::new(1.0, table.span)) };
    Some(Simulation { profile: profile?, speed: speed? })
}
