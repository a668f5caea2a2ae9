//! Every report format, through the library's public interface: what it looks like, what its readers make of it, and what
//! hostile or huge input does to it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that checks nothing says so")]

mod every_format;
mod every_text;
mod fixtures;
mod github;
mod gitlab;
mod hostile;
mod html;
mod junit;
mod markdown;
mod nagios;
mod notice;
#[cfg(feature = "opentelemetry")]
mod otlp;
mod prometheus;
mod readers;
mod stored_report;
mod tap;
