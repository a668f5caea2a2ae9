//! What the probes of databases share: URLs, addresses, TLS modes and result sets.

pub(crate) mod address;
pub(crate) mod questions;
pub(crate) mod result_set;
pub(crate) mod url;
