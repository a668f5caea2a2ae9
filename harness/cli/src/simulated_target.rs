//! The simulated staging as a target: the addresses, secrets and files it fills in.
//!
//! One table of values is filled in twice: with placeholders, for validation without a packet, and with real values once the
//! staging listens. Its files (certificates of two authorities, a script in place of `gcloud`) are in a temporary folder.

use std::io;
use std::path::{Path, PathBuf};

use fixproof::engine::Overlay;
use fixproof::model::{Secret, Simulated, Text};
use fixproof::{Harness, SimulatedTarget, Simulator};
use fixproof_sim::{Addresses, Credentials, FixedPorts, Options, Ports, Profile, Staging};
use tempfile::TempDir;

/// A running simulated staging. Dropping it stops it and removes its files.
pub(crate) struct StagingTarget {
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

/// The sources of values.
struct Parts<'a> {
    addresses: &'a Addresses,
    authority: &'a str,
    database_authority: &'a str,
    gcloud: &'a str,
}

/// A value: its component, its key, and its source.
type Row = (&'static str, &'static str, fn(&Parts<'_>) -> Text);

/// All values.
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

/// A secret: its name, and its made-up value.
type MadeUp = (&'static str, fn(&Credentials) -> &str);

/// All secrets.
const SECRETS: &[MadeUp] = &[
    ("e2e_bypass_key", |c| &c.e2e_bypass_key),
    ("test_email", |c| &c.email),
    ("test_password", |c| &c.password),
    ("service_id", |c| &c.service_id),
    ("service_secret", |c| &c.service_secret),
];

impl StagingTarget {
    /// Starts it and writes its files.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn start(profile: Profile, speed: f64) -> Result<StagingTarget, String> {
        let options = Options { profile, speed, seed: 1, ports: Ports::Ephemeral };
        let staging = Staging::start(options)
            .map_err(|error| format!("cannot start the simulated staging: {error}"))?;
        let files = Files::write(&staging)
            .map_err(|error| format!("cannot write the files of the simulated staging: {error}"))?;
        Ok(StagingTarget { staging, files })
    }

    /// Starts the one of a profile's name.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn named(Simulated { profile, speed }: &Simulated) -> Result<StagingTarget, String> {
        let profile = Profile::named(profile).ok_or_else(|| format!("unknown profile `{profile}`"))?;
        StagingTarget::start(*profile, *speed)
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

impl SimulatedTarget for StagingTarget {
    fn overlay(&self) -> Overlay {
        StagingTarget::overlay(self)
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

    /// The addresses of `fixproof simulate`, so that a reproduction command works beside it.
    fn placeholders(&self) -> Overlay {
        let parts = Parts {
            addresses: &FixedPorts::default().addresses(),
            authority: "system",
            database_authority: "system",
            gcloud: "gcloud",
        };
        filled(&parts, |_| Secret::new("stand-in".to_owned()))
    }

    fn start(&self, simulated: &Simulated) -> Result<Box<dyn SimulatedTarget>, String> {
        Ok(Box::new(StagingTarget::named(simulated)?))
    }
}

/// The harness with the simulated staging, as every command drives it.
pub(crate) fn harness(scenarios: &Path, target: Option<&str>, profile: Option<&str>) -> Harness {
    let harness = Harness::new(scenarios).simulator(&SIMULATOR);
    let harness = target.into_iter().fold(harness, Harness::target);
    profile.into_iter().fold(harness, Harness::profile)
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

/// A script in place of `gcloud`: it queries the simulated platform through a hidden command of this program.
fn look_alike(program: &Path, platform: &str) -> String {
    let quoted = program.display().to_string().replace('\'', "'\\''");
    format!("#!/bin/sh\nexec '{quoted}' simulate gcloud --at '{platform}' -- \"$@\"\n")
}

/// The program `fixproof`: this one, or the one that was built beside a test of the suite.
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
