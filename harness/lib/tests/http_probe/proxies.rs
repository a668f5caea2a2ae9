//! Proxies: none of the environment's unless the target says so; one that was asked for is used, and blamed.

use std::path::Path;
use std::process::Command;

use fixproof::model::{Cause, Settings};
use fixproof::probe::{PrepareContext, RunResources, probe_named};

use super::support::*;

#[tokio::test]
async fn an_explicit_proxy_is_used() {
    let proxy = canned(OK).await;
    for name in ["127.0.0.1", "localhost"] {
        let through = format!("http://{name}:{}", proxy.address.port());
        let seen = look(texts(&[("url", "http://shop.test/x?y=1"), ("proxy", &through)]), LONG).await;
        fine(&seen);
        assert!(proxy.last().starts_with("GET http://shop.test/x?y=1 HTTP/1.1\r\n"), "{}", proxy.last());
        assert_eq!(took(&seen, "time.dns").is_some(), name == "localhost", "{seen:#?}");
    }
    let seen =
        look(texts(&[("url", "https://shop.test/"), ("proxy", &format!("http://{}", proxy.address))]), LONG)
            .await;
    assert!(proxy.last().starts_with("CONNECT shop.test:443 HTTP/1.1\r\n"), "{}", proxy.last());
    assert!(seen.obstacle.is_some(), "{seen:#?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_blamed() {
    let proxy = nobody();
    for url in ["http://shop.test/", "https://shop.test/", "http://127.0.0.1:9/"] {
        let through = format!("http://me:hunter2@{proxy}");
        let seen = look(texts(&[("url", url), ("proxy", &through)]), LONG).await;
        blocked(&seen, Cause::Refused, &format!("the proxy {proxy} on the way to"));
        assert!(!seen.obstacle.unwrap().detail.contains("hunter2"));
    }
    let seen = look(texts(&[("url", "http://127.0.0.1/"), ("proxy", "http://x.invalid:3128")]), LONG).await;
    let obstacle = seen.obstacle.unwrap();
    assert!(matches!(obstacle.cause, Cause::NoSuchName | Cause::DnsTimeout), "{obstacle:?}");
    assert!(obstacle.detail.contains("x.invalid"), "{obstacle:?}");
}

/// The environment of this process can't be changed safely, so this test runs itself again in one of its own.
#[tokio::test]
async fn the_environments_proxies_are_used_only_where_the_target_says_so() {
    if let Ok(url) = std::env::var("FIXPROOF_TEST_URL") {
        return look_in_an_environment_with_proxies(&url).await;
    }
    let proxy = canned(OK).await;
    let target = canned(OK).await;
    let (through, url) = (format!("http://{}", proxy.address), target.url("http", "/"));
    let output = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "proxies::the_environments_proxies_are_used_only_where_the_target_says_so"])
            .envs([("HTTP_PROXY", &through), ("http_proxy", &through), ("ALL_PROXY", &through)])
            .envs([("NO_PROXY", ""), ("no_proxy", ""), ("FIXPROOF_TEST_URL", &url)])
            .output()
            .unwrap()
    })
    .await
    .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((target.seen(), proxy.seen()), (1, 1));
}

async fn look_in_an_environment_with_proxies(url: &str) {
    for proxy_from_environment in [false, true] {
        let context = PrepareContext {
            root: Path::new("/"),
            proxy_from_environment,
            resources: &RunResources::default(),
        };
        let probe = probe_named("http").unwrap().prepare(&Settings(texts(&[("url", url)])), &context);
        fine(&look_at(&*probe.ok().unwrap(), LONG).await);
    }
}
