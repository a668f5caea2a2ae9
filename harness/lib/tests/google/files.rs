//! Credentials files: a user's login, a service account's key, and an account that one of them acts as.

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fixproof::model::Secret;
use serde_json::{Value as Json, json};

use super::support::{LONG, Server, denied, fine, look_within, serve, token};

fn user(server: &Server) -> Json {
    json!({
        "type": "authorized_user",
        "client_id": "an-id",
        "client_secret": "a-client-secret",
        "refresh_token": format!("1//refresh-{}", server.address.port()),
        "token_uri": server.url("/token"),
    })
}

async fn look_with(credentials: &str, url: &str) -> fixproof::model::Observation {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.json"), credentials).unwrap();
    look_within(folder.path(), "c.json", url, LONG).await
}

fn form(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_login_is_turned_into_a_token() {
    let server = serve(|asked| match asked.path.as_str() {
        "/token" => token("ya29.of-a-user", 3599),
        _ => (200, "{}".to_owned()),
    })
    .await;
    let seen = look_with(&user(&server).to_string(), &server.url("/api")).await;
    fine(&seen);
    let sent = form(&server.asked("/token")[0].body);
    assert!(sent.contains(&("grant_type".to_owned(), "refresh_token".to_owned())), "{sent:?}");
    assert!(sent.iter().any(|(name, value)| name == "refresh_token" && value.starts_with("1//refresh-")));
    assert!(server.asked("/api")[0].headers.contains("Bearer ya29.of-a-user"));
    assert!(seen.secrets.contains(&Secret::new("a-client-secret".to_owned())));
}

#[tokio::test]
async fn a_login_that_was_withdrawn_says_what_to_do() {
    let server = serve(|_| {
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#
                .to_owned(),
        )
    })
    .await;
    let seen = look_with(&user(&server).to_string(), &server.url("/api")).await;
    denied(&seen, "answers 400: invalid_grant: Token has been expired or revoked. (credentials: c.json)");
    denied(&seen, "run `gcloud auth application-default login`");
    assert!(server.asked("/api").is_empty());
    // What is not shown is known also where it came to nothing.
    assert!(seen.secrets.contains(&Secret::new("a-client-secret".to_owned())));
}

/// A key made by OpenSSL, private and public; nothing where it is not installed.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn key(folder: &Path) -> Option<String> {
    let run = |arguments: &[&str]| {
        Command::new("openssl")
            .args(arguments)
            .current_dir(folder)
            .output()
            .ok()
            .filter(|o| o.status.success())
    };
    let made = run(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"])
        .and_then(|_| run(&["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]));
    if made.is_none() {
        assert!(std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "openssl is not installed");
        eprintln!("left out: openssl is not installed, so no service account's key can be made");
        return None;
    }
    Some(std::fs::read_to_string(folder.join("key.pem")).unwrap())
}

#[tokio::test]
async fn a_service_account_signs_for_itself_and_openssl_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let Some(key) = key(folder.path()) else { return };
    let server = serve(|asked| match asked.path.as_str() {
        "/token" => token("ya29.of-an-account", 3599),
        _ => (200, "{}".to_owned()),
    })
    .await;
    let account = json!({
        "type": "service_account",
        "client_email": "probe@project.test",
        "private_key_id": "key-7",
        "private_key": key,
        "token_uri": server.url("/token"),
    });
    fine(&look_with(&account.to_string(), &server.url("/api")).await);
    let sent = form(&server.asked("/token")[0].body);
    let value = |name: &str| sent.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(value("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let assertion = value("assertion");
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice::<Json>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(json(head), json!({ "alg": "RS256", "typ": "JWT", "kid": "key-7" }));
    let claims = json(claims);
    assert_eq!(claims["iss"], "probe@project.test");
    assert_eq!(claims["aud"], server.url("/token"));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    std::fs::write(folder.path().join("signed"), signed).unwrap();
    std::fs::write(folder.path().join("signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let verified = Command::new("openssl")
        .args(["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "signed"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test]
async fn an_account_is_acted_as_with_the_token_of_another() {
    let server = serve(|asked| match asked.path.as_str() {
        "/token" => token("ya29.of-the-source", 3599),
        "/act" => {
            (200, r#"{"accessToken":"ya29.of-the-other","expireTime":"2099-01-01T00:00:00Z"}"#.to_owned())
        }
        _ => (200, "{}".to_owned()),
    })
    .await;
    let acting = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": server.url("/act"),
        "delegates": [],
        "source_credentials": user(&server),
    });
    let seen = look_with(&acting.to_string(), &server.url("/api")).await;
    fine(&seen);
    assert!(server.asked("/act")[0].headers.contains("Bearer ya29.of-the-source"));
    assert!(server.asked("/act")[0].body.contains("cloud-platform"));
    assert!(server.asked("/api")[0].headers.contains("Bearer ya29.of-the-other"));
    for secret in ["ya29.of-the-source", "ya29.of-the-other"] {
        assert!(seen.secrets.contains(&Secret::new(secret.to_owned())), "{secret}");
    }
}

#[tokio::test]
async fn a_file_that_holds_no_usable_credentials_says_so_and_shows_nothing_of_it() {
    let url = "http://127.0.0.1:9/";
    for (content, says) in [
        ("not JSON but hunter2-secret", "c.json is not JSON"),
        ("{}", "holds no Google credentials"),
        (r#"{"type": "external_account", "x": "hunter2-secret"}"#, "of the type `external_account`"),
        (r#"{"type": "authorized_user", "client_id": "hunter2-secret"}"#, "has no `client_secret`"),
        (r#"{"type": "service_account", "client_email": "a"}"#, "has no `private_key`"),
        (
            r#"{"type": "service_account", "client_email": "a", "private_key": "hunter2-secret"}"#,
            "holds a private key that can't be used",
        ),
        (r#"{"type": "impersonated_service_account"}"#, "names no `source_credentials`"),
    ] {
        let seen = look_with(content, url).await;
        denied(&seen, says);
        assert!(!format!("{seen:?}").contains("hunter2"), "{seen:?}");
    }
    denied(&look_with("{}", url).await, "gcloud auth application-default login");
    let folder = tempfile::tempdir().unwrap();
    denied(&look_within(folder.path(), "none.json", url, LONG).await, "none.json does not exist");
    denied(&look_within(folder.path(), ".", url, LONG).await, "is not a credentials file");
}
