//! What probes of the network share: addresses, connecting, TLS, and building an observation phase by phase.

pub(crate) mod address;
pub(crate) mod cause;
pub(crate) mod certificate;
pub(crate) mod connect;
pub(crate) mod headers;
pub(crate) mod observation_builder;
pub(crate) mod resolve;
pub(crate) mod tls;
pub(crate) mod tls_verification;
pub(crate) mod unix_socket;
