//! A real Redis for as long as a test wants it, and one look at something.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixproof::model::{Observation, Setting};

use crate::fixture::{free_port, is_there, look_in, text};

const PROGRAM: &str = "/usr/bin/redis-server";

/// A running server; dropped, it stops and leaves nothing.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Server {
    /// Starts one with these further arguments. Nothing where Redis is not installed, which is said aloud.
    pub(crate) fn start(arguments: &[&str]) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        Server::start_in(folder, "--port", arguments)
    }

    /// Starts one in a folder, at a port of that kind.
    pub(crate) fn start_in(folder: tempfile::TempDir, kind: &str, arguments: &[&str]) -> Option<Server> {
        if !is_there(Path::new(PROGRAM), "redis-server") {
            return None;
        }
        for _ in 0..10 {
            // Somebody else may take the port in between; then the next one.
            let port = free_port();
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            let mut command = Command::new(PROGRAM);
            command
                .current_dir(folder.path())
                .env_clear()
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .stdout(log);
            command.args([
                kind,
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ]);
            let mut child = command.args(arguments).spawn().unwrap();
            let patience = Instant::now() + Duration::from_secs(30);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < patience {
                let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
                if log.contains("Ready to accept connections")
                    && TcpStream::connect(("127.0.0.1", port)).is_ok()
                {
                    return Some(Server { child, folder, port });
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("Redis does not start: {:?}", std::fs::read_to_string(folder.path().join("log")));
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        at(self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A URL of a local port.
pub(crate) fn at(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

/// Looks once.
pub(crate) async fn look(url: impl Into<String>, more: &[(&str, Setting)], within: Duration) -> Observation {
    let mut settings = vec![("url", text(url))];
    settings.extend_from_slice(more);
    look_in("redis", Path::new("/"), &settings, within).await
}

/// The setting `command`.
pub(crate) fn command(words: &[&str]) -> (&'static str, Setting) {
    ("command", Setting::List(words.iter().map(|word| text(*word)).collect()))
}
