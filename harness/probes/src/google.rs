//! Google access tokens, for probes that ask Google's APIs: from the metadata server, or from a credentials file.
//!
//! A token is obtained before the time of an observation starts, cached for the run until shortly before it expires, and
//! returned as a secret. A failure to obtain one is an error of the harness, since no request reached the target; an API's
//! answer to a token is an observation. Requests are sent by the function that the caller hands in.
//!
//! Two crates do this, and neither could be used. `gcp_auth` knows one metadata address, reads a user's credentials from
//! one place, tries five times and keeps what the token endpoint said to itself. `google-cloud-auth` lets a variable of
//! the environment override the metadata address it was given, obtains tokens in a task that outlives the deadline (and
//! panics where that task's runtime is gone), and wants a TLS provider installed for the whole process.

mod credentials;
mod exchange;
mod token;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, Mistake, ProbeError, Secret, Text, Value};

use super::{ObserveContext, PrepareContext};

use exchange::{Exchange, PrepareRequest};
use token::{LOG_IN, Token, denied};

/// A cached token is not used in this last part of its lifetime.
const MARGIN: Duration = Duration::from_secs(60);
/// Time limit for a metadata server that may not exist, in wall time.
const PATIENCE: Duration = Duration::from_secs(5);
/// The metadata server of a machine in Google Cloud.
const METADATA: &str = "http://metadata.google.internal";
/// A source of access tokens. It has no `Debug`: it leads to secrets.
#[derive(Clone)]
pub(super) struct Google {
    source: Source,
    exchange: Exchange,
}

#[derive(Clone)]
enum Source {
    /// The file that the environment names, then gcloud's own, then the metadata server.
    Default,
    /// A metadata server.
    Metadata(Url),
    /// A credentials file, and what a reader calls it.
    File(PathBuf, String),
}

/// A cached token and its end; the lock is held while a token is obtained, so that concurrent probes wait for it.
type Cached = Arc<tokio::sync::Mutex<Option<(Secret, Moment)>>>;

/// The tokens of one run, by the credentials they were obtained with.
#[derive(Default)]
struct TokenCache(Mutex<HashMap<String, Cached>>);

impl TokenCache {
    fn entry(&self, credentials: String) -> Cached {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(credentials).or_default().clone()
    }
}

impl Google {
    /// Reads the setting. `prepare` makes a request of `url`, `headers`, `form`, `json` and `bearer`.
    ///
    /// # Errors
    /// The setting names no credentials, or an invalid address.
    pub(super) fn new(
        setting: &Text,
        context: &PrepareContext<'_>,
        prepare: PrepareRequest,
    ) -> Result<Google, Mistake> {
        let source = match setting.expose() {
            "" => {
                let help = "`default`, `metadata`, `metadata:http://127.0.0.1:8080`, or a credentials file";
                return Err(Mistake::at("google", "it names no credentials").help(help));
            }
            "default" => Source::Default,
            "metadata" => Source::Metadata(address(METADATA)?),
            other => match other.strip_prefix("metadata:") {
                Some(own) => Source::Metadata(address(own)?),
                None => {
                    let shown = if setting.is_secret() { "the credentials file" } else { other };
                    Source::File(context.root.join(other), shown.to_owned())
                }
            },
        };
        Ok(Google {
            source,
            exchange: Exchange {
                prepare,
                proxies: context.proxy_from_environment,
                resources: context.resources.clone(),
            },
        })
    }

    /// Returns the cached token, or a new one. Secrets that were read on the way are added to `secrets`, also when no token
    /// was obtained.
    ///
    /// # Errors
    /// The reason why there is no token.
    pub(super) async fn token(
        &self,
        ask: ObserveContext<'_>,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, ProbeError> {
        let began = ask.clock.now();
        let token =
            ask.clock.until(ask.deadline, self.cached_or_new(ask, secrets)).await.unwrap_or_else(|_| {
                let took = Value::Duration(ask.clock.since(began));
                Err(denied(format!(
                    "no Google access token was obtained within {took} ({})",
                    self.described()
                )))
            })?;
        secrets.push(token.clone());
        Ok(token)
    }

    async fn cached_or_new(
        &self,
        ask: ObserveContext<'_>,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, ProbeError> {
        let found = self.find().await?;
        let cached = self.exchange.resources.get::<TokenCache>().entry(found.key());
        let mut cached = cached.lock().await;
        let wall = Clock::WALL;
        if let Some((secret, until)) = &*cached
            && wall.now() < *until
        {
            return Ok(secret.clone());
        }
        let began = wall.now();
        let token = found.obtain(&self.exchange, ask, secrets).await?;
        let lasts = token.lasts.saturating_sub(MARGIN);
        *cached = Some((token.secret.clone(), wall.after(began, lasts)));
        Ok(token.secret)
    }

    /// Finds the credentials.
    async fn find(&self) -> Result<Found, ProbeError> {
        match &self.source {
            Source::Metadata(url) => Ok(Found::Metadata { url: url.clone(), instead_of: None }),
            Source::File(path, shown) => file(path, shown).await,
            Source::Default => {
                if let Some(path) = std::env::var_os("GOOGLE_APPLICATION_CREDENTIALS") {
                    let path = PathBuf::from(path);
                    return file(&path, &format!("{} (GOOGLE_APPLICATION_CREDENTIALS)", path.display()))
                        .await;
                }
                let of_user = credentials::of_user();
                if let Some(path) = of_user.as_deref().filter(|path| path.is_file()) {
                    return file(path, &path.display().to_string()).await;
                }
                let nowhere = of_user.map_or("no home folder".to_owned(), |path| path.display().to_string());
                let url = address(METADATA).map_err(|mistake| denied(mistake.message))?;
                Ok(Found::Metadata { url, instead_of: Some(nowhere) })
            }
        }
    }

    fn described(&self) -> String {
        match &self.source {
            Source::Default => "application default credentials".to_owned(),
            Source::Metadata(url) => format!("metadata server {}", url.as_str().trim_end_matches('/')),
            Source::File(_, shown) => shown.clone(),
        }
    }
}

/// Credentials that were found.
enum Found {
    Metadata {
        url: Url,
        /// The file that would have come before it, where it is only the last resort.
        instead_of: Option<String>,
    },
    File {
        shown: String,
        content: String,
    },
}

impl Found {
    /// The cache key: a changed file holds other credentials.
    fn key(&self) -> String {
        match self {
            Found::Metadata { url, .. } => url.to_string(),
            Found::File { content, .. } => content.clone(),
        }
    }

    async fn obtain(
        &self,
        exchange: &Exchange,
        ask: ObserveContext<'_>,
        secrets: &mut Vec<Secret>,
    ) -> Result<Token, ProbeError> {
        match self {
            Found::File { shown, content } => {
                credentials::obtain(content, shown, exchange, ask, secrets).await
            }
            Found::Metadata { url, instead_of: None } => exchange.metadata(url, ask).await,
            Found::Metadata { url, instead_of: Some(nowhere) } => {
                let soon = Clock::WALL.after(ask.clock.now(), PATIENCE);
                let ask = ObserveContext { deadline: ask.deadline.min(soon), ..ask };
                exchange.metadata(url, ask).await.map_err(|obstacle| match obstacle.cause {
                    Cause::ToolAuth => denied(format!(
                        "no Google credentials on this machine: GOOGLE_APPLICATION_CREDENTIALS is not set, {nowhere} is not there, and {}; {LOG_IN}",
                        obstacle.detail
                    )),
                    _ => obstacle,
                })
            }
        }
    }
}

async fn file(path: &Path, shown: &str) -> Result<Found, ProbeError> {
    let content = credentials::read(path)
        .await
        .map_err(|why| denied(format!("the credentials file {shown} {why}; {LOG_IN}")))?;
    Ok(Found::File { shown: shown.to_owned(), content })
}

fn address(text: &str) -> Result<Url, Mistake> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        let help = "write it as \"metadata:http://127.0.0.1:8080\"";
        Mistake::at("google", format!("`{text}` is no address of a metadata server")).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunResources;

    async fn has_token(run: &RunResources) -> bool {
        run.get::<TokenCache>().entry("metadata".to_owned()).lock().await.is_some()
    }

    #[tokio::test]
    async fn two_runs_share_no_token() {
        let (first, second) = (RunResources::default(), RunResources::default());
        let token = Secret::new("ya29.of-the-first-run".to_owned());
        let cached = first.get::<TokenCache>().entry("metadata".to_owned());
        *cached.lock().await = Some((token, Clock::WALL.now()));
        assert!(has_token(&first.clone()).await);
        assert!(!has_token(&second).await);
    }
}
