//! Where the server is and who knocks: a URL, and settings that override its parts.

use crate::db::address;
use fixproof_core::model::{Mistake, Secret, Settings};

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// A name or an address, and a port.
    Tcp(String, u16),
    /// A socket file.
    Socket(String),
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Route::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Route::Tcp(host, port) => write!(f, "{host}:{port}"),
            Route::Socket(path) => f.write_str(path),
        }
    }
}

/// How much TLS is wanted; libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// None.
    Disable,
    /// If the server has it; unverified.
    Prefer,
    /// Encrypted; unverified.
    Require,
    /// The issuer is verified.
    VerifyCa,
    /// Issuer and name are verified.
    VerifyFull,
}

/// The words of the setting `tls`.
pub(super) const TLS_MODES: &[&str] = &["disable", "prefer", "require", "verify-ca", "verify-full"];

impl TlsMode {
    fn named(word: &str) -> Option<TlsMode> {
        Some(match word {
            "disable" => TlsMode::Disable,
            "allow" | "prefer" => TlsMode::Prefer,
            "require" => TlsMode::Require,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-full" => TlsMode::VerifyFull,
            _ => return None,
        })
    }

    /// Is the certificate looked at?
    pub(super) fn verifies(self) -> bool {
        matches!(self, TlsMode::VerifyCa | TlsMode::VerifyFull)
    }
}

/// Everything a connection needs to know.
#[derive(Debug)]
pub(super) struct Address {
    /// The way.
    pub(super) route: Route,
    /// The role.
    pub(super) user: String,
    /// Its password.
    pub(super) password: Option<Secret>,
    /// The database.
    pub(super) database: String,
    /// How much TLS.
    pub(super) tls: TlsMode,
    /// The file of trusted issuers.
    pub(super) ca: Option<String>,
}

/// The parts as they are found, the later over the earlier.
#[derive(Default)]
struct Parts {
    host: Option<String>,
    port: Option<String>,
    user: Option<String>,
    password: Option<String>,
    database: Option<String>,
    tls: Option<String>,
    ca: Option<String>,
}

/// Reads the settings.
pub(super) fn read(settings: &Settings) -> Result<Address, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut parts = Parts::default();
    if let Some(Err(mistake)) = settings.text("url").map(|url| from_url(url.expose(), &mut parts)) {
        mistakes.push(mistake);
    }
    let over = |name: &str, part: &mut Option<String>| {
        if let Some(text) = settings.text(name) {
            *part = Some(text.expose().to_owned());
        }
    };
    over("host", &mut parts.host);
    over("user", &mut parts.user);
    over("password", &mut parts.password);
    over("database", &mut parts.database);
    over("tls", &mut parts.tls);
    over("ca", &mut parts.ca);
    // The machine's own authorities are who is trusted anyway.
    parts.ca = parts.ca.filter(|ca| ca != "system");
    if let Some(port) = settings.count("port") {
        parts.port = Some(port.to_string());
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    finish(parts)
}

fn finish(parts: Parts) -> Result<Address, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let port = address::port(parts.port.as_deref(), 5432).unwrap_or_else(|why| {
        mistakes.push(Mistake::at("port", why));
        5432
    });
    let host = parts.host.filter(|host| !host.is_empty()).unwrap_or_else(|| {
        mistakes.push(Mistake::whole("no host is given").help("give `url` or `host`"));
        String::new()
    });
    if host.contains(',') {
        mistakes.push(Mistake::whole("several hosts are given").help("ask each in a scenario of its own"));
    }
    let user = parts.user.filter(|user| !user.is_empty()).unwrap_or_else(|| {
        mistakes.push(Mistake::whole("no user is given").help("give it in `url` or as `user`"));
        String::new()
    });
    let database = parts.database.filter(|name| !name.is_empty()).unwrap_or_else(|| user.clone());
    if user.contains('\0') || database.contains('\0') {
        mistakes.push(Mistake::whole("user and database can't hold a NUL"));
    }
    let route = if !host.starts_with('/') {
        Route::Tcp(host, port)
    } else if host.rsplit('/').next().is_some_and(|file| file.starts_with(".s.PGSQL.")) {
        Route::Socket(host)
    } else {
        Route::Socket(format!("{}/.s.PGSQL.{port}", host.trim_end_matches('/')))
    };
    let tls = parts.tls.as_deref().map_or(Some(TlsMode::Prefer), TlsMode::named).unwrap_or_else(|| {
        let known = TLS_MODES.join(", ");
        mistakes.push(Mistake::whole("the TLS mode is none there is").help(format!("it is one of {known}")));
        TlsMode::Prefer
    });
    if parts.ca.is_some() && !tls.verifies() {
        mistakes.push(
            Mistake::at("ca", "nothing is verified, so nobody looks at these issuers")
                .help("add tls = \"verify-full\""),
        );
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Address { route, user, password: parts.password.map(Secret::new), database, tls, ca: parts.ca })
}

fn wrong(message: impl Into<String>) -> Mistake {
    Mistake::at("url", message).help("for example postgresql://user@host:5432/database?sslmode=verify-full")
}

fn from_url(url: &str, parts: &mut Parts) -> Result<(), Mistake> {
    let location = address::parse(url).map_err(wrong)?;
    if !matches!(&*location.scheme, "postgres" | "postgresql" | "postgresql+asyncpg" | "postgres+asyncpg") {
        return Err(wrong("its scheme is not `postgres` or `postgresql`"));
    }
    parts.user = location.user;
    parts.password = location.password;
    parts.host = location.host;
    parts.port = location.port;
    parts.database = location.database;
    for (key, value) in location.options {
        let part = match &*key {
            "host" => &mut parts.host,
            "port" => &mut parts.port,
            "user" => &mut parts.user,
            "password" => &mut parts.password,
            "dbname" => &mut parts.database,
            "sslmode" | "ssl" => &mut parts.tls,
            "sslrootcert" => &mut parts.ca,
            _ => {
                let known = "host, port, user, password, dbname, sslmode, sslrootcert";
                return Err(wrong("a key after `?` is not known").help(format!("known are {known}")));
            }
        };
        *part = Some(value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixproof_core::model::{Setting, Text};

    fn url(text: &str) -> Result<Address, Vec<Mistake>> {
        read(&Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]))
    }

    #[test]
    fn urls_are_read() {
        let tcp = |host: &str, port| Route::Tcp(host.into(), port);
        let socket = Route::Socket("/cloudsql/p:r:i/.s.PGSQL.5432".into());
        for (text, route, database) in [
            ("postgres://u:p@h/db", tcp("h", 5432), "db"),
            ("postgresql+asyncpg://u:p@h:6000", tcp("h", 6000), "u"),
            ("postgresql://u@[::1]:7/db?sslmode=require", tcp("::1", 7), "db"),
            ("postgres://u@/db?host=/cloudsql/p:r:i", socket.clone(), "db"),
            ("postgres://u@%2Fcloudsql%2Fp%3Ar%3Ai/db", socket, "db"),
        ] {
            let address = url(text).unwrap();
            assert_eq!((address.route, address.database.as_str()), (route, database), "{text}");
        }
        let address = url("postgres://u%40x:p%3A%2F@h/db?sslmode=verify-full").unwrap();
        assert_eq!(address.user, "u@x");
        assert_eq!(address.password.as_ref().map(Secret::expose), Some("p:/"));
        assert_eq!(address.tls, TlsMode::VerifyFull);
        assert!(!format!("{address:?}").contains("p:/"));
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "postgres://u:canary@h/db?canary=1",
            "mysql://u:canary@h/db",
            "canary",
            "postgres://u:canary%zz@h/db",
            "postgres://u:canary@h:99999/db",
            "postgres://u:canary@/db",
            "postgres://:canary@h/db",
            "postgres://u:canary@h,canary/db",
            "postgres://u:canary@h/db?sslmode=canary",
        ] {
            let mistakes = url(text).unwrap_err();
            assert!(
                !mistakes.is_empty() && !format!("{mistakes:?}").contains("canary"),
                "{text}: {mistakes:?}"
            );
        }
    }
}
