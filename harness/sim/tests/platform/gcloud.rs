//! The look-alike of the command-line client: what it prints where, with which exit code.

use fixproof_sim::{CommandOutput, gcloud, platform_names};
use serde_json::Value;

use crate::client::{PlatformClient, SPEED};
use crate::support::{settled, started};

fn run(at: &str, line: &[&str]) -> CommandOutput {
    let arguments: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    gcloud(&arguments, at)
}

/// What a command prints as JSON.
fn json(at: &str, line: &[&str]) -> Value {
    let said = run(at, &[line, &["--format", "json"]].concat());
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line:?}: {said:?}");
    serde_json::from_str(&said.stdout).unwrap()
}

/// Exit code and standard error of a command that fails.
fn fails(at: &str, line: &str) -> (i32, String) {
    let said = run(at, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(said.stdout, "", "{line}");
    (said.code, said.stderr)
}

#[test]
fn each_description_is_the_answer_of_the_api() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    let service =
        json(&at, &["run", "services", "describe", "netra-backend-staging", "--region", "us-central1"]);
    assert_eq!(service["status"]["latestReadyRevisionName"], platform_names().backend_revision);
    let revision =
        json(&at, &["run", "revisions", "describe", platform_names().auth_revision, "--platform=managed"]);
    assert_eq!(revision["status"]["imageDigest"], platform_names().auth_image);
    let revisions = json(&at, &["run", "revisions", "list", "--service", "netra-auth-service"]);
    assert_eq!(revisions.as_array().unwrap().len(), 2);
    assert_eq!(json(&at, &["run", "revisions", "list", "--limit=1"]).as_array().unwrap().len(), 1);
    assert_eq!(json(&at, &["run", "services", "list"]).as_array().unwrap().len(), 3);
    let connector = json(
        &at,
        &[
            "compute",
            "networks",
            "vpc-access",
            "connectors",
            "describe",
            "staging-connector",
            "--region=us-central1",
        ],
    );
    assert_eq!(connector["state"], "READY");
    assert_eq!(json(&at, &["sql", "instances", "describe", "staging-shared-postgres"])["state"], "RUNNABLE");
    let redis = json(&at, &["redis", "instances", "describe", "staging-redis", "--region", "us-central1"]);
    assert_eq!(redis["state"], "READY");
    let secrets = json(&at, &["secrets", "list", "--project", "netra-staging"]);
    assert_eq!(secrets.as_array().unwrap().len(), platform_names().secrets.len());
    assert_eq!(
        json(&at, &["secrets", "describe", "fernet-key-staging"])["replication"]["automatic"],
        serde_json::json!({})
    );
    let versions = json(&at, &["secrets", "versions", "list", "fernet-key-staging"]);
    assert_eq!((&versions[0]["state"], &versions[1]["state"]), (&"ENABLED".into(), &"DISABLED".into()));
    let map = json(&at, &["compute", "url-maps", "describe", "staging-url-map", "--global"]);
    assert_eq!(map["hostRules"][0]["hosts"][0], "api.staging.test");
    let certificate =
        json(&at, &["compute", "ssl-certificates", "describe", "staging-managed-cert-complete"]);
    assert_eq!(certificate["managed"]["status"], "ACTIVE");
    let backend = json(&at, &["compute", "backend-services", "describe", "staging-api-backend", "--global"]);
    assert_eq!(backend["timeoutSec"], 3600);
    let group = json(
        &at,
        &["compute", "network-endpoint-groups", "describe", "staging-auth-neg", "--region", "us-central1"],
    );
    assert_eq!(group["cloudRun"]["service"], "netra-auth-service");
    for track in [&["monitoring"][..], &["alpha", "monitoring"]] {
        let policies = json(&at, &[track, &["policies", "list"]].concat());
        assert_eq!(policies.as_array().unwrap().len(), 4);
    }
}

#[test]
fn a_stopped_instance_is_shown_as_stopped() {
    let at = started("sql-stopped", SPEED).addresses().platform;
    // The staging is gone by now.
    let gone = run(&at, &["sql", "instances", "describe", "staging-shared-postgres"]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.stderr.contains("There was a problem connecting"), "{gone:?}");
    let staging = started("sql-stopped", SPEED);
    let at = staging.addresses().platform;
    assert_eq!(json(&at, &["sql", "instances", "describe", "staging-shared-postgres"])["state"], "STOPPED");
}

#[test]
fn the_log_is_read_newest_first_within_its_freshness() {
    let (staging, _) = settled("healthy", SPEED);
    let at = staging.addresses().platform;
    let filter = "jsonPayload.message:\"SEQUENCE COMPLETED\" AND resource.labels.service_name=\"netra-backend-staging\"";
    let times = |more: &[&str]| -> Vec<String> {
        let entries = json(&at, &[&["logging", "read", filter], more].concat());
        entries
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["timestamp"].as_str().unwrap()[..19].to_owned())
            .collect()
    };
    let all = times(&[]);
    assert_eq!(all.len(), 31);
    assert!(all.windows(2).all(|pair| pair[0] >= pair[1]), "{all:?}");
    assert_eq!(times(&["--limit", "3"]), all[..3]);
    let mut oldest = times(&["--order=asc", "--limit=1"]);
    assert_eq!(oldest.pop(), all.last().cloned());
    let explicit = format!("{filter} AND timestamp>=\"2020-01-01T00:00:00Z\"");
    assert_eq!(json(&at, &["logging", "read", &explicit, "--freshness=1s"]).as_array().unwrap().len(), 31);
    assert_eq!(json(&at, &["logging", "read", "\"no such words\""]), serde_json::json!([]));
    assert_eq!(json(&at, &["logging", "read", "--limit", "2"]).as_array().unwrap().len(), 2);
}

#[test]
fn freshness_limits_how_far_back_the_log_is_read() {
    // At the modelled system's own speed: the log's past is as long as it says, and nothing is started up yet.
    let staging = started("healthy", 1.0);
    let at = staging.addresses().platform;
    let filter = "jsonPayload.message:\"SEQUENCE COMPLETED\" AND resource.labels.service_name=\"netra-backend-staging\"";
    for (freshness, wanted) in [("10m", 0), ("1230s", 6), ("2h", 30)] {
        let found = json(&at, &["logging", "read", filter, "--freshness", freshness]);
        assert_eq!(found.as_array().unwrap().len(), wanted, "{freshness}");
    }
}

#[test]
fn more_entries_than_a_page_are_read_page_by_page_and_no_more_than_the_limit() {
    let (staging, _) = settled("logs-flooded", SPEED);
    let at = staging.addresses().platform;
    let read = |limit: &str| {
        json(&at, &["logging", "read", "severity>=ERROR", "--limit", limit]).as_array().unwrap().len()
    };
    assert_eq!((read("500"), read("2500"), read("9000")), (500, 2500, 6000));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    for (line, words) in [
        ("run services descrybe x", "ERROR: (gcloud.run.services) Invalid choice: 'descrybe'.\n"),
        ("fun", "ERROR: (gcloud) Invalid choice: 'fun'.\n"),
        ("run services", "ERROR: (gcloud.run.services) Command name argument expected.\n"),
        (
            "run services describe",
            "ERROR: (gcloud.run.services.describe) argument SERVICE: Must be specified.\n",
        ),
        ("run services describe a b", "ERROR: (gcloud.run.services.describe) unrecognized arguments: b\n"),
        ("secrets list --regoin=x", "ERROR: (gcloud.secrets.list) unrecognized arguments: --regoin\n"),
        (
            "secrets list --limit 0",
            "ERROR: (gcloud.secrets.list) argument --limit: Value must be greater than or equal to 1; received: 0\n",
        ),
        ("secrets list --format", "ERROR: (gcloud) argument --format: expected one argument\n"),
        ("logging read x --order up", "ERROR: (gcloud.logging.read) argument --order: Invalid choice: 'up'."),
        ("logging read x --freshness soon", "ERROR: (gcloud.logging.read) argument --freshness: "),
    ] {
        let (code, stderr) = fails(&at, line);
        assert_eq!(code, 2, "{line}: {stderr}");
        assert!(stderr.starts_with(words), "{line}: {stderr}");
    }
}

#[test]
fn a_missing_resource_ends_with_1_in_each_command_s_own_words() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    for (line, words) in [
        (
            "run services describe auth-staging",
            "ERROR: (gcloud.run.services.describe) Cannot find service [auth-staging]\n",
        ),
        (
            "run services describe netra-backend-staging --region europe-west1",
            "ERROR: (gcloud.run.services.describe) Cannot find service [netra-backend-staging]\n",
        ),
        (
            "run revisions describe none",
            "ERROR: (gcloud.run.revisions.describe) Cannot find revision [none]\n",
        ),
        (
            "sql instances describe netra-staging-db",
            "ERROR: (gcloud.sql.instances.describe) HTTPError 404: The Cloud SQL instance does not exist.\n",
        ),
        (
            "compute networks vpc-access connectors describe x",
            "ERROR: (gcloud.compute.networks.vpc-access.connectors.describe) NOT_FOUND: ",
        ),
        (
            "compute url-maps describe x",
            "ERROR: (gcloud.compute.url-maps.describe) Could not fetch resource:\n - The resource ",
        ),
        (
            "secrets versions list x",
            "ERROR: (gcloud.secrets.versions.list) NOT_FOUND: Secret [projects/701982941522/secrets/x] not found",
        ),
        (
            "secrets versions access latest --secret jwt-secret-staging",
            "ERROR: (gcloud.secrets.versions.access) PERMISSION_DENIED: ",
        ),
        ("secrets list --project another", "ERROR: (gcloud.secrets.list) PERMISSION_DENIED: "),
        ("logging read sevrity=ERROR", "ERROR: (gcloud.logging.read) INVALID_ARGUMENT: Unparseable filter: "),
        ("secrets list --format table(x)", "ERROR: (gcloud.secrets.list) Unknown format"),
    ] {
        let (code, stderr) = fails(&at, line);
        assert_eq!(code, 1, "{line}: {stderr}");
        assert!(stderr.starts_with(words), "{line}: {stderr}");
    }
}

#[test]
fn refusals_of_the_platform_end_with_1() {
    let staging = started("platform-unauthorised", SPEED);
    let at = staging.addresses().platform;
    for line in ["run services describe netra-backend-staging", "auth print-access-token"] {
        let (code, stderr) = fails(&at, line);
        assert!(
            code == 1 && stderr.contains("You do not currently have an active account selected."),
            "{stderr}"
        );
    }
    let staging = started("logs-forbidden", SPEED);
    let (code, stderr) = fails(&staging.addresses().platform, "logging read severity>=ERROR");
    assert!(
        code == 1 && stderr.contains("PERMISSION_DENIED: Permission 'logging.logEntries.list'"),
        "{stderr}"
    );
}

#[test]
fn a_printed_token_is_accepted_by_the_apis() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    for line in [&["auth", "print-access-token"][..], &["auth", "application-default", "print-access-token"]]
    {
        let said = run(&at, line);
        let client = PlatformClient {
            staging: started("healthy", SPEED),
            at: at.clone(),
            token: said.stdout.trim().to_owned(),
        };
        assert_eq!(client.request("/v1/projects/netra-staging/secrets").status, 200, "{said:?}");
    }
    // The address is understood with and without its scheme.
    assert_eq!(run(at.trim_start_matches("http://"), &["auth", "print-access-token"]).code, 0);
    assert_eq!(run(&at, &["config", "get-value", "project"]).stdout, "netra-staging\n");
    assert!(run(&at, &["--version"]).stdout.starts_with("Google Cloud SDK"));
}

#[test]
fn without_a_format_it_prints_yaml_and_single_values_on_request() {
    let staging = started("healthy", SPEED);
    let at = staging.addresses().platform;
    let describe = ["compute", "networks", "vpc-access", "connectors", "describe", "staging-connector"];
    let said = run(&at, &describe);
    assert!(said.stdout.contains("\nstate: READY\n") && said.stdout.starts_with("ipCidrRange: "), "{said:?}");
    let said = run(&at, &[&describe[..], &["--format=value(state,minInstances)"]].concat());
    assert_eq!(said.stdout, "READY\t3\n");
    let said = run(&at, &["secrets", "list", "--format", "value(name)", "--limit", "2"]);
    assert_eq!(said.stdout.lines().count(), 2);
}
