//! The harness's own host: its clocks, timers, loopback, resolver, limits. It gathers measures and has no opinion.
//!
//! No foreign host is contacted, and nothing takes longer than it is given.

mod cost;
mod files;
mod system;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::clock::{Clock, Moment, Reading};
use fixproof_core::model::{FileLimit, HostMeasures, Measure};

/// A future that a machine returns.
pub type Measuring<'a> = std::pin::Pin<Box<dyn Future<Output = HostMeasures> + Send + 'a>>;

/// The machine the harness runs on, or a test's idea of one.
pub trait Machine: Send + Sync + std::fmt::Debug {
    /// Both clocks at this moment.
    fn read(&self) -> Reading;

    /// Measures the host; ends by the deadline.
    fn measure(&self, deadline: Moment) -> Measuring<'_>;

    /// Sees to it that the process may open `more` files than are open now, as far as it is allowed to. Nothing where
    /// that can't be told.
    fn allow_files(&self, more: u64) -> Option<FileLimit>;
}

/// The machine there really is.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn read(&self) -> Reading {
        Clock::WALL.read()
    }

    fn measure(&self, deadline: Moment) -> Measuring<'_> {
        Box::pin(measure(deadline))
    }

    fn allow_files(&self, more: u64) -> Option<FileLimit> {
        files::allow(more)
    }
}

/// How often loopback is tried.
const ROUNDS: usize = 5;
/// How often a wake-up is asked for, and how soon.
const BEATS: (usize, Duration) = (10, Duration::from_millis(1));

async fn measure(deadline: Moment) -> HostMeasures {
    // Computing comes first: beside it, the others would measure each other.
    let cryptography = on_a_thread(deadline, cost::cryptography).await;
    let (resolver, loopback, timers) =
        tokio::join!(on_a_thread(deadline, look_up_localhost), loopback(deadline), timers(deadline));
    HostMeasures {
        timers,
        loopback,
        resolver,
        name_servers: system::name_servers(),
        cryptography,
        memory: system::memory(),
        load: system::load(),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        files: None,
    }
}

/// Runs something that blocks, and waits for it no longer than the deadline.
async fn on_a_thread(
    deadline: Moment,
    work: impl FnOnce() -> Result<Duration, String> + Send + 'static,
) -> Measure {
    let clock = Clock::WALL;
    let began = clock.now();
    match clock.until(deadline, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(Ok(took))) => Measure::Took(took),
        Ok(Ok(Err(why))) => Measure::Failed(why),
        Ok(Err(error)) => Measure::Failed(error.to_string()),
        Err(_) => Measure::NotDone(clock.since(began)),
    }
}

/// The system's own resolver, as the probes ask it.
fn look_up_localhost() -> Result<Duration, String> {
    use std::net::ToSocketAddrs;
    let clock = Clock::WALL;
    let began = clock.now();
    let found = ("localhost", 0).to_socket_addrs().map_err(|e| format!("`localhost`: {e}"))?;
    let took = clock.since(began);
    if found.count() == 0 { Err("`localhost` has no address".to_owned()) } else { Ok(took) }
}

async fn loopback(deadline: Moment) -> Measure {
    let clock = Clock::WALL;
    let began = clock.now();
    let mut rounds = Vec::with_capacity(ROUNDS);
    let all = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        for _ in 0..ROUNDS {
            rounds.push(echo(&listener).await?);
        }
        std::io::Result::Ok(())
    };
    match clock.until(deadline, all).await {
        Err(_) => Measure::NotDone(clock.since(began)),
        Ok(Err(error)) => Measure::Failed(format!("127.0.0.1: {error}")),
        Ok(Ok(())) => {
            rounds.sort();
            Measure::Took(rounds.get(ROUNDS / 2).copied().unwrap_or_default())
        }
    }
}

/// Connects, sends one byte and gets it back.
async fn echo(listener: &TcpListener) -> std::io::Result<Duration> {
    let clock = Clock::WALL;
    let address = listener.local_addr()?;
    let began = clock.now();
    let near = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(b"?").await?;
        stream.read_u8().await?;
        std::io::Result::Ok(clock.since(began))
    };
    let far = async {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte).await
    };
    let (took, answered) = tokio::join!(near, far);
    answered.and(took)
}

/// The latest of some wake-ups.
async fn timers(deadline: Moment) -> Measure {
    let clock = Clock::WALL;
    let mut latest = Duration::ZERO;
    for _ in 0..BEATS.0 {
        let due = clock.after(clock.now(), BEATS.1);
        clock.sleep_until(due).await;
        latest = latest.max(clock.since(due));
        if clock.now() >= deadline {
            break;
        }
    }
    Measure::Took(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn this_machine_is_measured_within_what_it_is_given() {
        let clock = Clock::WALL;
        let began = clock.now();
        let measures = ThisMachine.measure(clock.after(began, Duration::from_secs(20))).await;
        assert!(clock.since(began) < Duration::from_secs(20));
        for measure in [&measures.timers, &measures.loopback, &measures.resolver, &measures.cryptography] {
            assert!(matches!(measure, Measure::Took(took) if !took.is_zero()), "{measures:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_done_by_the_deadline_is_not_waited_for() {
        let clock = Clock::WALL;
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let blocked = move || receiver.recv().map(|()| Duration::ZERO).map_err(|e| e.to_string());
        let deadline = clock.after(clock.now(), Duration::from_millis(20));
        let measure = on_a_thread(deadline, blocked).await;
        assert!(matches!(measure, Measure::NotDone(_)), "{measure:?}");
        drop(sender);
    }
}
