//! What fixproof knows without touching the world: the model, the redactor, the loader, the judge and the reports.
//!
//! No socket, no task, no clock: the manifest has no runtime and no TLS, so none can come in. [`model`] is plain data;
//! [`redact`], [`load`], [`judge`] and [`report`] use it and not each other.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::too_many_lines))]

pub mod judge;
pub mod load;
pub mod model;
pub mod redact;
pub mod report;
