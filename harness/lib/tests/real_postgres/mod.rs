//! A real PostgreSQL for as long as a test wants it: found, initialised, started, and gone when dropped.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a fixture: what fails here fails the test"
)]

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// The password of `app`, the only role there is.
pub(crate) const PASSWORD: &str = "right-horse";

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    /// The certificate.
    pub(crate) certificate: String,
    key: String,
}

/// An authority made for one test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate in PEM.
    pub(crate) certificate: String,
}

impl Authority {
    /// Makes one of that name.
    pub(crate) fn named(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    /// Signs a certificate for a name until a year.
    pub(crate) fn sign(&self, name: &str, until: i32) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

/// What a server is to be like.
pub(crate) struct Setup {
    /// `trust` or `scram-sha-256`.
    pub(crate) auth: &'static str,
    /// TLS is on with this one.
    pub(crate) tls: Option<Identity>,
    /// The server's limit.
    pub(crate) max_connections: usize,
}

/// A running server; dropped, it stops and leaves nothing.
pub(crate) struct Server {
    child: Child,
    folder: tempfile::TempDir,
    /// Its port.
    pub(crate) port: u16,
}

/// A server with trust authentication and a self-signed certificate; none where PostgreSQL is not installed.
pub(crate) fn for_benchmarks(max_connections: usize) -> Option<Server> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap().pem();
    let tls = Some(Identity { certificate, key: key.serialize_pem() });
    Server::start(&Setup { auth: "trust", tls, max_connections })
}

impl Server {
    /// Starts one. Nothing where PostgreSQL is not installed, which is said aloud.
    pub(crate) fn start(setup: &Setup) -> Option<Server> {
        let Some(bin) = bin() else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            assert!(std::env::var_os("FIXPROOF_REQUIRE_PG").is_none(), "{test} needs PostgreSQL");
            eprintln!("{test}: not run, PostgreSQL is not installed (set FIXPROOF_PG_BIN)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("fixproof-pg-").tempdir_in("/tmp").unwrap();
        initialise(&bin, folder.path(), setup);
        for _ in 0..10 {
            // Somebody else may take the port in between; then the next one.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(child) = launch(&bin, folder.path(), port, setup) {
                return Some(Server { child, folder, port });
            }
        }
        panic!("PostgreSQL does not start: {}", log(folder.path()));
    }

    /// Its URL over TCP, with TLS as the client prefers.
    pub(crate) fn url(&self) -> String {
        format!("postgresql://app:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// The folder of its socket, named like Cloud SQL's.
    pub(crate) fn socket_folder(&self) -> String {
        self.folder.path().join("cloudsql/p:r:i").display().to_string()
    }

    /// Stops it without a word to its clients.
    pub(crate) fn stop_at_once(&self) {
        signal(self.child.id(), "QUIT");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        signal(self.child.id(), "QUIT");
        let patience = Instant::now() + Duration::from_secs(10);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > patience {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn signal(pid: u32, name: &str) {
    let _ = Command::new("/bin/kill").args([format!("-{name}"), pid.to_string()]).status();
}

fn bin() -> Option<PathBuf> {
    if let Some(bin) = std::env::var_os("FIXPROOF_PG_BIN") {
        return Some(bin.into());
    }
    let version = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok())
    };
    let found = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let bin = found.max_by_key(version)?.join("bin");
    bin.join("initdb").exists().then_some(bin)
}

/// The user and group that may run a server, if we may not.
fn servant() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let we_are_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let users = std::fs::read_to_string("/etc/passwd").ok().filter(|_| we_are_root)?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2).map(str::parse);
    Some((fields.next()?.ok()?, fields.next()?.ok()?))
}

fn own(path: &Path) {
    if let Some((user, group)) = servant() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

fn write(path: PathBuf, text: &str) {
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    own(&path);
}

fn program(bin: &Path, name: &str, folder: &Path) -> Command {
    let mut command = Command::new(bin.join(name));
    command.current_dir(folder).env_clear().env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
    if let Some((user, group)) = servant() {
        command.uid(user).gid(group);
    }
    command
}

fn initialise(bin: &Path, folder: &Path, setup: &Setup) {
    own(folder);
    for part in ["cloudsql", "cloudsql/p:r:i"] {
        std::fs::create_dir(folder.join(part)).unwrap();
        own(&folder.join(part));
    }
    write(folder.join("password"), PASSWORD);
    let made = program(bin, "initdb", folder)
        .args(["-D", "data", "-U", "app", "--no-sync", "--pwfile=password", "-A", "scram-sha-256"])
        .stderr(std::fs::File::create(folder.join("log")).unwrap())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "initdb: {}", log(folder));
    let hba = format!("local all all trust\nhost all all 127.0.0.1/32 {}\n", setup.auth);
    write(folder.join("data/pg_hba.conf"), &hba);
    if let Some(tls) = &setup.tls {
        write(folder.join("data/server.crt"), &tls.certificate);
        write(folder.join("data/server.key"), &tls.key);
    }
}

fn launch(bin: &Path, folder: &Path, port: u16, setup: &Setup) -> Option<Child> {
    let set = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.join("cloudsql/p:r:i").display()),
        format!("max_connections={}", setup.max_connections),
        "superuser_reserved_connections=0".to_owned(),
        format!("ssl={}", if setup.tls.is_some() { "on" } else { "off" }),
        "max_wal_senders=0".to_owned(),
        "shared_buffers=16MB".to_owned(),
    ];
    let mut command = program(bin, "postgres", folder);
    command.args(["-F", "-D", "data", "-p", &port.to_string()]);
    for pair in &set {
        command.args(["-c", pair]);
    }
    let mut child = command.stderr(std::fs::File::create(folder.join("log")).unwrap()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience {
        let state = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Some(child);
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}
