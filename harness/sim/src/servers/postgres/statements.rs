//! The closed list of statements, each answered from the database's real state. What is not on it is refused.

use super::error::PgError;
use super::sql::{is_word, selected};
use super::state::Database;
use super::types::{Column, Kind};

/// What a statement is.
#[derive(Debug, Clone)]
pub(crate) enum Statement {
    /// It answers rows.
    Rows { columns: Vec<Column>, query: Query },
    /// It opens a transaction.
    Begin,
    /// It ends a transaction; the tag says how.
    End(&'static str),
    /// It changes nothing that this database has.
    Command(&'static str),
    /// It holds no statement.
    Empty,
}

/// What rows are made from; values are PostgreSQL's text format.
#[derive(Debug, Clone)]
pub(crate) enum Query {
    /// One row of these values.
    Values(fn(&Database) -> Vec<String>),
    /// Many rows.
    Table(fn(&Database) -> Vec<Vec<String>>),
    /// One row of one value that is known already.
    Known(String),
    /// One row of nothing, after this many seconds of the modelled system.
    Sleep(f64),
}

/// `(text, name of the column, type, value)`: statements `select TEXT` with one expression.
type Single = (&'static str, &'static str, Kind, fn(&Database) -> Vec<String>);

static SINGLES: &[Single] = &[
    ("1", "?column?", Kind::Int4, |_| vec!["1".into()]),
    ("version()", "version", Kind::Text, |_| vec![version()]),
    ("current_database()", "current_database", Kind::Text, |db| vec![db.settings.name.into()]),
    ("pg_is_in_recovery()", "pg_is_in_recovery", Kind::Bool, |_| vec!["f".into()]),
    ("count(*) from pg_stat_activity", "count", Kind::Int8, |db| {
        vec![(clients(db) + BACKGROUND).to_string()]
    }),
    ("count(*) from pg_stat_activity where backend_type='client backend'", "count", Kind::Int8, |db| {
        vec![clients(db).to_string()]
    }),
    ("count(*) from pg_stat_activity where datname=current_database()", "count", Kind::Int8, |db| {
        vec![clients(db).to_string()]
    }),
    ("count(*) from pg_stat_activity where datname='netra_staging'", "count", Kind::Int8, |db| {
        vec![clients(db).to_string()]
    }),
    ("count(*) from pg_stat_activity where state='active'", "count", Kind::Int8, |db| {
        vec![in_state(db, "active").to_string()]
    }),
    ("count(*) from pg_stat_activity where state='idle'", "count", Kind::Int8, |db| {
        vec![in_state(db, "idle").to_string()]
    }),
    ("count(*) from information_schema.tables where table_schema='public'", "count", Kind::Int8, |db| {
        vec![db.tables().count().to_string()]
    }),
];

/// `(statement, columns, rows)`: the others.
type Many = (&'static str, &'static [(&'static str, Kind)], fn(&Database) -> Vec<Vec<String>>);

static MANY: &[Many] = &[
    (
        "select count(*)::int8 as used,current_setting('max_connections')::int8 as max from pg_stat_activity where backend_type='client backend' or backend_type is null",
        &[("used", Kind::Int8), ("max", Kind::Int8)],
        |db| vec![vec![clients(db).to_string(), db.settings.max_connections.to_string()]],
    ),
    (
        "select table_name from information_schema.tables where table_schema='public'",
        &[("table_name", Kind::Text)],
        table_names,
    ),
    (
        "select table_name from information_schema.tables where table_schema='public' order by table_name",
        &[("table_name", Kind::Text)],
        table_names,
    ),
    (
        "select table_name,column_name from information_schema.columns where table_schema='public'",
        &[("table_name", Kind::Text), ("column_name", Kind::Text)],
        column_names,
    ),
    (
        "select pid,usename,datname,state,backend_type from pg_stat_activity where backend_type='client backend'",
        &[
            ("pid", Kind::Int4),
            ("usename", Kind::Text),
            ("datname", Kind::Text),
            ("state", Kind::Text),
            ("backend_type", Kind::Text),
        ],
        |db| {
            let shown = db.activity().into_iter();
            shown
                .map(|row| {
                    vec![
                        row.pid.to_string(),
                        row.role.clone(),
                        row.database.clone(),
                        state(&row).into(),
                        "client backend".into(),
                    ]
                })
                .collect()
        },
    ),
    (
        "select state,count(*) from pg_stat_activity where backend_type='client backend' group by state",
        &[("state", Kind::Text), ("count", Kind::Int8)],
        |db| {
            let counted = ["active", "idle", "idle in transaction"].map(|state| (state, in_state(db, state)));
            counted
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(state, count)| vec![state.into(), count.to_string()])
                .collect()
        },
    ),
];

/// `(first words, what it is)`: commands.
static COMMANDS: &[(&str, Statement)] = &[
    ("begin", Statement::Begin),
    ("start transaction", Statement::Begin),
    ("commit", Statement::End("COMMIT")),
    ("end", Statement::End("COMMIT")),
    ("rollback", Statement::End("ROLLBACK")),
    ("abort", Statement::End("ROLLBACK")),
    ("set", Statement::Command("SET")),
    ("reset", Statement::Command("RESET")),
    ("discard all", Statement::Command("DISCARD ALL")),
    ("deallocate", Statement::Command("DEALLOCATE")),
    ("unlisten", Statement::Command("UNLISTEN")),
];

/// Processes that PostgreSQL shows beside its clients.
const BACKGROUND: usize = 5;

/// What `version()` says.
pub(crate) fn version() -> String {
    format!("PostgreSQL 17.5 (simulated by fixproof-sim {}: no real database)", env!("CARGO_PKG_VERSION"))
}

/// Finds a normalised statement on the list.
pub(crate) fn understand(database: &Database, statement: &str) -> Result<Statement, PgError> {
    if statement.is_empty() {
        return Ok(Statement::Empty);
    }
    if let Some((_, columns, rows)) = MANY.iter().find(|(text, _, _)| *text == statement) {
        let columns = columns.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
        return Ok(Statement::Rows { columns, query: Query::Table(*rows) });
    }
    if let Some(setting) = statement.strip_prefix("show ") {
        let value = shown(database, setting).ok_or_else(|| unknown_setting(setting))?;
        return Ok(Statement::Rows {
            columns: vec![Column::new(setting, Kind::Text)],
            query: Query::Known(value),
        });
    }
    let starts = |words: &str| {
        statement.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    if let Some((_, command)) = COMMANDS.iter().find(|(words, _)| starts(words)) {
        return Ok(command.clone());
    }
    single(database, statement)?
        .ok_or_else(|| PgError::new("0A000", "the simulated database does not support this statement"))
}

fn single(database: &Database, statement: &str) -> Result<Option<Statement>, PgError> {
    let Some(parts) = selected(statement) else {
        return Ok(None);
    };
    let Some((name, kind, query)) = expression(database, &parts.text)? else {
        return Ok(None);
    };
    let kind = match parts.cast.as_deref() {
        Some(cast) => match Kind::named(cast) {
            Some(kind) => kind,
            None => return Ok(None),
        },
        None => kind,
    };
    let name = parts.alias.or(parts.cast.filter(|_| name == "?column?")).unwrap_or_else(|| name.to_owned());
    Ok(Some(Statement::Rows { columns: vec![Column { name, kind }], query }))
}

fn expression(database: &Database, text: &str) -> Result<Option<(&'static str, Kind, Query)>, PgError> {
    if let Some((_, name, kind, value)) = SINGLES.iter().find(|(single, ..)| *single == text) {
        return Ok(Some((name, *kind, Query::Values(*value))));
    }
    if let Some(setting) = between(text, "current_setting('", "')") {
        let value = shown(database, setting).ok_or_else(|| unknown_setting(setting))?;
        return Ok(Some(("current_setting", Kind::Text, Query::Known(value))));
    }
    if let Some(seconds) = between(text, "pg_sleep(", ")").and_then(|seconds| seconds.parse::<f64>().ok()) {
        return Ok(Some(("pg_sleep", Kind::Void, Query::Sleep(seconds.clamp(0.0, 3600.0)))));
    }
    let exists = |name: &str| database.tables().any(|(table, ..)| *table == name);
    let truth = |holds: bool| Query::Known(if holds { "t" } else { "f" }.to_owned());
    if let Some(name) = between(text, "to_regclass('public.", "') is not null") {
        return Ok(Some(("?column?", Kind::Bool, truth(exists(name)))));
    }
    if let Some(name) = between(
        text,
        "exists(select 1 from information_schema.tables where table_schema='public' and table_name='",
        "')",
    ) {
        return Ok(Some(("exists", Kind::Bool, truth(exists(name)))));
    }
    if let Some(name) = between(
        text,
        "count(*) from information_schema.columns where table_schema='public' and table_name='",
        "'",
    ) {
        let count =
            database.tables().find(|(table, ..)| *table == name).map_or(0, |(_, columns, _)| columns.len());
        return Ok(Some(("count", Kind::Int8, Query::Known(count.to_string()))));
    }
    match text.strip_prefix("count(*) from ").filter(|name| is_word(name) && !name.starts_with("pg_")) {
        Some(name) => match database.tables().find(|(table, ..)| *table == name) {
            Some((_, _, rows)) => Ok(Some(("count", Kind::Int8, Query::Known(rows.to_string())))),
            None => Err(PgError::new("42P01", format!("relation \"{name}\" does not exist"))),
        },
        None => Ok(None),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn unknown_setting(setting: &str) -> PgError {
    PgError::new("42704", format!("unrecognized configuration parameter \"{setting}\""))
}

/// Settings that can be asked for.
fn shown(database: &Database, setting: &str) -> Option<String> {
    match setting {
        "max_connections" => Some(database.settings.max_connections.to_string()),
        "superuser_reserved_connections" => Some(database.settings.reserved.to_string()),
        "server_version" => Some(super::settings::SERVER_VERSION.to_owned()),
        "server_version_num" => Some("170005".to_owned()),
        "server_encoding" | "client_encoding" => Some("UTF8".to_owned()),
        "transaction_isolation" | "transaction isolation level" => Some("read committed".to_owned()),
        "statement_timeout" => Some("0".to_owned()),
        "timezone" => Some("UTC".to_owned()),
        _ => None,
    }
}

fn clients(database: &Database) -> usize {
    database.activity().len() + database.faults().occupied
}

fn state(row: &super::state::Row) -> &'static str {
    match (row.active, row.in_transaction) {
        (true, _) => "active",
        (false, true) => "idle in transaction",
        (false, false) => "idle",
    }
}

/// Slots taken by others count as idle.
fn in_state(database: &Database, sought: &str) -> usize {
    let others = if sought == "idle" { database.faults().occupied } else { 0 };
    database.activity().iter().filter(|row| state(row) == sought).count() + others
}

fn table_names(database: &Database) -> Vec<Vec<String>> {
    let mut names: Vec<_> = database.tables().map(|(name, ..)| vec![(*name).to_owned()]).collect();
    names.sort();
    names
}

fn column_names(database: &Database) -> Vec<Vec<String>> {
    let pairs = database.tables().flat_map(|(table, columns, _)| {
        columns.iter().map(|column| vec![(*table).to_owned(), (*column).to_owned()])
    });
    pairs.collect()
}
