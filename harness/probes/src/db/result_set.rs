//! What a question answered, as JSON, whichever database was asked.

use serde_json::{Map, Number, Value as Json};

use fixproof_core::model::{Facts, Value};

/// The rows of the last statement that had any.
#[derive(Debug, Default)]
pub(crate) struct ResultSet {
    /// The names of the columns, none twice.
    pub(crate) columns: Vec<String>,
    /// The rows, as objects; at most as many as wanted.
    pub(crate) rows: Vec<Json>,
    /// All rows that came, also those beyond the limit.
    pub(crate) count: u64,
}

impl ResultSet {
    /// Names the columns.
    pub(crate) fn name<'a>(&mut self, columns: impl IntoIterator<Item = &'a str>) {
        for column in columns {
            self.columns.push(unused(column, &self.columns));
        }
    }

    /// A row out of a value for each column.
    pub(crate) fn object(&self, values: impl IntoIterator<Item = Json>) -> Json {
        self.columns.iter().cloned().zip(values).collect::<Map<_, _>>().into()
    }

    /// The first column of the first row.
    pub(crate) fn value(&self) -> Option<&Json> {
        self.rows.first()?.get(self.columns.first()?)
    }

    /// A number of the first row.
    pub(crate) fn number(&self, column: &str) -> Option<u64> {
        self.rows.first()?.get(column)?.as_u64()
    }

    /// `value`, `row-count`, `columns` and `rows`.
    pub(crate) fn facts(self, facts: &mut Facts) {
        if let Some(value) = self.value() {
            facts.insert("value", Value::from_json(value.clone()));
        }
        facts.insert("row-count", Value::count(self.count));
        facts.insert("columns", Value::Json(self.columns.into()));
        facts.insert("rows", Value::Json(self.rows.into()));
    }
}

/// The column's name, or `name-2` where an earlier column has it: no column may hide another.
fn unused(name: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// A decimal as a number, where a number can hold every digit of it.
pub(crate) fn numeric(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.parse::<f64>().ok()?;
    (digits <= 15).then(|| Number::from_f64(number)).flatten()
}

/// A binary fraction as a number; none for what JSON has no number for.
pub(crate) fn float(text: &str) -> Option<Number> {
    text.parse::<f64>().ok().and_then(Number::from_f64)
}
