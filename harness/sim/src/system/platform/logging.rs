//! Cloud Logging: `entries:list`, with a filter, an order and pages. It reads the log and never writes to it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::{Filter, parse};
use super::log::Entry;
use super::middleware::{ApiError, ApiResult};
use super::names::NAMES;
use super::state::Platform;
use crate::system::profile::PlatformFault;

/// Entries of a page by default, and at most.
const PAGE: usize = 50;
const LONGEST_PAGE: i64 = 1000;

/// The routes.
pub(crate) fn routes() -> Router<Platform> {
    Router::new().route("/v2/entries:list", post(list))
}

/// The request body. Unknown members are refused, as the real API does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Wanted {
    resource_names: Vec<String>,
    project_ids: Vec<String>,
    filter: String,
    order_by: String,
    page_size: i64,
    page_token: String,
}

async fn list(State(platform): State<Platform>, body: Bytes) -> ApiResult {
    if platform.context.has_platform_fault(PlatformFault::LogsForbidden) {
        let message = format!(
            "Permission 'logging.logEntries.list' denied on resource (or it may not exist). [projects/{}]",
            NAMES.project
        );
        return Err(ApiError::forbidden(message));
    }
    let wanted: Wanted = serde_json::from_slice(&body)
        .map_err(|error| ApiError::bad(format!("Invalid JSON payload received. {error}")))?;
    check_project(&wanted)?;
    let filter =
        parse(&wanted.filter).map_err(|error| ApiError::bad(format!("Unparseable filter: {error}")))?;
    let newest_first = match wanted.order_by.as_str() {
        "" | "timestamp" | "timestamp asc" => false,
        "timestamp desc" => true,
        other => return Err(ApiError::bad(format!("Invalid order by string: \"{other}\""))),
    };
    let size = match wanted.page_size {
        0 => PAGE,
        asked if (1..=LONGEST_PAGE).contains(&asked) => usize::try_from(asked).unwrap_or(PAGE),
        asked => {
            return Err(ApiError::bad(format!("page_size must be between 0 and {LONGEST_PAGE}: {asked}")));
        }
    };
    let after = match wanted.page_token.as_str() {
        "" => None,
        token => Some(
            Place::read(token, &wanted)
                .ok_or_else(|| ApiError::bad("page_token doesn't match arguments from the request"))?,
        ),
    };
    // A long log takes a while to look through; the services must not wait for it.
    let looked =
        tokio::task::spawn_blocking(move || page(&platform, &filter, newest_first, size, after, &wanted))
            .await;
    looked.map(Json).map_err(|_| ApiError::internal("the log could not be looked through"))
}

/// Refuses a request without a project, or for another project.
fn check_project(wanted: &Wanted) -> Result<(), ApiError> {
    if wanted.resource_names.is_empty() && wanted.project_ids.is_empty() {
        return Err(ApiError::bad("Request must contain at least one resource name"));
    }
    for id in &wanted.project_ids {
        super::middleware::project(id)?;
    }
    for name in &wanted.resource_names {
        let Some(id) = name.strip_prefix("projects/").and_then(|rest| rest.split('/').next()) else {
            return Err(ApiError::bad(format!("Invalid resource name: \"{name}\"")));
        };
        super::middleware::project(id)?;
    }
    Ok(())
}

fn page(
    platform: &Platform,
    filter: &Filter,
    newest_first: bool,
    size: usize,
    after: Option<Place>,
    wanted: &Wanted,
) -> Value {
    let mut entries = platform.log.entries();
    if newest_first {
        entries.reverse();
    }
    let begins = match after {
        None => 0,
        Some(place) => {
            entries.iter().position(|entry| place.is_passed_by(entry, newest_first)).unwrap_or(entries.len())
        }
    };
    let mut found = entries[begins..].iter().filter(|entry| filter.passes(&entry.value));
    let page: Vec<&Arc<Entry>> = found.by_ref().take(size).collect();
    let more = found.next().is_some();
    let values: Vec<&Value> = page.iter().map(|entry| &entry.value).collect();
    let mut answer = json!({});
    if !values.is_empty() {
        answer["entries"] = json!(values);
    }
    if let Some(last) = page.last().filter(|_| more) {
        answer["nextPageToken"] = json!(Place::of(last).written(wanted));
    }
    answer
}

/// Where a page ended, in an order that new entries do not disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    nanoseconds: i128,
    number: u64,
}

impl Place {
    fn of(entry: &Entry) -> Self {
        Place { nanoseconds: entry.at.unix_timestamp_nanos(), number: entry.number }
    }

    fn is_passed_by(self, entry: &Entry, newest_first: bool) -> bool {
        if newest_first { Place::of(entry) < self } else { Place::of(entry) > self }
    }

    /// A token that is good for the same question only.
    fn written(self, wanted: &Wanted) -> String {
        URL_SAFE_NO_PAD.encode(format!("{:x}.{}.{}", question(wanted), self.nanoseconds, self.number))
    }

    fn read(token: &str, wanted: &Wanted) -> Option<Self> {
        let token = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = token.split('.');
        let asked = u64::from_str_radix(parts.next()?, 16).ok()?;
        let place = Place { nanoseconds: parts.next()?.parse().ok()?, number: parts.next()?.parse().ok()? };
        (asked == question(wanted)).then_some(place)
    }
}

fn question(wanted: &Wanted) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&wanted.resource_names, &wanted.project_ids, &wanted.filter, &wanted.order_by).hash(&mut hasher);
    hasher.finish()
}
