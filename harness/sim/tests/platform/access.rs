//! Access: the metadata server's header, tokens, and refusals.

use fixproof_sim::platform_names;

use crate::client::{PlatformClient, SPEED, minted};
use crate::support::{get, get_with, send, started};

const TOKEN: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

fn flavored() -> String {
    "metadata-flavor: Google".to_owned()
}

#[test]
fn the_metadata_server_answers_only_requests_with_its_header() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    let refused = get(&at, TOKEN);
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(get_with(&at, TOKEN, "metadata-flavor: google".to_owned()).status, 403);
    let answer = get_with(&at, &format!("{TOKEN}?scopes=cloud-platform"), flavored());
    assert_eq!((answer.status, answer.header("metadata-flavor")), (200, Some("Google")));
    assert_eq!(answer.header("x-simulated"), Some("fixproof-sim"));
    let body = answer.json();
    assert_eq!((&body["expires_in"], &body["token_type"]), (&3599.into(), &"Bearer".into()));
    assert!(body["access_token"].as_str().unwrap().starts_with("ya29.simulated-"), "{body}");
    let email = get_with(&at, &TOKEN.replace("token", "email"), flavored());
    assert_eq!(email.body, platform_names().probe_account);
    let project = get_with(&at, "/computeMetadata/v1/project/project-id", flavored());
    assert_eq!(project.body, platform_names().project);
    let nothing = get_with(&at, "/computeMetadata/v1/instance/no-such-thing", flavored());
    assert_eq!(nothing.status, 404);
}

#[test]
fn an_api_requires_a_token_of_the_metadata_server() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    let without = get(&at, "/v1/projects/netra-staging/secrets");
    assert_eq!(without.status, 401);
    assert_eq!(without.json()["error"]["status"], "UNAUTHENTICATED");
    assert_eq!(without.json()["error"]["code"], 401);
    let token = minted(&at);
    for wrong in ["ya29.wrong".to_owned(), format!("{token}x"), String::new()] {
        let answer = send("GET", &at, "/v3/x", &[format!("authorization: Bearer {wrong}")], "").unwrap();
        assert_eq!(answer.status, 401, "{wrong}");
    }
    let client = PlatformClient::open("healthy");
    let unknown = client.request("/v1/no-such-thing");
    assert_eq!((unknown.status, &unknown.json()["error"]["status"]), (404, &"NOT_FOUND".into()));
}

#[test]
fn a_token_that_was_never_issued_is_refused() {
    // The same seed gives the same token: the second staging has not issued it.
    let token = minted(&started("healthy", SPEED).addresses().platform);
    let staging = started("healthy", SPEED);
    let header = format!("authorization: Bearer {token}");
    let answer = send("GET", &staging.addresses().platform, "/v1/no-such-thing", &[header], "").unwrap();
    assert_eq!(answer.status, 401);
}

#[test]
fn without_an_account_no_token_is_issued_or_accepted() {
    let client = PlatformClient::open("platform-unauthorised");
    assert_eq!(get_with(&client.at, TOKEN, flavored()).status, 404);
    let known = minted(&started("healthy", SPEED).addresses().platform);
    let header = format!("authorization: Bearer {known}");
    let answer = send("GET", &client.at, "/v1/projects/netra-staging/secrets", &[header], "").unwrap();
    assert_eq!(answer.status, 401);
}

#[test]
fn the_journal_lists_requests_to_the_platform() {
    let client = PlatformClient::open("healthy");
    client.request("/v1/no-such-thing?x=1");
    let journal = client.staging.journal();
    let noted: Vec<(&str, &str, u16)> =
        journal.platform.iter().map(|r| (r.method.as_str(), r.path.as_str(), r.status)).collect();
    assert_eq!(noted, [("GET", TOKEN, 200), ("GET", "/v1/no-such-thing", 404)]);
    assert_eq!(journal.requests, []);
}
