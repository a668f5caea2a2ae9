//! Requests to the simulated platform, with an access token of its metadata server.

use serde_json::Value;

use crate::servers::http_client::send_blocking;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum GcloudError {
    /// The command line is invalid.
    Usage(String),
    /// The resource does not exist, in the command's own words.
    Missing(String),
    /// The platform refused.
    Refused {
        /// HTTP's status.
        status: u16,
        /// Google's word for it.
        word: String,
        /// Its message.
        message: String,
    },
    /// The metadata server knows no account.
    NoAccount,
    /// No answer, or one that is no HTTP.
    Unreachable(String),
}

/// A client of one platform.
pub(super) struct Client {
    platform: String,
}

impl Client {
    pub(super) fn new(platform: &str) -> Self {
        let platform = platform.strip_prefix("http://").unwrap_or(platform).trim_end_matches('/');
        Client { platform: platform.to_owned() }
    }

    /// A token of the metadata server.
    pub(super) fn token(&self) -> Result<String, GcloudError> {
        let path = "/computeMetadata/v1/instance/service-accounts/default/token";
        let (status, body) = self.exchange("GET", path, "metadata-flavor: Google\r\n", "")?;
        let token = parsed(&body)["access_token"].as_str().map(str::to_owned);
        match (status, token) {
            (200, Some(token)) => Ok(token),
            _ => Err(GcloudError::NoAccount),
        }
    }

    /// The answer to a GET with a token.
    pub(super) fn get(&self, path: &str) -> Result<Value, GcloudError> {
        self.authorized("GET", path, "")
    }

    /// The answer to a POST with a token.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, GcloudError> {
        self.authorized("POST", path, &body.to_string())
    }

    fn authorized(&self, method: &str, path: &str, body: &str) -> Result<Value, GcloudError> {
        let header = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.token()?);
        let (status, body) = self.exchange(method, path, &header, body)?;
        let body = parsed(&body);
        if status == 200 {
            return Ok(body);
        }
        let text = |key: &str| body["error"][key].as_str().unwrap_or_default().to_owned();
        Err(GcloudError::Refused { status, word: text("status"), message: text("message") })
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<(u16, String), GcloudError> {
        send_blocking(&self.platform, (method, path), "fixproof-sim-gcloud", headers, body)
            .map_err(|error| GcloudError::Unreachable(format!("{}: {error}", self.platform)))
    }
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

/// A segment of a path or a value of a query, with everything else than letters, digits and `-._~` spelt in percent.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
