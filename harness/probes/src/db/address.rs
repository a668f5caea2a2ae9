//! Where a database is and who logs in: a URL, and settings that override its parts.

use std::net::{IpAddr, SocketAddr};

use super::url;
use crate::PrepareContext;
use crate::net::connect::{Endpoint, Family};
use crate::net::observation_builder::ObservationBuilder;
use crate::net::tls::TlsClient;
use crate::net::tls_verification::Verified;
use crate::net::unix_socket::Duplex;
use fixproof_core::model::{Mistake, ProbeError, Secret, Setting, Settings, Text};

/// What differs between the databases.
pub(crate) struct Dialect {
    /// Schemes of a URL, and the TLS mode that each means. Without a URL the first holds.
    pub(crate) schemes: &'static [(&'static str, TlsMode)],
    /// May the scheme name a driver, as in `mysql+aiomysql`?
    pub(crate) drivers: bool,
    /// What a URL looks like.
    pub(crate) example: &'static str,
    /// The default port.
    pub(crate) port: u16,
    /// The words of the setting `tls`.
    pub(crate) tls_modes: &'static [&'static str],
    /// Reads a TLS mode: one of `tls_modes`, or another spelling that a URL may have.
    pub(crate) tls_mode: fn(&str) -> Option<TlsMode>,
    /// Is `ca = "system"` valid also with a TLS mode that verifies no certificate?
    pub(crate) system_ca_always: bool,
    /// The parameters known after `?`.
    pub(crate) parameters: &'static [(&'static str, Part)],
    /// The socket file of a host that is a path, and a port; none where there are no sockets.
    pub(crate) socket: Option<fn(String, u16) -> String>,
    /// SQL: a user is required, and no name may hold a NUL. Otherwise a user requires a password.
    pub(crate) sql: bool,
}

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Host,
    Port,
    User,
    Password,
    Database,
    Tls,
    Ca,
    Ignored,
}

/// The settings that override a part.
const SETTINGS: [(&str, Part); 7] = [
    ("host", Part::Host),
    ("port", Part::Port),
    ("user", Part::User),
    ("password", Part::Password),
    ("database", Part::Database),
    ("tls", Part::Tls),
    ("ca", Part::Ca),
];

/// How much TLS is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsMode {
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

impl TlsMode {
    /// What is verified.
    pub(crate) fn verified(self) -> Verified {
        match self {
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => Verified::Nothing,
            TlsMode::VerifyCa => Verified::Issuer,
            TlsMode::VerifyFull => Verified::All,
        }
    }

    /// Is the certificate verified?
    pub(crate) fn verifies(self) -> bool {
        self.verified() != Verified::Nothing
    }
}

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A name or an address, and a port.
    Tcp(Endpoint),
    /// A socket file.
    Socket(String),
}

impl Route {
    /// The host, or the socket file.
    pub(crate) fn host(&self) -> &str {
        match self {
            Route::Tcp(endpoint) => &endpoint.host,
            Route::Socket(path) => path,
        }
    }
}

/// Everything a connection needs to know.
#[derive(Debug)]
pub(crate) struct Address {
    /// The way.
    pub(crate) route: Route,
    /// The account; empty for none.
    pub(crate) user: String,
    /// Its password.
    pub(crate) password: Option<Secret>,
    /// The database, if one is named.
    pub(crate) database: Option<String>,
    /// How much TLS.
    pub(crate) tls: TlsMode,
    /// The file of the only trusted authorities; none for the system's.
    pub(crate) ca: Option<String>,
}

/// The parts found so far, by [`Part`].
#[derive(Default)]
struct Parts([Option<String>; 8]);

impl Parts {
    fn set(&mut self, part: Part, value: Option<String>) {
        if let Some(value) = value {
            self.0[part as usize] = Some(value);
        }
    }

    fn get(&self, part: Part) -> Option<String> {
        self.0[part as usize].clone()
    }

    fn not_empty(&self, part: Part) -> Option<String> {
        self.get(part).filter(|value| !value.is_empty())
    }
}

impl Address {
    /// Reads `url` and the settings that override its parts.
    ///
    /// # Errors
    /// What is invalid, without a part of the URL: the password could be anywhere in it.
    pub(crate) fn read(settings: &Settings, dialect: &Dialect) -> Result<Address, Vec<Mistake>> {
        let mut parts = Parts::default();
        let mut tls = dialect.schemes.first().map_or(TlsMode::Prefer, |(_, mode)| *mode);
        if let Some(url) = settings.text("url") {
            tls = dialect.parse(url.expose(), &mut parts).map_err(|mistake| vec![mistake])?;
        }
        for (name, part) in SETTINGS {
            let value = settings.get(name).and_then(Setting::scalar_text);
            parts.set(part, value.map(|text| text.expose().to_owned()));
        }
        let mut mistakes = Vec::new();
        let family = Family::named(settings.text("ip").map(Text::expose));
        let route = dialect.route(&parts, family).map_err(|mistake| mistakes.push(mistake));
        let user = parts.not_empty(Part::User).unwrap_or_default();
        let password = parts.not_empty(Part::Password);
        let database = parts.not_empty(Part::Database);
        mistakes.extend(dialect.wrong_account(&user, password.as_deref(), database.as_deref()));
        if let Some(word) = parts.get(Part::Tls) {
            tls = (dialect.tls_mode)(&word).unwrap_or_else(|| {
                let help = format!("it must be one of {}", dialect.tls_modes.join(", "));
                mistakes.push(Mistake::whole("unknown TLS mode").help(help));
                tls
            });
        }
        let ca = parts.get(Part::Ca);
        let system = ca.as_deref() == Some("system");
        if ca.is_some() && !(system && dialect.system_ca_always) && !tls.verifies() {
            let message = "the TLS mode verifies no certificate, so `ca` has no effect";
            mistakes.push(Mistake::at("ca", message).help("add tls = \"verify-full\""));
        }
        match route {
            Ok(route) if mistakes.is_empty() => {
                let ca = ca.filter(|_| !system);
                Ok(Address { route, user, password: password.map(Secret::new), database, tls, ca })
            }
            _ => Err(mistakes),
        }
    }

    /// The database; named like the user unless another is given.
    pub(crate) fn database_or_user(&self) -> &str {
        self.database.as_deref().unwrap_or(&self.user)
    }

    /// How TLS is spoken there; none for a socket, or where none is wanted.
    ///
    /// # Errors
    /// What is wrong with `ca`.
    pub(crate) fn tls_client(
        &self,
        context: &PrepareContext<'_>,
        alpn: &[&str],
    ) -> Result<Option<TlsClient>, Mistake> {
        if matches!(self.route, Route::Socket(_)) || self.tls == TlsMode::Disable {
            return Ok(None);
        }
        let ca = self.ca.as_ref().map(|ca| context.root.join(ca));
        let client = TlsClient::new(self.tls.verified(), ca.as_deref(), alpn);
        client.map(Some).map_err(|why| Mistake::at("ca", why))
    }
}

impl Dialect {
    fn wrong_url(&self, message: impl Into<String>) -> Mistake {
        Mistake::at("url", message).help(format!("for example {}", self.example))
    }

    /// Takes a URL apart; yields the TLS mode of its scheme.
    fn parse(&self, text: &str, parts: &mut Parts) -> Result<TlsMode, Mistake> {
        let found = url::parse(text).map_err(|why| self.wrong_url(why))?;
        let scheme = match found.scheme.split_once('+') {
            Some((scheme, _)) if self.drivers => scheme,
            _ => &*found.scheme,
        };
        let Some((_, tls)) = self.schemes.iter().find(|(name, _)| *name == scheme) else {
            let names: Vec<String> =
                self.schemes.iter().take(2).map(|(name, _)| format!("`{name}`")).collect();
            return Err(self.wrong_url(format!("the scheme must be {}", names.join(" or "))));
        };
        parts.set(Part::User, found.user);
        parts.set(Part::Password, found.password);
        parts.set(Part::Host, found.host);
        parts.set(Part::Port, found.port);
        parts.set(Part::Database, found.database);
        for (key, value) in found.options {
            let Some((_, part)) = self.parameters.iter().find(|(name, _)| *name == key) else {
                let known: Vec<&str> = self.parameters.iter().map(|(name, _)| *name).collect();
                let help = match known.is_empty() {
                    true => "use the settings instead: tls, ca, database".to_owned(),
                    false => format!("known are {}", known.join(", ")),
                };
                return Err(self.wrong_url("unknown parameter after a `?`").help(help));
            };
            parts.set(*part, Some(value));
        }
        Ok(*tls)
    }

    fn route(&self, parts: &Parts, family: Family) -> Result<Route, Mistake> {
        let port =
            url::port(parts.get(Part::Port).as_deref(), self.port).map_err(|why| Mistake::at("port", why))?;
        let host = parts.not_empty(Part::Host);
        let host = host.ok_or_else(|| Mistake::whole("no host is given").help("add `url` or `host`"))?;
        if let Some(socket) = self.socket.filter(|_| host.starts_with('/')) {
            return Ok(Route::Socket(socket(host, port)));
        }
        let strange = |c: char| c.is_whitespace() || c.is_control() || "/@?#[],".contains(c);
        if host.contains(strange) {
            let help = "for several hosts, write a scenario for each";
            return Err(Mistake::whole("the host must be one name or one address").help(help));
        }
        match host.parse::<IpAddr>() {
            Ok(ip) if !family.takes(&SocketAddr::new(ip, port)) => {
                Err(Mistake::at("ip", "the address is of the other family").help("remove `ip`"))
            }
            _ => Ok(Route::Tcp(Endpoint { host, port, family })),
        }
    }

    fn wrong_account(&self, user: &str, password: Option<&str>, database: Option<&str>) -> Option<Mistake> {
        let nul = |text: &str| text.contains('\0');
        if !self.sql {
            let help = "add `password`; a user cannot log in without one";
            let mistake = || Mistake::whole("a user is given and no password").help(help);
            return (!user.is_empty() && password.is_none()).then(mistake);
        }
        if user.is_empty() {
            return Some(Mistake::whole("no user is given").help("add it to `url` or as `user`"));
        }
        (nul(user) || password.is_some_and(nul) || database.is_some_and(nul))
            .then(|| Mistake::whole("user, password and database must not contain a NUL"))
    }
}

impl ObservationBuilder {
    /// Connects (phase and fact `tcp`, `time.tcp`). Yields the stream, and the peer's address for messages.
    pub(crate) async fn connect_route(
        &mut self,
        route: &Route,
    ) -> Result<(Box<dyn Duplex>, String), ProbeError> {
        const CONNECT: (&str, &str) = ("tcp", "time.tcp");
        match route {
            Route::Tcp(endpoint) => {
                let stream = self.connect(endpoint, CONNECT).await?;
                let peer = stream.peer_addr().map_or_else(|_| endpoint.to_string(), |peer| peer.to_string());
                Ok((Box::new(stream), peer))
            }
            Route::Socket(path) => {
                let stream = self.connect_unix(path, CONNECT).await?;
                Ok((Box::new(stream), path.clone()))
            }
        }
    }
}
