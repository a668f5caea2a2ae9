//! Every profile of the platform changes what its row says, and nothing else: all answers are compared with those of a
//! healthy staging, field by field. A new profile needs a row here.

use std::collections::BTreeMap;

use fixproof_sim::Profile;
use serde_json::Value;

use crate::asking::{Desk, SPEED, minted};
use crate::support::{get_with, started};

const V1: &str = "/apis/serving.knative.dev/v1/namespaces/netra-staging";
const CONNECTOR: &str = "connectors/staging-connector";

/// Every answer there is but for the log, by the end of its path.
fn snapshot(profile: &str) -> BTreeMap<String, String> {
    let desk = Desk::of(started(profile, SPEED));
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
        let answer = desk.ask(&path);
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
    let answer = get_with(&desk.at, email, "metadata-flavor: Google".to_owned());
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

/// A profile, how many fields differ, and some of them. Each change shows in v1 and in v2 of Cloud Run.
type Row = (&'static str, usize, &'static [&'static str]);

const ANNOTATION: &str = "netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com";

#[rustfmt::skip]
static ROWS: &[Row] = &[
    ("revision-not-ready", 10, &[r#"netra-backend-staging /status/conditions/0/status="False""#, r#"v2 netra-backend-staging /terminalCondition/state="CONDITION_FAILED""#]),
    ("revision-stale", 10, &[r#"netra-backend-staging /status/latestCreatedRevisionName="netra-backend-staging-00043-duz""#, "netra-backend-staging /status/observedGeneration=41", "netra-backend-staging /status/traffic/0/latestRevision gone"]),
    ("traffic-split", 14, &["netra-backend-staging /status/traffic/0/percent=90", "netra-backend-staging /status/traffic/1/percent=10", r#"netra-backend-staging /status/traffic/1/revisionName="netra-backend-staging-00041-fam""#]),
    ("run-connector-missing", 4, &["netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com/vpc-access-connector gone"]),
    ("egress-all-traffic", 2, &[r#"netra-backend-staging /spec/template/metadata/annotations/run.googleapis.com/vpc-access-egress="all-traffic""#, r#"v2 netra-backend-staging /template/vpcAccess/egress="ALL_TRAFFIC""#]),
    ("run-timeout-short", 2, &["netra-backend-staging /spec/template/spec/timeoutSeconds=60"]),
    ("connector-error", 1, &[r#"staging-connector /state="ERROR""#]),
    ("connector-small", 4, &["staging-connector /minInstances=2", "staging-connector /maxInstances=3"]),
    ("connector-wrong-network", 1, &[r#"staging-connector /network="default""#]),
    ("connector-saturated", 1, &["netra-staging timeSeries /timeSeries/0/points/0/value/doubleValue=85.0"]),
    ("connector-in-fractions", 3, &["netra-staging timeSeries /timeSeries/0/points/0/value/doubleValue=0.85", r#"netra-staging timeSeries /unit="10^2.%""#]),
    ("sql-stopped", 1, &[r#"staging-shared-postgres /settings/activationPolicy="NEVER""#]),
    ("sql-public-only", 3, &["staging-shared-postgres /settings/ipConfiguration/privateNetwork gone"]),
    ("sql-few-connections", 1, &[r#"staging-shared-postgres /settings/databaseFlags/0/value="25""#]),
    ("secret-missing", 0, &["redis-url-staging versions status=404"]),
    ("secret-disabled", 1, &[r#"jwt-secret-staging versions /versions/0/state="DISABLED""#]),
    ("lb-misrouted", 1, &[r#"staging-url-map /pathMatchers/0/defaultService="https://www.googleapis.com/compute/v1/projects/netra-staging/global/backendServices/staging-frontend-backend""#]),
    ("lb-host-misrouted", 1, &[r#"staging-url-map /hostRules/0/pathMatcher="app""#]),
    ("lb-certificate-provisioning", 4, &[r#"staging-managed-cert-complete /managed/status="PROVISIONING""#]),
    ("deployment-wrong-image", 6, &[r#"netra-backend-staging /metadata/labels/commit-sha="b7e0d3c9f1a24568e9d0c7b6a5f4e3d2c1b0a998""#]),
    ("deployment-slow", 0, &[]),
    ("alerts-missing", 0, &["netra-staging alertPolicies /totalSize=3"]),
    ("alert-disabled", 1, &["netra-staging alertPolicies /alertPolicies/1/enabled=false"]),
    ("alert-unheard", 1, &["netra-staging alertPolicies /alertPolicies/1/notificationChannels/0 gone"]),
    ("startup-phase-missing", 0, &[]),
    ("startup-phase-out-of-order", 0, &[]),
    ("startup-database-slow", 0, &[]),
    ("startup-slow", 0, &[]),
    ("startup-crash-loop", 0, &[]),
    ("startup-errors-logged", 0, &[]),
    ("startup-bypassed", 4, &[r#"netra-backend-staging /spec/template/spec/containers/0/env/4/name="BYPASS_STARTUP_VALIDATION""#]),
    ("startup-bypass-env", 4, &[r#"netra-backend-staging /spec/template/spec/containers/0/env/4/name="EMERGENCY_ALLOW_NO_DATABASE""#]),
    ("startup-rate-low", 0, &[]),
    ("logs-forbidden", 0, &[]),
    ("logs-flooded", 0, &[]),
    ("platform-unauthorised", 0, &["metadata status=404", "netra-backend-staging status=401"]),
    ("incident", 0, &[]),
    ("backend-down", 0, &[]),
    ("stub-not-found", 0, &[]),
];

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
fn every_profile_that_belongs_to_the_platform_has_a_row() {
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
    // A fault of the connector that is met by connecting, not by asking the platform.
    let elsewhere = ["connector-scaling"];
    for profile in Profile::all() {
        let belongs = prefixes.iter().any(|prefix| profile.name.starts_with(prefix));
        if belongs && !elsewhere.contains(&profile.name) {
            assert!(ROWS.iter().any(|(name, ..)| *name == profile.name), "{}", profile.name);
        }
    }
}

#[test]
fn a_token_of_elsewhere_is_refused_where_no_account_is_known() {
    let token = minted(&started("healthy", SPEED).addresses().platform);
    assert!(!token.is_empty());
    assert_eq!(minted(&started("platform-unauthorised", SPEED).addresses().platform), "");
}
