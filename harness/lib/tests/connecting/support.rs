//! Listeners that behave as told, and one look at them.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// Long enough to get to where something hangs.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

/// Hands every connection to a task, until the runtime ends.
pub(crate) async fn serve<F, T>(act: F) -> SocketAddr
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), act)
}

pub(crate) fn serve_on<F, T>(listener: TcpListener, act: F) -> SocketAddr
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(act(stream));
        }
    });
    address
}

/// Waits until the other side has gone.
pub(crate) async fn linger(mut stream: impl AsyncRead + Unpin) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// An address where nothing listens: it was ours a moment ago, and the system gives it to nobody soon.
pub(crate) fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A listener whose queue is full, so that the system leaves the next connection unanswered.
pub(crate) async fn crowded() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut crowd = Vec::new();
    while let Ok(Ok(one)) =
        tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
    {
        crowd.push(one);
    }
    (listener, crowd)
}

/// Settings out of texts.
pub(crate) fn texts(pairs: &[(&str, &str)]) -> Vec<(String, Setting)> {
    pairs.iter().map(|(name, value)| (name.to_string(), Setting::Text(Text::plain(*value)))).collect()
}

pub(crate) fn prepare(probe: &str, settings: Vec<(String, Setting)>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let context = PrepareContext {
        root: Path::new("/"),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    probe_named(probe).unwrap().prepare(&Settings(settings), &context)
}

/// What is wrong with settings that can't be used.
pub(crate) fn mistakes(probe: &str, settings: Vec<(String, Setting)>) -> String {
    let found = prepare(probe, settings).err().unwrap_or_default();
    found.iter().map(|m| format!("{}: {}\n", m.setting.unwrap_or("with"), m.message)).collect()
}

/// Looks once, and checks that the look ended in time, that its phases add up, and that what always is there is.
pub(crate) async fn look(probe: &str, settings: Vec<(String, Setting)>, within: Duration) -> Observation {
    let prepared = prepare(probe, settings).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
    let clock = Clock::WALL;
    let began = clock.now();
    let seen = prepared.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
    let took = clock.since(began);
    assert!(took < within + Duration::from_secs(3), "{took:?} of {within:?}: {seen:#?}");
    let parts: Duration = seen.phases.iter().map(|phase| phase.took).sum();
    assert!(parts <= took, "phases of {parts:?} in {took:?}: {:#?}", seen.phases);
    let spec = probe_named(probe).unwrap().spec();
    for fact in spec.facts().filter(|fact| fact.always && seen.obstacle.is_none()) {
        assert!(seen.facts.get(fact.name).is_some(), "{} is not there: {seen:#?}", fact.name);
    }
    for (name, _) in seen.facts.iter() {
        assert!(spec.fact(name).is_some(), "{name} is not in the table");
        let kind = seen.facts.value(name).map(Value::kind);
        let declared = spec.fact(name).map(|fact| fact.kind);
        assert!(kind.is_none() || kind == declared, "{name} is {kind:?}, and was to be {declared:?}");
    }
    seen
}

pub(crate) fn text<'a>(seen: &'a Observation, fact: &str) -> &'a str {
    match seen.facts.value(fact) {
        Some(Value::Text(text)) => text,
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
