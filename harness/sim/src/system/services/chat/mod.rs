//! The WebSocket chat: the upgrade, its token and its subprotocol. `session` runs the connection, `script` makes the events.

mod counters;
mod frames;
mod negotiate;
mod script;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::instance::{Instance, Shared};
use crate::servers::http::{bearer, detail};
use crate::system::profile::AppFault;
pub(crate) use counters::ChatCounters;
pub use counters::WebsocketJournal;
use negotiate::{Offer, offered};
use session::{ChatUser, Upgraded, serve};

/// Larger messages end the connection.
const LARGEST: usize = 64 * 1024;

/// The chat's route.
pub(crate) fn routes() -> Router<Arc<Instance>> {
    Router::new().route("/ws", get(upgrade))
}

/// Upgrades the connection, also with an invalid token: an error frame follows then. Only a client without a supported
/// subprotocol is refused before that.
async fn upgrade(
    State(instance): Shared,
    headers: HeaderMap,
    asked: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let asked = match asked {
        Ok(asked) => asked,
        Err(rejection) => return rejection.into_response(),
    };
    let number = instance.state.chat.upgrade();
    if instance.context.has_app_fault(AppFault::WebsocketRefused) {
        let text = "simulated load balancer: the upgrade could not be passed on\n";
        return (StatusCode::BAD_GATEWAY, text).into_response();
    }
    let (protocol, token) = match offered(&headers) {
        Offer::None => (None, None),
        Offer::Foreign => return detail(StatusCode::FORBIDDEN, "no subprotocol of these is spoken here"),
        Offer::Spoken { protocol, token } => (Some(protocol), token),
    };
    let token = bearer(&headers).map(str::to_owned).or(token);
    let user = match token.and_then(|token| instance.accepted(&token)) {
        Some(claims) => ChatUser::Known(claims.sub),
        None if instance.context.has_app_fault(AppFault::WebsocketOpen) => {
            ChatUser::Demo("demo-user-001".to_owned())
        }
        None => ChatUser::Stranger,
    };
    let mut asked = asked.max_message_size(LARGEST).max_frame_size(LARGEST);
    if let Some(protocol) = protocol {
        asked.set_selected_protocol(protocol);
    }
    let upgraded = Upgraded { instance, user, number };
    asked.on_upgrade(|socket| serve(upgraded, socket))
}
