//! A real MariaDB for as long as a test wants it, and one look at something.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixproof::model::{Observation, Setting};

use crate::fixture::{Identity, PASSWORD, free_port, is_there, look_in, text};

/// What the server runs before it lets anybody in, a statement a line.
const USERS: &str = "CREATE DATABASE shop;
CREATE DATABASE secret;
CREATE USER 'app'@'%' IDENTIFIED BY 'right-horse';
GRANT ALL ON shop.* TO 'app'@'%';
CREATE USER 'empty'@'%';
CREATE USER 'once'@'%' IDENTIFIED BY 'right-horse' WITH MAX_CONNECTIONS_PER_HOUR 1;
CREATE USER 'locked'@'%' IDENTIFIED BY 'right-horse' ACCOUNT LOCK;
CREATE USER 'encrypted'@'%' IDENTIFIED BY 'right-horse' REQUIRE SSL;
INSTALL SONAME 'auth_ed25519';
CREATE USER 'curve'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('right-horse');
";

/// A running server; dropped, it stops and leaves nothing.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Server {
    /// Starts one with these further arguments. Nothing where MariaDB is not installed, which is said aloud.
    pub(crate) fn start(tls: Option<&Identity>, arguments: &[&str]) -> Option<Server> {
        let program = Path::new("/usr/sbin/mariadbd");
        if !is_there(program, "mariadb-server") {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("fixproof-mdb-").tempdir_in("/tmp").unwrap();
        initialise(folder.path(), tls);
        for _ in 0..10 {
            // Somebody else may take the port in between; then the next one.
            let port = free_port();
            let mut command = as_servant(program, folder.path());
            command.arg("--no-defaults").args(usual(folder.path()));
            command.args(["--socket=s", "--pid-file=pid", "--skip-log-bin", "--skip-name-resolve"]);
            command
                .args([format!("--port={port}"), format!("--init-file={}", shown(folder.path(), "users"))]);
            command.arg("--bind-address=127.0.0.1");
            for option in ["cert", "key"].iter().filter(|_| tls.is_some()) {
                command.arg(format!("--ssl-{option}={}", shown(folder.path(), &format!("server.{option}"))));
            }
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            let mut child = command.args(arguments).stderr(log).spawn().unwrap();
            let patience = Instant::now() + Duration::from_secs(60);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < patience {
                if said(folder.path()).contains("ready for connections") {
                    return Some(Server { child, folder, port });
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("MariaDB does not start: {}", said(folder.path()));
    }

    /// The URL of `app`, with TLS as the client prefers.
    pub(crate) fn url(&self) -> String {
        at(self.port)
    }

    /// Asks it to shut down.
    pub(crate) fn shut_down(&self) {
        let _ = Command::new("/bin/kill").args(["-TERM", &self.child.id().to_string()]).status();
    }

    /// Its socket file.
    pub(crate) fn socket(&self) -> String {
        self.folder.path().join("data/s").display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The user and group that may run a server, if we may not.
fn servant() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let we_are_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let users = std::fs::read_to_string("/etc/passwd").ok().filter(|_| we_are_root)?;
    let line = users.lines().find(|line| line.starts_with("mysql:"))?;
    let mut fields = line.split(':').skip(2).map(str::parse);
    Some((fields.next()?.ok()?, fields.next()?.ok()?))
}

fn as_servant(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    if let Some((user, group)) = servant() {
        command.uid(user).gid(group);
    }
    command
}

fn initialise(folder: &Path, tls: Option<&Identity>) {
    let own = |path: &Path| servant().into_iter().for_each(|(u, g)| chown(path, Some(u), Some(g)).unwrap());
    let write = |name: &str, text: &str| {
        let path: PathBuf = folder.join(name);
        std::fs::write(&path, text).unwrap();
        own(&path);
    };
    own(folder);
    write("users", USERS);
    tls.into_iter().for_each(|tls| {
        write("server.cert", &tls.certificate);
        write("server.key", &tls.key);
    });
    let made = as_servant(Path::new("/usr/bin/mariadb-install-db"), folder)
        .arg("--no-defaults")
        .args(usual(folder))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .stderr(std::fs::File::create(folder.join("log")).unwrap())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "mariadb-install-db: {}", said(folder));
}

fn shown(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// What holds for making the data as for serving it.
fn usual(folder: &Path) -> [String; 4] {
    [
        format!("--datadir={}", shown(folder, "data")),
        // Several of them in one folder take each other's files.
        format!("--tmpdir={}", folder.display()),
        "--innodb-log-file-size=4M".to_owned(),
        "--innodb-buffer-pool-size=8M".to_owned(),
    ]
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// The URL of `app` at a local port.
pub(crate) fn at(port: u16) -> String {
    format!("mysql://app:{PASSWORD}@127.0.0.1:{port}/shop")
}

/// Looks once.
pub(crate) async fn look(url: impl Into<String>, more: &[(&str, Setting)], within: Duration) -> Observation {
    let mut settings = vec![("url", text(url))];
    settings.extend_from_slice(more);
    look_in("mysql", Path::new("/"), &settings, within).await
}

/// The setting `query`.
pub(crate) fn query(words: &str) -> (&'static str, Setting) {
    ("query", text(words))
}

/// The setting `user`.
pub(crate) fn user(name: &str) -> (&'static str, Setting) {
    ("user", text(name))
}
