//! The simulated staging: a frontend, a backend with its WebSocket chat, an auth service and a PostgreSQL-wire database
//! behind per-route connectors, with a name server and a load balancer in front, all in this process and all on loopback.
//!
//! It is what the harness is tried against when no real staging may be broken. A [`Profile`] says what is broken;
//! [`Staging::start`] binds the listeners and lets the services start up by themselves, as real ones do.
//!
//! ```no_run
//! use fixproof_sim::{Options, Profile, Staging};
//! let profile = Profile::named("incident").copied().unwrap_or_default();
//! let staging = Staging::start(Options { speed: 50.0, ..Options::of(profile) })?;
//! let state = staging.settled(std::time::Duration::from_secs(10));
//! println!("{} {state:?}", staging.addresses().backend);
//! # Ok::<(), fixproof_sim::StartError>(())
//! ```
//!
//! It never uses code of the harness (an oracle that shares the probe's parser shares its mistakes), never leaves
//! loopback, never pretends to be the real thing (every HTTP answer carries `x-simulated`, `version()` says so), and
//! never prints.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod servers;
mod system;

pub use servers::balancer::EdgeJournal;
pub use servers::dns::NameServerJournal;
pub use servers::postgres::DatabaseJournal;
pub use servers::relay::ConnectorJournal;
pub use system::addresses::{Addresses, Credentials, DatabaseAddress};
pub use system::gcloud::{CommandOutput, gcloud};
pub use system::journal::{Journal, Request, Sender};
pub use system::mutation::{Answer, Change, Field, Mutation, Path, Segment, Served, Shape};
pub use system::options::{FixedPorts, Options, Ports};
pub use system::platform::{Names, PlatformRequest, platform_names};
pub use system::profile::Profile;
pub use system::readiness::{Settled, Startup};
pub use system::service::Service;
pub use system::services::chat::WebsocketJournal;
pub use system::staging::Staging;
pub use system::start_error::StartError;
