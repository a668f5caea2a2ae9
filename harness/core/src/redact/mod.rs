//! Redaction: every secret, in every encoding it may take, is removed from a text here and nowhere else.
//!
//! [`Redactor`] is the choke point. The encodings of a secret are in `encodings`, the secrets inside a secret in
//! `parts`, what is redacted by pattern in `patterns`, secrets sent in two pieces in `split_secrets`. Everything
//! that leaves a run passes through it when it is created: the planner's problems, outcomes and events, and the report
//! as a whole; `visit` lists every text in it. A text truncated with `…` inside a secret loses the start of the
//! secret too.

mod encodings;
mod matcher;
mod parts;
mod patterns;
mod redactor;
mod split_secrets;
mod visit;

#[cfg(test)]
mod tests;

pub use patterns::without_cookies;
pub use redactor::Redactor;

/// The text that replaces a secret.
pub const MASK: &str = "[secret]";
