//! Cloud Logging: the lines of startups, filters, and pages.

use fixproof_sim::platform_names;
use serde_json::{Value, json};

use crate::client::PlatformClient;
use crate::support::{eventually, get, started};

/// Everything that matches, page by page.
pub(crate) fn read(client: &PlatformClient, filter: &str) -> Vec<Value> {
    let mut wanted = json!({"resourceNames": ["projects/netra-staging"], "filter": filter, "pageSize": 1000});
    let mut entries = Vec::new();
    loop {
        let answer = client.post("/v2/entries:list", &wanted);
        assert_eq!(answer.status, 200, "{filter}: {answer:?}");
        let page = answer.json();
        entries.extend(page["entries"].as_array().cloned().unwrap_or_default());
        let Some(token) = page.get("nextPageToken") else { return entries };
        wanted["pageToken"] = token.clone();
    }
}

/// Of the newest revision of the backend, written by what ran here.
fn live(rest: &str) -> String {
    format!(
        "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"netra-backend-staging\" AND \
         resource.labels.revision_name=\"{}\" AND labels.simulated=\"live\" AND {rest}",
        platform_names().backend_revision
    )
}

fn messages(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["jsonPayload"]["message"].as_str().unwrap()).collect()
}

fn refusal(client: &PlatformClient, body: &Value) -> (u16, String, String) {
    let answer = client.post("/v2/entries:list", body);
    let error = &answer.json()["error"];
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    (answer.status, text("status"), text("message"))
}

#[test]
fn a_real_startup_writes_its_phases_in_order_with_their_seconds() {
    let client = PlatformClient::settled("healthy");
    let entries = read(&client, &live("jsonPayload.context.name=\"netra_backend.app.smd\""));
    let messages = messages(&entries);
    let transitions: Vec<&str> =
        messages.iter().filter_map(|line| line.strip_prefix(" CYCLE:  PHASE TRANSITION  ->  ")).collect();
    assert_eq!(
        transitions,
        ["INIT", "DEPENDENCIES", "DATABASE", "CACHE", "SERVICES", "WEBSOCKET", "FINALIZE"]
    );
    let seconds: Vec<f64> = messages
        .iter()
        .filter_map(|line| {
            line.strip_prefix(" PASS:  PHASE COMPLETED: ")?.strip_suffix("s)")?.split_once(" (")
        })
        .map(|(_, seconds)| seconds.parse().unwrap())
        .collect();
    assert_eq!(seconds.len(), 7);
    // What it takes in the modelled system, and what a busy machine may add at speed 100.
    assert!(seconds[1] >= 4.0 && seconds[2] >= 2.4 && seconds.iter().all(|s| *s < 45.0), "{seconds:?}");
    assert!(messages.contains(&" PASS:  Phases Completed: 7/7"));
    assert!(messages.contains(&"[U+1F680] DETERMINISTIC STARTUP SEQUENCE COMPLETED SUCCESSFULLY"));
    let total = messages.iter().find_map(|line| line.strip_prefix(" PASS:  Total Time: ")).unwrap();
    let total: f64 = total.trim_end_matches('s').parse().unwrap();
    assert!(total >= seconds.iter().sum::<f64>() - 0.01, "{total}");
    let entry = &entries[0];
    assert_eq!(entry["resource"]["labels"]["location"], "us-central1");
    assert_eq!(entry["severity"], "INFO");
    assert!(entry["insertId"].is_string() && entry["labels"]["instanceId"].is_string());
    let platform = read(&client, &live("textPayload:*"));
    assert_eq!(
        platform[1]["textPayload"],
        "Default STARTUP TCP probe succeeded after 1 attempt for container \"netra-backend-staging-1\" on port 8000."
    );
    let ready = read(&client, "protoPayload.status.message:\"Deploying revision succeeded in 27.73s.\"");
    assert_eq!(ready.len(), 3);
    assert!(read(&client, "severity>=ERROR AND NOT httpRequest:*").is_empty());
}

#[test]
fn the_incidents_entries_come_from_the_startup_that_really_failed() {
    let client = PlatformClient::settled("incident");
    let entries = read(&client, &live("severity>=ERROR AND jsonPayload:*"));
    let messages = messages(&entries);
    assert!(
        messages[0].starts_with(" FAIL:  PHASE FAILED: DATABASE - timed out after 75 s: pool timed out"),
        "{messages:?}"
    );
    assert!(messages[0].ends_with("[TIMEOUT - Circuit: OPEN]"), "{messages:?}");
    for line in [
        "[U+1F4A5] DETERMINISTIC STARTUP SEQUENCE FAILED",
        "Exiting with code 3 to signal startup failure",
        "[U+1F534] CRITICAL: CHAT FUNCTIONALITY IS BROKEN",
        " FAIL:  Failed at Phase: DATABASE",
    ] {
        assert!(messages.contains(&line), "{line}: {messages:?}");
    }
    let exits = read(&client, &live("textPayload:\"Container called exit(3)\""));
    assert_eq!(exits.len(), 1);
    assert!(read(&client, &live("\"SEQUENCE COMPLETED\"")).is_empty());
}

#[test]
fn an_instance_that_is_restarted_has_another_id() {
    // At this speed the limit of the phase is not stretched, so that one startup fails before all is healed.
    let client = PlatformClient::of(started("recovering", 50.0));
    let of = |words: &str| {
        let found = read(&client, &live(words));
        found.first().map(|entry| entry["labels"]["instanceId"].as_str().unwrap().to_owned())
    };
    let completed = eventually("a startup that completed", || of("\"SEQUENCE COMPLETED SUCCESSFULLY\""));
    let left = of("textPayload:\"Container called exit(3)\"").unwrap();
    assert_ne!(completed, left);
}

#[test]
fn the_log_has_thirty_earlier_startups_of_each_service_in_the_last_hour() {
    for (profile, failed) in [("healthy", 0), ("startup-rate-low", 12), ("incident", 12)] {
        let client = PlatformClient::open(profile);
        for service in ["netra-backend-staging", "netra-auth-service"] {
            let of = |words: &str| {
                let filter = format!(
                    "resource.labels.service_name=\"{service}\" labels.simulated=history jsonPayload.message:\"{words}\""
                );
                read(&client, &filter).len()
            };
            let outcome = (of("SEQUENCE COMPLETED SUCCESSFULLY"), of("STARTUP SEQUENCE FAILED"));
            assert_eq!(outcome, (30 - failed, failed), "{profile} {service}");
        }
    }
}

#[test]
fn pages_follow_each_other_and_lose_nothing() {
    let client = PlatformClient::settled("healthy");
    let filter = "jsonPayload.message:\"PHASE COMPLETED\" labels.simulated=history";
    for order in ["timestamp asc", "timestamp desc"] {
        let mut wanted = json!({"resourceNames": ["projects/netra-staging"], "filter": filter, "pageSize": 60, "orderBy": order});
        let mut found = Vec::new();
        let mut pages = 0;
        loop {
            let page = client.post("/v2/entries:list", &wanted).json();
            pages += 1;
            for entry in page["entries"].as_array().unwrap() {
                found.push((entry["timestamp"].as_str().unwrap().to_owned(), entry["insertId"].clone()));
            }
            // A request in between must not move the pages.
            get(&client.staging.addresses().backend, "/health");
            let Some(token) = page.get("nextPageToken") else { break };
            wanted["pageToken"] = token.clone();
        }
        // 30 startups of 7 and of 5 phases.
        assert_eq!((found.len(), pages), (360, 6), "{order}");
        let times: Vec<&str> = found.iter().map(|(time, _)| time.as_str()).collect();
        // Written with as many digits as needed, so only whole seconds can be compared as text.
        let sorted = times.windows(2).all(|pair| match order {
            "timestamp asc" => pair[0][..19] <= pair[1][..19],
            _ => pair[0][..19] >= pair[1][..19],
        });
        assert!(sorted, "{order}");
        let distinct: std::collections::BTreeSet<String> =
            found.iter().map(|(_, id)| id.to_string()).collect();
        assert_eq!(distinct.len(), 360);
    }
    let first = json!({"resourceNames": ["projects/netra-staging"], "pageSize": 1});
    let page = client.post("/v2/entries:list", &first).json();
    assert_eq!(page["entries"].as_array().unwrap().len(), 1);
    let mut other = first.clone();
    other["pageToken"] = page["nextPageToken"].clone();
    other["filter"] = json!("severity>=INFO");
    assert_eq!(refusal(&client, &other).0, 400);
}

#[test]
fn an_invalid_request_is_refused_as_invalid_argument() {
    let client = PlatformClient::open("healthy");
    let names = json!(["projects/netra-staging"]);
    for body in [
        json!({"filter": ""}),
        json!({"resourceNames": names, "filter": "sevrity=ERROR"}),
        json!({"resourceNames": names, "filter": "severity>="}),
        json!({"resourceNames": names, "orderBy": "severity"}),
        json!({"resourceNames": names, "pageSize": 1001}),
        json!({"resourceNames": names, "pageSize": -1}),
        json!({"resourceNames": names, "pageToken": "nonsense"}),
        json!({"resourceNames": names, "fliter": "x"}),
        json!({"resourceNames": ["folders/x"]}),
        json!("x"),
    ] {
        let (status, word, message) = refusal(&client, &body);
        assert_eq!((status, word.as_str()), (400, "INVALID_ARGUMENT"), "{body}: {message}");
        assert!(message.len() > 15, "{message}");
    }
    let (status, word, _) = refusal(&client, &json!({"resourceNames": ["projects/another"]}));
    assert_eq!((status, word.as_str()), (403, "PERMISSION_DENIED"));
    // Nothing found is no error, and no list either.
    let nothing =
        client.post("/v2/entries:list", &json!({"resourceNames": names, "filter": "\"no such words\""}));
    assert_eq!((nothing.status, nothing.json()), (200, json!({})));
}

#[test]
fn requests_are_logged_with_status_and_latency() {
    let client = PlatformClient::settled("healthy");
    get(&client.staging.addresses().backend, "/no-such-path");
    let found = read(&client, "httpRequest.requestUrl:\"/no-such-path\" AND httpRequest.status>=400");
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["httpRequest"]["status"], &found[0]["severity"]), (&json!(404), &json!("WARNING")));
    assert!(found[0]["httpRequest"]["latency"].as_str().unwrap().ends_with('s'));
}

/// What the profile's own entries are, and how many.
fn count(profile: &str, filter: &str) -> usize {
    read(&PlatformClient::settled(profile), filter).len()
}

#[test]
fn each_profile_of_the_log_shows_its_fault() {
    let backend = "resource.labels.service_name=\"netra-backend-staging\"";
    let newest = format!("resource.labels.revision_name=\"{}\"", platform_names().backend_revision);
    let exits = format!("{newest} AND textPayload:\"Container called exit(3)\"");
    let errors = format!("{backend} AND severity>=ERROR");
    assert_eq!(count("startup-crash-loop", &exits), 6);
    assert_eq!(count("startup-rate-low", &exits), 0);
    assert_eq!(count("startup-errors-logged", &format!("{newest} AND \"ModuleNotFoundError\"")), 1);
    assert_eq!(count("startup-errors-logged", &format!("{newest} AND \"error -3\"")), 1);
    assert_eq!(count("startup-errors-logged", &errors), 2);
    assert_eq!(count("startup-bypassed", &format!("{newest} AND \"BYPASSING STARTUP VALIDATION\"")), 1);
    assert_eq!(count("startup-bypass-env", &format!("{newest} AND bypass")), 0);
    assert_eq!(count("logs-flooded", &errors), 6000);
    assert_eq!(count("deployment-slow", "protoPayload.status.message:\"succeeded in 700.00s.\""), 1);
    assert_eq!(count("startup-phase-missing", &live("\"Phases Completed: 6/7\"")), 1);
    assert_eq!(count("startup-phase-missing", &live("\"PHASE COMPLETED: CACHE\"")), 0);
    let client = PlatformClient::open("logs-forbidden");
    assert_eq!(refusal(&client, &json!({"resourceNames": ["projects/netra-staging"]})).0, 403);
}

/// Seconds of each phase of the live startup, in the order in which they completed, and the total.
fn timings(profile: &str) -> (Vec<(String, f64)>, f64) {
    let entries = read(&PlatformClient::settled(profile), &live("jsonPayload.message:\" PASS:  \""));
    let messages = messages(&entries);
    let phases = messages
        .iter()
        .filter_map(|line| {
            line.strip_prefix(" PASS:  PHASE COMPLETED: ")?.strip_suffix("s)")?.split_once(" (")
        })
        .map(|(phase, seconds)| (phase.to_owned(), seconds.parse().unwrap()))
        .collect();
    let total = messages.iter().find_map(|line| line.strip_prefix(" PASS:  Total Time: ")).unwrap();
    (phases, total.trim_end_matches('s').parse().unwrap())
}

#[test]
fn slow_and_disordered_startups_show_in_their_seconds() {
    let (phases, total) = timings("startup-database-slow");
    assert!(phases[2].0 == "DATABASE" && phases[2].1 >= 50.0, "{phases:?}");
    assert!(total >= 57.0, "{total}");
    let (phases, total) = timings("startup-slow");
    assert!(phases.iter().all(|(_, seconds)| *seconds < 45.0) && total >= 150.0, "{phases:?} {total}");
    assert_eq!(phases.len(), 7);
    let (phases, _) = timings("startup-phase-out-of-order");
    assert_eq!((phases[4].0.as_str(), phases[5].0.as_str()), ("WEBSOCKET", "SERVICES"));
}
