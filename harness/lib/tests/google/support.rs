//! A server that is metadata server, token endpoint and API in one, and a look at the API with a token.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use fixproof::clock::Clock;
use fixproof::model::{Cause, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// What the metadata server's tokens begin with.
pub(crate) const CANARY: &str = "ya29.canary-Tok3n";

type Answering = dyn Fn(&Asked) -> (u16, String) + Send + Sync;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

#[derive(Clone)]
struct Service {
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Answering>,
}

/// A server at work.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request whose path begins so.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path.starts_with(path)).cloned().collect()
    }
}

/// Answers as told: a status and a body.
pub(crate) async fn serve(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Server {
    let asked = Arc::<Mutex<Vec<Asked>>>::default();
    let service = Service { asked: asked.clone(), answer: Arc::new(answer) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(handle).with_state(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { address, asked }
}

async fn handle(State(service): State<Service>, request: Request) -> Response<String> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let asked = Asked {
        path: head.uri.path().to_owned(),
        headers: format!("{:?}", head.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    service.asked.lock().unwrap().push(asked.clone());
    let (status, body) = (service.answer)(&asked);
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

/// A token as a metadata server and a token endpoint give it.
pub(crate) fn token(token: &str, lasts: u64) -> (u16, String) {
    (200, format!(r#"{{"access_token":"{token}","expires_in":{lasts},"token_type":"Bearer"}}"#))
}

/// Where a metadata server gives its token.
pub(crate) const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

/// Gives a metadata token that nobody else gives, and answers everything else with 200.
pub(crate) async fn metadata(lasts: u64) -> Server {
    serve(move |asked| match asked.path.as_str() {
        METADATA => token(CANARY, lasts),
        _ => (200, format!("{{\"sent\": {:?}}}", asked.headers)),
    })
    .await
}

pub(crate) fn prepare(root: &Path, settings: &[(&str, &str)]) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    prepare_in(&RunResources::default(), root, settings)
}

fn prepare_in(
    run: &RunResources,
    root: &Path,
    settings: &[(&str, &str)],
) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let text = |value: &str| Setting::Text(Text::plain(value));
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
    let context = PrepareContext { root, proxy_from_environment: false, resources: run };
    probe_named("http").unwrap().prepare(&Settings(settings), &context)
}

pub(crate) async fn look_within(root: &Path, google: &str, url: &str, within: Duration) -> Observation {
    observe(&*prepare(root, &[("url", url), ("google", google)]).ok().unwrap(), within).await
}

/// Observes as a part of a run, with whose other observations it shares tokens.
pub(crate) async fn look_in(run: &RunResources, google: &str, url: &str) -> Observation {
    let probe = prepare_in(run, Path::new("/"), &[("url", url), ("google", google)]).ok().unwrap();
    observe(&*probe, LONG).await
}

async fn observe(probe: &dyn Probe, within: Duration) -> Observation {
    let clock = Clock::WALL;
    let began = clock.now();
    let seen = probe.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
    let took = clock.since(began);
    assert!(took < within + Duration::from_secs(3), "{took:?} of {within:?}: {seen:#?}");
    seen
}

pub(crate) async fn look(google: &str, url: &str) -> Observation {
    look_within(Path::new("/"), google, url, LONG).await
}

#[track_caller]
pub(crate) fn fine(seen: &Observation) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
    assert_eq!(seen.facts.value("status"), Some(&Value::count(200)), "{seen:#?}");
}

/// Asserts that the harness could not ask, and something that is said about it.
#[track_caller]
pub(crate) fn denied(seen: &Observation, says: &str) {
    let Some(obstacle) = &seen.obstacle else { unreachable!("no obstacle: {seen:#?}") };
    assert_eq!(obstacle.cause, Cause::ToolAuth, "{}", obstacle.detail);
    assert!(obstacle.detail.contains(says), "`{says}` is not said: {}", obstacle.detail);
}
