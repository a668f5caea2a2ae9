//! A client of the platform, with a token of its metadata server.

use fixproof_sim::Staging;
use serde_json::Value;

use crate::support::{self, Answer, get_with, send, started};

/// Fast: the platform itself waits for nothing.
pub(crate) const SPEED: f64 = 100.0;

/// A staging and a token for its platform.
pub(crate) struct PlatformClient {
    pub(crate) staging: Staging,
    pub(crate) at: String,
    pub(crate) token: String,
}

/// A token from the metadata server.
pub(crate) fn minted(at: &str) -> String {
    let path = "/computeMetadata/v1/instance/service-accounts/default/token";
    let answer = get_with(at, path, "metadata-flavor: Google".to_owned());
    answer.json()["access_token"].as_str().unwrap_or_default().to_owned()
}

impl PlatformClient {
    pub(crate) fn open(profile: &str) -> PlatformClient {
        PlatformClient::of(started(profile, SPEED))
    }

    /// The same with all startups over.
    pub(crate) fn settled(profile: &str) -> PlatformClient {
        PlatformClient::of(support::settled(profile, SPEED).0)
    }

    pub(crate) fn of(staging: Staging) -> PlatformClient {
        let at = staging.addresses().platform;
        let token = minted(&at);
        PlatformClient { staging, at, token }
    }

    fn headers(&self) -> Vec<String> {
        vec![format!("authorization: Bearer {}", self.token), "content-type: application/json".to_owned()]
    }

    pub(crate) fn request(&self, path: &str) -> Answer {
        send("GET", &self.at, path, &self.headers(), "").unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.request(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        send("POST", &self.at, path, &self.headers(), &body.to_string()).unwrap()
    }
}
