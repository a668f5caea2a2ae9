//! Reads a secret from where the target says it is. The value leaves only as a [`Secret`].

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::{Secret, SecretSource};

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
            let file = std::fs::File::open(root.join(path)).map_err(|e| format!("{path}: {e}"))?;
            text(file, path)?
        }
        SecretSource::Command(argv) => command(argv, root)?,
    };
    let value = value.strip_suffix('\n').unwrap_or(&value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(Secret::new(value.to_owned()))
}

fn text(from: impl Read, name: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{name} holds more than {LARGEST} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))
}

fn command(argv: &[String], root: &Path) -> Result<String, String> {
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
    let reader = std::thread::spawn({
        let program = program.clone();
        move || text(output, &program)
    });
    let clock = Clock::WALL;
    let deadline = clock.after(clock.now(), PATIENCE);
    let status = loop {
        match child.try_wait().map_err(|e| format!("`{program}`: {e}"))? {
            Some(status) => break status,
            None if clock.now() >= deadline => {
                // It has had its time; a child that can't be killed is gone already.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`{program}` did not end within {} s", PATIENCE.as_secs()));
            }
            None => clock.pause_thread(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("`{program}` ended with {status}"));
    }
    let deadline = clock.after(clock.now(), LINGER);
    while !reader.is_finished() {
        if clock.now() >= deadline {
            return Err(format!("`{program}` ended, but its output stayed open"));
        }
        clock.pause_thread(Duration::from_millis(1));
    }
    reader.join().map_err(|_| format!("`{program}`'s output could not be read"))?
}
