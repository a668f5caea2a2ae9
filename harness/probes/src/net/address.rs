//! Settings that name the target: a URL, and an address that overrides its name's own.

use std::net::{IpAddr, SocketAddr};

use url::Url;

use fixproof_core::model::{Mistake, Settings, Text};

/// A text setting, exposed.
pub(crate) fn word<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    settings.text(name).map(Text::expose)
}

/// A setting as a message may show it.
pub(crate) fn quoted(settings: &Settings, name: &str) -> String {
    match settings.text(name) {
        Some(text) if !text.is_secret() => format!("`{}`", text.expose()),
        _ => "it".to_owned(),
    }
}

/// What the setting `url` of a probe must be.
pub(crate) struct Scheme {
    /// The schemes it may have.
    pub(crate) names: [&'static str; 2],
    /// What one looks like.
    pub(crate) example: &'static str,
    /// What to use instead of a password in it.
    pub(crate) instead: &'static str,
}

/// Reads the setting `url`.
pub(crate) fn url(settings: &Settings, scheme: &Scheme, mistakes: &mut Vec<Mistake>) -> Option<Url> {
    let text = settings.text("url")?;
    let shown = if text.is_secret() { "the address".to_owned() } else { format!("`{}`", text.expose()) };
    let url = match Url::parse(text.expose()) {
        Ok(url) => url,
        Err(error) => {
            let help = format!("write it with its scheme, for example {}", scheme.example);
            mistakes.push(Mistake::at("url", format!("{shown} is no address: {error}")).help(help));
            return None;
        }
    };
    if !scheme.names.contains(&url.scheme()) {
        let [one, other] = scheme.names;
        mistakes.push(Mistake::at("url", format!("{shown} is not {one} or {other}")));
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        mistakes.push(Mistake::at("url", "the address holds a user or a password").help(scheme.instead));
        return None;
    }
    Some(url)
}

/// A URL without its query, which may hold secrets.
pub(crate) fn place(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host(url), url.path())
}

/// Host and port of a URL.
pub(crate) fn host(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or(0);
    format!("{}:{port}", url.host_str().unwrap_or("?"))
}

/// Reads the setting `resolve`: an address, with or without a port.
pub(crate) fn resolve(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Option<(IpAddr, Option<u16>)> {
    let text = word(settings, "resolve")?;
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip(), Some(address.port())));
    }
    match text.parse::<IpAddr>() {
        Ok(address) => Some((address, None)),
        Err(_) => {
            let help =
                "write an address, with or without a port: \"127.0.0.1\", \"127.0.0.1:8443\", \"[::1]:8443\"";
            mistakes.push(
                Mistake::at("resolve", format!("{} is no address", quoted(settings, "resolve"))).help(help),
            );
            None
        }
    }
}

/// Rejects an override of a URL whose host is an address already.
pub(crate) fn nothing_to_resolve(url: Option<&Url>, mistakes: &mut Vec<Mistake>) {
    if url.is_some_and(|url| !matches!(url.host(), Some(url::Host::Domain(_)))) {
        let message = "the url's host is an address already, so there is no name to resolve";
        mistakes.push(Mistake::at("resolve", message).help("write the address you mean in the url"));
    }
}
