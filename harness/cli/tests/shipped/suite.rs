//! The shipped suite: green on the healthy simulated staging, red for the right reason on the incident.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::bench::{fixproof, ran};

/// One run at a time.
static MACHINE: Mutex<()> = Mutex::new(());

/// Where the shipped suite is.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn run(arguments: &[&str]) -> (crate::bench::Ran, serde_json::Value) {
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let reports = tempfile::tempdir().unwrap();
    let output = fixproof()
        .arg("run")
        .arg("--scenarios")
        .arg(shipped())
        .arg("--reports")
        .arg(reports.path())
        .args(arguments)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&std::fs::read(reports.path().join("report.json")).unwrap()).unwrap();
    (ran(output), report)
}

/// The same report given to a command that asks nobody.
fn given(report: &serde_json::Value, words: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    std::fs::write(&file, report.to_string()).unwrap();
    // In the folder the run was in, so that places are written alike.
    let ran = ran(fixproof().args(words).arg(&file).arg("--scenarios").arg(shipped()).output().unwrap());
    assert!(ran.stdout.starts_with('{'), "{}\n{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn list<'a>(json: &'a serde_json::Value, name: &str) -> impl Iterator<Item = &'a serde_json::Value> {
    json[name].as_array().unwrap().iter()
}

fn component<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let rows = report["components"].as_array().unwrap();
    &rows.iter().find(|row| row["component"] == name).unwrap()["tally"]
}

#[test]
fn the_healthy_staging_is_approved_at_100_percent() {
    let (ran, report) = run(&[]);
    // What was green is proved by its own recording; a machine too busy to time something proves the rest elsewhere.
    let proof = given(&report, &["prove", "--format", "json", "--from"]);
    for (recorded, scenario) in list(&report, "outcomes").zip(list(&proof["recorded"], "scenarios")) {
        let wanted = if recorded["verdict"] == "passed" { "sensitive" } else { "not-proved" };
        assert_eq!(scenario["standing"]["standing"], wanted, "{scenario:#}");
    }
    ran.ends(0, &["APPROVED", "100%", "simulated"]);
    assert_eq!(report["tally"]["passed"], report["tally"]["planned"]);
    assert!(report["tally"]["planned"].as_u64().unwrap() >= 20);
    assert_eq!(report["provenance"]["simulated"]["profile"], "healthy");
}

#[test]
fn the_incident_is_rejected_with_the_split_it_had_and_one_cause() {
    let (ran, report) = run(&["--profile", "incident"]);
    ran.ends(1, &["REJECTED"]);
    // Judged again from its report it is the same incident.
    let again = given(&report, &["replay", "--report", "json=-"]);
    assert_eq!((&again["tally"], &again["causes"]), (&report["tally"], &report["causes"]));
    for (now, then) in list(&again, "outcomes").zip(list(&report, "outcomes")) {
        assert_eq!(now["reason"]["why"], then["reason"]["why"], "{}", then["scenario"]["id"]);
        assert_eq!(now["findings"], then["findings"], "{}", then["scenario"]["id"]);
    }
    assert_eq!(component(&report, "frontend")["passed"], component(&report, "frontend")["planned"]);
    for red in ["backend", "auth", "database"] {
        assert_eq!(component(&report, red)["passed"], 0, "{red}");
    }
    let causes = report["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{causes:#?}");
    assert_eq!(causes[0]["component"], "database");
    let cause = causes[0]["cause"].as_str().unwrap();
    assert!(
        ["database/timeout", "connect/timeout", "database/too-many-connections"].contains(&cause),
        "{cause}"
    );
}

#[test]
fn the_schemas_that_editors_read_are_those_of_the_code() {
    let fresh = tempfile::tempdir().unwrap();
    let output = fixproof().args(["schema", "--write"]).arg(fresh.path()).output().unwrap();
    ran(output).ends(0, &["written"]);
    for name in ["scenario.json", "suite.json", "target.json", "control.json"] {
        let read =
            |folder: &std::path::Path| std::fs::read_to_string(folder.join(".schema").join(name)).unwrap();
        let (shipped, written) = (read(&shipped()), read(fresh.path()));
        assert!(shipped == written, "{name} is stale: cargo run -- schema --write scenarios");
    }
}

#[test]
fn every_shipped_file_names_its_schema() {
    let mut folders = vec![shipped()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let schema = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap();
                assert!(path.parent().unwrap().join(schema).is_file(), "{}: {schema}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn check_list_explain_and_probes_read_the_same_suite() {
    let with_suite =
        |words: &[&str]| ran(fixproof().args(words).arg("--scenarios").arg(shipped()).output().unwrap());
    let checked = with_suite(&["check"]);
    checked.ends(0, &["suite OK"]);
    // Every scenario has a control that turns it red, every fault has a control.
    assert!(!checked.stderr.contains("no-control"), "{}", checked.stderr);
    with_suite(&["list"]).ends(0, &["backend-health", "database-connect"]);
    with_suite(&["explain", "database-connect"])
        .ends(0, &["time.connect", "remedy", "postgres", "database-refused: failed connect/refused"]);
    with_suite(&["explain", "database-conect"]).ends(2, &["database-conect"]);
    ran(fixproof().args(["probes"]).output().unwrap()).ends(0, &["http", "postgres", "time.first-byte"]);
    ran(fixproof().args(["probes", "htpp"]).output().unwrap()).ends(2, &["htpp"]);
    ran(fixproof().args(["completions", "bash"]).output().unwrap()).ends(0, &["fixproof"]);
}

#[test]
fn the_staging_target_is_sound_once_its_secrets_are_there() {
    let secrets = std::fs::read_to_string(shipped().join("targets/staging.toml")).unwrap();
    let mut command = fixproof();
    command.args(["check", "--target", "staging", "--scenarios"]).arg(shipped());
    let bare = ran(command.output().unwrap());
    bare.ends(2, &["unset-secret", "no requests were sent"]);
    for line in secrets.lines() {
        let name = line.split("env = \"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(name) = name.filter(|_| !line.trim_start().starts_with('#')) {
            let value = if name.contains("DATABASE") {
                "postgres://probe:made-up-canary@db.example.com/x"
            } else {
                "made-up-canary"
            };
            command.env(name, value);
        }
    }
    ran(command.output().unwrap()).ends(0, &["suite OK"]);
}

/// Every shipped scenario file with its lines, comments left out. Controls speak of the simulated staging alone.
fn scenario_lines() -> Vec<(PathBuf, String)> {
    let (mut folders, mut lines) = (vec![shipped()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let outside = ["targets", "controls"].contains(&name.as_str()) || name.starts_with('.');
                folders.extend((!outside).then_some(path));
            } else if name.ends_with(".toml") && name != "suite.toml" {
                let text = std::fs::read_to_string(&path).unwrap();
                let written = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
                lines.extend(written.map(|line| (path.clone(), line.to_owned())));
            }
        }
    }
    assert!(lines.len() > 300, "{}", lines.len());
    lines
}

/// Is there an address in it: a host with a scheme, a name that ends as public or private ones do, four numbers?
fn address_in(line: &str) -> Option<String> {
    let scheme = ["http://", "https://", "ws://", "wss://", "postgres://", "postgresql://"].into_iter().find(
        |scheme| line.match_indices(scheme).any(|(at, _)| !line[at + scheme.len()..].starts_with("{{")),
    );
    if let Some(scheme) = scheme {
        return Some(scheme.to_owned());
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let endings =
        ["com", "net", "org", "io", "app", "dev", "cloud", "internal", "local", "test", "example", "invalid"];
    // The name of a metric, not of a host: nobody is asked there.
    let line = line.replace("vpcaccess.googleapis.com/connector/", "");
    let written = line.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
    let line: String = written.collect();
    line.split(|c: char| !is_part(c)).map(|word| word.trim_matches(['.', '-'])).find_map(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        let numbers = parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok());
        let named = parts.len() > 1 && endings.contains(parts.last().unwrap());
        (numbers || named || word == "localhost").then(|| word.to_owned())
    })
}

#[test]
fn no_shipped_scenario_names_a_host_or_an_address() {
    for (path, line) in scenario_lines() {
        assert_eq!(address_in(&line), None, "{}: {line}", path.display());
    }
    for line in [
        "url = \"https://api.staging.test/health\"",
        "host = \"10.2.0.3\"",
        "names = [\"api.example.com\"]",
        "x = \"localhost\"",
    ] {
        assert!(address_in(line).is_some(), "{line}");
    }
}

#[test]
fn what_a_target_names_stands_in_no_scenario() {
    for target in ["local.toml", "staging.toml"] {
        let text = std::fs::read_to_string(shipped().join("targets").join(target)).unwrap();
        let components = text.lines().skip_while(|line| !line.starts_with("[component."));
        let of_components =
            components.take_while(|line| !line.starts_with("[limit]") && !line.starts_with("[secret]"));
        let values: Vec<&str> = of_components
            .filter(|line| !line.starts_with('#') && !line.starts_with("depends-on"))
            .filter_map(|line| line.split_once('=')?.1.split('"').nth(1))
            // A plain word (`system`, `default`) may well stand elsewhere.
            .filter(|value| value.contains(['-', '.', '/', '_']) && !value.starts_with("{{"))
            .collect();
        assert!(values.len() > 15, "{target}: {values:?}");
        for (path, line) in scenario_lines() {
            let named = values.iter().find(|value| line.contains(**value));
            assert_eq!(named, None, "{}: {line}", path.display());
        }
    }
}
