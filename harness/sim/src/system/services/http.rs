//! The HTTP server of each service: listener faults, the request journal, the mark on every answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::state::ServiceState;
use super::{cache, health_stub};
use crate::servers::http::mark;
use crate::servers::http_client;
use crate::servers::listener::Listener;
use crate::system::context::Context;
use crate::system::journal::{Request as Noted, Sender};
use crate::system::mutation::{MutationLayer, mutate};
use crate::system::platform::{Made, Origin};
use crate::system::profile::Listening;
use crate::system::service::Service;

/// The HTTP server of one service.
#[derive(Clone)]
pub(crate) struct Server {
    service: Service,
    listening: Listening,
    context: Arc<Context>,
    state: Arc<ServiceState>,
}

impl Server {
    pub(crate) fn new(
        service: Service,
        listening: Listening,
        context: Arc<Context>,
        state: Arc<ServiceState>,
    ) -> Self {
        Server { service, listening, context, state }
    }

    /// Serves the router as the profile has it. `frontend` answers where routing went wrong.
    pub(crate) async fn serve(self, listener: Listener, router: Router, frontend: Router) -> io::Result<()> {
        let listener = match listener {
            Listener::Open(listener) => listener,
            closed @ Listener::Closed(_) => {
                closed.keep().await;
                return Ok(());
            }
        };
        let router = match self.listening {
            Listening::Serving | Listening::Slow(_) | Listening::SlowAt(..) | Listening::Down => {
                health_stub::cover(router, self.context.profile.faults.stub, &self.state, self.service)
            }
            Listening::Cached => cache::before(router, self.context.time_scale),
            Listening::Frontend => frontend,
            Listening::Html => Router::new().fallback(|| async {
                Html("<!doctype html><title>SIMULATED</title><p>SIMULATED: this is no JSON")
            }),
            Listening::EmptyObject => Router::new().fallback(|| async { axum::Json(serde_json::json!({})) }),
            Listening::Silent | Listening::Garbage => return self.serve_no_http(listener).await,
        };
        let registry = Arc::clone(&self.state.mutations);
        let mutation = MutationLayer { registry, service: self.service.name() };
        let router = router.layer(from_fn_with_state(mutation, mutate));
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        axum::serve(listener, router.layer(from_fn_with_state(self, record))).await
    }

    /// How much longer an answer at this path takes.
    fn delay(&self, path: &str) -> Option<Duration> {
        match self.listening {
            Listening::Slow(delay) => Some(delay),
            Listening::SlowAt(at, delay) if at == path => Some(delay),
            _ => None,
        }
    }

    /// Writes the platform's log entry of a request.
    fn log(&self, method: &str, path: &str, status: u16, took: Duration) {
        let base = self.context.base(self.service);
        let origin = Origin::newest(self.service, self.context.seed, 0, Made::Live);
        let seconds = took.as_secs_f64() * self.context.time_scale.speed();
        self.state.log.request(&origin, method, &format!("{base}{path}"), status, seconds);
    }

    /// Serves a listener that answers no HTTP.
    async fn serve_no_http(self, listener: TcpListener) -> io::Result<()> {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            let server = self.clone();
            tokio::spawn(async move { server.answer_no_http(stream).await.ok() });
        }
    }

    async fn answer_no_http(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut request = [0; 2048];
        let length = stream.read(&mut request).await?;
        let text = String::from_utf8_lossy(&request[..length]);
        let mut words = text.lines().next().unwrap_or_default().split(' ').map(str::to_owned);
        let method = words.next().filter(|word| !word.is_empty()).unwrap_or_else(|| "?".to_owned());
        let path = words.next().unwrap_or_else(|| "?".to_owned());
        let sender = if text.contains(http_client::USER_AGENT) { Sender::Frontend } else { Sender::Outside };
        self.state.requests.note(Noted { service: self.service, method, path, status: None, sender });
        if self.listening == Listening::Garbage {
            stream.write_all(b"\x00\x01SIMULATED GARBAGE\xff\xfe this is no HTTP\n\n").await?;
            return stream.shutdown().await;
        }
        while stream.read(&mut request).await? > 0 {}
        Ok(())
    }
}

/// Records the request and marks the answer as simulated.
async fn record(State(server): State<Server>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let sender = match request.headers().get(USER_AGENT) {
        Some(agent) if agent == http_client::USER_AGENT => Sender::Frontend,
        _ => Sender::Outside,
    };
    let begun = Instant::now();
    if let Some(delay) = server.delay(&path) {
        server.context.time_scale.sleep(delay).await;
    }
    let mut response = next.run(request).await;
    mark(&mut response);
    server.log(&method, &path, response.status().as_u16(), begun.elapsed());
    let status = Some(response.status().as_u16());
    server.state.requests.note(Noted { service: server.service, method, path, status, sender });
    response
}

/// 503 of the platform, where no instance runs.
pub(crate) fn no_instance() -> Response {
    let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::SERVICE_UNAVAILABLE, plain, "simulated platform: no instance of this service is running\n")
        .into_response()
}
