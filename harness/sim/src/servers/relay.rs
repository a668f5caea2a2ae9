//! A byte relay between one client route and the database, with the faults of its route. The modelled system calls it
//! "VPC connector".
//!
//! It never reads the bytes, and one route's fault never affects another route. It delays the protocol: the kernel has
//! answered the SYN before the relay sees the connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::servers::listener::{BACKLOG, Listener};
use crate::servers::seed::{between, mix};
use crate::servers::time_scale::TimeScale;

/// A connector's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) state: RouteState,
    /// Added to every chunk in each direction.
    pub(crate) one_way: Duration,
}

impl Route {
    pub(crate) const OPEN: Route = Route::through(RouteState::Open);

    pub(crate) const fn through(state: RouteState) -> Route {
        Route { state, one_way: Duration::ZERO }
    }
}

/// What happens to a connection on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RouteState {
    /// It is relayed.
    Open,
    /// The port is closed.
    Refused,
    /// It is reset as soon as it is accepted.
    Reset,
    /// It is reset after this many bytes towards the client.
    ResetAfter(u64),
    /// It is accepted and never answered.
    Silent,
    /// It is relayed after this long.
    Slow(Duration),
    /// Connections beyond `warm` wait for `rounds` scale-outs of 10 to 30 s each; where `relieves`, that doubles the capacity.
    ScaleOut { warm: usize, rounds: u32, relieves: bool },
}

/// One connector route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ConnectorJournal {
    /// Connections accepted on the client's side.
    pub accepted: u64,
    /// Scale-outs that a connection had to wait for.
    pub scale_outs: u64,
    /// Connections reset by the connector.
    pub resets: u64,
}

/// A route's relay.
#[derive(Debug)]
pub(crate) struct Relay {
    upstream: SocketAddr,
    route: watch::Sender<Route>,
    time_scale: TimeScale,
    seed: u64,
    accepted: AtomicU64,
    scale_outs: AtomicU64,
    resets: AtomicU64,
    live: AtomicUsize,
    gained: AtomicUsize,
}

impl Relay {
    pub(crate) fn new(upstream: SocketAddr, route: Route, time_scale: TimeScale, seed: u64) -> Arc<Self> {
        Arc::new(Relay {
            upstream,
            route: watch::Sender::new(route),
            time_scale,
            seed,
            accepted: AtomicU64::new(0),
            scale_outs: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            live: AtomicUsize::new(0),
            gained: AtomicUsize::new(0),
        })
    }

    /// Changes the route's fault. Live connections are cut where the new fault would not let them pass.
    pub(crate) fn switch(&self, route: Route) {
        self.route.send_replace(route);
    }

    pub(crate) fn journal(&self) -> ConnectorJournal {
        ConnectorJournal {
            accepted: self.accepted.load(Ordering::Relaxed),
            scale_outs: self.scale_outs.load(Ordering::Relaxed),
            resets: self.resets.load(Ordering::Relaxed),
        }
    }

    /// Serves the route; the listener is shut exactly where the route refuses.
    pub(crate) async fn run(self: Arc<Self>, mut listener: Listener) -> io::Result<()> {
        let address = listener.address()?;
        let mut route = self.route.subscribe();
        loop {
            let refuses = route.borrow_and_update().state == RouteState::Refused;
            match listener {
                Listener::Open(listener) if !refuses => {
                    self.accept_until_refused(&listener, &mut route).await?;
                    drop(listener);
                }
                Listener::Closed(socket) if refuses => {
                    if route.changed().await.is_err() {
                        return Ok(());
                    }
                    drop(socket);
                }
                Listener::Open(_) | Listener::Closed(_) => {}
            }
            let listens = self.route.borrow().state != RouteState::Refused;
            listener = Listener::new(address, listens, BACKLOG)?;
        }
    }

    async fn accept_until_refused(
        self: &Arc<Self>,
        listener: &TcpListener,
        route: &mut watch::Receiver<Route>,
    ) -> io::Result<()> {
        while route.borrow_and_update().state != RouteState::Refused {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((client, _)) = accepted else { continue };
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                    let connector = Arc::clone(self);
                    tokio::spawn(async move { connector.carry(client).await });
                }
                changed = route.changed() => if changed.is_err() { return Ok(()) },
            }
        }
        Ok(())
    }

    async fn carry(&self, client: TcpStream) {
        let _ = client.set_nodelay(true);
        let mut route = self.route.subscribe();
        let now = *route.borrow_and_update();
        let live = self.live.fetch_add(1, Ordering::Relaxed);
        let _leaving = Leaving(&self.live);
        match now.state {
            RouteState::Reset | RouteState::Refused => return self.reset(&client),
            RouteState::Silent => return hold(client, &mut route).await,
            RouteState::Slow(delay) => self.time_scale.sleep(delay).await,
            RouteState::ScaleOut { warm, rounds, relieves } => {
                self.wait_for_capacity(live, warm, rounds, relieves, &mut route).await
            }
            RouteState::Open | RouteState::ResetAfter(_) => {}
        }
        let Ok(database) = TcpStream::connect(self.upstream).await else {
            return self.reset(&client);
        };
        let _ = database.set_nodelay(true);
        self.relay(client, database, now, route).await;
    }

    /// Waits for scale-outs, or until the route heals.
    async fn wait_for_capacity(
        &self,
        live: usize,
        warm: usize,
        rounds: u32,
        relieves: bool,
        route: &mut watch::Receiver<Route>,
    ) {
        if live < warm + self.gained.load(Ordering::Relaxed) {
            return;
        }
        for _ in 0..rounds {
            let nth = self.scale_outs.fetch_add(1, Ordering::Relaxed);
            let lasts = between(mix(self.seed, nth), Duration::from_secs(10), Duration::from_secs(30));
            tokio::select! {
                () = self.time_scale.sleep(lasts) => {}
                _ = route.wait_for(|route| !matches!(route.state, RouteState::ScaleOut { .. })) => return,
            }
        }
        if relieves {
            let capacity = warm + self.gained.load(Ordering::Relaxed);
            self.gained.fetch_max((2 * capacity).max(1) - warm, Ordering::Relaxed);
        }
    }

    async fn relay(
        &self,
        client: TcpStream,
        database: TcpStream,
        now: Route,
        mut route: watch::Receiver<Route>,
    ) {
        let one_way = self.time_scale.lasts(now.one_way);
        let budget = match now.state {
            RouteState::ResetAfter(bytes) => Some(bytes),
            _ => None,
        };
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_database, mut to_database) = database.into_split();
        let cut = route.wait_for(|route| {
            matches!(route.state, RouteState::Reset | RouteState::Refused | RouteState::Silent)
        });
        let ended = {
            tokio::select! {
                ended = pump_both((&mut from_client, &mut to_database), (&mut from_database, &mut to_client), one_way, budget) => ended,
                _ = cut => Ended::Cut,
            }
        };
        if ended == Ended::Cut
            && let Ok(client) = to_client.reunite(from_client)
        {
            self.reset(&client);
        }
    }

    fn reset(&self, client: &TcpStream) {
        self.resets.fetch_add(1, Ordering::Relaxed);
        let _ = client.set_zero_linger();
    }
}

struct Leaving<'a>(&'a AtomicUsize);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads and forgets until the client leaves or the route is no longer silent.
async fn hold(mut client: TcpStream, route: &mut watch::Receiver<Route>) {
    let mut sink = [0; 1024];
    let swallow = async { while matches!(client.read(&mut sink).await, Ok(read) if read > 0) {} };
    tokio::select! {
        () = swallow => {}
        _ = route.wait_for(|route| route.state != RouteState::Silent) => {}
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Closed,
    Cut,
}

type Way<'a> = (&'a mut OwnedReadHalf, &'a mut OwnedWriteHalf);

/// Moves bytes both ways until both are closed or the budget towards the client is used up.
async fn pump_both(up: Way<'_>, down: Way<'_>, one_way: Duration, budget: Option<u64>) -> Ended {
    let up = pump(up.0, up.1, one_way, None);
    let down = pump(down.0, down.1, one_way, budget);
    tokio::pin!(up, down);
    tokio::select! {
        ended = &mut down => {
            if ended == Ended::Closed {
                up.await;
            }
            ended
        }
        _ = &mut up => down.await,
    }
}

/// Moves bytes one way. A delay shifts every chunk by the same time and never queues one behind another's delay.
async fn pump(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    one_way: Duration,
    budget: Option<u64>,
) -> Ended {
    let (sender, mut chunks) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut left = budget.unwrap_or(u64::MAX);
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length) = from.read(&mut buffer).await
            && length > 0
        {
            let passed = length.min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= passed as u64;
            if sender.send((Instant::now() + one_way, buffer[..passed].to_vec())).is_err()
                || (budget.is_some() && left == 0)
            {
                break;
            }
        }
        left == 0 && budget.is_some()
    };
    let write = async move {
        while let Some((due, chunk)) = chunks.recv().await {
            if !one_way.is_zero() {
                tokio::time::sleep_until(due).await;
            }
            if to.write_all(&chunk).await.is_err() {
                break;
            }
        }
        to
    };
    let (used_up, to) = tokio::join!(read, write);
    if used_up {
        // No orderly end: the reset comes right after the bytes that were let through.
        return Ended::Cut;
    }
    let _ = to.shutdown().await;
    Ended::Closed
}
