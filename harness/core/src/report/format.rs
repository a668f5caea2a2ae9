//! What a report format is: the trait, what a user may choose, what it makes, and why it could not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::{Owner, Report};

/// Which readers a JUnit report is for: no single file satisfies all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JunitProfile {
    /// Valid under `jenkins-junit-10.xsd` and `windyroad.xsd`: Jenkins xunit, Azure DevOps.
    Strict,
    /// Valid under `jenkins-junit-10.xsd` and `surefire-3.0.xsd`; one file a suite.
    Surefire,
    #[default]
    /// With file, line and properties, for readers that ignore unknown elements: GitLab, GitHub, CircleCI.
    Rich,
}

impl JunitProfile {
    /// The profile of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<JunitProfile> {
        match name {
            "strict" => Some(JunitProfile::Strict),
            "surefire" => Some(JunitProfile::Surefire),
            "rich" => Some(JunitProfile::Rich),
            _ => None,
        }
    }
}

/// How JUnit reports a red scenario that is not critical: some CI systems end a pipeline at the first failure,
/// even if the gate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Noncritical {
    /// As a failure, like every other.
    #[default]
    Failure,
    /// As skipped, with the reason; the case `gate` decides.
    Skipped,
    /// As passed, with a property that has the verdict; the case `gate` decides.
    Property,
}

impl Noncritical {
    /// The way of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Noncritical> {
        match name {
            "failure" => Some(Noncritical::Failure),
            "skipped" => Some(Noncritical::Skipped),
            "property" => Some(Noncritical::Property),
            _ => None,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Noncritical::Failure => "failure",
            Noncritical::Skipped => "skipped",
            Noncritical::Property => "property",
        }
    }
}

/// What a user may choose about formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FormatOptions {
    /// For `junit` only.
    pub junit_profile: JunitProfile,
    /// For `junit` only.
    pub junit_noncritical: Noncritical,
    /// For `markdown` only: a document for this team, of nothing but what it has to do.
    pub handoff: Option<Owner>,
}

/// One file's worth of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Which part it is, where a format takes several files: the suite's name.
    pub part: Option<String>,
    /// The file's content.
    pub bytes: Vec<u8>,
}

impl Rendered {
    /// The path of this file for a report requested at `wanted`: a part's name goes into the file name.
    #[must_use]
    pub fn place(&self, wanted: &Path) -> PathBuf {
        let Some(part) = &self.part else { return wanted.to_owned() };
        let clean = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let mut name = OsString::from(wanted.file_stem().unwrap_or_default());
        name.push("-");
        name.push(part.chars().take(80).map(clean).collect::<String>());
        if let Some(extension) = wanted.extension() {
            name.push(".");
            name.push(extension);
        }
        wanted.with_file_name(name)
    }
}

/// Why a report could not be made, or what was made can't be read back.
#[derive(Debug)]
pub enum FormatError {
    /// JSON could not be written or read.
    Json(serde_json::Error),
    /// XML could not be written, or is not well-formed.
    Xml(String),
    /// A text is cut off, or no text at all.
    Text(String),
    /// The file would be larger than its readers take.
    TooLarge {
        /// How large it is, in bytes.
        bytes: usize,
        /// How large it may be.
        limit: usize,
    },
}

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FormatError::Json(error) => write!(f, "the JSON is broken: {error}"),
            FormatError::Xml(error) => write!(f, "the XML is broken: {error}"),
            FormatError::Text(error) => write!(f, "the text is broken: {error}"),
            FormatError::TooLarge { bytes, limit } => {
                write!(f, "the report has {bytes} bytes; its readers take at most {limit}")
            }
        }
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FormatError::Json(error) => Some(error),
            FormatError::Xml(_) | FormatError::Text(_) | FormatError::TooLarge { .. } => None,
        }
    }
}

impl From<serde_json::Error> for FormatError {
    fn from(error: serde_json::Error) -> FormatError {
        FormatError::Json(error)
    }
}

/// One format for machines.
pub trait Format: Sync {
    /// The word before the `=` of `--report`.
    fn name(&self) -> &'static str;
    /// One line: what it is and who reads it.
    fn summary(&self) -> &'static str;
    /// The file's name in the folder of reports.
    fn file_name(&self) -> &'static str;
    /// Can it be sent as a message (`--notify`)? All other formats are for files.
    fn is_message(&self) -> bool {
        false
    }
    /// Makes the files.
    ///
    /// # Errors
    /// When the report can't be written in this format.
    fn render(&self, report: &Report, options: &FormatOptions) -> Result<Vec<Rendered>, FormatError>;
}
