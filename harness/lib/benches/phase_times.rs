//! Are times true? `cargo bench --bench phase_times`.
//!
//! A server on loopback waits 100 ms before the first byte, or in the middle of the body; 41 looks with the delay and 41
//! without, in turn. Prints, for the delayed phase, the median beyond the injected delay and beyond what the phase costs
//! without it, and the smallest time seen. Judges nothing.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and may stop at once"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::model::{Observation, Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};

const DELAY: Duration = Duration::from_millis(100);
const LOOKS: usize = 41;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (phase, fact) in [("first-byte", "time.first-byte"), ("body", "time.body")] {
        let address = server(phase);
        let (slow, quick) = (probe(address, "/slow"), probe(address, "/quick"));
        let (mut delayed, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..LOOKS {
            delayed.push(time(&runtime.block_on(look(slow.as_ref())), fact));
            plain.push(time(&runtime.block_on(look(quick.as_ref())), fact));
        }
        delayed.sort();
        plain.sort();
        let beyond = delayed[LOOKS / 2].saturating_sub(DELAY).saturating_sub(plain[LOOKS / 2]);
        println!(
            "{phase:>10}: +{:.3} ms at the median beyond the delay and the phase's own {:.3} ms; least {:.3} ms",
            beyond.as_secs_f64() * 1e3,
            plain[LOOKS / 2].as_secs_f64() * 1e3,
            delayed[0].as_secs_f64() * 1e3
        );
    }
}

fn probe(address: SocketAddr, path: &str) -> Box<dyn Probe> {
    let url = Setting::Text(Text::plain(format!("http://{address}{path}")));
    let context = PrepareContext {
        root: Path::new("."),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    match probe_named("http").unwrap().prepare(&Settings(vec![("url".to_owned(), url)]), &context) {
        Ok(probe) => probe,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

async fn look(probe: &dyn Probe) -> Observation {
    let clock = Clock::WALL;
    probe
        .observe(ObserveContext { clock: &clock, deadline: clock.after(clock.now(), Duration::from_secs(5)) })
        .await
}

fn time(observation: &Observation, fact: &str) -> Duration {
    match observation.facts.value(fact) {
        Some(Value::Duration(duration)) => *duration,
        other => panic!("{other:?} {:?}", observation.obstacle),
    }
}

/// Threads that really sleep: a timer wheel of a runtime would add up to a millisecond of its own.
fn server(phase: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            connection.set_nodelay(true).unwrap();
            let mut request = [0; 2048];
            let read = connection.read(&mut request).unwrap();
            let is_slow = request[..read].starts_with(b"GET /slow");
            let wait = |here: &str| {
                if is_slow && here == phase {
                    std::thread::sleep(DELAY);
                }
            };
            wait("first-byte");
            connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nab")
                .unwrap();
            wait("body");
            connection.write_all(b"cd").unwrap();
        }
    });
    address
}
