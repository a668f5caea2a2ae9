//! A whole run with a token in it, against an API that repeats the token wherever it can.

use fixproof::engine::{self, Event, Identity, Overlay, Selection, plan, stopper};
use fixproof::load::load;
use fixproof::model::Report;
use fixproof::probe::PROBES;

use super::support::{CANARY, METADATA, serve, token};

async fn report(files: &[(&str, String)]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let vocabulary: Vec<_> = PROBES.iter().map(|kind| kind.spec()).collect();
    let loaded = load(folder.path(), Some("t"), &vocabulary, time::macros::date!(2026 - 01 - 01));
    let identity = Identity::named("fixproof test");
    let plan = plan(&loaded.unwrap(), Overlay::default(), &Selection::default(), identity, PROBES);
    let plan = plan.unwrap_or_else(|invalid| unreachable!("{invalid}"));
    let (_stopper, stop) = stopper();
    engine::run(plan, &mut |event: &Event<'_>| assert!(!format!("{event:?}").contains(CANARY)), stop).await
}

#[tokio::test]
async fn a_token_is_found_nowhere_in_an_outcome() {
    let server = serve(|asked| match asked.path.as_str() {
        METADATA => token(CANARY, 3600),
        _ => (200, serde_json::json!({ "you": asked.headers, CANARY: [CANARY] }).to_string()),
    })
    .await;
    let scenario = format!(
        r#"component = "backend"
[[scenario]]
id = "an-api"
title = "An API"
probe = "http"
with = {{ url = "{}", google = "metadata:{}" }}
expect = [
  {{ that = "body", at = "$.you", equals = "nobody" }},
  {{ that = "text", equals = "nothing" }},
]
"#,
        server.url("/api"),
        server.url("")
    );
    let report = report(&[
        ("suite.toml", "[gate]\nthreshold = \"80%\"\n".to_owned()),
        ("targets/t.toml", "name = \"t\"\n[component.backend]\nurl = \"http://x.test\"\n".to_owned()),
        ("s.toml", scenario),
    ])
    .await;
    assert!(server.asked("/api")[0].headers.contains(CANARY), "the token was sent");
    let outcome = &report.outcomes[0];
    let finding = &outcome.findings[0];
    let seen = finding.seen_text();
    assert!(seen.contains("[secret]"), "{seen}");
    assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:#?}");
    assert!(!serde_json::to_string(outcome).unwrap().contains(CANARY));
    assert!(outcome.samples[0].attempts[0].observation.secrets.is_empty());
}
