//! Name servers that behave as told, a real one, and one look at them.

#![expect(clippy::print_stderr, reason = "what is not run has to be said")]

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// Long enough to get to where something hangs.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

/// Settings of texts.
pub(crate) fn texts(pairs: &[(&str, &str)]) -> Vec<(String, Setting)> {
    pairs.iter().map(|(name, value)| (name.to_string(), Setting::Text(Text::plain(*value)))).collect()
}

/// The setting `names`.
pub(crate) fn names<T: AsRef<str>>(names: &[T]) -> (String, Setting) {
    let list = names.iter().map(|name| Setting::Text(Text::plain(name.as_ref())));
    ("names".to_owned(), Setting::List(list.collect()))
}

pub(crate) fn prepare(settings: Vec<(String, Setting)>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let context = PrepareContext {
        root: Path::new("/"),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    probe_named("dns").unwrap().prepare(&Settings(settings), &context)
}

/// Looks once, and checks what is true of every look: it ends in time, its facts are those of the table, and those
/// that are always there are.
pub(crate) async fn look(settings: Vec<(String, Setting)>, within: Duration) -> Observation {
    look_by(Clock::WALL, settings, within).await
}

pub(crate) async fn look_by(clock: Clock, settings: Vec<(String, Setting)>, within: Duration) -> Observation {
    let probe = prepare(settings).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    let began = clock.now();
    let seen = probe.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
    let took = clock.since(began);
    assert!(took < within + clock.from_wall(Duration::from_secs(2)), "{took:?} of {within:?}: {seen:#?}");
    let spec = probe_named("dns").unwrap().spec();
    for (name, fact) in seen.facts.iter() {
        let known = spec.fact(name).unwrap_or_else(|| panic!("{name} is in no table"));
        let kind = seen.facts.value(name).map(Value::kind);
        assert_eq!(kind, Some(known.kind), "{name}: {fact:?}");
    }
    if seen.obstacle.is_none() {
        for fact in spec.facts().filter(|fact| fact.always) {
            assert!(seen.facts.get(fact.name).is_some(), "{} is not always there", fact.name);
        }
    }
    let lines = seen.transcript.sent.iter().chain(&seen.transcript.received);
    assert!(lines.clone().count() <= 800 && lines.clone().all(|line| line.chars().count() <= 301));
    seen
}

/// Looks at one name with one server.
pub(crate) async fn ask(server: SocketAddr, name: &str, kind: &str, within: Duration) -> Observation {
    ask_over(server, name, kind, "auto", within).await
}

pub(crate) async fn ask_over(
    server: SocketAddr,
    name: &str,
    kind: &str,
    transport: &str,
    within: Duration,
) -> Observation {
    let server = server.to_string();
    look(texts(&[("name", name), ("type", kind), ("server", &server), ("transport", transport)]), within)
        .await
}

pub(crate) fn json(seen: &Observation, fact: &str) -> serde_json::Value {
    match seen.facts.value(fact) {
        Some(Value::Json(json)) => json.clone(),
        other => panic!("{fact} is {other:?} in {seen:#?}"),
    }
}

pub(crate) fn text(seen: &Observation, fact: &str) -> String {
    match seen.facts.value(fact) {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{fact} is {other:?} in {seen:#?}"),
    }
}

pub(crate) fn number(seen: &Observation, fact: &str) -> u64 {
    match seen.facts.value(fact) {
        Some(Value::Number(number)) => number.as_u64().unwrap(),
        other => panic!("{fact} is {other:?} in {seen:#?}"),
    }
}

pub(crate) fn seconds(seen: &Observation, fact: &str) -> u64 {
    match seen.facts.value(fact) {
        Some(Value::Duration(duration)) => duration.as_secs(),
        other => panic!("{fact} is {other:?} in {seen:#?}"),
    }
}

/// Asserts a cause, and something that its sentence says.
#[track_caller]
pub(crate) fn blocked(seen: &Observation, cause: Cause, says: &str) {
    let Some(obstacle) = &seen.obstacle else { panic!("no {cause}: {seen:#?}") };
    assert_eq!(obstacle.cause, cause, "{}", obstacle.detail);
    assert!(obstacle.detail.contains(says), "`{says}` is not said: {}", obstacle.detail);
}

#[track_caller]
pub(crate) fn fine(seen: &Observation) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
}

/// A name server made for one test.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    datagrams: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Fake {
    pub(crate) fn datagrams(&self) -> usize {
        self.datagrams.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers datagrams: the query and how many came before it make the datagrams that go back. Nobody listens on TCP.
pub(crate) async fn fake<F>(answer: F) -> Fake
where
    F: Fn(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static,
{
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let datagrams = serve_datagrams(socket, answer);
    Fake { address, datagrams, connections: Arc::default() }
}

/// The same, with a task for every TCP connection to the same port.
pub(crate) async fn fake_with_tcp<F, G, T>(answer: F, serve: G) -> Fake
where
    F: Fn(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static,
    G: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let (listener, socket) = both().await;
    let address = socket.local_addr().unwrap();
    let datagrams = serve_datagrams(socket, answer);
    let connections = Arc::<AtomicUsize>::default();
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream));
        }
    });
    Fake { address, datagrams, connections }
}

/// One port that is free for both transports.
async fn both() -> (TcpListener, UdpSocket) {
    for _ in 0..100 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
            return (listener, socket);
        }
    }
    panic!("no port is free for UDP and TCP");
}

fn serve_datagrams<F>(socket: UdpSocket, answer: F) -> Arc<AtomicUsize>
where
    F: Fn(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static,
{
    let datagrams = Arc::<AtomicUsize>::default();
    let count = datagrams.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((size, from)) = socket.recv_from(&mut buffer).await {
            let before = count.fetch_add(1, Ordering::SeqCst);
            for datagram in answer(&buffer[..size], before) {
                let _ = socket.send_to(&datagram, from).await;
            }
        }
    });
    datagrams
}

/// An address where no name server is, as long as it is held: nobody listens on the one socket, and the other hears
/// somebody else alone.
pub(crate) struct Nobody {
    pub(crate) address: SocketAddr,
    _held: (TcpSocket, UdpSocket),
}

pub(crate) async fn nobody() -> Nobody {
    let (listener, datagrams) = both().await;
    let address = datagrams.local_addr().unwrap();
    datagrams.connect("127.0.0.1:9").await.unwrap();
    drop(listener);
    let stream = TcpSocket::new_v4().unwrap();
    stream.set_reuseaddr(true).unwrap();
    stream.bind(address).unwrap();
    Nobody { address, _held: (stream, datagrams) }
}

/// A program of a Debian package. Nothing where it is not installed, which is said aloud.
pub(crate) fn tool(paths: &[&'static str], package: &str) -> Option<&'static str> {
    let found = paths.iter().copied().find(|path| Path::new(path).exists());
    if found.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "{test} needs {package}");
        eprintln!("{test}: not run, {} is not installed (package {package})", paths[0]);
    }
    found
}

/// A running dnsmasq; dropped, it stops.
pub(crate) struct Dnsmasq {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Dnsmasq {
    /// Starts one with these arguments and a hosts file, on a port of its own.
    pub(crate) fn start(arguments: &[&str], hosts: &str) -> Option<Dnsmasq> {
        let program = tool(&["/usr/sbin/dnsmasq"], "dnsmasq-base")?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts");
        std::fs::write(&file, hosts).unwrap();
        for _ in 0..10 {
            // Somebody else may take the port in between; then the next one.
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut child = Command::new(program)
                .args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"])
                .args(["--listen-address=127.0.0.1", "--bind-interfaces", "--user=", "--group="])
                .args(["--pid-file=", "--log-facility=-", "--local-ttl=77"])
                .arg(format!("--port={}", free.port()))
                .arg(format!("--addn-hosts={}", file.display()))
                .args(arguments)
                .stdin(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
            let started = lines.by_ref().any(|line| line.contains("started, version"));
            // Nobody reads on; it must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            if started {
                return Some(Dnsmasq { child, address: free, _folder: folder });
            }
            let _ = child.wait();
        }
        panic!("dnsmasq does not start");
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How often each text is there.
pub(crate) fn counted(texts: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    texts.for_each(|text| *counted.entry(text).or_default() += 1);
    counted
}
