//! Google access tokens, for probes that ask Google's APIs: from the metadata server, or from a credentials file.
//!
//! A token is no observation: it is obtained before the clock of a look starts, kept for this process until shortly
//! before it expires, and handed to the engine as a secret. Everything that goes wrong on the way to one is the harness's
//! own affair, for the target was not asked yet; whatever the API itself answers to a token is what was observed.
//!
//! Two crates do this, and neither could be used. `gcp_auth` knows one metadata address, reads a user's credentials from
//! one place, tries five times and keeps what the token endpoint said to itself. `google-cloud-auth` lets a variable of
//! the environment override the metadata address it was given, obtains tokens in a task that outlives the deadline (and
//! panics where that task's runtime is gone), and wants a TLS provider installed for the whole process.

mod credentials;
mod exchange;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use url::Url;

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, Mistake, ProbeError, Secret, Text, Value};

use super::{ObserveContext, PrepareContext};

use exchange::Exchange;

/// So long before its end a token is used no more.
const MARGIN: Duration = Duration::from_secs(60);
/// How long a machine that may have no metadata server is asked for one, on the wall.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where a machine of Google's finds its metadata server.
const METADATA: &str = "http://metadata.google.internal";
/// What to do where there are no credentials.
const LOG_IN: &str = "run `gcloud auth application-default login`, or name a credentials file (`google`)";

/// Where tokens come from. It has no `Debug`: it leads to what is secret.
#[derive(Clone)]
pub(super) struct Google {
    whence: Whence,
    exchange: Exchange,
}

#[derive(Clone)]
enum Whence {
    /// The file the environment names, gcloud's own, then the metadata server.
    Default,
    /// A metadata server.
    Metadata(Url),
    /// A credentials file, and what a reader calls it.
    File(PathBuf, String),
}

/// A token, and how long it may be used from now on, on the wall.
struct Token {
    secret: Secret,
    lasts: Duration,
}

/// A token that is kept, and until when; whoever obtains one keeps the others waiting.
type Kept = Arc<tokio::sync::Mutex<Option<(Secret, Moment)>>>;

impl Google {
    /// Reads the setting.
    ///
    /// # Errors
    /// What it can't be.
    pub(super) fn new(setting: &Text, context: &PrepareContext<'_>) -> Result<Google, Mistake> {
        let whence = match setting.expose() {
            "" => {
                let help = "`default`, `metadata`, `metadata:http://127.0.0.1:8080`, or a credentials file";
                return Err(Mistake::at("google", "it names no credentials").help(help));
            }
            "default" => Whence::Default,
            "metadata" => Whence::Metadata(address(METADATA)?),
            other => match other.strip_prefix("metadata:") {
                Some(own) => Whence::Metadata(address(own)?),
                None => {
                    let shown = if setting.is_secret() { "the credentials file" } else { other };
                    Whence::File(context.root.join(other), shown.to_owned())
                }
            },
        };
        Ok(Google {
            whence,
            exchange: Exchange {
                proxies: context.proxy_from_environment,
                resources: context.resources.clone(),
            },
        })
    }

    /// A token: the one that is kept, or a new one. Everything that is not to be shown is added to `secrets`, also where
    /// no token was obtained.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn token(
        &self,
        ask: ObserveContext<'_>,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, ProbeError> {
        let began = ask.clock.now();
        let token =
            ask.clock.until(ask.deadline, self.kept_or_new(ask, secrets)).await.unwrap_or_else(|_| {
                let took = Value::Duration(ask.clock.since(began));
                Err(denied(format!(
                    "no Google access token was obtained within {took} ({})",
                    self.described()
                )))
            })?;
        secrets.push(token.clone());
        Ok(token)
    }

    async fn kept_or_new(
        &self,
        ask: ObserveContext<'_>,
        secrets: &mut Vec<Secret>,
    ) -> Result<Secret, ProbeError> {
        let found = self.find().await?;
        let kept = kept(found.key());
        let mut kept = kept.lock().await;
        let wall = Clock::WALL;
        if let Some((secret, until)) = &*kept
            && wall.now() < *until
        {
            return Ok(secret.clone());
        }
        let began = wall.now();
        let token = found.obtain(&self.exchange, ask, secrets).await?;
        let lasts = token.lasts.saturating_sub(MARGIN);
        *kept = Some((token.secret.clone(), wall.after(began, lasts)));
        Ok(token.secret)
    }

    /// What there is to obtain a token with.
    async fn find(&self) -> Result<Found, ProbeError> {
        match &self.whence {
            Whence::Metadata(url) => Ok(Found::Metadata { url: url.clone(), instead_of: None }),
            Whence::File(path, shown) => file(path, shown).await,
            Whence::Default => {
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
        match &self.whence {
            Whence::Default => "application default credentials".to_owned(),
            Whence::Metadata(url) => format!("metadata server {}", url.as_str().trim_end_matches('/')),
            Whence::File(_, shown) => shown.clone(),
        }
    }
}

/// What a token is obtained with.
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
    /// What two tokens have in common that are the same: a file that has changed holds other credentials.
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

fn denied(detail: String) -> ProbeError {
    ProbeError { cause: Cause::ToolAuth, detail }
}

/// All tokens that are kept, by where they came from.
static KEPT: OnceLock<Mutex<HashMap<String, Kept>>> = OnceLock::new();

fn all_kept() -> std::sync::MutexGuard<'static, HashMap<String, Kept>> {
    KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

fn kept(key: String) -> Kept {
    all_kept().entry(key).or_default().clone()
}

/// Forgets every token. A run begins with it: at the address of a metadata server that is gone another may listen by now,
/// whose platform takes no token of the first.
pub fn forget_tokens() {
    all_kept().clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_another_run_was_given_is_forgotten() {
        let key = || "metadata http://127.0.0.1:9 of this test".to_owned();
        let token = Secret::new("ya29.of-another-run".to_owned());
        *kept(key()).lock().await = Some((token, Clock::WALL.now()));
        assert!(kept(key()).lock().await.is_some());
        forget_tokens();
        assert!(kept(key()).lock().await.is_none());
    }
}
