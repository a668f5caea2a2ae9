//! The simulated platform: the log that services write to, the metadata server that hands out tokens, and the APIs
//! that say what is deployed. One listener, the paths and shapes of Google's; never the values of a secret.

mod deployment;
mod filter;
pub(crate) mod history;
mod log;
mod logging;
mod metadata;
mod middleware;
mod monitoring;
mod names;
mod network;
mod revisions;
mod run_v1;
mod run_v2;
pub(crate) mod startup_lines;
mod state;
mod storage;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::servers::listener::Listener;
use crate::system::mutation::{MutationLayer, MutationRegistry, mutate};

pub use names::{Names, platform_names};
pub use state::PlatformRequest;

pub(crate) use log::{Log, Made, Origin, Severity};
pub(crate) use state::Platform;

/// Serves the platform on the listener.
pub(crate) async fn serve(
    platform: Platform,
    mutations: Arc<MutationRegistry>,
    listener: Listener,
) -> std::io::Result<()> {
    let Listener::Open(listener) = listener else { return Ok(()) };
    axum::serve(listener, router(platform, mutations)).await
}

fn router(platform: Platform, registry: Arc<MutationRegistry>) -> Router {
    let mutation = MutationLayer { registry, service: "platform" };
    let interfaces = logging::routes()
        .merge(monitoring::routes())
        .merge(network::routes())
        .merge(run_v1::routes())
        .merge(run_v2::routes())
        .merge(storage::routes())
        .fallback(async || middleware::ApiError::missing("The requested URL was not found on this server."))
        .layer(from_fn_with_state(platform.clone(), middleware::authorize))
        .layer(from_fn_with_state(mutation.clone(), mutate));
    metadata::routes()
        .layer(from_fn_with_state(mutation, mutate))
        .fallback_service(interfaces.with_state(platform.clone()))
        .layer(from_fn_with_state(platform.clone(), middleware::record))
        .with_state(platform)
}
