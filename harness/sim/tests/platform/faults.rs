//! Every profile of the platform changes what its row says, and nothing else: all answers are compared with those of a
//! healthy staging, field by field. A new profile needs a row here.

use std::collections::BTreeMap;

use fixproof_sim::Profile;
use serde_json::Value;

use crate::client::{PlatformClient, SPEED, minted};
use crate::fault_rows::ROWS;
use crate::support::{get_with, started};

const V1: &str = "/apis/serving.knative.dev/v1/namespaces/netra-staging";
const CONNECTOR: &str = "connectors/staging-connector";

/// Every answer there is but for the log, by the end of its path.
fn snapshot(profile: &str) -> BTreeMap<String, String> {
    let client = PlatformClient::of(started(profile, SPEED));
    let mut paths = vec![
        "/v3/projects/netra-staging/alertPolicies".to_owned(),
        "/v3/projects/netra-staging/timeSeries?filter=metric.type%3D%22vpcaccess.googleapis.com%2Fconnector%2Fcpu%2Futilizations%22&interval.endTime=2025-09-15T11:41:00Z&aggregation.perSeriesAligner=ALIGN_MEAN".to_owned(),
        format!("/v1/projects/netra-staging/locations/us-central1/{CONNECTOR}"),
        "/v1/projects/netra-staging/locations/us-central1/instances/staging-redis".to_owned(),
        "/v1/projects/netra-staging/instances/staging-shared-postgres".to_owned(),
        "/compute/v1/projects/netra-staging/global/urlMaps/staging-url-map".to_owned(),
        "/compute/v1/projects/netra-staging/global/sslCertificates/staging-managed-cert-complete".to_owned(),
        "/v1/projects/netra-staging/secrets".to_owned(),
    ];
    for service in ["netra-backend-staging", "netra-auth-service", "netra-frontend-staging"] {
        paths.push(format!("{V1}/services/{service}"));
        paths.push(format!("/v2/projects/netra-staging/locations/us-central1/services/{service}"));
    }
    for secret in fixproof_sim::platform_names().secrets {
        paths.push(format!("/v1/projects/netra-staging/secrets/{secret}/versions"));
    }
    let mut found = BTreeMap::new();
    for path in paths {
        let answer = client.request(&path);
        let parts: Vec<&str> = path.split('?').next().unwrap().rsplit('/').take(2).collect();
        let version = if path.contains("/v2/") { "v2 " } else { "" };
        let name = match parts[0] {
            "versions" | "secrets" | "alertPolicies" | "timeSeries" => format!("{} {}", parts[1], parts[0]),
            last => format!("{version}{last}"),
        };
        found.insert(format!("{name} status"), answer.status.to_string());
        flatten(&name, "", &answer.json(), &mut found);
    }
    let email = "/computeMetadata/v1/instance/service-accounts/default/email";
    let answer = get_with(&client.at, email, "metadata-flavor: Google".to_owned());
    found.insert("metadata status".to_owned(), answer.status.to_string());
    found
}

fn flatten(name: &str, pointer: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                flatten(name, &format!("{pointer}/{key}"), member, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(name, &format!("{pointer}/{index}"), item, found);
            }
        }
        // Moments and ports differ from start to start.
        Value::String(text) if text.contains("127.0.0.1") || text.ends_with('Z') => {}
        other => drop(found.insert(format!("{name} {pointer}"), other.to_string())),
    }
}

/// What differs, as `name pointer=value`, or `name pointer gone`.
fn changes(healthy: &BTreeMap<String, String>, seen: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in seen {
        if healthy.get(key) != Some(value) {
            found.push(format!("{key}={value}"));
        }
    }
    for key in healthy.keys().filter(|key| !seen.contains_key(*key)) {
        found.push(format!("{key} gone"));
    }
    found.sort();
    found
}

const ANNOTATION: &str = "netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com";

/// Where a whole list is shifted or gone, the number of fields says nothing.
const SHIFTED: [&str; 3] = ["secret-missing", "alerts-missing", "platform-unauthorised"];

#[test]
fn each_profile_of_the_platform_changes_its_fields_and_no_others() {
    let healthy = snapshot("healthy");
    assert!(healthy.len() > 250 && healthy["metadata status"] == "200", "{}", healthy.len());
    assert!(healthy.contains_key(&format!("{ANNOTATION}/vpc-access-connector")), "{healthy:#?}");
    let mut wrong = Vec::new();
    for (profile, number, wanted) in ROWS {
        let found = changes(&healthy, &snapshot(profile));
        for wanted in *wanted {
            assert!(found.iter().any(|change| change == wanted), "{profile}: {wanted}: {found:#?}");
        }
        if SHIFTED.contains(profile) {
            let (own, other) = match *profile {
                "secret-missing" => (["secrets", "redis-url-staging"], "alertPolicies"),
                "alerts-missing" => (["alertPolicies", "alertPolicies"], "secrets"),
                _ => continue,
            };
            let stray: Vec<&String> =
                found.iter().filter(|change| !own.iter().any(|own| change.contains(own))).collect();
            assert!(stray.is_empty() && !found.iter().any(|change| change.contains(other)), "{found:#?}");
            continue;
        }
        if found.len() != *number {
            wrong.push(format!("{profile}: {} instead of {number}: {found:#?}", found.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_profile_of_the_platform_has_a_row() {
    let prefixes = [
        "revision-",
        "traffic-",
        "run-",
        "egress-",
        "connector-",
        "sql-",
        "secret-",
        "lb-",
        "deployment-",
        "alert",
        "startup-",
        "logs-",
        "platform-",
    ];
    // A fault of the connector that is met by connecting, not by client the platform.
    let elsewhere = ["connector-scaling"];
    for profile in Profile::all() {
        let belongs = prefixes.iter().any(|prefix| profile.name.starts_with(prefix));
        if belongs && !elsewhere.contains(&profile.name) {
            assert!(ROWS.iter().any(|(name, ..)| *name == profile.name), "{}", profile.name);
        }
    }
}

#[test]
fn a_token_of_another_staging_is_refused_where_no_account_is_known() {
    let token = minted(&started("healthy", SPEED).addresses().platform);
    assert!(!token.is_empty());
    assert_eq!(minted(&started("platform-unauthorised", SPEED).addresses().platform), "");
}
