//! What a connect to a local PostgreSQL costs, against psql and a bare client: `cargo bench --bench postgres_connect`.
//!
//! Starts a PostgreSQL of its own (`FIXPROOF_PG_BIN`, or the newest under /usr/lib/postgresql) with and without TLS, and
//! prints medians and ratios of one run: one connect by the probe and by psql, and a burst of 200 by the probe and by a
//! bare tokio-postgres. psql's figure is a whole process less one that only starts. Judges nothing.
//! `harness/docs/benchmarks.md` says how to read it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and may stop at once"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixproof::clock::Clock;
use fixproof::model::{Setting, Settings, Text, Value};
use fixproof::probe::{ObserveContext, PrepareContext, Probe, RunResources, probe_named};

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/real_postgres/mod.rs"]
mod real_postgres;

const ROUNDS: usize = 31;
const BURST: usize = 200;

fn main() {
    let Some(server) = real_postgres::for_benchmarks(BURST + 50) else {
        println!("no PostgreSQL server is installed here; Debian: apt-get install postgresql");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (name, tls) in [("without TLS", "disable"), ("with TLS", "require")] {
        let url = format!("{}?sslmode={tls}", server.url());
        let probe = probe(&url);
        let program = self::psql();
        let (mut own, mut total, mut psql) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            own.push(runtime.block_on(connect(probe.as_ref())));
            total.push(start.elapsed());
            psql.push(by_psql(&program, &url));
        }
        let (own, total, psql) = (median(own), median(total), median(psql));
        println!(
            "one connect {name}: time.connect {:.2} ms, whole observation {:.2} ms; psql {:.2} ms",
            own.as_secs_f64() * 1e3,
            total.as_secs_f64() * 1e3,
            psql.as_secs_f64() * 1e3
        );
    }
    let url = format!("{}?sslmode=disable", server.url());
    let (mut own, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        let a = runtime.block_on(burst(&url));
        let b = runtime.block_on(bare_burst(&url));
        ratios.push(a.as_secs_f64() / b.as_secs_f64());
        own.push(a);
        bare.push(b);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "burst of {BURST}: fixproof {:.0} ms, bare tokio-postgres {:.0} ms, ratio {:.2}",
        median(own).as_secs_f64() * 1e3,
        median(bare).as_secs_f64() * 1e3,
        ratios[ratios.len() / 2]
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn probe(url: &str) -> Box<dyn Probe> {
    let settings = Settings(vec![("url".to_owned(), Setting::Text(Text::secret(url)))]);
    let context = PrepareContext {
        root: Path::new("."),
        proxy_from_environment: false,
        resources: &RunResources::default(),
    };
    match probe_named("postgres").unwrap().prepare(&settings, &context) {
        Ok(probe) => probe,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

async fn connect(probe: &dyn Probe) -> Duration {
    let clock = Clock::WALL;
    let ask = ObserveContext { clock: &clock, deadline: clock.after(clock.now(), Duration::from_secs(20)) };
    let observation = probe.observe(ask).await;
    assert!(observation.obstacle.is_none(), "{:?}", observation.obstacle);
    match observation.facts.value("time.connect") {
        Some(Value::Duration(duration)) => *duration,
        other => panic!("{other:?}"),
    }
}

/// The program itself where it can be found: what is on the PATH may be a wrapper that costs more than a connect.
fn psql() -> std::path::PathBuf {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin/psql"))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| "psql".into())
}

/// A process that connects, less one that only starts.
fn by_psql(psql: &Path, url: &str) -> Duration {
    let run = |arguments: &[&str]| {
        let start = Instant::now();
        let status = Command::new(psql).args(arguments).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
        start.elapsed()
    };
    let connecting = run(&[url, "-X", "-q", "-c", ""]);
    connecting.saturating_sub(run(&["--version"]))
}

async fn burst(url: &str) -> Duration {
    let probe: std::sync::Arc<dyn Probe> = probe(url).into();
    let start = Instant::now();
    let mut flight = tokio::task::JoinSet::new();
    for _ in 0..BURST {
        let probe = probe.clone();
        flight.spawn(async move { connect(probe.as_ref()).await });
    }
    while let Some(joined) = flight.join_next().await {
        joined.unwrap();
    }
    start.elapsed()
}

async fn bare_burst(url: &str) -> Duration {
    let start = Instant::now();
    let mut flight = tokio::task::JoinSet::new();
    for _ in 0..BURST {
        let url = url.to_owned();
        flight.spawn(async move {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let running = tokio::spawn(connection);
            drop(client);
            running.await.unwrap().unwrap();
        });
    }
    while let Some(joined) = flight.join_next().await {
        joined.unwrap();
    }
    start.elapsed()
}
