//! Listeners that behave as told, certificates of every kind, and one look at them.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Fact, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value as Json;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// Long enough to get to where something hangs.
pub(crate) const SHORT: Duration = Duration::from_millis(400);
/// An injected delay.
pub(crate) const DELAY: Duration = Duration::from_millis(100);
/// The plainest answer.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A stream of either kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A listener at work.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What the last request said, headers in lower case.
    pub(crate) fn last(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

/// Hands every connection to a task.
pub(crate) async fn serve<F, T>(act: F) -> Server
where
    F: Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve_on(listener, act)
}

pub(crate) fn serve_on<F, T>(listener: TcpListener, act: F) -> Server
where
    F: Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let address = listener.local_addr().unwrap();
    let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<String>>>::default());
    let (count, log) = (connections.clone(), requests.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            stream.set_nodelay(true).unwrap();
            tokio::spawn(act(stream, log.clone()));
        }
    });
    Server { address, connections, requests }
}

/// Reads one request with its body, as far as it comes.
pub(crate) async fn request(stream: &mut dyn Stream) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let wanted = text
                .to_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ").and_then(|n| n.parse::<usize>().ok()));
            if read.len() >= end + 4 + wanted.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => read.extend_from_slice(&buffer[..count]),
            _ => return text,
        }
    }
}

/// Reads a request, says something, and closes.
pub(crate) async fn canned(answer: impl Into<Vec<u8>>) -> Server {
    let answer = Arc::new(answer.into());
    serve(move |mut stream, log| {
        let answer = answer.clone();
        async move {
            let asked = request(&mut stream).await;
            log.lock().unwrap().push(asked);
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
            // What is left unread would make the system reset the connection.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    })
    .await
}

/// The same over TLS.
pub(crate) async fn canned_tls(acceptor: TlsAcceptor, answer: &'static str) -> Server {
    serve(move |stream, log| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let asked = request(&mut stream).await;
            log.lock().unwrap().push(asked);
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// An address where nothing listens: it was ours a moment ago, and the system gives it to nobody soon.
pub(crate) fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A certificate authority, and its file.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test authority");
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Authority { issuer: Issuer::new(params, key), folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server's side of TLS with a certificate that is valid for so many days from and to now.
    pub(crate) fn acceptor(&self, names: &[&str], from: i64, to: i64, protocols: &[&str]) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        let now = OffsetDateTime::now_utc();
        params.not_before = now + time::Duration::days(from);
        params.not_after = now + time::Duration::days(to) + time::Duration::hours(1);
        params.distinguished_name.push(DnType::CommonName, "The server");
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Settings as the loader would hand them over. `secret:` in front of a text makes it one.
pub(crate) fn settings_of(json: &Json) -> Vec<(String, Setting)> {
    json.as_object().unwrap().iter().map(|(name, value)| (name.clone(), setting(name, value))).collect()
}

fn setting(name: &str, value: &Json) -> Setting {
    let duration = |text: &str| Setting::Duration(humantime::parse_duration(text).unwrap());
    match (name, value) {
        ("listen", Json::String(text)) => duration(text),
        ("frame-limit" | "limit" | "body-limit", Json::Number(number)) => {
            Setting::Size(number.as_u64().unwrap())
        }
        (_, Json::String(text)) => Setting::Text(match text.strip_prefix("secret:") {
            Some(secret) => Text::secret(secret),
            None => Text::plain(text),
        }),
        (_, Json::Number(number)) => Setting::Number(number.clone()),
        (_, Json::Bool(flag)) => Setting::Flag(*flag),
        (_, Json::Array(list)) => Setting::List(list.iter().map(|item| setting("", item)).collect()),
        (_, Json::Object(rows)) => {
            Setting::Table(rows.iter().map(|(key, value)| (key.clone(), setting("", value))).collect())
        }
        (_, Json::Null) => unreachable!("TOML has no null"),
    }
}

/// Settings out of texts.
pub(crate) fn texts(pairs: &[(&str, &str)]) -> Vec<(String, Setting)> {
    pairs.iter().map(|(name, value)| (name.to_string(), Setting::Text(Text::plain(*value)))).collect()
}

/// A table of texts.
pub(crate) fn table(name: &str, pairs: &[(&str, &str)]) -> (String, Setting) {
    (name.to_owned(), Setting::Table(texts(pairs)))
}

pub(crate) fn prepare(settings: Vec<(String, Setting)>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let context = PrepareContext {
        root: Path::new("/"),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    probe_named("http").unwrap().prepare(&Settings(settings), &context)
}

/// Looks once, and checks that the look ended in time and that its phases add up.
pub(crate) async fn look(settings: Vec<(String, Setting)>, within: Duration) -> Observation {
    let probe = prepare(settings).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    look_at(&*probe, within).await
}

pub(crate) async fn look_at(probe: &dyn Probe, within: Duration) -> Observation {
    let clock = Clock::WALL;
    let began = clock.now();
    let seen = probe.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
    let took = clock.since(began);
    assert!(took < within + Duration::from_secs(1), "{took:?} of {within:?}: {seen:#?}");
    let parts: Duration = seen.phases.iter().map(|phase| phase.took).sum();
    assert!(parts <= took, "phases of {parts:?} in {took:?}: {:#?}", seen.phases);
    seen
}

/// Looks at one address.
pub(crate) async fn get(url: &str) -> Observation {
    look(texts(&[("url", url)]), LONG).await
}

pub(crate) fn text(seen: &Observation, fact: &str) -> String {
    match seen.facts.get(fact) {
        Some(Fact::Seen(Value::Text(text))) => text.clone(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn number(seen: &Observation, fact: &str) -> i64 {
    match seen.facts.value(fact) {
        Some(Value::Number(number)) => number.to_string().parse().unwrap(),
        other => unreachable!("{fact} is {other:?} in {seen:#?}"),
    }
}

/// A time that was measured, or nothing.
pub(crate) fn took(seen: &Observation, fact: &str) -> Option<Duration> {
    match seen.facts.value(fact) {
        Some(Value::Duration(duration)) => Some(*duration),
        _ => None,
    }
}

/// Asserts a cause, and something that its sentence says.
#[track_caller]
pub(crate) fn blocked(seen: &Observation, cause: Cause, says: &str) {
    let Some(obstacle) = &seen.obstacle else { unreachable!("no {cause}: {seen:#?}") };
    assert_eq!(obstacle.cause, cause, "{}", obstacle.detail);
    assert!(obstacle.detail.contains(says), "`{says}` is not said: {}", obstacle.detail);
}

#[track_caller]
pub(crate) fn fine(seen: &Observation) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
}
