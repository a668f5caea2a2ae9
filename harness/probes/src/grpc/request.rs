//! A call made ready: every setting read, nothing sent.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use rustls::pki_types::ServerName;
use url::Url;

use crate::PrepareContext;
use crate::net::connect::{Endpoint, Family};
use crate::net::tls::TlsClient;
use crate::net::tls_verification::{Verified, authorities};
use fixproof_core::model::{Mistake, Settings, Text};

/// What a call may not say by itself, because the protocol does, or because HTTP/2 has no such headers.
const RESERVED: [&str; 10] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Everything one call needs. It has no `Debug`: it holds what is secret.
pub(super) struct Request {
    /// The address to connect to.
    pub(super) endpoint: Endpoint,
    /// The trusted certificate authorities; none without TLS.
    pub(super) tls_client: Option<TlsClient>,
    /// The name that is asked for and verified.
    pub(super) name: String,
    /// The same as HTTP has it, with its port.
    pub(super) authority: Authority,
    /// The service whose health is asked for.
    pub(super) service: Text,
    /// What goes with the call.
    pub(super) metadata: HeaderMap,
}

impl Request {
    /// Reads every setting.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(super) fn new(settings: &Settings, context: &PrepareContext<'_>) -> Result<Request, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let metadata = metadata(settings, &mut mistakes);
        let found = place(settings).map_err(|mistake| mistakes.push(mistake)).ok();
        let named = found.as_ref().and_then(|(endpoint, secure)| {
            name(settings, endpoint, *secure).map_err(|mistake| mistakes.push(mistake)).ok()
        });
        let tls_client = match found.as_ref().is_some_and(|(_, secure)| *secure) {
            false => Ok(None),
            true => {
                TlsClient::new(Verified::All, authorities(settings.text("ca"), context).as_deref(), &["h2"])
                    .map(Some)
            }
        };
        let tls_client = tls_client.map_err(|why| mistakes.push(Mistake::at("ca", why)));
        let service = settings.text("service").cloned().unwrap_or_else(|| Text::plain(""));
        match (found, named, tls_client) {
            (Some((endpoint, _)), Some((name, authority)), Ok(tls_client)) if mistakes.is_empty() => {
                Ok(Request { endpoint, tls_client, name, authority, service, metadata })
            }
            _ => Err(mistakes),
        }
    }
}

/// The address to connect to, and whether it uses TLS.
pub(super) fn place(settings: &Settings) -> Result<(Endpoint, bool), Mistake> {
    match (settings.text("url"), settings.text("address")) {
        (Some(url), None) if settings.get("tls").is_none() => by_url(url, settings),
        (Some(_), None) => {
            let help = "leave `tls` out: https:// has it, http:// has not";
            Err(Mistake::at("tls", "the url says already whether TLS is spoken").help(help))
        }
        (None, Some(_)) => Ok((Endpoint::of(settings, None)?, settings.flag("tls").unwrap_or(true))),
        (None, None) => Err(Mistake::whole("the address is missing: `url` or `address` is required")),
        (Some(_), Some(_)) => Err(Mistake::whole("`url` and `address` can't be given together")),
    }
}

fn by_url(text: &Text, settings: &Settings) -> Result<(Endpoint, bool), Mistake> {
    let shown = if text.is_secret() { "the address".to_owned() } else { format!("`{}`", text.expose()) };
    let wrong = |what: &str| {
        let help = "write it as https://host:port, or http:// without TLS";
        Mistake::at("url", format!("{shown} {what}")).help(help)
    };
    let url = Url::parse(text.expose()).map_err(|error| wrong(&format!("is no address: {error}")))?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(wrong("is not http or https")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        // The address is not repeated: there may be a password in it.
        return Err(Mistake::at("url", "the address holds a user or a password")
            .help("use `bearer` or `metadata`, with the token as a secret"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("holds more than a host and a port; the method called is always the health check"));
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(wrong("has no host"));
    };
    let host = match host {
        url::Host::Domain(name) => name.to_owned(),
        url::Host::Ipv4(ip) => ip.to_string(),
        url::Host::Ipv6(ip) => ip.to_string(),
    };
    if port == 0 {
        return Err(wrong("has a port that can't be connected to"));
    }
    let family = Family::named(settings.text("ip").map(Text::expose));
    Ok((Endpoint { host, port, family }, secure))
}

/// The name that is asked for, as TLS has it and as HTTP has it.
fn name(settings: &Settings, endpoint: &Endpoint, secure: bool) -> Result<(String, Authority), Mistake> {
    let (setting, name) = match settings.text("server-name") {
        Some(name) => ("server-name", name.expose()),
        None if settings.get("url").is_some() => ("url", &*endpoint.host),
        None => ("address", &*endpoint.host),
    };
    let usual = if secure { ":443" } else { ":80" };
    let authority = Endpoint { host: name.to_owned(), ..endpoint.clone() }.to_string();
    // As every client writes it: without the port that goes without saying.
    let authority = authority.strip_suffix(usual).unwrap_or(&authority).parse();
    match (ServerName::try_from(name), authority) {
        (Ok(_), Ok(authority)) => Ok((name.to_owned(), authority)),
        _ => {
            let help = "write a host name or an address; names beyond ASCII as xn--…";
            Err(Mistake::at(setting, "its host can't be a name in a certificate").help(help))
        }
    }
}

fn metadata(settings: &Settings, mistakes: &mut Vec<Mistake>) -> HeaderMap {
    let mut metadata = HeaderMap::new();
    for (name, value) in settings.table("metadata") {
        let Some((text, key)) = value.scalar_text().zip(HeaderName::from_bytes(name.as_bytes()).ok()) else {
            mistakes.push(Mistake::at("metadata", format!("`{name}` is no name that metadata can have")));
            continue;
        };
        if key.as_str().starts_with("grpc-") || RESERVED.contains(&key.as_str()) {
            let message = format!("`{name}` belongs to the protocol, which says it itself");
            mistakes.push(Mistake::at("metadata", message));
            continue;
        }
        match HeaderValue::from_str(text.expose()) {
            Ok(mut value) => {
                value.set_sensitive(text.is_secret());
                metadata.append(key, value);
            }
            Err(_) => {
                let message =
                    format!("the value of `{name}` holds a character that none may hold (a line break?)");
                mistakes.push(
                    Mistake::at("metadata", message)
                        .help("bytes go as base64 under a name that ends in -bin"),
                );
            }
        }
    }
    let Some(token) = settings.text("bearer") else { return metadata };
    if metadata.contains_key(AUTHORIZATION) {
        mistakes
            .push(Mistake::whole("only one of `bearer` and an `authorization` in `metadata` can be sent"));
    }
    match HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
        Ok(mut value) => {
            value.set_sensitive(true);
            metadata.insert(AUTHORIZATION, value);
        }
        Err(_) => mistakes.push(
            Mistake::at("bearer", "it holds a character that no header may hold")
                .help("a secret read from a file may hold a line break in its middle"),
        ),
    }
    metadata
}
