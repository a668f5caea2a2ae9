//! A database's URL, taken apart: where it is, who knocks, and what more is said of it.
//!
//! By hand, because `postgres://u@/db?host=/cloudsql/P:R:I` is none for RFC 3986's parsers, and a password is pasted as
//! it stands. No message may show a part of it: the password could be anywhere.

/// The parts of a URL, with every `%` resolved.
#[derive(Default)]
pub(crate) struct Location {
    /// What stands before `://`.
    pub(crate) scheme: String,
    /// Before the first `:` of what stands before the last `@`; empty where only a password is given.
    pub(crate) user: Option<String>,
    /// After it.
    pub(crate) password: Option<String>,
    /// A name, an address without brackets, or a path.
    pub(crate) host: Option<String>,
    /// The port as it is written.
    pub(crate) port: Option<String>,
    /// What follows the first `/`.
    pub(crate) database: Option<String>,
    /// What follows the `?`, pair by pair.
    pub(crate) options: Vec<(String, String)>,
}

/// Takes a URL apart.
///
/// # Errors
/// What is wrong with it, without a part of it.
pub(crate) fn parse(url: &str) -> Result<Location, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it is not a URL")?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, place) =
        authority.rsplit_once('@').map_or((None, authority), |(who, place)| (Some(who), place));
    let mut location = Location { scheme: scheme.to_owned(), ..Location::default() };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
        location.user = Some(decoded(user)?);
        location.password = password.map(decoded).transpose()?;
    }
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    location.host = Some(decoded(host)?).filter(|host| !host.is_empty());
    location.port = port.filter(|port| !port.is_empty()).map(decoded).transpose()?;
    location.database = Some(decoded(database)?).filter(|name| !name.is_empty());
    for pair in options.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("a part after `?` has no `=`")?;
        location.options.push((key.to_owned(), decoded(value)?));
    }
    Ok(location)
}

/// A port out of a URL or a setting.
///
/// # Errors
/// What a port is.
pub(crate) fn port(written: Option<&str>, usual: u16) -> Result<u16, &'static str> {
    match written.map_or(Ok(usual), str::parse::<u16>) {
        Ok(port @ 1..) => Ok(port),
        _ => Err("a port is a number from 1 to 65535"),
    }
}

fn decoded(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |digit: Option<u8>| digit.and_then(|d| char::from(d).to_digit(16));
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        let value = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(value.ok_or("a `%` in it is not followed by two hexadecimal digits")?);
    }
    String::from_utf8(bytes).map_err(|_| "it does not decode to UTF-8")
}
