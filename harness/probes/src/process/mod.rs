//! Runs a program once: its output bounded, its whole process group gone when the look ends, however it ends.
//!
//! There is never a shell in between, no environment but the one that is given, and no input but the one that is
//! given. At the deadline the group gets SIGKILL at once, without a SIGTERM before it: a grace would have to be taken
//! from the time the program was promised, or be added to a deadline that nothing may outlive.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};

use crate::clock::{Clock, Moment};
use fixproof_core::model::{Cause, ProbeError};

pub(crate) mod tools;

/// Bytes that are read at once.
const PIECE: usize = 32 * 1024;

/// A program to run. It has no `Debug`: arguments, input and environment may hold secrets.
#[derive(Clone)]
pub(crate) struct Program {
    /// The program and its arguments. A bare name is looked up in `PATH` of `env`; a path with a slash that is not
    /// absolute starts at `directory`.
    pub(crate) argv: Vec<OsString>,
    /// What it reads; none leaves its input closed.
    pub(crate) stdin: Option<Vec<u8>>,
    /// Its whole environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Where it runs; absolute.
    pub(crate) directory: PathBuf,
    /// Most bytes of its output and of its errors, each.
    pub(crate) limit: usize,
    /// How to get it, for the message that it is missing, where the scenario knows better than [`tools`].
    pub(crate) install: Option<String>,
}

/// How it came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With an exit code, and with its output closed.
    Code(i32),
    /// By a signal from outside.
    Signal(i32),
    /// It was killed at the deadline. It may have ended by itself and left a child that held its output open.
    Deadline {
        /// With this exit code, then.
        itself: Option<i32>,
    },
    /// It was killed because it wrote more than the limit.
    TooLarge(Stream),
}

/// What a program writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// What was written, as far as it was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// The bytes, at most as many as the limit.
    pub(crate) bytes: Vec<u8>,
    /// Was there, or may there have been, more? Then what is not in `bytes` may still have been written.
    pub(crate) truncated: bool,
}

/// A program that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// How it ended.
    pub(crate) end: End,
    /// Its standard output.
    pub(crate) stdout: Written,
    /// Its standard error.
    pub(crate) stderr: Written,
    /// Just before it was started.
    pub(crate) began: Moment,
    /// When it had ended and its output was closed, or when it was killed.
    pub(crate) ended: Moment,
}

/// Runs it until it has ended and its output is closed. Ends by the deadline. What is left of its process group then
/// is killed, and so is all of it when the future is dropped.
///
/// # Errors
/// Why it could not even be started: [`Cause::ToolMissing`], [`Cause::OwnLimit`] or [`Cause::Internal`].
pub(crate) async fn run(program: &Program, clock: &Clock, deadline: Moment) -> Result<Ran, ProbeError> {
    let began = clock.now();
    let (mut stdout, mut stderr) = (Written::cut(), Written::cut());
    let Ok(started) = clock.until(deadline, start(program)).await else {
        // A program on a file system that does not answer. Whatever still comes of it is killed when it is dropped.
        let end = End::Deadline { itself: None };
        return Ok(Ran { end, stdout, stderr, began, ended: clock.now() });
    };
    let mut group = started?;
    let child = &mut group.child;
    let input = feed(child.stdin.take(), program.stdin.as_deref());
    let output = read(child.stdout.take(), Stream::Output, program.limit, &mut stdout);
    let errors = read(child.stderr.take(), Stream::Errors, program.limit, &mut stderr);
    let life = async {
        // Not reaped before its output is closed: until then its pid, which is its group's too, is not reused.
        tokio::try_join!(output, errors)?;
        child.wait().await.map_err(Stop::Broken)
    };
    let lived = clock
        .until(deadline, async {
            tokio::select! { lived = life => lived, never = input => match never {} }
        })
        .await;
    let ended = clock.now();
    let end = match lived {
        Ok(Ok(status)) => end_of(status),
        Ok(Err(Stop::TooLarge(stream))) => End::TooLarge(stream),
        Ok(Err(Stop::Broken(error))) => return Err(internal(program, &error)),
        Err(_) => {
            // Killed first and asked then: a program that had ended by itself still says how.
            group.kill();
            let status = group.child.try_wait().ok().flatten();
            End::Deadline { itself: status.and_then(|status| status.code()) }
        }
    };
    Ok(Ran { end, stdout, stderr, began, ended })
}

/// Why a program is no longer listened to.
enum Stop {
    TooLarge(Stream),
    Broken(io::Error),
}

/// A child and its process group; killed when dropped.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            // The only possible error: the group is empty.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts it on a thread that may wait: the system loads the program before it says that it could.
async fn start(program: &Program) -> Result<Group, ProbeError> {
    let Some((name, arguments)) = program.argv.split_first() else {
        return Err(ProbeError { cause: Cause::Internal, detail: "there is no program to start".to_owned() });
    };
    let mut command = tokio::process::Command::new(program.place(name));
    command.args(arguments).current_dir(&program.directory);
    command.env_clear().envs(program.env.iter().map(|(name, value)| (name, value)));
    command.stdin(if program.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let spawned = tokio::task::spawn_blocking(move || {
        command.spawn().map(|child| {
            let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            Group { child, leader }
        })
    });
    match spawned.await {
        Ok(Ok(group)) => Ok(group),
        Ok(Err(error)) => Err(program.not_started(&error)),
        Err(error) => Err(internal(program, &error)),
    }
}

/// Writes the input, closes it, and never ends: the program may leave it unread.
async fn feed(pipe: Option<ChildStdin>, input: Option<&[u8]>) -> Infallible {
    if let (Some(mut pipe), Some(input)) = (pipe, input) {
        // A program that reads only the beginning, or nothing, closes its end.
        let _ = pipe.write_all(input).await;
    }
    std::future::pending().await
}

/// Reads to the end, or one byte beyond the limit.
async fn read(
    pipe: Option<impl AsyncRead + Unpin>,
    stream: Stream,
    limit: usize,
    into: &mut Written,
) -> Result<(), Stop> {
    let mut piece = vec![0; PIECE];
    if let Some(mut pipe) = pipe {
        loop {
            let count = pipe.read(&mut piece).await.map_err(Stop::Broken)?;
            let room = limit.saturating_sub(into.bytes.len());
            into.bytes.extend_from_slice(&piece[..count.min(room)]);
            match count {
                0 => break,
                count if count > room => return Err(Stop::TooLarge(stream)),
                _ => {}
            }
        }
    }
    into.truncated = false;
    Ok(())
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Code(code),
        // Of a process that has ended one of the two is known.
        (None, signal) => End::Signal(signal.unwrap_or(0)),
    }
}

fn internal(program: &Program, error: &dyn std::fmt::Display) -> ProbeError {
    ProbeError {
        cause: Cause::Internal,
        detail: format!("`{}` could not be monitored: {error}", program.name()),
    }
}

impl Written {
    /// Nothing yet, and more may come.
    fn cut() -> Written {
        Written { bytes: Vec::new(), truncated: true }
    }
}

impl Program {
    /// What was written as its name.
    pub(crate) fn name(&self) -> std::borrow::Cow<'_, str> {
        self.argv.first().map_or_else(Default::default, |name| name.to_string_lossy())
    }

    /// A path with a slash starts at the directory; a bare name is left to `PATH`.
    fn place(&self, name: &OsStr) -> PathBuf {
        if name.as_bytes().contains(&b'/') { self.directory.join(name) } else { PathBuf::from(name) }
    }

    /// Where the program is, or would be: the first file of that name.
    fn found(&self) -> Option<PathBuf> {
        let name = self.argv.first()?;
        if name.as_bytes().contains(&b'/') {
            let place = self.place(name);
            return place.symlink_metadata().is_ok().then_some(place);
        }
        std::env::split_paths(self.path()?).map(|folder| folder.join(name)).find(|file| file.is_file())
    }

    fn path(&self) -> Option<&OsStr> {
        self.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str())
    }

    /// What an error of the system's means.
    fn not_started(&self, error: &io::Error) -> ProbeError {
        let name = self.name();
        let blocked = |cause, detail: String| ProbeError { cause, detail };
        // E2BIG, EAGAIN (too many processes), ENOMEM, ENFILE, EMFILE.
        if matches!(error.raw_os_error(), Some(7 | 11 | 12 | 23 | 24 | 35)) {
            return blocked(Cause::OwnLimit, format!("`{name}` can't be started on this machine: {error}"));
        }
        if !self.directory.is_dir() {
            let directory = self.directory.display();
            return blocked(
                Cause::ToolMissing,
                format!("`{name}` can't run in {directory}: there is no such folder"),
            );
        }
        let Some(file) = self.found() else {
            return blocked(Cause::ToolMissing, self.missing());
        };
        let place = file.display();
        let detail = match error.kind() {
            _ if file.is_dir() => format!("{place} is a folder, not a program"),
            io::ErrorKind::PermissionDenied => {
                format!(
                    "{place} exists, but this user may not run it: `chmod +x` it, or check its folders and its mount"
                )
            }
            io::ErrorKind::NotFound => format!(
                "{place} exists, but not what runs it: the interpreter in its first line (`#!`) or its loader is missing"
            ),
            _ => format!("{place} exists, but can't be run: {error}"),
        };
        blocked(Cause::ToolMissing, detail)
    }

    fn missing(&self) -> String {
        let name = self.name();
        let whence = match self.argv.first().map(|name| name.as_bytes().contains(&b'/')) {
            Some(true) => format!("{} does not exist", self.place(OsStr::new(&*name)).display()),
            _ => match self.path() {
                Some(path) => format!("`{name}` is not installed here: not in PATH ({})", path.display()),
                None => format!("`{name}` is not installed here, and it was given no PATH (`inherit`)"),
            },
        };
        match self.install.as_deref().or_else(|| tools::how_to_get(&name)) {
            Some(how) => format!("{whence}; get it with: {how}"),
            None => whence,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn program(argv: &[&str]) -> Program {
        Program {
            argv: argv.iter().map(OsString::from).collect(),
            stdin: None,
            env: vec![("PATH".into(), "/usr/bin:/bin".into())],
            directory: "/".into(),
            limit: 1000,
            install: None,
        }
    }

    async fn ran(program: &Program, within: Duration) -> Ran {
        let clock = Clock::WALL;
        run(program, &clock, clock.after(clock.now(), within)).await.unwrap()
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn both_streams_and_the_code_come_back() {
        let seen = ran(&program(&["sh", "-c", "echo out; echo err >&2; exit 3"]), LONG).await;
        assert_eq!(
            (seen.end, &*seen.stdout.bytes, &*seen.stderr.bytes),
            (End::Code(3), &b"out\n"[..], &b"err\n"[..])
        );
        assert!(!seen.stdout.truncated && !seen.stderr.truncated);
    }

    #[tokio::test]
    async fn what_is_written_beyond_the_limit_ends_it() {
        let seen = ran(&program(&["sh", "-c", "yes >&2"]), LONG).await;
        assert_eq!((seen.end, seen.stderr.bytes.len()), (End::TooLarge(Stream::Errors), 1000));
        assert!(seen.stderr.truncated);
        let mut exact = program(&["printf", "abc"]);
        exact.limit = 3;
        assert_eq!(ran(&exact, LONG).await.end, End::Code(0));
    }

    #[tokio::test]
    async fn who_holds_the_output_open_is_waited_for_and_killed_at_the_deadline() {
        let seen =
            ran(&program(&["sh", "-c", "echo early; sleep 1000 & exit 7"]), Duration::from_millis(500)).await;
        assert_eq!(seen.end, End::Deadline { itself: Some(7) });
        assert_eq!((&*seen.stdout.bytes, seen.stdout.truncated), (&b"early\n"[..], true));
    }

    #[tokio::test]
    async fn dropping_it_kills_the_group() {
        let folder = tempfile::tempdir().unwrap();
        let mut endless = program(&["sh", "-c", "sleep 1000 & echo $! > child; echo $$ > self; wait"]);
        endless.directory = folder.path().to_owned();
        let clock = Clock::WALL;
        let number = |name: &str| -> Option<i32> {
            std::fs::read_to_string(folder.path().join(name)).ok()?.trim().parse().ok()
        };
        {
            let deadline = clock.after(clock.now(), LONG);
            let mut running = std::pin::pin!(run(&endless, &clock, deadline));
            while number("self").is_none() {
                let soon = clock.after(clock.now(), Duration::from_millis(10));
                assert!(clock.until(soon, &mut running).await.is_err());
            }
        }
        for name in ["child", "self"] {
            let pid = Pid::from_raw(number(name).unwrap()).unwrap();
            let patience = clock.after(clock.now(), LONG);
            while is_alive(pid) {
                assert!(clock.now() < patience, "{name} is still there");
                clock.sleep_until(clock.after(clock.now(), Duration::from_millis(5))).await;
            }
        }
    }

    /// A zombie waits for its parent, and is alive no more.
    fn is_alive(pid: Pid) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    }

    #[tokio::test]
    async fn what_is_missing_is_said_with_how_to_get_it() {
        let clock = Clock::WALL;
        let deadline = clock.after(clock.now(), LONG);
        let mut gcloud = program(&["gcloud"]);
        gcloud.env = vec![("PATH".into(), "/nowhere".into())];
        let why = run(&gcloud, &clock, deadline).await.unwrap_err();
        assert_eq!(why.cause, Cause::ToolMissing);
        assert!(
            why.detail
                .starts_with("`gcloud` is not installed here: not in PATH (/nowhere); get it with: `apt-get")
        );
    }
}
