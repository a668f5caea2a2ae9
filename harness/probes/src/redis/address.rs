//! Where the server is and who knocks: a URL, and settings that override its parts.

use std::net::{IpAddr, SocketAddr};

use crate::db::address::{self, Location};
use crate::net::connect::{Endpoint, Family};
use fixproof_core::model::{Mistake, Secret, Settings, Text};

/// How much TLS is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// None.
    Disable,
    /// The issuer is verified.
    VerifyCa,
    /// Issuer and name are verified.
    VerifyFull,
}

/// The words of the setting `tls`.
pub(super) const TLS_MODES: &[&str] = &["disable", "verify-ca", "verify-full"];

/// Everything a connection needs to know.
#[derive(Debug)]
pub(super) struct Address {
    /// Where.
    pub(super) endpoint: Endpoint,
    /// The ACL user.
    pub(super) user: Option<String>,
    /// Its password.
    pub(super) password: Option<Secret>,
    /// The number of the database.
    pub(super) database: Option<u64>,
    /// How much TLS.
    pub(super) tls: TlsMode,
    /// The file of trusted issuers.
    pub(super) ca: Option<String>,
}

fn wrong(message: impl Into<String>) -> Mistake {
    Mistake::at("url", message)
        .help("for example redis://host:6379/0, or rediss://user:password@host:6379 for TLS")
}

/// Reads the settings.
pub(super) fn read(settings: &Settings) -> Result<Address, Vec<Mistake>> {
    let text = |name: &str| settings.text(name).map(|text| text.expose().to_owned());
    let location = match settings.text("url").map(|url| from_url(url.expose())) {
        Some(Err(mistake)) => return Err(vec![mistake]),
        Some(Ok(location)) => location,
        None => Location::default(),
    };
    let mut mistakes = Vec::new();
    let port = settings.count("port").map(|port| port.to_string()).or(location.port);
    let port = address::port(port.as_deref(), 6379).unwrap_or_else(|why| {
        mistakes.push(Mistake::at("port", why));
        6379
    });
    let family = Family::named(settings.text("ip").map(Text::expose));
    let endpoint =
        place(text("host").or(location.host), port, family).map_err(|mistake| mistakes.push(mistake));
    let tls = match text("tls").as_deref() {
        Some("disable") => TlsMode::Disable,
        Some("verify-ca") => TlsMode::VerifyCa,
        Some("verify-full") => TlsMode::VerifyFull,
        _ if location.scheme == "rediss" => TlsMode::VerifyFull,
        _ => TlsMode::Disable,
    };
    let ca = text("ca");
    if ca.is_some() && tls == TlsMode::Disable {
        let message = "nothing is verified, so nobody looks at these issuers";
        mistakes.push(Mistake::at("ca", message).help("write rediss://, or add tls = \"verify-full\""));
    }
    let user = text("user").or(location.user).filter(|user| !user.is_empty());
    let password = text("password").or(location.password).filter(|password| !password.is_empty());
    if user.is_some() && password.is_none() {
        let help = "add `password`; a user without one is given any";
        mistakes.push(Mistake::whole("a user is given and no password").help(help));
    }
    let database = match (settings.count("database"), location.database) {
        (Some(number), _) => Some(number),
        (None, Some(written)) => {
            written.parse().map_err(|_| mistakes.push(wrong("a database of Redis is a number"))).ok()
        }
        (None, None) => None,
    };
    match endpoint {
        Ok(endpoint) if mistakes.is_empty() => {
            Ok(Address { endpoint, user, password: password.map(Secret::new), database, tls, ca })
        }
        _ => Err(mistakes),
    }
}

fn from_url(url: &str) -> Result<Location, Mistake> {
    let location = address::parse(url).map_err(wrong)?;
    if !matches!(&*location.scheme, "redis" | "rediss" | "valkey" | "valkeys") {
        return Err(wrong("its scheme is not `redis` or `rediss`"));
    }
    if !location.options.is_empty() {
        return Err(wrong("nothing is known after a `?`").help("write it as a setting: tls, ca, database"));
    }
    let scheme = location.scheme.replace("valkey", "redis");
    Ok(Location { scheme, ..location })
}

fn place(host: Option<String>, port: u16, family: Family) -> Result<Endpoint, Mistake> {
    let host = host
        .filter(|host| !host.is_empty())
        .ok_or_else(|| Mistake::whole("no host is given").help("give `url` or `host`"))?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || "/@?#[],".contains(c);
    if host.contains(strange) {
        return Err(Mistake::whole("the host is neither one name nor one address"));
    }
    match host.parse::<IpAddr>() {
        Ok(ip) if !family.takes(&SocketAddr::new(ip, port)) => {
            Err(Mistake::at("ip", "the address given is of the other kind").help("leave `ip` out"))
        }
        _ => Ok(Endpoint { host, port, family }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixproof_core::model::Setting;

    fn url(text: &str) -> Result<Address, Vec<Mistake>> {
        read(&Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]))
    }

    #[test]
    fn urls_are_read() {
        for (text, endpoint, user, password, database, tls) in [
            ("redis://h", "h:6379", None, None, None, TlsMode::Disable),
            ("redis://:p%40@h:7/3", "h:7", None, Some("p@"), Some(3), TlsMode::Disable),
            ("rediss://u:p@[::1]/", "[::1]:6379", Some("u"), Some("p"), None, TlsMode::VerifyFull),
        ] {
            let address = url(text).unwrap();
            assert_eq!(address.endpoint.to_string(), endpoint);
            assert_eq!(address.user.as_deref(), user);
            assert_eq!(address.password.as_ref().map(Secret::expose), password);
            assert_eq!((address.database, address.tls), (database, tls), "{text}");
            assert!(!format!("{address:?}").contains("p@"));
        }
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "redis://u:canary@h/canary",
            "redis://u:canary@h/0?canary=1",
            "postgres://u:canary@h/0",
            "canary",
            "redis://u:canary%zz@h/0",
            "redis://u:canary@h:99999/0",
            "redis://u:canary@/0",
            "redis://u:canary@h,canary/0",
        ] {
            let mistakes = url(text).unwrap_err();
            assert!(
                !mistakes.is_empty() && !format!("{mistakes:?}").contains("canary"),
                "{text}: {mistakes:?}"
            );
        }
    }
}
