//! Options of report formats, for every command that writes reports.

use clap::Args;

use fixproof::model::Owner;
use fixproof::report::{FormatOptions, JunitProfile, Noncritical};

/// How reports are written.
#[derive(Debug, Args)]
pub(super) struct FormatArguments {
    /// Dialect of the JUnit XML
    #[arg(long, value_name = "PROFILE", default_value = "rich", value_parser = ["strict", "surefire", "rich"])]
    pub junit_profile: String,
    /// How the JUnit XML reports a failed scenario that is not critical; the test case of the gate decides
    #[arg(long, value_name = "WAY", default_value = "failure", value_parser = ["failure", "skipped", "property"])]
    pub junit_noncritical: String,
    /// Write `markdown` as the hand-off document for this team, with only its own actions
    #[arg(long, value_name = "TEAM", value_parser = ["application", "infrastructure"])]
    pub handoff: Option<String>,
}

impl FormatArguments {
    /// The options for the formats.
    pub(super) fn options(&self) -> FormatOptions {
        FormatOptions {
            junit_profile: JunitProfile::named(&self.junit_profile).unwrap_or_default(),
            junit_noncritical: Noncritical::named(&self.junit_noncritical).unwrap_or_default(),
            handoff: [Owner::Application, Owner::Infrastructure]
                .into_iter()
                .find(|owner| self.handoff.as_deref() == Some(owner.name())),
        }
    }
}
