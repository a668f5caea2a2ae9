//! The probes that connect (`tcp`, `tls`, `grpc`) against real listeners, servers and certificates: every cause told
//! apart, every deadline kept. Nothing leaves the loopback.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod certificates;
mod grpc;
mod grpc_refused;
mod openssl;
mod python;
mod support;
mod tcp;
mod tls;
mod tls_refused;
