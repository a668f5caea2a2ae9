//! A ten-word vocabulary for tests of the binary: a folder, a suite in it, a small server, a run.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder with a suite in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a run came to.
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Asserts code and words; shows everything when they are not there.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, words: &[&str]) -> &Ran {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert_eq!(self.code, code, "wrong exit code\n{all}");
        for word in words {
            assert!(all.contains(word), "`{word}` is not in\n{all}");
        }
        self
    }
}

impl Bench {
    /// A suite with one component `backend` at `url`.
    pub(crate) fn new(url: &str) -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        bench.write("suite/targets/t.toml", &format!("name = \"t\"\n[component.backend]\nurl = \"{url}\"\n"));
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Bench {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Scenarios of the component `backend`.
    pub(crate) fn scenarios(&self, text: &str) -> &Bench {
        self.write("suite/backend.toml", &format!("component = \"backend\"\n{text}"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = fixproof();
        command.current_dir(self.folder.path()).arg("run").args(arguments);
        for (name, value) in [("--scenarios", "suite"), ("--target", "t")] {
            if !arguments.contains(&name) {
                command.args([name, value]);
            }
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    pub(crate) fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path("reports/report.json")).unwrap()).unwrap()
    }
}

/// The program, with nothing of the tester's own environment that could colour the answer.
pub(crate) fn fixproof() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixproof"));
    command
        .env_remove("NO_COLOR")
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("GITHUB_OUTPUT")
        .env_remove("RUST_BACKTRACE");
    command
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A scenario that asks `/PATH` for 200 and a healthy body.
pub(crate) fn healthy(id: &str, path: &str) -> String {
    format!(
        "\n[[scenario]]\nid = \"{id}\"\ntitle = \"{id}\"\nprobe = \"http\"\nwith = {{ url = \"{{{{backend.url}}}}{path}\" }}\n\
         expect = [\n  {{ that = \"status\", equals = 200 }},\n  {{ that = \"body\", at = \"$.status\", equals = \"healthy\" }},\n]\n"
    )
}

/// A server that says `{"status":"healthy"}`, but 503 under `/bad`, and never answers under `/hang`.
pub(crate) fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || {
                let mut connection = connection?;
                let mut request = [0; 4096];
                let read = connection.read(&mut request)?;
                let line = String::from_utf8_lossy(&request[..read]).into_owned();
                if line.starts_with("GET /hang") {
                    // Until the client goes away.
                    let _ = connection.read(&mut request)?;
                    return Ok::<(), std::io::Error>(());
                }
                let status = if line.starts_with("GET /bad") { "503 Service Unavailable" } else { "200 OK" };
                let body = "{\"status\":\"healthy\",\"list\":[],\"password\":\"from-the-server\"}";
                write!(
                    connection,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
            });
        }
    });
    address
}
