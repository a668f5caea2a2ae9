//! A request made ready: every setting read, nothing sent.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method};
use url::Url;

use fixproof_core::model::{Mistake, Setting, Settings};

use super::client::{Clients, Version, Way};
use super::events::{self, Events};
use crate::google::Google;
use crate::net::address::{self, quoted, word};
use crate::net::tls_verification::authorities;
use crate::net::{connect::Family, headers};
use crate::{PrepareContext, Probe};

/// The largest body that is read unless the scenario says otherwise.
const BODY_LIMIT: u64 = 1024 * 1024;

/// The most redirects that can be asked for: each of them is kept for a reader.
const REDIRECTS: u64 = 100;

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
    pub(super) events: Option<Arc<Events>>,
    pub(super) clients: Arc<Clients>,
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
        context: &PrepareContext<'_>,
    ) -> Result<Request, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let url = url(settings, &mut mistakes);
        let mut headers = headers::read(settings, &mut mistakes);
        authorization(settings, &mut headers, &mut mistakes);
        let google = settings.text("google").map(|setting| Google::new(setting, context, prepare));
        let google = google.and_then(|google| google.map_err(|mistake| mistakes.push(mistake)).ok());
        let body = body(settings, &mut headers, &mut mistakes);
        let events = events::read(settings, &mut headers, &mut mistakes);
        let redirects = settings.count("redirects").unwrap_or(0);
        if redirects > REDIRECTS {
            let message = format!("at most {REDIRECTS} redirects can be followed");
            mistakes.push(Mistake::at("redirects", message).help("a browser gives up after 20"));
        }
        let method = method(settings, body.is_some(), &mut mistakes);
        let resolve = address::resolve(settings, &mut mistakes);
        let way = way(settings, context, url.as_ref(), resolve, &mut mistakes);
        let clients = context.resources.get::<Clients>();
        let client = clients.client(&way).map_err(|(setting, why)| mistakes.push(Mistake::at(setting, why)));
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
            family: Family::named(word(settings, "ip")),
            redirects,
            body_limit: settings.size("body-limit").unwrap_or(BODY_LIMIT),
            events: events.map(Arc::new),
            clients,
            client,
            way,
        })
    }

    /// Is an answer with that status a redirect that is to be followed, or refused?
    pub(super) fn follows(&self, status: u16) -> bool {
        self.redirects > 0 && matches!(status, 301 | 302 | 303 | 307 | 308)
    }
}

impl Request {
    /// Where it is sent, without a query, which may hold secrets.
    pub(in super::super) fn place(&self) -> String {
        address::place(&self.url)
    }

    /// The same with another body.
    pub(in super::super) fn with_body(&self, body: Vec<u8>) -> Request {
        Request { body: Some(body), ..self.clone() }
    }
}

/// A request as a prepared probe.
fn prepare(settings: &Settings, context: &PrepareContext<'_>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
    Ok(Box::new(Request::new(settings, context)?))
}

/// How to connect. What can't be had together is a mistake.
fn way(
    settings: &Settings,
    context: &PrepareContext<'_>,
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
    if resolve.is_some() {
        address::nothing_to_resolve(url, mistakes);
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
        ca: authorities(settings.text("ca"), context),
        proxy: settings.text("proxy").map(|proxy| proxy.expose().to_owned()),
        // An address that was written down is meant: no proxy comes between.
        proxy_from_environment: context.proxy_from_environment && resolve.is_none(),
    }
}

/// The schemes there are, and what to use instead of a password in the address.
const SCHEME: address::Scheme = address::Scheme {
    names: ["http", "https"],
    example: "https://api.example.com/health",
    instead: "use `basic = { user, password }`, with the password as a secret",
};

fn url(settings: &Settings, mistakes: &mut Vec<Mistake>) -> Option<Url> {
    let mut url = address::url(settings, &SCHEME, mistakes)?;
    let pairs = settings.table("query");
    if !pairs.is_empty() {
        let mut query = url.query_pairs_mut();
        for (name, value) in pairs {
            query.append_pair(name, value.scalar_text().as_ref().map_or("", |text| text.expose()));
        }
    }
    Some(url)
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
    headers::authorize(headers, setting, &value, mistakes);
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
