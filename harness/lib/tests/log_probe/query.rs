//! A service that answers as Cloud Logging's `entries:list`, in every good and bad way.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use fixproof::clock::Clock;
use fixproof::model::{Cause, Observation, Secret};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{LONG, SHORT, ago, blocked, fact, look_within, mistake, says};

type Answering = dyn Fn(&Json) -> (u16, String) + Send + Sync;

#[derive(Clone)]
struct Service {
    asked: Arc<Mutex<Vec<(String, Json)>>>,
    answer: Arc<Answering>,
}

struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, Json)>>>,
}

impl Server {
    fn bodies(&self) -> Vec<Json> {
        self.asked.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    async fn look(&self, toml: &str) -> Observation {
        let toml = format!("url = 'http://{}/v2/entries:list'\n{toml}", self.address);
        look_within(Path::new("/"), &toml, LONG, Clock::WALL).await
    }
}

async fn serve(answer: impl Fn(&Json) -> (u16, String) + Send + Sync + 'static) -> Server {
    let asked = Arc::<Mutex<Vec<(String, Json)>>>::default();
    let service = Service { asked: asked.clone(), answer: Arc::new(answer) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(handle).with_state(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { address, asked }
}

async fn handle(State(service): State<Service>, request: Request) -> Response<String> {
    let (head, body) = request.into_parts();
    if head.uri.path().starts_with("/computeMetadata") {
        let token = r#"{"access_token":"ya29.of-the-log","expires_in":3599}"#.to_owned();
        return Response::builder().header("content-type", "application/json").body(token).unwrap();
    }
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body: Json = serde_json::from_slice(&body).unwrap();
    let authorization = head.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    service.asked.lock().unwrap().push((authorization.to_owned(), body.clone()));
    let (status, body) = (service.answer)(&body);
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

fn entry(n: u64) -> Json {
    json!({
        "insertId": format!("id-{n}"),
        "timestamp": ago(Duration::from_secs(n)),
        "labels": { "instanceId": format!("i-{}", n % 3) },
        "textPayload": format!("Container called exit(3). {n}"),
    })
}

/// So many entries, newest first, in pages of at most `page`.
async fn log_of(count: u64, page: u64) -> Server {
    serve(move |body| {
        let from: u64 = body["pageToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let size = body["pageSize"].as_u64().unwrap().min(page);
        let to = (from + size).min(count);
        let mut answer = json!({ "entries": (from..to).map(entry).collect::<Vec<_>>() });
        if to < count {
            answer["nextPageToken"] = to.to_string().into();
        }
        (200, answer.to_string())
    })
    .await
}

const EXIT: &str = "pattern = 'Container called exit\\(3\\)'\ndistinct = '$.labels.instanceId'\n";

#[tokio::test]
async fn all_pages_are_asked_for_newest_first() {
    let server = log_of(25, 10).await;
    let seen = server
        .look(&format!("{EXIT}resources = ['projects/p']\nfilter = 'severity>=ERROR OR a'\nsince = '1h'"))
        .await;
    says(&seen, &[("entries", "25"), ("count", "25"), ("distinct", "3"), ("truncated", "false")]);
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 3);
    assert_eq!(bodies[0]["resourceNames"], json!(["projects/p"]));
    assert_eq!(bodies[0]["orderBy"], "timestamp desc");
    let filter = bodies[0]["filter"].as_str().unwrap();
    assert!(filter.starts_with("(severity>=ERROR OR a) AND timestamp>=\""), "{filter}");
    assert_eq!((&bodies[0]["pageToken"], &bodies[1]["pageToken"]), (&Json::Null, &json!("10")));
}

#[tokio::test]
async fn at_the_limit_it_is_cut_off_only_where_there_is_more() {
    let whole = log_of(20, 7).await;
    says(&whole.look(&format!("{EXIT}limit = 20")).await, &[("truncated", "false"), ("count", "20")]);
    let cut = log_of(21, 7).await;
    let seen = cut.look(&format!("{EXIT}limit = 20")).await;
    says(&seen, &[("truncated", "true"), ("count", "20 ?Raises"), ("entries", "20 ?Raises")]);
    // The newest is known, for the newest come first.
    assert!(!fact(&seen, "last").contains('?'));
    assert!(fact(&seen, "first").ends_with("?Changes"));
    assert_eq!(cut.bodies().last().unwrap()["pageSize"], 6);
}

#[tokio::test]
async fn pages_that_never_end_do() {
    let endless = serve(|body| {
        let page = body["pageToken"].as_str().map_or(0, |token| token.parse::<u64>().unwrap());
        (200, json!({ "nextPageToken": (page + 1).to_string() }).to_string())
    })
    .await;
    says(&endless.look("").await, &[("entries", "0 ?Raises"), ("truncated", "true")]);
    assert_eq!(endless.bodies().len(), 100);
    let circle =
        serve(|_| (200, json!({ "entries": [entry(1)], "nextPageToken": "same" }).to_string())).await;
    blocked(&circle.look("").await, Cause::HttpProtocol, "the same page token again and again");
    let large = serve(|body| {
        let page = body["pageToken"].as_str().map_or(0, |token| token.parse::<u64>().unwrap());
        let entries = vec![json!({ "textPayload": "x".repeat(1000) }); 100];
        (200, json!({ "entries": entries, "nextPageToken": (page + 1).to_string() }).to_string())
    })
    .await;
    says(&large.look("limit = 1000000\nread-limit = '1MiB'").await, &[("truncated", "true")]);
    assert_eq!(large.bodies().len(), 11);
}

#[tokio::test]
async fn nothing_is_an_answer_and_what_is_no_answer_is_told() {
    says(
        &serve(|_| (200, "{}".to_owned())).await.look("").await,
        &[("entries", "0"), ("truncated", "false")],
    );
    for (status, body, cause, says) in [
        (200, "<html>".to_owned(), Cause::NotJson, "without log entries"),
        (200, "7".to_owned(), Cause::NotJson, "no JSON object"),
        (200, r#"{"status": "ok"}"#.to_owned(), Cause::Missing, "without a list `entries`"),
        (200, r#"{"entries": {}}"#.to_owned(), Cause::Missing, "without a list `entries`"),
        (
            401,
            r#"{"error": {"message": "no such token"}}"#.to_owned(),
            Cause::ToolAuth,
            "(401: no such token)",
        ),
        (403, "{}".to_owned(), Cause::ToolAuth, "refuses access to the log with these credentials (403)"),
        (
            400,
            r#"{"error": {"message": "unparseable filter"}}"#.to_owned(),
            Cause::BadQuery,
            "(400: unparseable filter)",
        ),
        (404, "nothing here".to_owned(), Cause::BadQuery, "look at `filter`, `resources` and `url`"),
        (429, "{}".to_owned(), Cause::OwnLimit, "quota"),
        (503, "down".to_owned(), Cause::Differs, "answers 503"),
        (200, "x".repeat(10 << 20), Cause::HttpTooLarge, "`read-limit`"),
    ] {
        let server = serve(move |_| (status, body.clone())).await;
        let seen = server.look("read-limit = '4MiB'").await;
        blocked(&seen, cause, says);
        blocked(&seen, cause, &server.address.to_string());
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let seen = look_within(Path::new("/"), &format!("url = 'http://{gone}'"), LONG, Clock::WALL).await;
    blocked(&seen, Cause::Refused, &gone.to_string());
}

#[tokio::test]
async fn slow_bytes_end_at_the_deadline() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("url = 'http://{}'", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{").await;
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
    });
    let seen = look_within(Path::new("/"), &url, SHORT, Clock::WALL).await;
    blocked(&seen, Cause::HttpTimeout, "started a response but did not finish it");
}

#[tokio::test]
async fn a_token_goes_along_with_every_page() {
    let server = log_of(15, 10).await;
    let seen = server.look(&format!("google = 'metadata:http://{}'", server.address)).await;
    says(&seen, &[("entries", "15")]);
    let all = server.asked.lock().unwrap().clone();
    assert!(all.iter().all(|(authorization, _)| authorization == "Bearer ya29.of-the-log"), "{all:?}");
    assert_eq!(all.len(), 2);
    assert!(fact(&seen, "time.auth") != "missing" && seen.phases[0].name == "auth");
    assert!(seen.secrets.contains(&Secret::new("ya29.of-the-log".to_owned())));
    let seen = server.look("bearer = 'abcd'").await;
    says(&seen, &[("entries", "15"), ("time.auth", "missing")]);
}

#[test]
fn what_can_t_be_a_query_is_a_mistake() {
    for (toml, says) in [
        ("url = 'x.test'", "is no address"),
        ("url = 'http://x.test'\nformat = 'json'", "`format` is only valid with"),
        ("url = 'http://x.test'\ngoogle = 'default'\nbearer = 'abcd'", "only one of"),
        ("file = 'x.log'\nfilter = 'severity>=ERROR'", "`filter` is only valid with `url`"),
        ("command = ['cat']\ngoogle = 'default'", "`google` is only valid with `url`"),
    ] {
        let said = mistake(toml);
        assert!(said.contains(says), "{toml}: {said}");
    }
}
