//! Credentials files: a service account's key, a user's login, and an account that one of them may act as.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value as Json, json};

use crate::clock::Clock;
use fixproof_core::model::{ProbeError, Secret, Setting, Text};

use super::super::ObserveContext;
use super::exchange::{Exchange, table};
use super::token::{LOG_IN, Token, denied};
use crate::net::tls_verification::provider;

/// The largest credentials file there is, in bytes.
const LARGEST: u64 = 64 * 1024;
/// What tokens are for; what they allow is up to the account's roles.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Where a user's login is turned into a token.
const TOKENS: &str = "https://oauth2.googleapis.com/token";

/// Where gcloud keeps the user's login.
pub(super) fn of_user() -> Option<PathBuf> {
    let folder = match std::env::var_os("CLOUDSDK_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&std::env::var_os("HOME")?).join(".config/gcloud"),
    };
    Some(folder.join("application_default_credentials.json"))
}

/// Reads a file of credentials.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) async fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("can't be read: {error}"),
    };
    let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err("is not a credentials file".to_owned());
    }
    tokio::fs::read_to_string(path).await.map_err(unreadable)
}

/// Obtains a token.
pub(super) async fn obtain(
    content: &str,
    shown: &str,
    exchange: &Exchange,
    ask: ObserveContext<'_>,
    secrets: &mut Vec<Secret>,
) -> Result<Token, ProbeError> {
    let bad = |why: &str| denied(format!("the credentials file {shown} {why}; {LOG_IN}"));
    // The message of the parser can quote the file.
    let json: Json = serde_json::from_str(content).map_err(|_| bad("is not JSON"))?;
    let (source, acting) = match said(&json, "type") {
        Some("impersonated_service_account") => match json.get("source_credentials") {
            Some(source) => (source, Some(&json)),
            None => return Err(bad("names no `source_credentials`")),
        },
        _ => (&json, None),
    };
    let token = match said(source, "type") {
        Some("authorized_user") => of_login(source, shown, exchange, ask, secrets).await?,
        Some("service_account") => of_key(source, shown, exchange, ask, secrets).await?,
        Some(other) => {
            return Err(bad(&format!(
                "is of the type `{other}`, which can't be used here (a token of gcloud's can: a secret with command = [\"gcloud\", \"auth\", \"print-access-token\"], as `bearer`)"
            )));
        }
        None => return Err(bad("holds no Google credentials (no `type`)")),
    };
    match acting {
        Some(acting) => act_as(acting, &token, shown, exchange, ask, secrets).await,
        None => Ok(token),
    }
}

fn said<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    json.get(name)?.as_str()
}

async fn of_login(
    login: &Json,
    shown: &str,
    exchange: &Exchange,
    ask: ObserveContext<'_>,
    secrets: &mut Vec<Secret>,
) -> Result<Token, ProbeError> {
    let part = |name: &str| {
        said(login, name)
            .ok_or_else(|| denied(format!("the credentials file {shown} has no `{name}`; {LOG_IN}")))
    };
    let (id, secret, refresh) = (part("client_id")?, part("client_secret")?, part("refresh_token")?);
    secrets.extend([secret, refresh].map(|text| Secret::new(text.to_owned())));
    let form = table(&[
        ("grant_type", "refresh_token"),
        ("client_id", id),
        ("client_secret", secret),
        ("refresh_token", refresh),
    ]);
    let url = said(login, "token_uri").unwrap_or(TOKENS);
    exchanged(url, ("form", form), shown, exchange, ask).await
}

async fn of_key(
    account: &Json,
    shown: &str,
    exchange: &Exchange,
    ask: ObserveContext<'_>,
    secrets: &mut Vec<Secret>,
) -> Result<Token, ProbeError> {
    let part = |name: &str| {
        said(account, name).ok_or_else(|| denied(format!("the credentials file {shown} has no `{name}`")))
    };
    let url = said(account, "token_uri").unwrap_or(TOKENS);
    let assertion =
        assertion(part("client_email")?, part("private_key")?, said(account, "private_key_id"), url)
            .map_err(|why| denied(format!("the credentials file {shown} {why}")))?;
    secrets.push(Secret::new(assertion.clone()));
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let form = table(&[("grant_type", grant), ("assertion", &assertion)]);
    exchanged(url, ("form", form), shown, exchange, ask).await
}

/// A statement that the account's key signs (RFC 7523): that it is the account, to that endpoint, for an hour.
fn assertion(email: &str, key: &str, key_id: Option<&str>, audience: &str) -> Result<String, String> {
    let unusable = |_| "holds a private key that can't be used".to_owned();
    let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| unusable(error.to_string()))?;
    let key = provider().key_provider.load_private_key(der).map_err(|error| unusable(error.to_string()))?;
    let signer = key
        .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
        .ok_or_else(|| "holds a private key that is none of RSA".to_owned())?;
    let now = Clock::WALL.timestamp().0.unix_timestamp();
    let mut head = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(id) = key_id {
        head["kid"] = id.into();
    }
    let claims = json!({ "iss": email, "scope": SCOPE, "aud": audience, "iat": now, "exp": now + 3600 });
    let [head, claims] = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let said = format!("{head}.{claims}");
    let signature = signer.sign(said.as_bytes()).map_err(|error| unusable(error.to_string()))?;
    Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

async fn exchanged(
    url: &str,
    body: (&str, Setting),
    shown: &str,
    exchange: &Exchange,
    ask: ObserveContext<'_>,
) -> Result<Token, ProbeError> {
    let answer = exchange.ask(url, vec![body], ask).await?;
    answer.token().map_err(|why| {
        let stale = if why.expired {
            format!("; the login has expired or was withdrawn: {LOG_IN}")
        } else {
            String::new()
        };
        let text = why.text;
        denied(format!("the token endpoint {url} {text} (credentials: {shown}){stale}"))
    })
}

/// The token of another account, which the first may act as.
async fn act_as(
    acting: &Json,
    token: &Token,
    shown: &str,
    exchange: &Exchange,
    ask: ObserveContext<'_>,
    secrets: &mut Vec<Secret>,
) -> Result<Token, ProbeError> {
    secrets.push(token.secret.clone());
    let Some(url) = said(acting, "service_account_impersonation_url") else {
        return Err(denied(format!(
            "the credentials file {shown} has no `service_account_impersonation_url`"
        )));
    };
    let words = |json: Option<&Json>| {
        let texts = json.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        Setting::List(texts.map(|text| Setting::Text(Text::plain(text))).collect())
    };
    let body = Setting::Table(vec![
        ("scope".to_owned(), Setting::List(vec![Setting::Text(Text::plain(SCOPE))])),
        ("delegates".to_owned(), words(acting.get("delegates"))),
        ("lifetime".to_owned(), Setting::Text(Text::plain("3600s"))),
    ]);
    let bearer = Setting::Text(Text::secret(token.secret.expose()));
    let answer = exchange.ask(url, vec![("json", body), ("bearer", bearer)], ask).await?;
    answer.token().map_err(|why| denied(format!("{url} {} (credentials: {shown})", why.text)))
}
