//! The servers to query: the name servers of this machine, or one that the scenario names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use fixproof_core::model::{Mistake, Text};

/// Where systems keep the name servers they ask. No variable of the environment moves it.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// The system's resolver looks at no more of them.
const MOST_SERVERS: usize = 3;
/// How long the system's resolver waits for one server before it asks the next, by default.
const PATIENCE: Duration = Duration::from_secs(5);
/// The port of name servers.
const PORT: u16 = 53;

/// The servers that a scenario queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServerChoice {
    /// Those that this machine asks.
    System,
    /// This one alone.
    One(SocketAddr),
}

impl ServerChoice {
    /// Reads the setting.
    ///
    /// # Errors
    /// It is neither `system` nor an address.
    pub(super) fn read(text: &Text) -> Result<ServerChoice, Mistake> {
        let help = "write \"system\", or an address: \"127.0.0.1:5353\", \"[::1]:53\", \"192.0.2.1\"";
        if text.is_secret() {
            return Err(Mistake::at("server", "a name server's address can't be a secret").help(help));
        }
        let written = text.expose().trim();
        if written == "system" {
            return Ok(ServerChoice::System);
        }
        let bare = written.strip_prefix("dns://").unwrap_or(written).trim_end_matches('/');
        let address = bare.parse::<SocketAddr>().ok().or_else(|| {
            let ip = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
            ip.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, PORT))
        });
        match address {
            Some(address) if address.port() != 0 => Ok(ServerChoice::One(address)),
            Some(_) => Err(Mistake::at("server", "nothing can be asked at port 0").help(help)),
            None => Err(Mistake::at("server", "it is no address of a name server").help(help)),
        }
    }

    /// The servers, as they are now.
    pub(super) fn servers(&self) -> Servers {
        match self {
            ServerChoice::System => Servers::of_system(),
            ServerChoice::One(address) => Servers { list: vec![*address], patience: PATIENCE, problem: None },
        }
    }
}

/// Name servers in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Servers {
    /// At least one.
    pub(super) list: Vec<SocketAddr>,
    /// How long each but the last is waited for.
    pub(super) patience: Duration,
    /// Why these are not what the machine's file says.
    pub(super) problem: Option<String>,
}

impl Servers {
    fn of_system() -> Servers {
        match std::fs::read(RESOLV_CONF) {
            Ok(text) => Servers::parse(&String::from_utf8_lossy(&text)),
            Err(error) => Servers {
                problem: Some(format!("{RESOLV_CONF} can't be read: {error}")),
                ..Servers::parse("")
            },
        }
    }

    /// Reads a resolv.conf like the system's own resolver: what it does not know it passes over.
    fn parse(text: &str) -> Servers {
        let mut servers = Servers { list: Vec::new(), patience: PATIENCE, problem: None };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") if servers.list.len() < MOST_SERVERS => {
                    servers.list.extend(words.next().and_then(server));
                }
                Some("options") => {
                    let mut seconds =
                        words.filter_map(|word| word.strip_prefix("timeout:")?.parse::<u64>().ok());
                    if let Some(seconds) = seconds.next_back() {
                        servers.patience = Duration::from_secs(seconds.clamp(1, 30));
                    }
                }
                _ => {}
            }
        }
        if servers.list.is_empty() {
            // So does the system's resolver.
            servers.list.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
            servers.problem = Some(format!("{RESOLV_CONF} names no name server"));
        }
        servers
    }
}

/// An address of a resolv.conf, which may name its interface by number.
fn server(text: &str) -> Option<SocketAddr> {
    if let Some((address, scope)) = text.split_once('%') {
        let scope = scope.parse().ok()?;
        return Some(SocketAddrV6::new(address.parse().ok()?, PORT, 0, scope).into());
    }
    Some(SocketAddr::new(text.parse().ok()?, PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        Servers::parse(text).list.iter().map(SocketAddr::to_string).collect()
    }

    #[test]
    fn a_resolv_conf_is_read_like_the_system_reads_it() {
        let text = "# nameserver 9.9.9.9\n; nameserver 9.9.9.8\nsearch corp.example -- !!\n\
                    nameserver 127.0.0.53\nnameserver  ::1  # comment\nnameserver nonsense\nfoo bar\n\
                    options edns0 timeout:2 ndots:5 unheard-of\nnameserver fe80::1%2\nnameserver 192.0.2.4";
        assert_eq!(list(text), ["127.0.0.53:53", "[::1]:53", "[fe80::1%2]:53"]);
        assert_eq!(Servers::parse(text).patience, Duration::from_secs(2));
        assert_eq!(Servers::parse("options timeout:0").patience, Duration::from_secs(1));
    }

    #[test]
    fn a_resolv_conf_without_a_server_means_this_machine_and_says_so() {
        let servers = Servers::parse("search corp.example\n");
        assert_eq!(servers.list, [SocketAddr::from(([127, 0, 0, 1], 53))]);
        assert!(servers.problem.is_some_and(|problem| problem.contains("names no name server")));
    }

    #[test]
    fn a_server_is_the_system_s_or_an_address() {
        let read = |text: &str| ServerChoice::read(&Text::plain(text));
        let one = |address: &str| Ok(ServerChoice::One(address.parse().unwrap()));
        assert_eq!(read("system"), Ok(ServerChoice::System));
        assert_eq!(read("127.0.0.1:5353"), one("127.0.0.1:5353"));
        assert_eq!(read("dns://127.0.0.1:5353/"), one("127.0.0.1:5353"));
        assert_eq!(read("192.0.2.1"), one("192.0.2.1:53"));
        assert_eq!(read("::1"), one("[::1]:53"));
        assert_eq!(read("[::1]"), one("[::1]:53"));
        assert_eq!(read("[::1]:54"), one("[::1]:54"));
        for wrong in ["", "System", "ns1.example.com", "127.0.0.1:0", "127.0.0.1:99999", "1.2.3"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
