//! What may be said about the formats of reports, wherever a command writes one.

use clap::Args;

use fixproof::report::{FormatOptions, JunitProfile, Noncritical};

/// How reports are written.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct FormatArguments {
    /// Flavour of the JUnit XML
    #[arg(long, value_name = "PROFILE", default_value = "rich", value_parser = ["strict", "surefire", "rich"])]
    pub junit_profile: String,
    /// How the JUnit XML tells of a scenario that is red and not critical; the gate's own case decides
    #[arg(long, value_name = "WAY", default_value = "failure", value_parser = ["failure", "skipped", "property"])]
    pub junit_noncritical: String,
}

impl FormatArguments {
    /// The same for the formats themselves.
    pub(crate) fn options(&self) -> FormatOptions {
        FormatOptions {
            junit_profile: JunitProfile::named(&self.junit_profile).unwrap_or_default(),
            junit_noncritical: Noncritical::named(&self.junit_noncritical).unwrap_or_default(),
            ..FormatOptions::default()
        }
    }
}
