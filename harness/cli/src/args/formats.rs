//! Options of report formats, for every command that writes reports.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use fixproof::model::Owner;
use fixproof::report::{FormatOptions, JunitProfile, Noncritical};

/// How reports are written.
#[derive(Debug, Args)]
pub(super) struct FormatArguments {
    /// Dialect of the JUnit XML
    #[arg(long, value_name = "PROFILE", default_value = "rich", value_parser = words(["strict", "surefire", "rich"], JunitProfile::named))]
    pub junit_profile: JunitProfile,
    /// How the JUnit XML reports a failed scenario that is not critical; the test case of the gate decides
    #[arg(long, value_name = "WAY", default_value = "failure", value_parser = words(["failure", "skipped", "property"], Noncritical::named))]
    pub junit_noncritical: Noncritical,
    /// Write `markdown` as the hand-off document for this team, with only its own actions
    #[arg(long, value_name = "TEAM", value_parser = words(["application", "infrastructure"], team))]
    pub handoff: Option<Owner>,
}

impl FormatArguments {
    /// The options for the formats.
    pub(super) fn options(&self) -> FormatOptions {
        FormatOptions {
            junit_profile: self.junit_profile,
            junit_noncritical: self.junit_noncritical,
            handoff: self.handoff,
        }
    }
}

fn team(name: &str) -> Option<Owner> {
    [Owner::Application, Owner::Infrastructure].into_iter().find(|owner| owner.name() == name)
}

/// Parses one of the words into its value.
fn words<T: Clone + Send + Sync + 'static, const N: usize>(
    words: [&'static str; N],
    value: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words)
        .try_map(move |word| value(&word).ok_or("is not one of the possible values"))
}
