//! The examples do what they say: a probe of one's own in Rust, and in any language by `command`.

#[path = "../examples/own_probe.rs"]
mod own_probe;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use own_probe::verdict;

const TARGET: (&str, &str) = ("targets/here.toml", "name = \"here\"\n[component.here]\n");

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The verdict over one scenario.
async fn asked(root: &Path, probe: &str, with: &str, expect: &str) -> String {
    let scenario = format!(
        "component = \"here\"\n[[scenario]]\nid = \"one\"\ntitle = \"One\"\nprobe = \"{probe}\"\nwith = {with}\nexpect = [{expect}]\n"
    );
    verdict(root, &[TARGET, ("one.toml", &scenario)]).await
}

#[track_caller]
fn says(said: &str, all: &[&str]) {
    for words in all {
        assert!(said.contains(words), "`{words}` is not said: {said}");
    }
}

#[test]
fn the_example_runs() {
    own_probe::main().unwrap();
}

#[tokio::test]
async fn a_probe_of_ones_own_is_judged_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("backup")).unwrap();
    let ask = async |expect: &str| asked(folder.path(), "file-age", "{ path = \"backup\" }", expect).await;
    says(&ask("{ that = \"age\", at-most = \"24h\" }").await, &["1 passed", "APPROVED"]);
    file.set_modified(SystemTime::now() - Duration::from_secs(3 * 86_400)).unwrap();
    says(&ask("{ that = \"age\", at-most = \"24h\" }").await, &["1 failed", "3days", "REJECTED"]);
    std::fs::remove_file(folder.path().join("backup")).unwrap();
    says(&ask("{ that = \"age\", at-most = \"24h\" }").await, &["1 failed", "No such file", "REJECTED"]);
}

#[tokio::test]
async fn its_words_are_checked_like_any_others() {
    let folder = tempfile::tempdir().unwrap();
    let ask = async |with: &str, expect: &str| asked(folder.path(), "file-age", with, expect).await;
    let path = "{ path = \"x\" }";
    let well = "{ that = \"age\", at-most = \"24h\" }";
    says(&ask("{ }", well).await, &["missing-key", "requires the setting `path`"]);
    says(&ask("{ paht = \"x\" }", well).await, &["unknown-setting", "path"]);
    says(&ask(path, "{ that = \"aeg\", at-most = \"24h\" }").await, &["unknown-fact", "age"]);
    says(&ask(path, "{ that = \"age\", at-most = 24 }").await, &["one.toml", "a duration"]);
    says(&ask(path, "{ that = \"age\", exists = true }").await, &["cannot-fail"]);
}

#[tokio::test]
async fn a_suite_of_texts_has_the_settings_and_the_gate_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("new"), "").unwrap();
    let scenario = |name: &str| {
        format!(
            "component = \"here\"\n[[scenario]]\nid = \"{name}\"\ntitle = \"{name}\"\nprobe = \"file-age\"\nwith = {{ path = \"{name}\" }}\nexpect = [{{ that = \"age\", at-most = \"24h\" }}]\n"
        )
    };
    let (new, old) = (scenario("new"), scenario("old"));
    let with = async |threshold: &str| {
        let settings = format!("[gate]\nthreshold = \"{threshold}\"\n");
        verdict(folder.path(), &[("suite.toml", &settings), TARGET, ("new.toml", &new), ("b/old.toml", &old)])
            .await
    };
    says(&with("50%").await, &["1 passed, 1 failed", "APPROVED"]);
    says(&with("51%").await, &["1 passed, 1 failed", "REJECTED"]);
    let targets = [("targets/a.toml", TARGET.1), ("targets/b.toml", TARGET.1), ("new.toml", &new)];
    says(&verdict(folder.path(), &targets[2..]).await, &["unknown-target", "no text is named"]);
    says(&verdict(folder.path(), &targets).await, &["unknown-target", "several texts are named"]);
    says(&verdict(folder.path(), &[TARGET]).await, &["no-scenarios"]);
}

#[tokio::test]
async fn errors_of_the_loader_and_the_planner_are_returned_together_and_nothing_runs() {
    let target = ("targets/here.toml", "name = \"here\"\n[component.shell]\nprogram = \"touch\"\n");
    let folder = tempfile::tempdir().unwrap();
    let scenario = |id: &str, program: &str, operator: &str| {
        format!(
            "[[scenario]]\nid = \"{id}\"\ntitle = \"T\"\ncomponent = \"shell\"\nprobe = \"command\"\n\
             with = {{ argv = [\"{program}\", \"{0}/{id}\"] }}\nexpect = [{{ that = \"exit-code\", {operator} = 0 }}]\n",
            folder.path().display()
        )
    };
    let sound = scenario("sound", "{{shell.program}}", "equals");
    let broken =
        [scenario("typo", "touch", "equal"), scenario("lost", "{{shell.nothing}}", "equals")].concat();
    let harness = |text: &str| fixproof::Harness::from_texts(folder.path(), &[target, ("a.toml", text)]);
    let typo = sound.clone() + &scenario("typo", "touch", "equal");
    says(&harness(&typo).run().await.unwrap_err().to_string(), &["unknown-operator"]);
    let invalid = harness(&(sound.clone() + &broken)).run().await.unwrap_err();
    says(&invalid.to_string(), &["unknown-operator", "unknown-variable"]);
    assert!(!folder.path().join("sound").exists(), "a suite with errors ran");
    assert!(harness(&sound).run().await.is_ok());
    assert!(folder.path().join("sound").exists());
}

#[tokio::test]
async fn a_simulated_target_without_a_simulator_is_an_error() {
    let target = ("targets/here.toml", "name = \"here\"\n[simulate]\nprofile = \"healthy\"\n");
    let invalid = fixproof::Harness::from_texts("/", &[target]).run().await.unwrap_err();
    says(&invalid.to_string(), &["`here` is a simulated target, and this program has no simulator"]);
}

#[test]
fn the_example_of_every_probe_loads() {
    use fixproof::probe::{PROBES, vocabulary};
    for kind in PROBES {
        let example = kind.spec().example;
        let component = example.split('"').nth(1).unwrap();
        let target = format!("name = \"here\"\n[component.{component}]\nurl = \"http://127.0.0.1:9\"\n");
        let files = [("targets/here.toml", &*target), ("example.toml", example)];
        let today = fixproof::clock::Clock::WALL.today();
        let loaded = fixproof::load::load_texts(Path::new("/"), &files, &vocabulary(PROBES), today).unwrap();
        assert!(!loaded.problems.has_errors(), "{}: {:#?}", kind.spec().name, loaded.problems);
        assert!(!loaded.suite.scenarios.is_empty());
    }
}

#[tokio::test]
async fn a_shell_script_is_a_probe() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one"), "x").unwrap();
    let with = |folder: &Path| format!("{{ argv = [\"./own_probe.sh\", \"{}\"] }}", folder.display());
    let ask = async |folder: &Path, expect: &str| asked(&examples(), "command", &with(folder), expect).await;
    let one = "{ that = \"json\", at = \"$.files\", equals = 1 }";
    says(&ask(folder.path(), one).await, &["1 passed", "APPROVED"]);
    std::fs::write(folder.path().join("two"), "x").unwrap();
    says(&ask(folder.path(), one).await, &["1 failed", "content/differs", "REJECTED"]);
    says(&ask(Path::new("/no/such"), one).await, &["1 failed", "process/exit-code", "/no/such is no folder"]);
}

#[tokio::test]
async fn a_python_script_is_a_probe() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "python3 is needed");
        eprintln!("a_python_script_is_a_probe: not run, python3 is not installed");
        return;
    }
    let echo = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = echo.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut packet = [0; 1500];
        while let Ok((count, from)) = echo.recv_from(&mut packet).await {
            echo.send_to(&packet[..count], from).await.unwrap();
        }
    });
    let with = format!("{{ argv = [\"python3\", \"own_probe.py\", \"127.0.0.1\", \"{port}\"] }}");
    let echoed = "{ that = \"json\", at = \"$.echoed\", equals = true }";
    says(&asked(&examples(), "command", &with, echoed).await, &["1 passed", "APPROVED"]);
    server.abort();
}
