//! The simulated services, one file each. Service code is the same in every profile but for the named faults; a 503
//! comes from a pool that got no connection, never from a switch.

pub(crate) mod agent;
pub(crate) mod auth;
pub(crate) mod backend;
mod backend_health;
mod cache;
pub(crate) mod chat;
mod concurrency_limit;
pub(crate) mod frontend;
pub(crate) mod health_contract;
mod health_stub;
pub(crate) mod http;
pub(crate) mod instance;
pub(crate) mod startup;
mod startup_log;
pub(crate) mod state;
pub(crate) mod tokens;
