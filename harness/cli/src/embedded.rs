//! The simulated staging as a target: what it fills in, and the files that tools want beside addresses.
//!
//! The values of one table are filled in twice: as stand-ins, for a check that sends nothing, and for real once the
//! staging listens. Its files (certificates of two authorities, a look-alike of `gcloud`) live in a folder of their own
//! that goes with it.

use std::io;
use std::path::{Path, PathBuf};

use fixproof::engine::Overlay;
use fixproof::model::{Secret, Simulated, Text};
use fixproof::{SimulatedTarget, Simulator};
use fixproof_sim::{Addresses, Credentials, DatabaseAddress, Options, Ports, Profile, Staging};
use tempfile::TempDir;

/// A running simulated staging. Dropping it stops it and takes its files away.
pub(crate) struct Embedded {
    staging: Staging,
    files: Files,
}

/// The files, in a folder of their own.
struct Files {
    _folder: TempDir,
    authority: PathBuf,
    database_authority: PathBuf,
    gcloud: PathBuf,
}

/// What values are made of.
struct Parts<'a> {
    addresses: &'a Addresses,
    authority: &'a str,
    database_authority: &'a str,
    gcloud: &'a str,
}

/// A value: its component, its key, and where it comes from.
type Row = (&'static str, &'static str, fn(&Parts<'_>) -> Text);

/// Every value that is filled in.
const VALUES: &[Row] = &[
    ("frontend", "url", |p| Text::plain(&p.addresses.frontend)),
    ("frontend", "host", |p| Text::plain(&p.addresses.frontend_host)),
    ("frontend", "reach", |p| Text::plain(&p.addresses.edge)),
    ("backend", "url", |p| Text::plain(&p.addresses.backend)),
    ("backend", "websocket", |p| Text::plain(&p.addresses.websocket)),
    ("backend", "host", |p| Text::plain(&p.addresses.backend_host)),
    ("backend", "reach", |p| Text::plain(&p.addresses.edge)),
    ("auth", "url", |p| Text::plain(&p.addresses.auth)),
    ("auth", "host", |p| Text::plain(&p.addresses.auth_host)),
    ("auth", "reach", |p| Text::plain(&p.addresses.edge)),
    ("database", "url", |p| Text::secret(p.addresses.database.url())),
    ("database", "ca", |p| Text::plain(p.database_authority)),
    ("edge", "name-server", |p| Text::plain(&p.addresses.dns)),
    ("edge", "ca", |p| Text::plain(p.authority)),
    ("platform", "run", |p| Text::plain(&p.addresses.platform)),
    ("platform", "vpcaccess", |p| Text::plain(&p.addresses.platform)),
    ("platform", "sqladmin", |p| Text::plain(&p.addresses.platform)),
    ("platform", "logging", |p| Text::plain(&p.addresses.platform)),
    ("platform", "monitoring", |p| Text::plain(&p.addresses.platform)),
    ("platform", "credentials", |p| Text::plain(format!("metadata:{}", p.addresses.platform))),
    ("platform", "gcloud", |p| Text::plain(p.gcloud)),
];

/// A secret: its name, and which of the made-up ones it is.
type MadeUp = (&'static str, fn(&Credentials) -> &str);

/// Every secret that is filled in.
const SECRETS: &[MadeUp] = &[
    ("e2e_bypass_key", |c| &c.e2e_bypass_key),
    ("test_email", |c| &c.email),
    ("test_password", |c| &c.password),
    ("service_id", |c| &c.service_id),
    ("service_secret", |c| &c.service_secret),
];

impl Embedded {
    /// Starts it and writes its files.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn start(profile: Profile, speed: f64) -> Result<Embedded, String> {
        let options = Options { profile, speed, seed: 1, ports: Ports::Ephemeral };
        let staging = Staging::start(options)
            .map_err(|error| format!("the simulated staging can't be started: {error}"))?;
        let files = Files::write(&staging)
            .map_err(|error| format!("the files of the simulated staging can't be written: {error}"))?;
        Ok(Embedded { staging, files })
    }

    /// Starts the one of a profile's name.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn named(Simulated { profile, speed }: &Simulated) -> Result<Embedded, String> {
        let profile = Profile::named(profile).ok_or_else(|| format!("there is no profile `{profile}`"))?;
        Embedded::start(*profile, *speed)
    }

    /// The staging itself.
    pub(crate) fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Addresses and secrets, as a target file would give them.
    pub(crate) fn overlay(&self) -> Overlay {
        let (addresses, credentials) = (self.staging.addresses(), self.staging.credentials());
        let files = &self.files;
        let [authority, database_authority, gcloud] =
            [&files.authority, &files.database_authority, &files.gcloud]
                .map(|path| path.display().to_string());
        let parts = Parts {
            addresses: &addresses,
            authority: &authority,
            database_authority: &database_authority,
            gcloud: &gcloud,
        };
        filled(&parts, |secret| Secret::new(secret(&credentials).to_owned()))
    }
}

impl SimulatedTarget for Embedded {
    fn overlay(&self) -> Overlay {
        Embedded::overlay(self)
    }
}

/// The simulated staging, as [`fixproof::Harness`] starts it.
pub(crate) struct StagingSimulator;

/// The one there is.
pub(crate) static SIMULATOR: StagingSimulator = StagingSimulator;

impl Simulator for StagingSimulator {
    fn profiles(&self) -> Vec<&'static str> {
        Profile::all().iter().map(|profile| profile.name).collect()
    }

    fn placeholders(&self) -> Overlay {
        let parts = Parts {
            addresses: &nowhere(),
            authority: "system",
            database_authority: "system",
            gcloud: "gcloud",
        };
        filled(&parts, |_| Secret::new("stand-in".to_owned()))
    }

    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedTarget>, String> {
        Ok(Box::new(Embedded::named(simulated)?))
    }
}

/// Addresses where nothing listens, all different: validation must not take two services for one.
fn nowhere() -> Addresses {
    let at = |port: u16| format!("127.0.0.1:{port}");
    Addresses {
        frontend: format!("http://{}", at(1)),
        backend: format!("http://{}", at(2)),
        auth: format!("http://{}", at(3)),
        database: DatabaseAddress {
            host: "127.0.0.1".to_owned(),
            port: 4,
            user: "stand-in".to_owned(),
            password: "stand-in".to_owned(),
            name: "stand-in".to_owned(),
        },
        websocket: format!("ws://{}/ws", at(2)),
        dns: at(5),
        edge: at(6),
        frontend_host: "app.stand-in".to_owned(),
        backend_host: "api.stand-in".to_owned(),
        auth_host: "auth.stand-in".to_owned(),
        platform: format!("http://{}", at(7)),
    }
}

fn filled(parts: &Parts<'_>, secret: impl Fn(&fn(&Credentials) -> &str) -> Secret) -> Overlay {
    let value = |(component, key, of): &Row| ((*component).to_owned(), (*key).to_owned(), of(parts));
    Overlay {
        values: VALUES.iter().map(value).collect(),
        secrets: SECRETS.iter().map(|(name, of)| ((*name).to_owned(), secret(of))).collect(),
    }
}

impl Files {
    fn write(staging: &Staging) -> io::Result<Files> {
        let folder = tempfile::Builder::new().prefix("fixproof-").tempdir()?;
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, staging.credentials().edge_ca_pem)?;
        let database_authority = folder.path().join("database-authority.pem");
        std::fs::write(&database_authority, staging.credentials().database_ca_pem)?;
        let gcloud = folder.path().join("gcloud");
        write_program(&gcloud, &look_alike(&program()?, &staging.addresses().platform))?;
        Ok(Files { _folder: folder, authority, database_authority, gcloud })
    }
}

/// A script that stands for `gcloud`: it asks the simulated platform through a hidden command of this program.
fn look_alike(program: &Path, platform: &str) -> String {
    let quoted = program.display().to_string().replace('\'', "'\\''");
    format!("#!/bin/sh\nexec '{quoted}' simulate gcloud --at '{platform}' -- \"$@\"\n")
}

/// The program `fixproof`: this one, or, where this is a test of the suite, the one that was built beside it.
fn program() -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let beside = this.parent().and_then(Path::parent).map(|folder| folder.join("fixproof"));
    Ok(beside.filter(|path| this.file_stem() != Some("fixproof".as_ref()) && path.is_file()).unwrap_or(this))
}

fn write_program(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
