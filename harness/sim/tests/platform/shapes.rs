//! Every interface in a healthy staging: the fields that validations look at, in the shapes of Google's.

use fixproof_sim::platform_names;
use serde_json::{Value, json};

use crate::client::PlatformClient;
use crate::support::get;

fn check(client: &PlatformClient, path: &str, wanted: &[(&str, Value)]) {
    let seen = client.get(path);
    for (pointer, value) in wanted {
        assert_eq!(seen.pointer(pointer), Some(value), "{path} {pointer}: {seen:#}");
    }
}

#[test]
fn cloud_run_describes_deployments_in_both_versions() {
    let client = PlatformClient::open("healthy");
    let names = platform_names();
    check(
        &client,
        "/apis/serving.knative.dev/v1/namespaces/netra-staging/services/netra-backend-staging",
        &[
            ("/kind", json!("Service")),
            ("/metadata/labels/commit-sha", json!(names.commit)),
            (
                "/spec/template/metadata/annotations/run.googleapis.com~1vpc-access-connector",
                json!("staging-connector"),
            ),
            (
                "/spec/template/metadata/annotations/run.googleapis.com~1vpc-access-egress",
                json!("private-ranges-only"),
            ),
            (
                "/spec/template/metadata/annotations/run.googleapis.com~1cloudsql-instances",
                json!(names.sql_connection),
            ),
            ("/spec/template/metadata/annotations/autoscaling.knative.dev~1maxScale", json!("4")),
            ("/spec/template/spec/timeoutSeconds", json!(600)),
            ("/spec/template/spec/containers/0/image", json!(names.backend_image)),
            (
                "/status/conditions/0",
                json!({"type": "Ready", "status": "True", "lastTransitionTime": client.get("/apis/serving.knative.dev/v1/namespaces/netra-staging/services/netra-backend-staging")["status"]["conditions"][0]["lastTransitionTime"]}),
            ),
            ("/status/latestReadyRevisionName", json!(names.backend_revision)),
            ("/status/latestCreatedRevisionName", json!(names.backend_revision)),
            (
                "/status/traffic",
                json!([{"revisionName": names.backend_revision, "percent": 100, "latestRevision": true}]),
            ),
            ("/status/url", json!(client.staging.addresses().backend)),
        ],
    );
    check(
        &client,
        "/v2/projects/netra-staging/locations/us-central1/services/netra-auth-service",
        &[
            ("/name", json!("projects/netra-staging/locations/us-central1/services/netra-auth-service")),
            ("/template/vpcAccess/egress", json!("PRIVATE_RANGES_ONLY")),
            ("/template/timeout", json!("600s")),
            ("/template/containers/0/image", json!(names.auth_image)),
            ("/terminalCondition/state", json!("CONDITION_SUCCEEDED")),
            ("/trafficStatuses/0/percent", json!(100)),
            (
                "/latestReadyRevision",
                json!(format!(
                    "projects/netra-staging/locations/us-central1/services/netra-auth-service/revisions/{}",
                    names.auth_revision
                )),
            ),
        ],
    );
    let revision =
        format!("/apis/serving.knative.dev/v1/namespaces/701982941522/revisions/{}", names.backend_revision);
    check(
        &client,
        &revision,
        &[
            ("/kind", json!("Revision")),
            ("/status/imageDigest", json!(names.backend_image)),
            ("/metadata/labels/commit-sha", json!(names.commit)),
            ("/metadata/labels/serving.knative.dev~1service", json!("netra-backend-staging")),
        ],
    );
    let list = client.get("/apis/serving.knative.dev/v1/namespaces/netra-staging/revisions?labelSelector=serving.knative.dev%2Fservice%3Dnetra-backend-staging");
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let list = client.get("/apis/serving.knative.dev/v1/namespaces/netra-staging/services");
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let base = "/v2/projects/netra-staging/locations/us-central1/services";
    assert_eq!(client.get(base)["services"].as_array().unwrap().len(), 3);
    let revisions = client.get(&format!("{base}/netra-backend-staging/revisions"));
    assert_eq!(revisions["revisions"].as_array().unwrap().len(), 2);
    check(
        &client,
        &format!("{base}/netra-backend-staging/revisions/{}", names.backend_revision),
        &[
            ("/conditions/0/state", json!("CONDITION_SUCCEEDED")),
            ("/containers/0/image", json!(names.backend_image)),
        ],
    );
    // A secret is mounted by its name.
    let shown = client
        .request("/apis/serving.knative.dev/v1/namespaces/netra-staging/services/netra-backend-staging");
    assert!(shown.body.contains("\"secretKeyRef\"") && !shown.body.contains("canary-"), "{}", shown.body);
}

#[test]
fn connector_database_and_redis_report_their_state() {
    let client = PlatformClient::open("healthy");
    let connector = "/v1/projects/netra-staging/locations/us-central1/connectors/staging-connector";
    check(
        &client,
        connector,
        &[
            ("/name", json!("projects/netra-staging/locations/us-central1/connectors/staging-connector")),
            ("/state", json!("READY")),
            ("/network", json!("staging-vpc")),
            ("/ipCidrRange", json!("10.2.0.0/28")),
            ("/minInstances", json!(3)),
            ("/maxInstances", json!(20)),
        ],
    );
    for base in ["/v1", "/sql/v1beta4"] {
        check(
            &client,
            &format!("{base}/projects/netra-staging/instances/staging-shared-postgres"),
            &[
                ("/state", json!("RUNNABLE")),
                ("/settings/activationPolicy", json!("ALWAYS")),
                (
                    "/settings/ipConfiguration/privateNetwork",
                    json!("projects/netra-staging/global/networks/staging-vpc"),
                ),
                ("/settings/databaseFlags", json!([{"name": "max_connections", "value": "100"}])),
                ("/connectionName", json!("netra-staging:us-central1:staging-shared-postgres")),
            ],
        );
    }
    let redis = "/v1/projects/netra-staging/locations/us-central1/instances/staging-redis";
    check(&client, redis, &[("/state", json!("READY")), ("/tier", json!("BASIC"))]);
}

#[test]
fn secrets_are_listed_without_their_values() {
    let client = PlatformClient::open("healthy");
    let listed = client.get("/v1/projects/netra-staging/secrets");
    let names: Vec<&str> = listed["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["name"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, platform_names().secrets);
    let secret = "/v1/projects/netra-staging/secrets/jwt-secret-staging";
    check(&client, secret, &[("/name", json!("projects/701982941522/secrets/jwt-secret-staging"))]);
    let versions = client.get(&format!("{secret}/versions"));
    let states: Vec<&Value> = versions["versions"].as_array().unwrap().iter().map(|v| &v["state"]).collect();
    assert_eq!(states, ["ENABLED", "DISABLED"]);
    check(&client, &format!("{secret}/versions/latest"), &[("/state", json!("ENABLED"))]);
    let denied = client.request(&format!("{secret}/versions/latest:access"));
    assert_eq!((denied.status, &denied.json()["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
}

#[test]
fn the_load_balancer_sends_each_host_to_its_service() {
    let client = PlatformClient::open("healthy");
    let base = "/compute/v1/projects/netra-staging";
    let map = client.get(&format!("{base}/global/urlMaps/staging-url-map"));
    for (host, service) in [
        ("api.staging.test", "netra-backend-staging"),
        ("auth.staging.test", "netra-auth-service"),
        ("app.staging.test", "netra-frontend-staging"),
    ] {
        let rules = map["hostRules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["hosts"] == json!([host])).unwrap();
        let matchers = map["pathMatchers"].as_array().unwrap();
        let matcher = matchers.iter().find(|matcher| matcher["name"] == rule["pathMatcher"]).unwrap();
        // From link to link, as an operator follows them.
        let follow = |link: &Value| {
            let path = link.as_str().unwrap().strip_prefix("https://www.googleapis.com").unwrap();
            client.get(path)
        };
        let backend = follow(&matcher["defaultService"]);
        let group = follow(&backend["backends"][0]["group"]);
        assert_eq!(group["cloudRun"]["service"], service);
    }
    check(
        &client,
        &format!("{base}/global/sslCertificates/staging-managed-cert-complete"),
        &[("/managed/status", json!("ACTIVE")), ("/managed/domainStatus/api.staging.test", json!("ACTIVE"))],
    );
}

#[test]
fn four_alerts_watch_and_the_connector_is_measured() {
    let client = PlatformClient::open("healthy");
    let listed = client.get("/v3/projects/netra-staging/alertPolicies");
    let thresholds: Vec<(&Value, &Value)> = listed["alertPolicies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| (&policy["enabled"], &policy["conditions"][0]["conditionThreshold"]["thresholdValue"]))
        .collect();
    let wanted: Vec<(Value, Value)> =
        [70.0, 80.0, 25.0, 45.0].iter().map(|limit| (json!(true), json!(limit))).collect();
    assert_eq!(thresholds, wanted.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    let series = "/v3/projects/netra-staging/timeSeries";
    let metric = "filter=metric.type%3D%22vpcaccess.googleapis.com%2Fconnector%2Fcpu%2Futilizations%22";
    let span = "interval.startTime=2025-09-15T11:31:00Z&interval.endTime=2025-09-15T11:41:00Z";
    let aligned = client.get(&format!("{series}?{metric}&{span}&aggregation.perSeriesAligner=ALIGN_MEAN"));
    let points = aligned["timeSeries"][0]["points"].as_array().unwrap();
    assert_eq!(points.len(), 10);
    assert_eq!(points[0]["value"]["doubleValue"], 34.0);
    assert_eq!(points[0]["interval"]["endTime"], "2025-09-15T11:41:00Z");
    let raw = client.get(&format!("{series}?{metric}&{span}"));
    assert_eq!(raw["timeSeries"][0]["points"][0]["value"]["distributionValue"]["mean"], 34.0);
    let other = format!("{series}?{metric}%20AND%20resource.labels.connector_name%3D%22other%22&{span}");
    assert_eq!(client.get(&other)["timeSeries"], Value::Null);
    for (path, status) in [
        (series.to_owned(), 400),
        (format!("{series}?{metric}"), 400),
        (format!("{series}?{metric}&interval.endTime=yesterday"), 400),
        (
            format!(
                "{series}?{metric}&interval.endTime=2025-09-15T11:31:00Z&interval.startTime=2025-09-15T11:41:00Z"
            ),
            400,
        ),
        (format!("{series}?filter=metric.type%3D%22no%2Fsuch%22&{span}"), 404),
    ] {
        assert_eq!(client.request(&path).status, status, "{path}");
    }
}

#[test]
fn unknown_resources_are_404_and_other_projects_403() {
    let client = PlatformClient::open("healthy");
    for path in [
        "/apis/serving.knative.dev/v1/namespaces/netra-staging/services/auth-staging",
        "/apis/serving.knative.dev/v1/namespaces/netra-staging/revisions/none",
        "/v2/projects/netra-staging/locations/us-central1/services/none",
        "/v2/projects/netra-staging/locations/europe-west1/services/netra-backend-staging",
        "/v2/projects/netra-staging/locations/us-central1/services/netra-backend-staging/revisions/none",
        "/v1/projects/netra-staging/locations/us-central1/connectors/staging-connector-v2",
        "/v1/projects/netra-staging/instances/netra-staging-db",
        "/v1/projects/netra-staging/locations/us-central1/instances/none",
        "/v1/projects/netra-staging/secrets/database-url",
        "/v1/projects/netra-staging/secrets/database-url/versions",
        "/v1/projects/netra-staging/secrets/jwt-secret-staging/versions/9",
        "/compute/v1/projects/netra-staging/global/urlMaps/none",
        "/compute/v1/projects/netra-staging/global/sslCertificates/none",
        "/compute/v1/projects/netra-staging/global/backendServices/none",
        "/compute/v1/projects/netra-staging/regions/us-central1/networkEndpointGroups/none",
    ] {
        let answer = client.request(path);
        assert_eq!((answer.status, &answer.json()["error"]["status"]), (404, &json!("NOT_FOUND")), "{path}");
        let elsewhere = client.request(&path.replace("netra-staging/", "another/"));
        assert_eq!(elsewhere.status, 403, "{path}");
        // Without a token nothing is revealed.
        assert_eq!(get(&client.at, path).status, 401, "{path}");
    }
}
