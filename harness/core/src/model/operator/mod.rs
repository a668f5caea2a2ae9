//! The operators of expectations: one row for each, in the file of its family.
//!
//! A row holds all there is to an operator: its key, its operands, its meaning, its logic, and what the loader, the
//! judge and the proofs need to know of it. No other file lists operators. A new one is a row in a family's file, in
//! that family's `ROWS`, and a line in the table of `docs/format.md`.

mod equality;
mod limits;
mod row;
mod search;
mod shape;

pub use row::{
    Limit, LooksInside, Operands, Operator, OperatorRow, Pattern, Search, Subject, Takes, Vacuous,
    WhenTruncated,
};
pub use search::plain_words;
pub use shape::KIND_NAMES;

const FAMILIES: [&[Operator]; 4] = [equality::ROWS, limits::ROWS, search::ROWS, shape::ROWS];

const fn count() -> usize {
    let (mut family, mut count) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
}

const fn all() -> [Operator; count()] {
    let mut all = [FAMILIES[0][0]; count()];
    let (mut family, mut filled) = (0, 0);
    while family < FAMILIES.len() {
        let mut at = 0;
        while at < FAMILIES[family].len() {
            all[filled] = FAMILIES[family][at];
            (at, filled) = (at + 1, filled + 1);
        }
        family += 1;
    }
    all
}

impl Operator {
    /// All of them, in the order of the docs.
    pub const ALL: &'static [Operator] = &all();

    /// The operator of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Operator> {
        Operator::ALL.iter().copied().find(|operator| operator.name() == name)
    }

    /// The operator that is known by that name elsewhere.
    #[must_use]
    pub fn with_alias(name: &str) -> Option<Operator> {
        Operator::ALL.iter().copied().find(|operator| operator.aliases.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique() {
        let names =
            Operator::ALL.iter().flat_map(|row| [row.name()].into_iter().chain(row.aliases.iter().copied()));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
