//! Application default credentials: what the environment says is tried in a process of its own.

use std::path::Path;
use std::process::Command;

use super::support::{denied, fine, look, serve, token};

/// Runs the test below in a process with this environment and no other.
async fn child(environment: &[(&str, &str)]) -> String {
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "defaults::what_this_process_finds", "--nocapture"])
            .env_clear()
            .envs(environment)
            .output()
            .unwrap()
    });
    let ran = ran.await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[tokio::test]
async fn what_this_process_finds() {
    let Ok(url) = std::env::var("ASKED") else { return };
    let seen = look("default", &url).await;
    match std::env::var("DENIED") {
        Ok(says) => denied(&seen, &says),
        Err(_) => fine(&seen),
    }
}

#[tokio::test]
async fn the_file_the_environment_names_comes_before_gcloud_s_own_and_both_before_nothing() {
    let server = serve(|asked| match asked.path.as_str() {
        "/token" => token(&format!("ya29.{}", asked.body.rsplit("1%2F%2F").next().unwrap()), 3599),
        _ => (200, "{}".to_owned()),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, refresh: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let login = serde_json::json!({
            "type": "authorized_user",
            "client_id": "an-id",
            "client_secret": "a-client-secret",
            "refresh_token": format!("1//{refresh}"),
            "token_uri": server.url("/token"),
        });
        std::fs::write(&path, login.to_string()).unwrap();
        path.display().to_string()
    };
    let named = write("named.json", "named");
    write("home/.config/gcloud/application_default_credentials.json", "home");
    write("sdk/application_default_credentials.json", "of-sdk");
    let (home, sdk) = (folder.path().join("home"), folder.path().join("sdk"));
    let (home, sdk) = (home.to_str().unwrap(), sdk.to_str().unwrap());
    let url = server.url("/api");
    let last = || server.asked("/api").last().unwrap().headers.clone();
    child(&[("ASKED", &url), ("HOME", home), ("GOOGLE_APPLICATION_CREDENTIALS", &named)]).await;
    assert!(last().contains("ya29.named"), "{}", last());
    child(&[("ASKED", &url), ("HOME", home)]).await;
    assert!(last().contains("ya29.home"), "{}", last());
    child(&[("ASKED", &url), ("HOME", home), ("CLOUDSDK_CONFIG", sdk)]).await;
    assert!(last().contains("ya29.of-sdk"), "{}", last());
    // A file that is named is meant: nothing else stands in for it.
    let gone = Path::new(home).join("gone.json").display().to_string();
    let denied = "gone.json (GOOGLE_APPLICATION_CREDENTIALS) does not exist";
    child(&[("ASKED", &url), ("HOME", home), ("GOOGLE_APPLICATION_CREDENTIALS", &gone), ("DENIED", denied)])
        .await;
    let denied = "no Google credentials on this machine: GOOGLE_APPLICATION_CREDENTIALS is not set";
    child(&[("ASKED", &url), ("HOME", "/nowhere"), ("DENIED", denied)]).await;
}
