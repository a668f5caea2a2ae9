//! `fixproof simulate`: the simulated staging on fixed ports, for curl, psql and other tools.

use fixproof_sim::{CommandOutput, FixedPorts, Options, Ports, Profile, Staging};

use crate::output::signals::interrupted;
use crate::output::{Exit, terminal};
use crate::runtime::block_on;

/// What to simulate.
pub(crate) enum SimulateRequest {
    /// The staging, until it is interrupted.
    Serve { profile: String, speed: f64 },
    /// A list of the profiles.
    Profiles,
    /// The answer of `gcloud` to some arguments, from the simulated platform at an address.
    Gcloud { at: String, arguments: Vec<String> },
}

/// Simulates, or lists what can be simulated.
pub(crate) fn simulate(request: &SimulateRequest) -> Exit {
    match request {
        SimulateRequest::Serve { profile, speed } => serve(profile, *speed),
        SimulateRequest::Profiles => profiles(),
        SimulateRequest::Gcloud { at, arguments } => gcloud(arguments, at),
    }
}

fn profiles() -> Exit {
    let width = Profile::all().iter().map(|p| p.name.len()).max().unwrap_or(0);
    let rows: Vec<String> =
        Profile::all().iter().map(|p| format!("{:width$}  {}", p.name, p.summary)).collect();
    terminal::data(&rows.join("\n"));
    Exit::Done
}

fn serve(name: &str, speed: f64) -> Exit {
    let Some(profile) = Profile::named(name) else {
        let names: Vec<&str> = Profile::all().iter().map(|profile| profile.name).collect();
        terminal::complain(&format!(
            "error[bad-argument]: unknown profile `{name}`\nhelp: the profiles are: {}",
            names.join(", ")
        ));
        return Exit::BadInput;
    };
    let options = Options { profile: *profile, speed, seed: 1, ports: Ports::Fixed(FixedPorts::default()) };
    let staging = match Staging::start(options) {
        Ok(staging) => staging,
        Err(error) => {
            terminal::complain(&format!("error: cannot start the simulated staging: {error}"));
            return Exit::Unfinished;
        }
    };
    terminal::data(&described(&staging, profile));
    block_on(interrupted()).map_or(Exit::Unfinished, |()| Exit::Interrupted)
}

/// Prints what the tool would print, and ends with its exit code.
fn gcloud(arguments: &[String], at: &str) -> Exit {
    let CommandOutput { stdout, stderr, code } = fixproof_sim::gcloud(arguments, at);
    terminal::complain(stderr.trim_end());
    terminal::data(stdout.trim_end());
    Exit::Tool(u8::try_from(code).unwrap_or(1))
}

fn described(staging: &Staging, profile: &Profile) -> String {
    let addresses = staging.addresses();
    let credentials = staging.credentials();
    format!(
        "simulated staging, profile {}: {}\n\n\
         frontend  {}\n\
         backend   {}\n\
         auth      {}\n\
         database  {}\n\
         chat      {}\n\
         names     {} (knows {}, {}, {})\n\
         edge      https://{} (by server name)\n\
         platform  {}\n\n\
         log in    curl -s -X POST {}/auth/login -H 'content-type: application/json' -d '{{\"email\":\"{}\",\"password\":\"{}\"}}'\n\
         look      curl -s {}/health\n\
         query     psql '{}' -c 'SELECT 1'\n\
         platform  fixproof simulate gcloud --at {} -- run services list --format json\n\n\
         All data is made up; it listens on loopback only. Ctrl-C ends it.",
        profile.name,
        profile.summary,
        addresses.frontend,
        addresses.backend,
        addresses.auth,
        addresses.database.url(),
        addresses.websocket,
        addresses.dns,
        addresses.frontend_host,
        addresses.backend_host,
        addresses.auth_host,
        addresses.edge,
        addresses.platform,
        addresses.auth,
        credentials.email,
        credentials.password,
        addresses.backend,
        addresses.database.url(),
        addresses.platform,
    )
}
