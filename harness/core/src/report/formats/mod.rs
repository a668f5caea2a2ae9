//! The report formats, each a file or a folder, and the table of them.

mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod nagios;
mod notice;
#[cfg(feature = "opentelemetry")]
mod otlp;
mod prometheus;
mod slack;
mod tap;

use super::format::Format;

/// Every format there is.
pub static FORMATS: &[&dyn Format] = &[
    &junit::Junit,
    &json::Json,
    &html::Html,
    &markdown::Markdown,
    &github::Github,
    &gitlab::Gitlab,
    &tap::Tap,
    &nagios::Nagios,
    &prometheus::Prometheus,
    &notice::Generic,
    &slack::Slack,
    #[cfg(feature = "opentelemetry")]
    &otlp::Otlp,
];

/// The format of a name.
#[must_use]
pub fn format_named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
