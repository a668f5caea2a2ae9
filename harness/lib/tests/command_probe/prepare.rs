//! What can't be run is told before anything runs.

use fixproof::model::Setting;

use super::support::*;

#[track_caller]
fn refused(settings: Vec<(String, Setting)>, at: Option<&str>, says: &str) {
    let mistakes = Folder::new().prepare(settings).err().unwrap();
    let found = mistakes.iter().any(|mistake| mistake.setting == at && mistake.message.contains(says));
    assert!(found, "`{says}` is not said at {at:?}: {mistakes:#?}");
    assert!(!format!("{mistakes:?}").contains("canary"), "{mistakes:#?}");
}

#[test]
fn one_of_argv_and_shell_says_what_to_run() {
    refused(vec![], None, "does not say what to run");
    refused(with(argv(&["true"]), "shell", plain("true")), None, "can't be given together");
    refused(argv(&[]), Some("argv"), "does not say what to run");
    refused(argv(&["", "x"]), Some("argv"), "does not say what to run");
    refused(vec![("shell".to_owned(), plain("  "))], Some("shell"), "does not say what to run");
}

#[test]
fn a_nul_is_refused_wherever_it_is() {
    refused(argv(&["echo", "a\0b"]), Some("argv"), "argument 1 holds a NUL");
    refused(vec![("shell".to_owned(), plain("a\0b"))], Some("shell"), "holds a NUL");
    let value = Setting::Table(vec![("A".to_owned(), secret("canary\0"))]);
    refused(with(argv(&["true"]), "env", value), Some("env"), "`A` holds a NUL");
    let name = Setting::Table(vec![("A\0".to_owned(), plain("x")), ("B=C".to_owned(), plain("x"))]);
    refused(with(argv(&["true"]), "env", name), Some("env"), "can't be the name of a variable");
    refused(
        with(argv(&["true"]), "inherit", Setting::List(vec![plain("A=B")])),
        Some("inherit"),
        "can't be the name",
    );
    refused(with(argv(&["true"]), "directory", plain("a\0b")), Some("directory"), "no folder");
}

#[test]
fn what_messages_show_can_be_no_secret() {
    refused(
        vec![("argv".to_owned(), Setting::List(vec![secret("canary-tool")]))],
        Some("argv"),
        "can't be a secret",
    );
    refused(
        with(argv(&["true"]), "directory", secret("canary-folder")),
        Some("directory"),
        "can't be a secret",
    );
    let path = Setting::Table(vec![("PATH".to_owned(), secret("/canary"))]);
    refused(with(argv(&["true"]), "env", path), Some("env"), "can't be a secret");
}

#[test]
fn a_folder_must_be_there() {
    refused(with(argv(&["true"]), "directory", plain("nowhere")), Some("directory"), "there is no folder");
}

#[test]
fn exit_codes_are_exit_codes() {
    for wrong in [
        Setting::List(vec![]),
        Setting::Number(256.into()),
        Setting::Number((-1).into()),
        plain("none"),
        Setting::Flag(true),
        Setting::List(vec![Setting::List(vec![])]),
        Setting::Table(vec![]),
    ] {
        refused(with(argv(&["true"]), "accept", wrong), Some("accept"), "whole numbers from 0 to 255");
    }
    let nagios = with(argv(&["true"]), "protocol", plain("nagios"));
    refused(with(nagios, "accept", Setting::Number(4.into())), Some("accept"), "0, 1, 2 or 3");
}

#[test]
fn a_limit_has_its_limits() {
    for limit in [0, (64 << 20) + 1, u64::MAX] {
        refused(with(argv(&["true"]), "output-limit", Setting::Size(limit)), Some("output-limit"), "64MiB");
    }
}
