//! One request to a token endpoint, and the token in its answer.

use std::time::Duration;

use url::Url;

use fixproof_core::model::{
    Fact, Layer, Mistake, Observation, ProbeError, Secret, Setting, Settings, Text, Value, shortened,
};

use super::super::{ObserveContext, PrepareContext, Probe, RunResources};
use super::token::{Refusal, Token, denied};

/// The largest answer that can be a token's, in bytes.
const LARGEST: u64 = 256 * 1024;

/// Prepares an HTTP request from the settings of the `http` probe.
pub(crate) type PrepareRequest = fn(&Settings, &PrepareContext<'_>) -> Result<Box<dyn Probe>, Vec<Mistake>>;

/// How requests are sent.
#[derive(Clone)]
pub(super) struct Exchange {
    pub(super) prepare: PrepareRequest,
    /// May proxies of the environment be used on the way?
    pub(super) proxies: bool,
    /// What the probes of this run share.
    pub(super) resources: RunResources,
}

impl Exchange {
    /// Requests the token of this machine's account from a metadata server.
    pub(super) async fn metadata(&self, url: &Url, ask: ObserveContext<'_>) -> Result<Token, ProbeError> {
        let path = "/computeMetadata/v1/instance/service-accounts/default/token";
        let whole = format!("{}{path}", url.as_str().trim_end_matches('/'));
        let flavour = table(&[("Metadata-Flavor", "Google")]);
        // A metadata server is local: no proxy is used.
        let near = Exchange { proxies: false, ..self.clone() };
        let answer =
            near.ask(&whole, vec![("headers", flavour)], ask).await.map_err(|obstacle| ProbeError {
                detail: format!("the metadata server gave no token: {}", obstacle.detail),
                ..obstacle
            })?;
        answer.token().map_err(|why| denied(format!("the metadata server {whole} {}", why.text)))
    }

    /// Sends a request and returns the answer, of any status.
    pub(super) async fn ask(
        &self,
        url: &str,
        more: Vec<(&str, Setting)>,
        ask: ObserveContext<'_>,
    ) -> Result<Answer, ProbeError> {
        let mut settings = vec![
            ("url".to_owned(), Setting::Text(Text::plain(url))),
            ("body-limit".to_owned(), Setting::Size(LARGEST)),
        ];
        settings.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let root = std::path::Path::new("/");
        let context =
            PrepareContext { root, proxy_from_environment: self.proxies, resources: &self.resources };
        let request = (self.prepare)(&Settings(settings), &context).map_err(|mistakes| {
            let why: Vec<String> = mistakes.into_iter().map(|mistake| mistake.message).collect();
            denied(format!("no token can be requested from {url}: {}", why.join("; ")))
        })?;
        let seen = request.observe(ask).await;
        match seen.obstacle {
            Some(obstacle) if obstacle.cause.layer() == Layer::Harness => Err(obstacle),
            Some(obstacle) => Err(denied(obstacle.detail)),
            None => Ok(Answer::of(&seen)),
        }
    }
}

/// An answer.
pub(super) struct Answer {
    status: u64,
    json: serde_json::Value,
    text: String,
}

impl Answer {
    fn of(seen: &Observation) -> Answer {
        let status = match seen.facts.value("status") {
            Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
            _ => 0,
        };
        let json = match seen.facts.get("body") {
            Some(Fact::Seen(Value::Json(json))) => json.clone(),
            _ => serde_json::Value::Null,
        };
        let text = match seen.facts.value("text") {
            Some(Value::Text(text)) => shortened(text, 200),
            _ => String::new(),
        };
        Answer { status, json, text }
    }

    fn said(&self, name: &str) -> Option<&str> {
        self.json.get(name)?.as_str().filter(|said| !said.is_empty())
    }

    /// The token in it.
    ///
    /// # Errors
    /// What is there instead.
    pub(super) fn token(&self) -> Result<Token, Refusal> {
        if self.status != 200 {
            return Err(Refusal {
                text: self.refusal(),
                expired: self.said("error") == Some("invalid_grant"),
            });
        }
        let token = self.said("access_token").or_else(|| self.said("accessToken"));
        // Where it is not said how long a token lasts, it is used once.
        let lasts = self.json.get("expires_in").and_then(serde_json::Value::as_u64).unwrap_or(0);
        match token {
            Some(token) if token.len() >= Secret::SHORTEST => {
                Ok(Token { secret: Secret::new(token.to_owned()), lasts: Duration::from_secs(lasts) })
            }
            // What is no token may be part of one: it is not shown.
            _ => Err(Refusal { text: "answers 200, but without an access token".to_owned(), expired: false }),
        }
    }

    /// What an answer that is no 200 says: OAuth's words, the API's, or its beginning.
    fn refusal(&self) -> String {
        let status = self.status;
        let api = self.json.pointer("/error/message").and_then(serde_json::Value::as_str);
        let why = match (self.said("error"), self.said("error_description"), api) {
            (Some(error), Some(description), _) => format!("{error}: {description}"),
            (Some(error), None, _) => error.to_owned(),
            (None, _, Some(message)) => message.to_owned(),
            (None, _, None) => format!("{:?}", self.text),
        };
        format!("answers {status}: {why}")
    }
}

/// A table of texts.
pub(super) fn table(rows: &[(&str, &str)]) -> Setting {
    let text = |text: &str| Setting::Text(Text::plain(text));
    Setting::Table(rows.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
}
