//! A request made ready: every setting read, nothing sent.

use std::net::{IpAddr, SocketAddr};

use base64::Engine;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use url::Url;

use crate::model::{Mistake, Setting, Settings};

use super::super::Surroundings;
use super::super::google::Google;
use super::client::{Version, Way, client};
use super::failure::place;

/// The largest body that is read unless the scenario says otherwise.
const BODY_LIMIT: u64 = 1024 * 1024;

/// Which addresses of a name are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Any,
    Four,
    Six,
}

impl Family {
    pub(super) fn takes(self, address: &SocketAddr) -> bool {
        match self {
            Family::Any => true,
            Family::Four => address.is_ipv4(),
            Family::Six => address.is_ipv6(),
        }
    }
}

/// Everything one exchange needs. It has no `Debug`: it holds what is secret.
#[derive(Clone)]
pub(in super::super) struct Request {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    /// Where the token comes from that goes along.
    pub(super) google: Option<Google>,
    pub(super) resolve: Option<(IpAddr, Option<u16>)>,
    pub(super) family: Family,
    pub(super) redirects: u64,
    pub(super) body_limit: u64,
    pub(super) client: Client,
    pub(super) way: Way,
}

impl Request {
    /// Reads every setting.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(in super::super) fn new(
        settings: &Settings,
        surroundings: &Surroundings<'_>,
    ) -> Result<Request, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let url = url(settings, &mut mistakes);
        let mut headers = headers(settings, &mut mistakes);
        authorization(settings, &mut headers, &mut mistakes);
        let google = settings.text("google").map(|setting| Google::new(setting, surroundings));
        let google = google.and_then(|google| google.map_err(|mistake| mistakes.push(mistake)).ok());
        let body = body(settings, &mut headers, &mut mistakes);
        let method = method(settings, body.is_some(), &mut mistakes);
        let resolve = resolve(settings, &mut mistakes);
        let way = way(settings, surroundings, url.as_ref(), resolve, &mut mistakes);
        let client = client(&way).map_err(|(setting, why)| mistakes.push(Mistake::at(setting, why)));
        let (Some(url), Ok(client), Some(method)) = (url, client, method) else { return Err(mistakes) };
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Request {
            url,
            method,
            headers,
            body,
            google,
            resolve,
            family: match word(settings, "ip") {
                Some("4") => Family::Four,
                Some("6") => Family::Six,
                _ => Family::Any,
            },
            redirects: settings.count("redirects").unwrap_or(0),
            body_limit: settings.size("body-limit").unwrap_or(BODY_LIMIT),
            client,
            way,
        })
    }
}

impl Request {
    /// Where it is sent, without a query, which may hold what nobody is to read.
    pub(in super::super) fn place(&self) -> String {
        place(&self.url)
    }

    /// The same with another body.
    pub(in super::super) fn with_body(&self, body: Vec<u8>) -> Request {
        Request { body: Some(body), ..self.clone() }
    }
}

/// How to connect. What can't be had together is a mistake.
fn way(
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    url: Option<&Url>,
    resolve: Option<(IpAddr, Option<u16>)>,
    mistakes: &mut Vec<Mistake>,
) -> Way {
    let mut version = match word(settings, "http") {
        Some("1.1") => Version::One,
        Some("2") => Version::Two,
        _ => Version::Auto,
    };
    if resolve.is_some() && settings.get("proxy").is_some() {
        mistakes
            .push(Mistake::whole("`resolve` and `proxy` can't be given together: a proxy resolves itself"));
    }
    if resolve.is_some() && url.is_some_and(|url| !matches!(url.host(), Some(url::Host::Domain(_)))) {
        let message = "the url's host is an address already, so there is no name to resolve";
        mistakes.push(Mistake::at("resolve", message).help("write the address you mean in the url"));
    }
    let url_port = url.and_then(Url::port);
    let own_port = resolve.and_then(|(_, port)| port);
    if url_port.is_some() && own_port.is_some() && url_port != own_port {
        // The client takes both the port and HTTP/2's `:authority` from one place; HTTP/1.1 has the host header.
        if version == Version::Two {
            let message = "with `http = \"2\"` its port can't differ from the one written in the url";
            mistakes.push(Mistake::at("resolve", message).help("leave the port out of the url"));
        }
        version = Version::One;
    }
    Way {
        secure: url.is_some_and(|url| url.scheme() == "https"),
        version,
        ca: settings.text("ca").map(|path| surroundings.root.join(path.expose())),
        proxy: settings.text("proxy").map(|proxy| proxy.expose().to_owned()),
        // An address that was written down is meant: no proxy comes between.
        proxy_from_environment: surroundings.proxy_from_environment && resolve.is_none(),
    }
}

/// A setting as a message may show it.
fn quoted(settings: &Settings, name: &str) -> String {
    match settings.text(name) {
        Some(text) if !text.is_secret() => format!("`{}`", text.expose()),
        _ => "it".to_owned(),
    }
}

fn word<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    settings.text(name).map(crate::model::Text::expose)
}

fn url(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Option<Url> {
    let text = settings.text("url")?;
    let shown = if text.is_secret() { "the address".to_owned() } else { format!("`{}`", text.expose()) };
    let mut url = match Url::parse(text.expose()) {
        Ok(url) => url,
        Err(error) => {
            let help = "write it with its scheme, for example https://api.example.com/health";
            mistakes.push(Mistake::at("url", format!("{shown} is no address: {error}")).help(help));
            return None;
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        mistakes.push(Mistake::at("url", format!("{shown} is not http or https")));
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        let help = "use `basic = { user, password }`, with the password as a secret";
        mistakes.push(Mistake::at("url", "the address holds a user or a password").help(help));
        return None;
    }
    let pairs = settings.table("query");
    if !pairs.is_empty() {
        let mut query = url.query_pairs_mut();
        for (name, value) in pairs {
            query.append_pair(name, value.scalar_text().as_ref().map_or("", |text| text.expose()));
        }
    }
    Some(url)
}

fn headers(settings: &Settings, mistakes: &mut Vec<Mistake>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in settings.table("headers") {
        let text = value.scalar_text();
        let (Some(text), Ok(parsed)) = (text, HeaderName::from_bytes(name.as_bytes())) else {
            mistakes.push(Mistake::at("headers", format!("`{name}` is no header name")));
            continue;
        };
        match HeaderValue::from_str(text.expose()) {
            Ok(mut value) => {
                value.set_sensitive(text.is_secret());
                headers.append(parsed, value);
            }
            Err(_) => {
                let message = format!(
                    "the value of the header `{name}` holds a character that no header may hold (a line break?)"
                );
                mistakes.push(Mistake::at("headers", message));
            }
        }
    }
    headers
}

fn authorization(settings: &Settings, headers: &mut HeaderMap, mistakes: &mut Vec<Mistake>) {
    let bearer = settings.text("bearer").map(|token| ("bearer", format!("Bearer {}", token.expose())));
    let basic = match settings.table("basic") {
        [] => None,
        rows => basic(rows, mistakes).map(|value| ("basic", value)),
    };
    let header = headers.contains_key(AUTHORIZATION);
    let given = [bearer.is_some(), basic.is_some(), settings.get("google").is_some(), header];
    if given.into_iter().filter(|given| *given).count() > 1 {
        let message = "only one of `bearer`, `basic`, `google` and an `authorization` header can be sent";
        mistakes.push(Mistake::whole(message));
        return;
    }
    let Some((setting, value)) = bearer.or(basic) else { return };
    match HeaderValue::from_str(&value) {
        Ok(mut value) => {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Err(_) => mistakes.push(
            Mistake::at(setting, "it holds a character that no header may hold")
                .help("a secret read from a file may hold a line break in its middle"),
        ),
    }
}

fn basic(rows: &[(String, Setting)], mistakes: &mut Vec<Mistake>) -> Option<String> {
    let part =
        |name: &str| rows.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.scalar_text());
    if let Some((unknown, _)) = rows.iter().find(|(key, _)| key != "user" && key != "password") {
        mistakes.push(Mistake::at("basic", format!("`basic` takes `user` and `password`, not `{unknown}`")));
        return None;
    }
    let (Some(user), Some(password)) = (part("user"), part("password")) else {
        mistakes.push(Mistake::at("basic", "`basic` takes both `user` and `password`"));
        return None;
    };
    if user.expose().contains(':') {
        mistakes.push(Mistake::at("basic", "a user with a colon can't be sent"));
        return None;
    }
    let pair = format!("{}:{}", user.expose(), password.expose());
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

fn body(settings: &Settings, headers: &mut HeaderMap, mistakes: &mut Vec<Mistake>) -> Option<Vec<u8>> {
    let given: Vec<&str> =
        ["body", "json", "form"].into_iter().filter(|name| settings.get(name).is_some()).collect();
    if given.len() > 1 {
        mistakes.push(Mistake::whole(format!("a request has one body, not `{}`", given.join("` and `"))));
        return None;
    }
    let typed = |headers: &mut HeaderMap, kind: &'static str| {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    };
    match *given.first()? {
        "json" => {
            typed(headers, "application/json");
            settings.get("json").map(|json| json.to_json().to_string().into_bytes())
        }
        "form" => {
            typed(headers, "application/x-www-form-urlencoded");
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in settings.table("form") {
                form.append_pair(name, value.scalar_text().as_ref().map_or("", |text| text.expose()));
            }
            Some(form.finish().into_bytes())
        }
        _ => word(settings, "body").map(|text| text.as_bytes().to_vec()),
    }
}

fn method(settings: &Settings, has_body: bool, mistakes: &mut Vec<Mistake>) -> Option<Method> {
    let Some(name) = word(settings, "method") else {
        return Some(if has_body { Method::POST } else { Method::GET });
    };
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if !KNOWN.contains(&name) {
        let help = format!("the methods are: {}, in capitals", KNOWN.join(", "));
        mistakes
            .push(Mistake::at("method", format!("{} is no method", quoted(settings, "method"))).help(help));
        return None;
    }
    Method::from_bytes(name.as_bytes()).ok()
}

fn resolve(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Option<(IpAddr, Option<u16>)> {
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
