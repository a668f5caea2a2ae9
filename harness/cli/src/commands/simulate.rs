//! `fixproof simulate`: the simulated staging on fixed ports, for anybody's tools.

use fixproof_sim::{CommandOutput, FixedPorts, Options, Ports, Profile, Staging};

use crate::arguments::{GcloudArguments, SimulateArguments, SimulatedTool};
use crate::exit::Exit;
use crate::terminal;

/// Serves until it is interrupted.
pub(crate) fn simulate(arguments: &SimulateArguments) -> Exit {
    if let Some(SimulatedTool::Gcloud(asked)) = &arguments.tool {
        return gcloud(asked);
    }
    if arguments.profiles {
        let width = Profile::all().iter().map(|p| p.name.len()).max().unwrap_or(0);
        let rows: Vec<String> =
            Profile::all().iter().map(|p| format!("{:width$}  {}", p.name, p.summary)).collect();
        terminal::data(&rows.join("\n"));
        return Exit::Done;
    }
    let Some(profile) = Profile::named(&arguments.profile) else {
        let names: Vec<&str> = Profile::all().iter().map(|profile| profile.name).collect();
        terminal::complain(&format!(
            "error[bad-argument]: there is no profile `{}`\nhelp: the profiles are: {}",
            arguments.profile,
            names.join(", ")
        ));
        return Exit::BadInput;
    };
    let options = Options {
        profile: *profile,
        speed: arguments.speed,
        seed: 1,
        ports: Ports::Fixed(FixedPorts::default()),
    };
    let staging = match Staging::start(options) {
        Ok(staging) => staging,
        Err(error) => {
            terminal::complain(&format!("error: the simulated staging can't be started: {error}"));
            return Exit::Unfinished;
        }
    };
    terminal::data(&described(&staging, profile));
    match wait() {
        Ok(()) => Exit::Interrupted,
        Err(error) => {
            terminal::complain(&format!("error: the runtime can't be started: {error}"));
            Exit::Unfinished
        }
    }
}

/// Says what the tool would say, with its exit code where this program has one that means the same.
fn gcloud(arguments: &GcloudArguments) -> Exit {
    let CommandOutput { stdout, stderr, code } = fixproof_sim::gcloud(&arguments.asked, &arguments.at);
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
         All of it is made up, and listens on loopback only. Ctrl-C ends it.",
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

fn wait() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())
}
