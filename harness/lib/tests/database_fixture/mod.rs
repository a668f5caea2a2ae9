//! What the tests of the databases' probes share: one look, certificates, peers that behave as told, and servers out of
//! Debian packages.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a fixture: what fails here fails the test"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Cause, Mistake, Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// Long enough for anything that answers, also on a loaded machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// Long enough to get to where something hangs.
pub(crate) const SHORT: Duration = Duration::from_millis(500);
/// Far above what a phase costs on a loaded machine, so that one look tells whose the delay is.
pub(crate) const DELAY: Duration = Duration::from_millis(400);
/// The password of everybody; no observation may hold it.
pub(crate) const PASSWORD: &str = "right-horse";

/// A text setting.
pub(crate) fn text(text: impl Into<String>) -> Setting {
    Setting::Text(Text::plain(text))
}

/// A probe over settings, relative to a folder.
pub(crate) fn prepare(
    probe: &str,
    root: &Path,
    settings: &[(&str, Setting)],
) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let context = PrepareContext { root, proxy_from_environment: false, resources: &RunResources::default() };
    probe_named(probe).unwrap().prepare(&Settings(settings), &context)
}

/// What is wrong with settings that can't be used.
pub(crate) fn mistakes(probe: &str, settings: &[(&str, Setting)]) -> String {
    let found = prepare(probe, Path::new("/"), settings).err().unwrap_or_default();
    found.iter().map(|m| format!("{}: {}\n", m.setting.unwrap_or("with"), m.message)).collect()
}

/// Looks once, and checks what holds for every look: it ended in time, tells no password, and its facts are those of the
/// table.
pub(crate) async fn look_in(
    probe: &str,
    root: &Path,
    settings: &[(&str, Setting)],
    within: Duration,
) -> Observation {
    let prepared = prepare(probe, root, settings).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let clock = Clock::WALL;
    let began = clock.now();
    let seen = prepared.observe(ObserveContext { clock: &clock, deadline: clock.after(began, within) }).await;
    let took = clock.since(began);
    assert!(took < within + Duration::from_secs(3), "{took:?} of {within:?}: {seen:#?}");
    assert!(!format!("{seen:?}").contains(PASSWORD), "{seen:#?}");
    let spec = probe_named(probe).unwrap().spec();
    for fact in spec.facts().filter(|fact| fact.always && seen.obstacle.is_none()) {
        assert!(seen.facts.get(fact.name).is_some(), "{} is not there: {seen:#?}", fact.name);
    }
    for (name, _) in seen.facts.iter() {
        let declared = spec.fact(name).unwrap_or_else(|| panic!("{name} is not in the table")).kind;
        let kind = seen.facts.value(name).map(Value::kind);
        let fits = kind.is_none_or(|kind| kind == declared) || declared == fixproof::model::Kind::Json;
        assert!(fits, "{name} is {kind:?}, and was to be {declared:?}");
    }
    seen
}

/// A time that must be there.
#[track_caller]
pub(crate) fn time(seen: &Observation, fact: &str) -> Duration {
    match seen.facts.value(fact) {
        Some(Value::Duration(duration)) => *duration,
        other => panic!("{fact} is {other:?} in {seen:#?}"),
    }
}

/// Asserts that one of these times holds the delay, and no other that is there.
#[track_caller]
pub(crate) fn delayed_alone(seen: &Observation, delayed: &str, all: &[&str]) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
    assert!(time(seen, delayed) >= DELAY, "{delayed}: {seen:#?}");
    for other in all.iter().filter(|other| **other != delayed && seen.facts.get(other).is_some()) {
        assert!(time(seen, other) < DELAY, "{delayed} is not alone, {other} too: {seen:#?}");
    }
}

/// Asserts a cause, and something that its sentence says.
#[track_caller]
pub(crate) fn blocked(seen: &Observation, cause: Cause, words: &str) {
    let Some(why) = &seen.obstacle else { panic!("no {cause}: {seen:#?}") };
    assert!(
        why.cause == cause && why.detail.contains(words),
        "{}: {} (not {cause}, `{words}`)",
        why.cause,
        why.detail
    );
}

/// Asserts that nothing stood in the way.
#[track_caller]
pub(crate) fn fine(seen: &Observation) {
    assert_eq!(seen.obstacle, None, "{seen:#?}");
}

/// Is a program there? Says so, or fails, where it is not.
pub(crate) fn is_there(program: &Path, package: &str) -> bool {
    let there = program.exists();
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(there || std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "{test} needs {package}");
    if !there {
        eprintln!("{test}: not run, {package} is not installed");
    }
    there
}

/// A port that was ours a moment ago, and that the system gives to nobody soon.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    /// The certificate.
    pub(crate) certificate: String,
    /// Its key.
    pub(crate) key: String,
}

/// An authority made for one test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate in PEM.
    pub(crate) certificate: String,
}

impl Authority {
    /// Makes one of that name.
    pub(crate) fn named(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    /// Signs a certificate for a name until a year.
    pub(crate) fn sign(&self, name: &str, until: i32) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

/// A peer of our own for one connection; its port.
pub(crate) fn peer(act: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.accept().map(|(stream, _)| act(stream)));
    port
}

/// Reads until the other side has gone.
pub(crate) fn linger(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// Says nothing, ever.
pub(crate) fn silent() -> u16 {
    peer(linger)
}

/// Is it from the server, and its bytes: is this the chunk that comes late?
pub(crate) type Late = fn(bool, &[u8]) -> bool;

/// Hands on everything, and waits once before a chunk that `late` picks.
pub(crate) fn delaying(server: u16, late: Late) -> u16 {
    let carry = move |mut from: TcpStream, mut to: TcpStream, down: bool| {
        let mut waited = false;
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if !waited && late(down, &buffer[..count]) {
                waited = true;
                // Somewhat longer: it may have begun before the other side saw its own phase begin.
                std::thread::sleep(DELAY + DELAY / 8);
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    peer(move |client| {
        let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
        }
        let (up, out) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || carry(up, out, false));
        carry(server, client, true);
    })
}
