//! What the probes of databases share: URLs, addresses, TLS modes, questions and result sets.

#[cfg(feature = "_db")]
pub(crate) mod address;
#[cfg(feature = "_db")]
pub(crate) mod questions;
#[cfg(feature = "_db")]
pub(crate) mod result_set;
pub(crate) mod url;
