//! Reads a secret from where the target says it is. The value leaves only as a [`Secret`].

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::clock::Clock;
use fixproof_core::model::{Secret, SecretSource, Value};

/// How long a program that yields a secret may take, on the wall.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long its output may stay open after its end, on the wall: a child of its own may hold it for ever.
const LINGER: Duration = Duration::from_secs(1);
/// The largest secret there is.
const LARGEST: u64 = 64 * 1024;

/// Reads a secret. Relative paths start at the suite's folder.
///
/// # Errors
/// A sentence that says why it can't be read. It never holds what was read.
pub fn read(source: &SecretSource, root: &Path) -> Result<Secret, String> {
    let value = match source {
        SecretSource::Env(name) => match std::env::var(name) {
            Ok(value) => value,
            Err(std::env::VarError::NotPresent) => {
                return Err(format!("the environment variable {name} is not set"));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(format!("the environment variable {name} is not UTF-8"));
            }
        },
        SecretSource::File(path) => {
            text(file(&root.join(path)).map_err(|why| format!("{path}: {why}"))?, path)?
        }
        SecretSource::Command(argv) => command(argv, root, PATIENCE)?,
    };
    let value = value.strip_suffix('\n').unwrap_or(&value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(Secret::new(value.to_owned()))
}

/// A regular file, opened. Checked first: opening a pipe without a writer blocks for ever.
fn file(path: &Path) -> Result<std::fs::File, String> {
    let text = |error: std::io::Error| error.to_string();
    let regular = |kind: &std::fs::Metadata| {
        if kind.is_file() {
            Ok(())
        } else {
            let what = if kind.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
            Err(format!("it is {what}, and a secret is read from a regular file only"))
        }
    };
    regular(&std::fs::metadata(path).map_err(text)?)?;
    let file = std::fs::File::open(path).map_err(text)?;
    regular(&file.metadata().map_err(text)?)?;
    Ok(file)
}

fn text(from: impl Read, name: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{name} holds more than {LARGEST} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))
}

fn command(argv: &[String], root: &Path, patience: Duration) -> Result<String, String> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => format!("the program `{program}` is not installed here"),
            _ => format!("`{program}`: {e}"),
        })?;
    let Some(output) = child.stdout.take() else { return Err(format!("`{program}` has no output")) };
    let (sender, receiver) = channel();
    std::thread::spawn({
        let program = program.clone();
        // The receiver is gone when the program was given up.
        move || sender.send(text(output, &program)).unwrap_or_default()
    });
    let ended = ended(&mut child, program, patience, &receiver);
    if ended.is_err() {
        // It has had its time, or its room; a child that can't be killed is gone already.
        let _ = child.kill();
        let _ = child.wait();
    }
    let (status, early) = ended?;
    match (status.success(), early.or_else(|| lingering(&receiver))) {
        // A program that writes more than the limit gets SIGPIPE.
        (_, Some(Err(why))) => Err(why),
        (false, _) => Err(format!("`{program}` ended with {status}")),
        (true, None) => Err(format!("`{program}` ended, but its output stayed open")),
        (true, Some(Ok(value))) => Ok(value),
    }
}

/// How a program ended, and what was read of its output by then.
type Ended = (ExitStatus, Option<Result<String, String>>);

fn ended(
    child: &mut Child,
    program: &str,
    patience: Duration,
    output: &Receiver<Result<String, String>>,
) -> Result<Ended, String> {
    let clock = Clock::WALL;
    let deadline = clock.after(clock.now(), patience);
    let mut early = None;
    loop {
        if let Ok(read) = output.try_recv() {
            early = Some(Ok(read?));
        }
        match child.try_wait().map_err(|e| format!("`{program}`: {e}"))? {
            Some(status) => return Ok((status, early)),
            None if clock.now() >= deadline => {
                let patience = Value::Duration(patience);
                return Err(format!("`{program}` did not end within {patience}"));
            }
            None => clock.pause_thread(Duration::from_millis(5)),
        }
    }
}

/// What is read of the output shortly after the program's end.
fn lingering(output: &Receiver<Result<String, String>>) -> Option<Result<String, String>> {
    let clock = Clock::WALL;
    let deadline = clock.after(clock.now(), LINGER);
    loop {
        match output.try_recv() {
            Ok(read) => return Some(read),
            Err(_) if clock.now() >= deadline => return None,
            Err(_) => clock.pause_thread(Duration::from_millis(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Result<String, String> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        command(&argv, Path::new("."), patience)
    }

    #[test]
    fn a_program_is_given_up_after_its_time() {
        let short = Duration::from_millis(200);
        assert_eq!(shell("sleep 60", short), Err("`sh` did not end within 200ms".to_owned()));
        assert_eq!(shell("sleep 60; echo x", short), Err("`sh` did not end within 200ms".to_owned()));
    }

    #[test]
    fn a_program_that_writes_without_end_is_ended_with_the_reason() {
        let larger = Err("sh holds more than 65536 bytes".to_owned());
        assert_eq!(shell("yes", PATIENCE), larger);
        assert_eq!(shell("trap '' PIPE; yes; sleep 60", PATIENCE), larger);
    }

    #[test]
    fn what_is_no_regular_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let read = |name: &str| read(&SecretSource::File(name.to_owned()), folder.path());
        assert_eq!(
            read("pipe").unwrap_err(),
            "pipe: it is a pipe, a socket or a device, and a secret is read from a regular file only"
        );
        assert!(read("/dev/zero").unwrap_err().contains("or a device"));
        assert!(read(".").unwrap_err().contains("it is a folder"));
        assert!(read("none").unwrap_err().starts_with("none: "));
    }

    #[test]
    fn a_file_is_read_through_a_link_and_not_beyond_what_a_secret_can_be() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "a-secret\n").unwrap();
        std::os::unix::fs::symlink("key", folder.path().join("link")).unwrap();
        let read = |name: &str| read(&SecretSource::File(name.to_owned()), folder.path());
        assert_eq!(read("link").unwrap().expose(), "a-secret");
        std::fs::write(folder.path().join("key"), vec![b'x'; 64 * 1024 + 1]).unwrap();
        assert_eq!(read("key").unwrap_err(), "key holds more than 65536 bytes");
        std::fs::write(folder.path().join("key"), vec![b'x'; 64 * 1024]).unwrap();
        assert_eq!(read("key").unwrap().expose().len(), 64 * 1024);
    }
}
