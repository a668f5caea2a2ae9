//! The types of answered columns, in the wire's text and binary formats. It knows no statement.

use pgwire::messages::data::FieldDescription;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// The types there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int4,
    Int8,
    Text,
    Void,
}

impl Kind {
    /// Object id and size of the type in PostgreSQL's catalogue.
    fn catalogued(self) -> (u32, i16) {
        match self {
            Kind::Bool => (16, 1),
            Kind::Int4 => (23, 4),
            Kind::Int8 => (20, 8),
            Kind::Text => (25, -1),
            Kind::Void => (2278, 4),
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "bool" | "boolean" => Some(Kind::Bool),
            "int4" | "int" | "integer" => Some(Kind::Int4),
            "int8" | "bigint" => Some(Kind::Int8),
            "text" => Some(Kind::Text),
            _ => None,
        }
    }

    /// The value in the wire's text or binary format.
    pub(crate) fn encode(self, value: &str, binary: bool) -> Vec<u8> {
        match self {
            Kind::Bool if binary => vec![u8::from(value == "t")],
            Kind::Int4 if binary => value.parse().unwrap_or(0_i32).to_be_bytes().to_vec(),
            Kind::Int8 if binary => value.parse().unwrap_or(0_i64).to_be_bytes().to_vec(),
            Kind::Void => Vec::new(),
            Kind::Bool | Kind::Int4 | Kind::Int8 | Kind::Text => value.as_bytes().to_vec(),
        }
    }
}

impl Column {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Column { name: name.to_owned(), kind }
    }

    /// As the wire describes it.
    pub(crate) fn described(&self, binary: bool) -> FieldDescription {
        let (type_id, size) = self.kind.catalogued();
        FieldDescription::new(self.name.clone(), 0, 0, type_id, size, -1, i16::from(binary))
    }
}
