//! What the probes of databases share: URLs and result sets.

pub(crate) mod address;
pub(crate) mod result_set;
