//! A query over HTTP, as Cloud Logging's `entries:list` takes it: newest entries first, page by page.

use std::time::Duration;

use serde_json::{Value as Json, json};
use time::OffsetDateTime;

use fixproof_core::model::{
    Cause, Fact, Mistake, ProbeError, Secret, Setting, Settings, Text, Timestamp, Transcript, Value,
};

use super::super::super::http::Request;
use super::super::super::{ObserveContext, PrepareContext, Probe};
use super::super::material::{Ends, Material, Part};

/// The most entries that one page is asked for; the service gives no more.
const PAGE: u64 = 1000;
/// So many pages without an entry are no answer any more.
const EMPTY_PAGES: u32 = 100;

/// What the login of a query took, and the secrets it brought, also if the query failed.
#[derive(Default)]
pub(in super::super) struct Login {
    pub(in super::super) secrets: Vec<Secret>,
    /// The time to obtain an access token, if one was obtained.
    pub(in super::super) auth: Option<Duration>,
}

/// A prepared query.
pub(in super::super) struct Query {
    request: Request,
    resources: Vec<String>,
    filter: Option<String>,
    read_limit: u64,
}

impl Query {
    /// Reads its settings.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub(in super::super) fn new(
        settings: &Settings,
        context: &PrepareContext<'_>,
        read_limit: u64,
    ) -> Result<Query, Vec<Mistake>> {
        let taken = ["url", "headers", "bearer", "google", "ca"];
        let mut own: Vec<(String, Setting)> =
            settings.0.iter().filter(|(name, _)| taken.contains(&name.as_str())).cloned().collect();
        own.push(("json".to_owned(), Setting::Table(Vec::new())));
        own.push(("body-limit".to_owned(), Setting::Size(read_limit)));
        let resources = settings.list("resources").iter().filter_map(Setting::scalar_text);
        Ok(Query {
            request: Request::new(&Settings(own), context)?,
            resources: resources.map(|text| text.expose().to_owned()).collect(),
            filter: settings.text("filter").map(Text::expose).map(str::to_owned),
            read_limit,
        })
    }

    fn body(&self, from: Option<OffsetDateTime>, size: u64, token: Option<&str>) -> Json {
        let since = from.map(|from| format!("timestamp>=\"{}\"", Timestamp(from)));
        let filter = match (&self.filter, since) {
            (Some(filter), Some(since)) => Some(format!("({filter}) AND {since}")),
            (Some(filter), None) => Some(filter.clone()),
            (None, since) => since,
        };
        let mut body = json!({ "orderBy": "timestamp desc", "pageSize": size });
        if !self.resources.is_empty() {
            body["resourceNames"] = json!(self.resources);
        }
        if let Some(filter) = filter {
            body["filter"] = filter.into();
        }
        if let Some(token) = token {
            body["pageToken"] = token.into();
        }
        body
    }

    /// Asks for page after page until there is none, or a limit is reached.
    pub(in super::super) async fn read(
        &self,
        limit: u64,
        from: Option<OffsetDateTime>,
        ask: ObserveContext<'_>,
        transcript: &mut Transcript,
        login: &mut Login,
    ) -> Result<Material, ProbeError> {
        let mut all: Vec<Json> = Vec::new();
        let (mut token, mut bytes, mut empty): (Option<String>, u64, u32) = (None, 0, 0);
        let cut = loop {
            let wanted = limit.saturating_sub(all.len() as u64).min(PAGE);
            let body = self.body(from, wanted, token.as_deref()).to_string();
            let page = self.page(body, ask, transcript, login).await?;
            bytes += page.bytes;
            empty = if page.entries.is_empty() { empty + 1 } else { 0 };
            all.extend(page.entries);
            let Some(next) = page.next else { break false };
            if Some(&next) == token.as_ref() {
                let detail = format!("{} returns the same page token again and again", self.place());
                return Err(ProbeError { cause: Cause::HttpProtocol, detail });
            }
            if all.len() as u64 >= limit || bytes >= self.read_limit || empty >= EMPTY_PAGES {
                break true;
            }
            token = Some(next);
        };
        let ends = if cut { Ends::Cut } else { Ends::Whole };
        Ok(Material { parts: vec![Part::Entries(all)], ends, newest: true })
    }

    async fn page(
        &self,
        body: String,
        ask: ObserveContext<'_>,
        transcript: &mut Transcript,
        login: &mut Login,
    ) -> Result<Page, ProbeError> {
        let request = self.request.with_body(body.into_bytes());
        let seen = request.observe(ask).await;
        login.secrets.extend(seen.secrets);
        if let Some(Value::Duration(auth)) = seen.facts.value("time.auth") {
            login.auth = Some(login.auth.unwrap_or(Duration::ZERO) + *auth);
        }
        // One page shows what is asked; the others only ask for more of it.
        if transcript.sent.is_empty() {
            transcript.sent = seen.transcript.sent;
        }
        if let Some(obstacle) = seen.obstacle {
            let detail = obstacle.detail.replace("`body-limit`", "`read-limit`");
            return Err(ProbeError { detail, ..obstacle });
        }
        let status = match seen.facts.value("status") {
            Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
            _ => 0,
        };
        let bytes = if let Some(Value::Size(bytes)) = seen.facts.value("size") { *bytes } else { 0 };
        let answered = match seen.facts.get("body") {
            Some(Fact::Seen(Value::Json(json))) => Ok(json),
            Some(Fact::Unreadable(why)) => Err(why.detail.clone()),
            _ => Err("it is no JSON object".to_owned()),
        };
        if status != 200 {
            return Err(self.refused(status, answered.ok()));
        }
        let json = answered.map_err(|why| ProbeError {
            cause: Cause::NotJson,
            detail: format!("{} answers 200 without log entries: {why}", self.place()),
        })?;
        self.entries(json, bytes)
    }

    fn entries(&self, json: &Json, bytes: u64) -> Result<Page, ProbeError> {
        let next = json.get("nextPageToken").and_then(Json::as_str).filter(|token| !token.is_empty());
        let entries = match (json.get("entries"), json.as_object()) {
            (Some(Json::Array(entries)), _) => entries.clone(),
            // What the service says where there is nothing.
            (None, Some(map)) if map.is_empty() || next.is_some() => Vec::new(),
            _ => {
                let detail = format!("{} answers 200 without a list `entries`", self.place());
                return Err(ProbeError { cause: Cause::Missing, detail });
            }
        };
        Ok(Page { entries, next: next.map(str::to_owned), bytes })
    }

    /// The error for a refused query, with the answer of the log service; it says nothing about the target.
    fn refused(&self, status: u64, json: Option<&Json>) -> ProbeError {
        let message = json.and_then(|json| json.pointer("/error/message")).and_then(Json::as_str);
        let said = message.map(|message| format!(": {message}")).unwrap_or_default();
        let place = self.place();
        let (cause, detail) = match status {
            401 | 403 => (
                Cause::ToolAuth,
                format!("{place} refuses access to the log with these credentials ({status}{said})"),
            ),
            400 | 404 => (
                Cause::BadQuery,
                format!(
                    "{place} refuses the query ({status}{said}); look at `filter`, `resources` and `url`"
                ),
            ),
            429 => (
                Cause::OwnLimit,
                format!("{place} refuses the query because its quota is exhausted ({status}{said})"),
            ),
            _ => (Cause::Differs, format!("{place} returns no log entries: it answers {status}{said}")),
        };
        ProbeError { cause, detail }
    }

    fn place(&self) -> String {
        self.request.place()
    }
}

/// One page.
struct Page {
    entries: Vec<Json>,
    next: Option<String>,
    bytes: u64,
}
