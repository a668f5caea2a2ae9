//! The commands, one row each: words, argument, flags, and the request to the platform.

use serde_json::{Value, json};

use super::arguments::{Call, Syntax};
use super::client::{Client, GcloudError, segment};
use super::logging;
use crate::system::platform::platform_names;

/// One command.
pub(super) struct Command {
    pub(super) syntax: Syntax,
    pub(super) run: fn(&Call, &Client) -> Result<Outcome, GcloudError>,
}

/// The output of a command.
pub(super) enum Outcome {
    /// Exactly this.
    Text(String),
    /// Something to be formatted.
    Data(Value),
}

const fn row(
    words: &'static [&'static str],
    takes: Option<&'static str>,
    flags: &'static [&'static str],
    run: fn(&Call, &Client) -> Result<Outcome, GcloudError>,
) -> Command {
    Command { syntax: Syntax { words, takes, flags }, run }
}

const RUN: &[&str] = &["platform", "region"];
const LIST: &[&str] = &["limit"];

/// All of them.
pub(super) static COMMANDS: &[Command] = &[
    row(&["run", "services", "describe"], Some("SERVICE"), RUN, |call, client| {
        run_describe(call, client, "services", "service")
    }),
    row(&["run", "services", "list"], None, &["platform", "region", "limit"], |call, client| {
        listed(call, client, &format!("{}/services", knative(call)), "items")
    }),
    row(&["run", "revisions", "describe"], Some("REVISION"), RUN, |call, client| {
        run_describe(call, client, "revisions", "revision")
    }),
    row(&["run", "revisions", "list"], None, &["platform", "region", "service", "limit"], |call, client| {
        let selector = call.flag("service").map(|service| {
            format!("?labelSelector={}", segment(&format!("serving.knative.dev/service={service}")))
        });
        let path = format!("{}/revisions{}", knative(call), selector.unwrap_or_default());
        listed(call, client, &path, "items")
    }),
    row(
        &["compute", "networks", "vpc-access", "connectors", "describe"],
        Some("CONNECTOR"),
        &["region"],
        |call, client| client.get(&format!("{}/connectors/{}", located(call), name(call))).map(Outcome::Data),
    ),
    row(&["sql", "instances", "describe"], Some("INSTANCE"), &[], sql_describe),
    row(&["redis", "instances", "describe"], Some("INSTANCE"), &["region"], |call, client| {
        client.get(&format!("{}/instances/{}", located(call), name(call))).map(Outcome::Data)
    }),
    row(&["secrets", "list"], None, LIST, |call, client| {
        listed(call, client, &format!("{}/secrets", owned(call)), "secrets")
    }),
    row(&["secrets", "describe"], Some("SECRET"), &[], |call, client| {
        client.get(&format!("{}/secrets/{}", owned(call), name(call))).map(Outcome::Data)
    }),
    row(&["secrets", "versions", "list"], Some("SECRET"), LIST, |call, client| {
        listed(call, client, &format!("{}/secrets/{}/versions", owned(call), name(call)), "versions")
    }),
    row(&["secrets", "versions", "access"], Some("VERSION"), &["secret"], |call, client| {
        let Some(secret) = call.flag("secret") else {
            return Err(GcloudError::Usage("argument --secret: Must be specified.".to_owned()));
        };
        let path = format!("{}/secrets/{}/versions/{}:access", owned(call), segment(secret), name(call));
        client.get(&path).map(Outcome::Data)
    }),
    row(&["compute", "url-maps", "describe"], Some("URL_MAP"), &["global"], |call, client| {
        compute(call, client, &format!("global/urlMaps/{}", name(call)))
    }),
    row(&["compute", "ssl-certificates", "describe"], Some("NAME"), &["global"], |call, client| {
        compute(call, client, &format!("global/sslCertificates/{}", name(call)))
    }),
    row(
        &["compute", "backend-services", "describe"],
        Some("BACKEND_SERVICE_NAME"),
        &["global"],
        |call, client| compute(call, client, &format!("global/backendServices/{}", name(call))),
    ),
    row(&["compute", "network-endpoint-groups", "describe"], Some("NAME"), &["region"], |call, client| {
        let region = segment(call.region());
        compute(call, client, &format!("regions/{region}/networkEndpointGroups/{}", name(call)))
    }),
    row(&["monitoring", "policies", "list"], None, LIST, |call, client| {
        let path = format!("/v3/projects/{}/alertPolicies", segment(call.project()));
        listed(call, client, &path, "alertPolicies")
    }),
    row(&["logging", "read"], Some("[LOG_FILTER]"), &["freshness", "limit", "order"], |call, client| {
        logging::read(call, client).map(Outcome::Data)
    }),
    row(&["auth", "print-access-token"], None, &[], access_token),
    row(&["auth", "application-default", "print-access-token"], None, &[], access_token),
    row(&["config", "get-value"], Some("SECTION/PROPERTY"), &[], |call, _| match call.argument() {
        "project" | "core/project" => Ok(Outcome::Text(format!("{}\n", platform_names().project))),
        "run/region" | "compute/region" => Ok(Outcome::Text(format!("{}\n", platform_names().region))),
        other => Err(GcloudError::Missing(format!("Section [core] has no property [{other}]."))),
    }),
];

fn access_token(_: &Call, client: &Client) -> Result<Outcome, GcloudError> {
    Ok(Outcome::Text(format!("{}\n", client.token()?)))
}

fn name(call: &Call) -> String {
    segment(call.argument())
}

fn owned(call: &Call) -> String {
    format!("/v1/projects/{}", segment(call.project()))
}

fn located(call: &Call) -> String {
    format!("{}/locations/{}", owned(call), segment(call.region()))
}

fn knative(call: &Call) -> String {
    format!("/apis/serving.knative.dev/v1/namespaces/{}", segment(call.project()))
}

/// A service or a revision. Each region has an address of its own; another region's knows nothing of ours.
fn run_describe(call: &Call, client: &Client, kinds: &str, kind: &str) -> Result<Outcome, GcloudError> {
    let missing = || GcloudError::Missing(format!("Cannot find {kind} [{}]", call.argument()));
    if call.region() != platform_names().region {
        return Err(missing());
    }
    match client.get(&format!("{}/{kinds}/{}", knative(call), name(call))) {
        Err(GcloudError::Refused { status: 404, .. }) => Err(missing()),
        answer => answer.map(Outcome::Data),
    }
}

/// An instance that its owner has stopped is shown as STOPPED, though the API's state is RUNNABLE.
fn sql_describe(call: &Call, client: &Client) -> Result<Outcome, GcloudError> {
    let path = format!("/sql/v1beta4/projects/{}/instances/{}", segment(call.project()), name(call));
    match client.get(&path) {
        Ok(mut instance) => {
            if instance["settings"]["activationPolicy"] == "NEVER" && instance["state"] == "RUNNABLE" {
                instance["state"] = json!("STOPPED");
            }
            Ok(Outcome::Data(instance))
        }
        Err(GcloudError::Refused { status, message, .. }) => {
            Err(GcloudError::Missing(format!("HTTPError {status}: {message}")))
        }
        Err(other) => Err(other),
    }
}

fn compute(call: &Call, client: &Client, rest: &str) -> Result<Outcome, GcloudError> {
    match client.get(&format!("/compute/v1/projects/{}/{rest}", segment(call.project()))) {
        Err(GcloudError::Refused { message, .. }) => {
            Err(GcloudError::Missing(format!("Could not fetch resource:\n - {message}")))
        }
        answer => answer.map(Outcome::Data),
    }
}

/// The list under a key, cut at `--limit`.
fn listed(call: &Call, client: &Client, path: &str, key: &str) -> Result<Outcome, GcloudError> {
    let limit = call.limit().map_err(GcloudError::Usage)?;
    let mut answer = client.get(path)?;
    let mut items = match answer[key].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    items.truncate(limit.unwrap_or(usize::MAX));
    Ok(Outcome::Data(Value::Array(items)))
}
