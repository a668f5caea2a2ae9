//! Where the server is and who knocks: a URL, and settings that override its parts.

use crate::db::address;
use crate::net::tls_verification::Verified;
use fixproof_core::model::{Mistake, Secret, Settings};

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// A name or an address, and a port.
    Tcp(String, u16),
    /// A socket file.
    Socket(String),
}

/// How much TLS is wanted; MySQL's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// None.
    Disable,
    /// If the server has it; unverified.
    Preferred,
    /// Encrypted; unverified.
    Required,
    /// The issuer is verified.
    VerifyCa,
    /// Issuer and name are verified.
    VerifyIdentity,
}

/// The words of the setting `tls`.
pub(super) const TLS_MODES: &[&str] =
    &["disable", "preferred", "required", "verify-ca", "verify-identity", "verify-full"];

impl TlsMode {
    /// Reads a word of the setting, or of a URL: `VERIFY_CA`, `DISABLED`.
    fn named(word: &str) -> Option<TlsMode> {
        Some(match &*word.to_lowercase().replace('_', "-") {
            "disable" | "disabled" => TlsMode::Disable,
            "preferred" | "prefer" => TlsMode::Preferred,
            "required" | "require" => TlsMode::Required,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-identity" | "verify-full" => TlsMode::VerifyIdentity,
            _ => return None,
        })
    }

    /// What is verified.
    pub(super) fn verified(self) -> Verified {
        match self {
            TlsMode::Disable | TlsMode::Preferred | TlsMode::Required => Verified::Nothing,
            TlsMode::VerifyCa => Verified::Issuer,
            TlsMode::VerifyIdentity => Verified::All,
        }
    }
}

/// Everything a connection needs to know.
#[derive(Debug)]
pub(super) struct Address {
    /// The way.
    pub(super) route: Route,
    /// The account.
    pub(super) user: String,
    /// Its password.
    pub(super) password: Option<Secret>,
    /// The database, if one is chosen.
    pub(super) database: Option<String>,
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
    let mut parts = Parts::default();
    if let Some(Err(mistake)) = settings.text("url").map(|url| from_url(url.expose(), &mut parts)) {
        return Err(vec![mistake]);
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
    if let Some(port) = settings.count("port") {
        parts.port = Some(port.to_string());
    }
    finish(parts)
}

fn finish(parts: Parts) -> Result<Address, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let port = address::port(parts.port.as_deref(), 3306).unwrap_or_else(|why| {
        mistakes.push(Mistake::at("port", why));
        3306
    });
    let host = parts.host.filter(|host| !host.is_empty()).unwrap_or_else(|| {
        mistakes.push(Mistake::whole("no host is given").help("give `url` or `host`"));
        String::new()
    });
    let strange = |c: char| c.is_whitespace() || c.is_control() || "@?#[],".contains(c);
    if !host.starts_with('/') && host.contains(strange) {
        mistakes.push(Mistake::whole("the host is neither one name nor one address"));
    }
    let user = parts.user.filter(|user| !user.is_empty()).unwrap_or_else(|| {
        mistakes.push(Mistake::whole("no user is given").help("give it in `url` or as `user`"));
        String::new()
    });
    let database = parts.database.filter(|name| !name.is_empty());
    if user.contains('\0') || database.as_ref().is_some_and(|name| name.contains('\0')) {
        mistakes.push(Mistake::whole("user and database can't hold a NUL"));
    }
    if parts.password.as_ref().is_some_and(|password| password.contains('\0') || password.len() > 250) {
        mistakes.push(Mistake::whole("a password can't hold a NUL, nor more than 250 bytes"));
    }
    let tls = parts.tls.as_deref().map_or(Some(TlsMode::Preferred), TlsMode::named).unwrap_or_else(|| {
        let known = TLS_MODES.join(", ");
        mistakes.push(Mistake::whole("the TLS mode is none there is").help(format!("it is one of {known}")));
        TlsMode::Preferred
    });
    if parts.ca.is_some() && tls.verified() == Verified::Nothing {
        mistakes.push(
            Mistake::at("ca", "nothing is verified, so nobody looks at these issuers")
                .help("add tls = \"verify-identity\""),
        );
    }
    let route = if host.starts_with('/') { Route::Socket(host) } else { Route::Tcp(host, port) };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Address { route, user, password: parts.password.map(Secret::new), database, tls, ca: parts.ca })
}

fn wrong(message: impl Into<String>) -> Mistake {
    Mistake::at("url", message).help("for example mysql://user@host:3306/database?ssl-mode=VERIFY_IDENTITY")
}

fn from_url(url: &str, parts: &mut Parts) -> Result<(), Mistake> {
    let location = address::parse(url).map_err(wrong)?;
    let driver = location.scheme.split_once('+').map_or(&*location.scheme, |(scheme, _)| scheme);
    if !matches!(driver, "mysql" | "mariadb") {
        return Err(wrong("its scheme is not `mysql` or `mariadb`"));
    }
    parts.user = location.user;
    parts.password = location.password;
    parts.host = location.host;
    parts.port = location.port;
    parts.database = location.database;
    for (key, value) in location.options {
        let part = match &*key {
            "ssl-mode" | "sslmode" | "ssl_mode" => &mut parts.tls,
            "ssl-ca" | "sslca" | "ssl_ca" => &mut parts.ca,
            "socket" | "unix_socket" => &mut parts.host,
            // How a text is encoded, which is settled here.
            "charset" => continue,
            _ => {
                let known = "ssl-mode, ssl-ca, socket, charset";
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
        let socket = Route::Socket("/run/mysqld/mysqld.sock".into());
        for (text, route, database, tls) in [
            ("mysql://u:p@h/db", tcp("h", 3306), Some("db"), TlsMode::Preferred),
            ("mysql+aiomysql://u:p@h:6000", tcp("h", 6000), None, TlsMode::Preferred),
            ("mariadb://u@[::1]:7/db?ssl-mode=VERIFY_CA", tcp("::1", 7), Some("db"), TlsMode::VerifyCa),
            ("mysql://u@/db?socket=/run/mysqld/mysqld.sock", socket.clone(), Some("db"), TlsMode::Preferred),
            ("mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/db", socket, Some("db"), TlsMode::Preferred),
            ("mysql://u@h/?sslmode=disabled&charset=utf8mb4", tcp("h", 3306), None, TlsMode::Disable),
        ] {
            let address = url(text).unwrap();
            assert_eq!(
                (address.route, address.database.as_deref(), address.tls),
                (route, database, tls),
                "{text}"
            );
        }
        assert!(!format!("{:?}", url("mysql://u:canary@h").unwrap()).contains("canary"));
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "mysql://u:canary@h/db?canary=1",
            "postgres://u:canary@h/db",
            "canary",
            "mysql://u:canary%zz@h/db",
            "mysql://u:canary%00@h/db",
            "mysql://u:canary@h:99999/db",
            "mysql://u:canary@/db",
            "mysql://:canary@h/db",
            "mysql://u:canary@h,canary/db",
            "mysql://u:canary@h/db?ssl-mode=canary",
        ] {
            let mistakes = url(text).unwrap_err();
            assert!(
                !mistakes.is_empty() && !format!("{mistakes:?}").contains("canary"),
                "{text}: {mistakes:?}"
            );
        }
    }
}
