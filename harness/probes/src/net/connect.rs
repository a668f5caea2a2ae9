//! Connecting: name lookup and TCP, each a phase of its own.
//!
//! Addresses are tried one after another in the resolver's order; the last one's error is reported.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};

use crate::clock::Clock;
use crate::net::cause;
use crate::net::observation_builder::ObservationBuilder;
use crate::net::resolve::{lookup, unresolved};
use fixproof_core::model::{Cause, Mistake, ProbeError, Settings, Text, Value};

/// How long a full queue of a local socket is given before the next try, on the wall.
const QUEUE_PAUSE: Duration = Duration::from_millis(1);

/// Which addresses of a name are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// All.
    Any,
    /// IPv4.
    Four,
    /// IPv6.
    Six,
}

impl Family {
    /// Reads the setting `ip`.
    pub(crate) fn named(word: Option<&str>) -> Family {
        match word {
            Some("4") => Family::Four,
            Some("6") => Family::Six,
            _ => Family::Any,
        }
    }

    /// Is that address one of them?
    pub(crate) fn takes(self, address: &SocketAddr) -> bool {
        match self {
            Family::Any => true,
            Family::Four => address.is_ipv4(),
            Family::Six => address.is_ipv6(),
        }
    }
}

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name, or an address without brackets.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: u16,
    /// Which addresses of a name are tried.
    pub(crate) family: Family,
}

impl Endpoint {
    /// Reads `host:port`, `1.2.3.4:port` or `[::1]:port`; the port may be missing where there is a usual one.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn parse(text: &str, usual: Option<u16>) -> Result<Endpoint, String> {
        let text = text.trim();
        let endpoint = |host: &str, port| Ok(Endpoint { host: host.to_owned(), port, family: Family::Any });
        let no_port = || format!("`{text}` has no port; write it as host:port");
        if text.contains("://") {
            return Err(format!("`{text}` is no host and port but a URL; write it as host:port"));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return endpoint(&address.ip().to_string(), address.port());
        }
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return endpoint(&address.to_string(), usual.ok_or_else(no_port)?);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => {
                let port: u16 = port.parse().map_err(|_| format!("`{port}` is no port (1 to 65535)"))?;
                (host, port)
            }
            None => (text, usual.ok_or_else(no_port)?),
        };
        let strange = |c: char| c.is_whitespace() || c.is_control() || "/:@?#[]".contains(c);
        if host.is_empty() || host.contains(strange) {
            return Err(format!("`{text}` is no host and port; write it as host:port"));
        }
        if port == 0 {
            return Err("0 is no port that can be connected to".to_owned());
        }
        endpoint(host, port)
    }

    /// Reads the settings `address` and `ip`; the port may be missing where there is a usual one.
    ///
    /// # Errors
    /// What is wrong with them, without the value of a secret.
    pub(crate) fn of(settings: &Settings, usual: Option<u16>) -> Result<Endpoint, Mistake> {
        let address = settings.text("address").ok_or_else(|| Mistake::at("address", "it is required"))?;
        let endpoint = Endpoint::parse(address.expose(), usual).map_err(|why| match address.is_secret() {
            true => Mistake::at("address", "it is no host and port; write it as host:port"),
            false => Mistake::at("address", why),
        })?;
        let family = Family::named(settings.text("ip").map(Text::expose));
        match endpoint.host.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, endpoint.port)) {
            Ok(address) if !family.takes(&address) => {
                Err(Mistake::at("ip", "the address given is of the other kind").help("leave `ip` out"))
            }
            _ => Ok(Endpoint { family, ..endpoint }),
        }
    }

    /// With the addresses that are tried, for a message.
    fn at(&self, addresses: &[SocketAddr]) -> String {
        let shown: Vec<String> = addresses.iter().take(4).map(|address| address.ip().to_string()).collect();
        match self.name() {
            Some(_) if addresses.len() > 4 => format!("{self} ({}, …)", shown.join(", then ")),
            Some(_) => format!("{self} ({})", shown.join(", then ")),
            None => self.to_string(),
        }
    }

    /// The host that has to be looked up; none for an address.
    pub(crate) fn name(&self) -> Option<&str> {
        self.host.parse::<IpAddr>().is_err().then_some(&*self.host)
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl ObservationBuilder {
    /// Looks the name up (phase and fact `dns`, `time.dns`) and connects (the phase and fact given). The address that
    /// answered is the fact `peer`.
    pub(crate) async fn connect(
        &mut self,
        endpoint: &Endpoint,
        connect: (&'static str, &'static str),
    ) -> Result<TcpStream, ProbeError> {
        let addresses: Vec<SocketAddr> = match endpoint.name() {
            None => {
                endpoint.host.parse().map(|ip| vec![SocketAddr::new(ip, endpoint.port)]).unwrap_or_default()
            }
            Some(name) => {
                let late = (Cause::DnsTimeout, format!("{name} was not resolved in time"));
                let found =
                    async { lookup(name, endpoint.port).await.map_err(|error| unresolved(name, &error)) };
                self.phase(("dns", "time.dns"), late, found).await?
            }
        };
        let addresses: Vec<_> = addresses.into_iter().filter(|a| endpoint.family.takes(a)).collect();
        let late = (
            Cause::ConnectTimeout,
            format!("{} did not accept a connection in time", endpoint.at(&addresses)),
        );
        let (stream, peer) = self.phase(connect, late, tcp(addresses, endpoint)).await?;
        self.fact("peer", Value::Text(peer.to_string()));
        Ok(stream)
    }

    /// Connects to a socket file (the phase and fact given). It is the fact `peer`.
    pub(crate) async fn connect_unix(
        &mut self,
        path: &str,
        connect: (&'static str, &'static str),
    ) -> Result<UnixStream, ProbeError> {
        let late = (Cause::ConnectTimeout, format!("{path} took no connection in time"));
        let stream = self.phase(connect, late, socket(self.clock, path)).await?;
        self.fact("peer", Value::Text(path.to_owned()));
        Ok(stream)
    }
}

async fn socket(clock: Clock, path: &str) -> Result<UnixStream, ProbeError> {
    loop {
        match UnixStream::connect(path).await {
            Ok(stream) => return Ok(stream),
            // The queue is full; a local socket says so instead of waiting.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                clock.sleep_until(clock.after(clock.now(), clock.from_wall(QUEUE_PAUSE))).await;
            }
            Err(error) => return Err(io_error(&error, path)),
        }
    }
}

async fn tcp(addresses: Vec<SocketAddr>, endpoint: &Endpoint) -> Result<(TcpStream, SocketAddr), ProbeError> {
    let what = match endpoint.family {
        Family::Any => format!("{} has no address", endpoint.host),
        Family::Four => format!("{} has no IPv4 address", endpoint.host),
        Family::Six => format!("{} has no IPv6 address", endpoint.host),
    };
    let mut why = ProbeError::new(Cause::NoRecords, what);
    for address in addresses {
        match TcpStream::connect(address).await.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Ok((stream, address)),
            Err(error) => why = io_error(&error, &endpoint.at(&[address])),
        }
    }
    Err(why)
}

/// What the operating system says to an attempt to connect, or on a connection.
pub(crate) fn io_error(error: &io::Error, endpoint: &str) -> ProbeError {
    if own_limit(error) {
        return ProbeError::new(
            Cause::OwnLimit,
            format!("this host is out of sockets, ports or memory for {endpoint}: {error}"),
        );
    }
    let (cause, words) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (Cause::Refused, "connection refused by"),
        io::ErrorKind::PermissionDenied => (Cause::Refused, "not allowed to connect to"),
        io::ErrorKind::TimedOut => (Cause::ConnectTimeout, "no answer from"),
        io::ErrorKind::NotFound => (Cause::Unreachable, "there is no"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            (Cause::Unreachable, "no route to")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (Cause::Reset, "connection closed by"),
        _ => (Cause::Unreachable, "no connection to"),
    };
    ProbeError::new(cause, format!("{words} {endpoint}: {error}"))
}

/// Is it this host that has no more file descriptors, ports or memory?
pub(crate) fn own_limit(error: &io::Error) -> bool {
    cause::io_cause(error) == Some(Cause::OwnLimit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_host_and_a_port() {
        let endpoint = |text: &str, usual| Endpoint::parse(text, usual).map(|endpoint| endpoint.to_string());
        assert_eq!(endpoint("api.example.com:443", None).as_deref(), Ok("api.example.com:443"));
        assert_eq!(endpoint("api.example.com", Some(443)).as_deref(), Ok("api.example.com:443"));
        assert_eq!(endpoint("[::1]:5432", None).as_deref(), Ok("[::1]:5432"));
        assert_eq!(endpoint("::1", Some(53)).as_deref(), Ok("[::1]:53"));
        for wrong in [
            "api.example.com",
            "api.example.com:0",
            "host:99999",
            ":80",
            "a b:80",
            "http://a:80",
            "a:b:80",
            "",
        ] {
            assert!(endpoint(wrong, None).is_err(), "{wrong}");
        }
        assert_eq!(
            Endpoint::parse("::1:80", Some(1)).ok().and_then(|endpoint| endpoint.name().map(str::to_owned)),
            None
        );
    }
}
