//! The pieces a trace is made of: spans, their attributes, events and status.

use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use crate::report::sanitize::short;

use super::ids::{Trace, later};

/// How many characters of a name, and of a sentence, are kept.
pub(super) const NAME: usize = 120;
pub(super) const SENTENCE: usize = 300;

/// Names and values, in order.
#[derive(Default)]
pub(super) struct Attributes(Vec<KeyValue>);

impl Attributes {
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.put(key, Value::StringValue(value.to_owned()));
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.put(key, Value::BoolValue(value));
    }

    pub(super) fn count(&mut self, key: &str, value: u64) {
        self.put(key, Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    pub(super) fn number(&mut self, key: &str, value: f64) {
        self.put(key, Value::DoubleValue(value));
    }

    fn put(&mut self, key: &str, value: Value) {
        let value = Some(AnyValue { value: Some(value) });
        self.0.push(KeyValue { key: key.to_owned(), value, ..KeyValue::default() });
    }

    pub(super) fn rows(self) -> Vec<KeyValue> {
        self.0
    }
}

/// The place of a span in the tree and in time.
pub(super) struct Draft<'a> {
    pub(super) name: &'a str,
    pub(super) path: &'a str,
    /// The path of the span above.
    pub(super) parent: Option<&'a str>,
    pub(super) from: u64,
    pub(super) took: Duration,
}

impl Draft<'_> {
    /// The span. All are internal: what the target's own spans are called is the target's business.
    pub(super) fn span(self, trace: &Trace, all: Attributes, status: Status, events: Vec<Event>) -> Span {
        Span {
            trace_id: trace.id(),
            span_id: trace.span(self.path),
            parent_span_id: self.parent.map(|path| trace.span(path)).unwrap_or_default(),
            name: self.name.to_owned(),
            kind: SpanKind::Internal as i32,
            start_time_unix_nano: self.from,
            end_time_unix_nano: later(self.from, self.took),
            attributes: all.rows(),
            events,
            status: Some(status),
            // Sampled, and nothing else.
            flags: 1,
            ..Span::default()
        }
    }
}

/// Something that happened at a moment of a span.
pub(super) fn event(name: &str, at: u64, all: Attributes) -> Event {
    Event { time_unix_nano: at, name: name.to_owned(), attributes: all.rows(), dropped_attributes_count: 0 }
}

/// It broke.
pub(super) fn failed(why: &str) -> Status {
    Status { message: short(why, SENTENCE), code: StatusCode::Error as i32 }
}

/// It is as it should be.
pub(super) fn fine() -> Status {
    Status { message: String::new(), code: StatusCode::Ok as i32 }
}

/// It says nothing of good or bad.
pub(super) fn unset() -> Status {
    Status::default()
}
