//! One field of one kind of healthy answer, changed just before it is sent: what answers there are and which fields they
//! have is learned from what is served. It knows no service, and changes no answer between services.

mod apply;
mod middleware;
mod path;
mod registry;

use std::fmt;

use serde::Serialize;

pub(crate) use middleware::{MutationLayer, mutate};
pub use path::{Path, Segment};
pub(crate) use registry::MutationRegistry;

/// One kind of answer: service, route and status. A refusal is another answer than a success.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Answer {
    /// `frontend`, `backend`, `auth`, `platform`, or `chat` for the frames of the backend's WebSocket.
    pub service: &'static str,
    /// Method and route (`GET /health/ready`), of the platform method and path; for a frame its `type`.
    pub route: String,
    /// The status; none for a frame.
    pub status: Option<u16>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.service, self.route)?;
        match self.status {
            None | Some(200) => Ok(()),
            Some(status) => write!(formatter, " ({status})"),
        }
    }
}

/// Something of an answer that can be changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The status code.
    Status,
    /// The header `content-type`.
    ContentType,
    /// A body that is no JSON, as a whole.
    Text,
    /// A place within a JSON body or frame.
    Body(Path),
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Status => formatter.write_str("status"),
            Field::ContentType => formatter.write_str("header.content-type"),
            Field::Text => formatter.write_str("text"),
            Field::Body(path) => path.fmt(formatter),
        }
    }
}

/// The type of a field's value. Of several seen, the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `null`.
    Null,
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// Characters.
    Text,
    /// A list with nothing in it.
    EmptyList,
    /// An object with nothing in it.
    EmptyObject,
    /// A list of something; its elements are fields of their own, all of them one.
    List,
    /// An object of something; its members are fields of their own.
    Object,
}

/// What is done to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is left out.
    Dropped,
    /// It is of another type.
    Retyped,
    /// It is of the same type and another value.
    Replaced,
    /// It is a much larger number.
    Raised,
    /// It is a number from zero on down.
    Lowered,
    /// Nothing is in it; where nothing can be in it, it is `null`.
    Emptied,
}

impl Change {
    /// The changes that make sense for a field of this shape.
    pub fn of(field: &Field, shape: Shape) -> &'static [Change] {
        use Change::{Dropped, Emptied, Lowered, Raised, Replaced, Retyped};
        match field {
            Field::Status => &[Replaced],
            Field::ContentType => &[Dropped, Replaced],
            Field::Text => &[Replaced, Emptied],
            Field::Body(path) if path.is_root() => &[Retyped, Emptied],
            Field::Body(path) => match (shape, path.ends_in_list()) {
                (Shape::Null, false) => &[Dropped, Retyped, Replaced],
                (Shape::Flag | Shape::Text, false) => &[Dropped, Retyped, Replaced, Emptied],
                (Shape::Number, false) => &[Dropped, Retyped, Raised, Lowered, Emptied],
                (Shape::EmptyList | Shape::EmptyObject, false) => &[Dropped, Retyped, Replaced, Emptied],
                (Shape::List | Shape::Object, false) => &[Dropped, Retyped, Emptied],
                // Without its elements a list is empty, which is a change of the list itself.
                (Shape::Null, true) => &[Retyped, Replaced],
                (Shape::Number, true) => &[Retyped, Raised, Lowered, Emptied],
                (Shape::Flag | Shape::Text, true) => &[Retyped, Replaced, Emptied],
                (Shape::EmptyList | Shape::EmptyObject, true) => &[Retyped, Replaced, Emptied],
                (Shape::List | Shape::Object, true) => &[Retyped, Emptied],
            },
        }
    }

    /// In words: `dropped`, `of another type` …
    pub fn words(self) -> &'static str {
        match self {
            Change::Dropped => "dropped",
            Change::Retyped => "of another type",
            Change::Replaced => "another value",
            Change::Raised => "a much larger number",
            Change::Lowered => "zero or less",
            Change::Emptied => "emptied",
        }
    }
}

/// One field of one kind of answer, changed in one way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mutation {
    /// The answer.
    pub answer: Answer,
    /// The field.
    pub field: Field,
    /// What is done to it.
    pub change: Change,
}

/// What was served of one kind of answer since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The answer, as it was before any change.
    pub answer: Answer,
    /// Requests for it from outside.
    pub times: u64,
    /// The paths requested, without their queries; a few hundred at most.
    pub paths: Vec<String>,
    /// Its fields; a few hundred at most.
    pub fields: Vec<(Field, Shape)>,
    /// The changes made to it, with how often each was.
    pub made: Vec<(Mutation, u64)>,
}
