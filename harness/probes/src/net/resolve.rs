//! Names to addresses, by the system's own resolver, so that a name means here what it means everywhere on this host.
//!
//! The system's resolver can't be cancelled. It runs in a detached thread: an observation that is over leaves it
//! behind, no pool runs dry, and no runtime waits for it at shutdown.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use tokio::sync::oneshot;

use crate::net::cause;
use fixproof_core::model::{Cause, ProbeError};

#[cfg(test)]
type Fake = std::sync::Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

#[cfg(test)]
tokio::task_local! {
    /// Takes the system's place in a test.
    static FAKE: Fake;
}

/// Every address of a name, in the system's order.
///
/// # Errors
/// What the system says, which for a name that does not exist is a sentence.
pub(crate) async fn lookup(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (answer, answered) = oneshot::channel();
    let name = name.to_owned();
    #[cfg(test)]
    let fake = FAKE.try_with(Clone::clone).ok();
    let ask = move || {
        #[cfg(test)]
        if let Some(fake) = fake {
            return fake(&name, port);
        }
        (name.as_str(), port).to_socket_addrs().map(Iterator::collect)
    };
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            // The observation may be over; the answer is dropped then.
            let _ = answer.send(ask());
        })
        .map_err(|error| {
            io::Error::new(io::ErrorKind::OutOfMemory, format!("no thread to resolve in: {error}"))
        })?;
    answered.await.unwrap_or_else(|_| Err(io::Error::other("the resolver ended without an answer")))
}

/// Why a name has no address: getaddrinfo's words are all that the standard library keeps of its reasons.
pub(crate) fn unresolved(name: &str, error: &io::Error) -> ProbeError {
    let text = error.to_string();
    let cause = match cause::io_cause(error) {
        Some(Cause::OwnLimit) => Cause::OwnLimit,
        _ if text.contains("emporary failure") || text.contains("timed out") => Cause::DnsTimeout,
        _ => Cause::NoSuchName,
    };
    let said = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    ProbeError { cause, detail: format!("{name} can't be resolved: {said}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::{ObserveContext, PrepareContext, RunResources, probe_named};
    use fixproof_core::model::{Cause, Observation, Setting, Settings, Text, Value};

    const DELAY: Duration = Duration::from_millis(100);

    /// Answers every connection, one after another, until the process ends.
    fn server() -> SocketAddr {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            }
        });
        address
    }

    async fn look(port: u16, within: Duration, fake: Fake) -> Observation {
        let url = Setting::Text(Text::plain(format!("http://shop.test:{port}/")));
        let context = PrepareContext {
            root: Path::new("/"),
            proxy_from_environment: false,
            resources: &RunResources::default(),
        };
        let settings = Settings(vec![("url".to_owned(), url)]);
        let probe = probe_named("http").unwrap().prepare(&settings, &context).ok().unwrap();
        let clock = Clock::WALL;
        let deadline = clock.after(clock.now(), within);
        FAKE.scope(fake, probe.observe(ObserveContext { clock: &clock, deadline })).await
    }

    fn took(seen: &Observation, fact: &str) -> Duration {
        match seen.facts.value(fact) {
            Some(Value::Duration(took)) => *took,
            other => unreachable!("{fact} is {other:?}: {seen:#?}"),
        }
    }

    #[tokio::test]
    async fn a_slow_resolver_is_charged_with_its_own_time() {
        let address = server();
        let fake: Fake = Arc::new(move |_, _| {
            Clock::WALL.pause_thread(DELAY);
            Ok(vec![address])
        });
        let seen = look(address.port(), Duration::from_secs(20), fake).await;
        assert_eq!(seen.obstacle, None);
        assert!(took(&seen, "time.dns") >= DELAY, "{seen:#?}");
        let others = ["time.connect", "time.first-byte", "time.body"].map(|fact| took(&seen, fact));
        let others: Duration = others.iter().sum();
        assert!(others < DELAY, "{seen:#?}");
        assert!(took(&seen, "time.total") >= took(&seen, "time.dns") + others);
    }

    #[tokio::test]
    async fn the_second_address_answers_where_the_first_refuses() {
        let address = server();
        let refusing = SocketAddr::from(([127, 0, 0, 2], address.port()));
        let fake: Fake = Arc::new(move |_, _| Ok(vec![refusing, address]));
        let seen = look(address.port(), Duration::from_secs(20), fake).await;
        assert_eq!(seen.obstacle, None);
        assert_eq!(seen.facts.value("peer"), Some(&Value::Text(address.to_string())));
        let fake: Fake = Arc::new(move |_, _| Ok(vec![refusing]));
        let seen = look(address.port(), Duration::from_secs(20), fake).await;
        assert_eq!(seen.obstacle.map(|obstacle| obstacle.cause), Some(Cause::Refused));
    }

    #[tokio::test]
    async fn a_name_without_addresses_of_the_wanted_kind_exists_nevertheless() {
        let settings = [("address", "shop.test:80"), ("ip", "6")];
        let settings = settings.map(|(key, value)| (key.to_owned(), Setting::Text(Text::plain(value))));
        let context = PrepareContext {
            root: Path::new("/"),
            proxy_from_environment: false,
            resources: &RunResources::default(),
        };
        let probe = probe_named("tcp").unwrap().prepare(&Settings(settings.to_vec()), &context).ok();
        let fake: Fake = Arc::new(move |_, _| Ok(vec![SocketAddr::from(([127, 0, 0, 1], 80))]));
        let clock = Clock::WALL;
        let ask =
            ObserveContext { clock: &clock, deadline: clock.after(clock.now(), Duration::from_secs(20)) };
        let obstacle = FAKE.scope(fake, probe.unwrap().observe(ask)).await.obstacle.unwrap();
        assert_eq!((obstacle.cause, &*obstacle.detail), (Cause::NoRecords, "shop.test has no IPv6 address"));
    }

    #[tokio::test]
    async fn hanging_lookups_end_at_the_deadline_and_hold_nobody_up() {
        let clock = Clock::WALL;
        let began = clock.now();
        let hanging: Fake = Arc::new(|_, _| {
            Clock::WALL.pause_thread(Duration::from_secs(30));
            Ok(Vec::new())
        });
        let mut looks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            looks.spawn(look(80, Duration::from_millis(300), hanging.clone()));
        }
        let address = server();
        let fake: Fake = Arc::new(move |_, _| Ok(vec![address]));
        let seen = look(address.port(), Duration::from_secs(20), fake).await;
        assert_eq!(seen.obstacle, None);
        for seen in looks.join_all().await {
            assert_eq!(seen.obstacle.map(|obstacle| obstacle.cause), Some(Cause::DnsTimeout));
        }
        assert!(clock.since(began) < Duration::from_secs(5));
    }
}
