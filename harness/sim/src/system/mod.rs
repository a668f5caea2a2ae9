//! The modelled staging, built from `servers`: its services, its platform, what a profile breaks, and how it starts.

pub(crate) mod addresses;
pub(crate) mod context;
pub(crate) mod gcloud;
pub(crate) mod hosts;
pub(crate) mod journal;
pub(crate) mod listeners;
pub(crate) mod mutation;
pub(crate) mod options;
pub(crate) mod phases;
pub(crate) mod platform;
pub(crate) mod profile;
pub(crate) mod readiness;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod staging;
pub(crate) mod start_error;
pub(crate) mod wiring;
