//! What probes of the network share: addresses, connecting, TLS, and building an observation phase by phase.

pub(crate) mod address;
pub(crate) mod cause;
#[cfg(feature = "_tls")]
pub(crate) mod certificate;
pub(crate) mod connect;
#[cfg(feature = "_tls")]
pub(crate) mod handshake;
#[cfg(feature = "_headers")]
pub(crate) mod headers;
pub(crate) mod observation_builder;
pub(crate) mod resolve;
#[cfg(feature = "_tls")]
pub(crate) mod tls;
#[cfg(feature = "_tls")]
pub(crate) mod tls_verification;
pub(crate) mod unix_socket;
