//! The metadata server: what is asked, how long a token is kept, and everything that can be wrong with it.

use std::path::Path;
use std::time::Duration;

use fixproof::model::{Secret, Value};
use fixproof::probe::RunResources;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{
    CANARY, METADATA, denied, fine, look, look_in, look_within, metadata, prepare, serve, token,
};

fn at(server: &super::support::Server) -> String {
    format!("metadata:{}", server.url(""))
}

#[tokio::test]
async fn the_token_is_sent_and_cached_for_the_run_only() {
    let run = RunResources::default();
    let server = metadata(3600).await;
    let seen = look_in(&run, &at(&server), &server.url("/api")).await;
    fine(&seen);
    let asked = server.asked(METADATA);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].headers.contains("\"metadata-flavor\": \"Google\""), "{asked:?}");
    assert!(!asked[0].headers.contains("authorization"));
    assert!(server.asked("/api")[0].headers.contains(&format!("Bearer {CANARY}")));
    assert!(matches!(seen.facts.value("time.auth"), Some(Value::Duration(_))));
    assert_eq!(seen.phases[0].name, "auth");
    assert!(seen.phases[1].after >= seen.phases[0].took);
    // The engine gets the secret also from an observation that uses the cached token.
    let again = look_in(&run, &at(&server), &server.url("/api")).await;
    fine(&again);
    for seen in [seen, again] {
        assert!(seen.secrets.contains(&Secret::new(CANARY.to_owned())));
        assert!(!serde_json::to_string(&seen.phases).unwrap().contains(CANARY));
        assert!(!format!("{:?}", seen.transcript).contains(&format!("Bearer {CANARY}\"")));
    }
    assert_eq!(server.asked(METADATA).len(), 1);
    fine(&look_in(&RunResources::default(), &at(&server), &server.url("/api")).await);
    assert_eq!(server.asked(METADATA).len(), 2, "another run obtains its own token");
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_not_kept() {
    let (server, run) = (metadata(50).await, RunResources::default());
    for _ in 0..2 {
        fine(&look_in(&run, &at(&server), &server.url("/api")).await);
    }
    assert_eq!(server.asked(METADATA).len(), 2);
}

#[tokio::test]
async fn many_at_once_obtain_one_token() {
    let (server, run) = (metadata(3600).await, RunResources::default());
    let (google, url) = (at(&server), server.url("/api"));
    let mut looks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (run, google, url) = (run.clone(), google.clone(), url.clone());
        looks.spawn(async move { look_in(&run, &google, &url).await });
    }
    looks.join_all().await.iter().for_each(fine);
    assert_eq!(server.asked(METADATA).len(), 1);
}

#[tokio::test]
async fn what_the_api_says_to_a_token_is_a_fact() {
    let server = serve(|asked| match asked.path.as_str() {
        METADATA => token(CANARY, 3600),
        _ => (403, "{}".to_owned()),
    })
    .await;
    let seen = look(&at(&server), &server.url("/api")).await;
    assert_eq!(seen.obstacle, None);
    assert_eq!(seen.facts.value("status"), Some(&Value::count(403)));
}

#[tokio::test]
async fn a_metadata_server_that_gives_no_token_is_told_as_what_it_said() {
    for (status, body, says) in [
        (
            403,
            r#"{"error": "forbidden", "error_description": "not from here"}"#,
            "403: forbidden: not from here",
        ),
        (404, "no account", "answers 404: \"no account\""),
        (200, "<html>", "without an access token"),
        (200, r#"{"access_token": 7}"#, "without an access token"),
        (200, r#"{"access_token": "ab", "expires_in": 9}"#, "without an access token"),
        (200, r#"{"access_token": "line\nbreak", "expires_in": 9}"#, "a character that no header may hold"),
    ] {
        let server = serve(move |_| (status, body.to_owned())).await;
        let seen = look(&at(&server), &server.url("/api")).await;
        denied(&seen, says);
        assert!(server.asked("/api").is_empty());
        assert!(!seen.phases[0].complete || says.contains("header"));
    }
}

#[tokio::test]
async fn a_metadata_server_that_is_not_there_or_silent_is_the_harness_s_own_affair() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let google = format!("metadata:http://{gone}");
    denied(&look(&google, "http://127.0.0.1:9/").await, "refused the connection");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let google = format!("metadata:http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        // Accepts and drips for ever.
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut some = [0; 1024];
                let _ = stream.read(&mut some).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await;
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
    });
    let seen = look_within(Path::new("/"), &google, "http://127.0.0.1:9/", Duration::from_millis(400)).await;
    denied(&seen, "127.0.0.1");
    assert!(!seen.phases[0].complete);
}

#[test]
fn one_authorization_is_sent_and_no_other() {
    let two = |name: &str, value: &str| {
        let settings = [("url", "http://x.test"), ("google", "metadata"), (name, value)];
        prepare(Path::new("/"), &settings).err().unwrap()[0].message.clone()
    };
    assert!(two("bearer", "abcd").contains("only one of"));
    for (google, says) in
        [("", "names no credentials"), ("metadata:ftp://x", "no address"), ("metadata:", "no address")]
    {
        let settings = [("url", "http://x.test"), ("google", google)];
        let mistakes = prepare(Path::new("/"), &settings).err().unwrap();
        assert!(mistakes[0].message.contains(says), "{mistakes:?}");
    }
    assert!(prepare(Path::new("/"), &[("url", "http://x.test"), ("google", "default")]).is_ok());
}
