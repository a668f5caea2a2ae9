//! Listeners, the journal and the mark that says "simulated" on every answer. It knows no service's answers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::{Service, World, cache, health_stub};
use crate::servers::http_client;
use crate::servers::listener::Listener;
use crate::system::journal::{Asker, Request as Noted};
use crate::system::mutation::{Pass, pass};
use crate::system::platform::{Made, Origin};
use crate::system::profile::Listening;

/// The header on every answer.
const MARK: HeaderName = HeaderName::from_static("x-simulated");

/// Where requests of one service come in.
#[derive(Clone)]
struct Desk {
    service: Service,
    world: Arc<World>,
    /// At which path, or at every one, and by how much.
    slow: Option<(Option<&'static str>, Duration)>,
}

/// Serves the router behind the listener in the way the profile says. `frontend` is what answers where routing went wrong.
pub(crate) async fn serve(
    world: Arc<World>,
    service: Service,
    listening: Listening,
    listener: Listener,
    router: Router,
    frontend: Router,
) -> io::Result<()> {
    let slow = match listening {
        Listening::Slow(delay) => Some((None, delay)),
        Listening::SlowAt(path, delay) => Some((Some(path), delay)),
        _ => None,
    };
    let desk = Desk { service, world, slow };
    let listener = match listener {
        Listener::Open(listener) => listener,
        Listener::Closed(socket) => {
            std::future::pending::<()>().await;
            drop(socket);
            return Ok(());
        }
    };
    let router = match listening {
        Listening::Serving | Listening::Slow(_) | Listening::SlowAt(..) | Listening::Down => {
            health_stub::cover(router, &desk.world, service)
        }
        Listening::Cached => cache::before(router, desk.world.time_scale),
        Listening::Frontend => frontend,
        Listening::Html => Router::new().fallback(|| async {
            Html("<!doctype html><title>SIMULATED</title><p>SIMULATED: this is no JSON")
        }),
        Listening::EmptyObject => Router::new().fallback(|| async { axum::Json(serde_json::json!({})) }),
        Listening::Silent | Listening::Garbage => {
            return odd(&desk, listening, listener).await;
        }
    };
    let passing = Pass { world: Arc::clone(&desk.world), service: service.name() };
    let router = router.layer(from_fn_with_state(passing, pass));
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router.layer(from_fn_with_state(desk, attend))).await
}

/// Notes the request, lets it be answered, marks the answer.
async fn attend(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let asked_by = match request.headers().get(USER_AGENT) {
        Some(agent) if agent == http_client::USER_AGENT => Asker::Frontend,
        _ => Asker::Outside,
    };
    let begun = Instant::now();
    if let Some((at, delay)) = desk.slow
        && at.is_none_or(|at| at == path)
    {
        desk.world.time_scale.sleep(delay).await;
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(MARK, HeaderValue::from_static("fixproof-sim"));
    desk.log(&method, &path, response.status().as_u16(), begun.elapsed());
    let status = Some(response.status().as_u16());
    desk.world.ledger.note(Noted { service: desk.service, method, path, status, asked_by });
    response
}

/// Listeners that answer no HTTP.
async fn odd(desk: &Desk, listening: Listening, listener: TcpListener) -> io::Result<()> {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let desk = desk.clone();
        tokio::spawn(async move { desk.answer_oddly(stream, listening).await.ok() });
    }
}

impl Desk {
    /// The platform's own note of a request.
    fn log(&self, method: &str, path: &str, status: u16, took: Duration) {
        let base = self.world.base(self.service);
        let origin = Origin::newest(self.service, self.world.seed, 0, Made::Live);
        let seconds = took.as_secs_f64() * self.world.time_scale.speed();
        self.world.platform.log.request(&origin, method, &format!("{base}{path}"), status, seconds);
    }

    async fn answer_oddly(&self, mut stream: TcpStream, listening: Listening) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut request = [0; 2048];
        let length = stream.read(&mut request).await?;
        let text = String::from_utf8_lossy(&request[..length]);
        let mut words = text.lines().next().unwrap_or_default().split(' ').map(str::to_owned);
        let method = words.next().filter(|word| !word.is_empty()).unwrap_or_else(|| "?".to_owned());
        let path = words.next().unwrap_or_else(|| "?".to_owned());
        let asked_by = if text.contains(http_client::USER_AGENT) { Asker::Frontend } else { Asker::Outside };
        self.world.ledger.note(Noted { service: self.service, method, path, status: None, asked_by });
        if listening == Listening::Garbage {
            stream.write_all(b"\x00\x01SIMULATED GARBAGE\xff\xfe this is no HTTP\n\n").await?;
            return stream.shutdown().await;
        }
        while stream.read(&mut request).await? > 0 {}
        Ok(())
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A status with a `detail`, as the modelled services word their refusals.
pub(crate) fn detail(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(serde_json::json!({"detail": text}))).into_response()
}

/// 503 of the platform, where no instance runs.
pub(crate) fn no_instance() -> Response {
    let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::SERVICE_UNAVAILABLE, plain, "simulated platform: no instance of this service is running\n")
        .into_response()
}
