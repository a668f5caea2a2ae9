//! The model: plain data that every other module uses.
//!
//! Nothing here opens a file or a socket, reads the environment, asks the time or decides a
//! verdict. A type lives here when two rooms that must not know each other both need it.
//!
//! The way of one value: [`Suite`] (as written, with spans) and [`Target`] → jobs whose
//! [`Settings`] and [`Expectation`]s have nothing left to look up → [`Observation`] →
//! [`Finding`]s → [`Outcome`] → [`Tally`] → [`Decision`] → [`Report`].

mod cause;
mod change;
mod compact;
mod compare;
mod control;
mod decision;
mod duration;
mod expectation;
mod finding;
mod nonce;
mod observation;
mod operator;
mod outcome;
mod problem;
mod proof_mention;
mod report;
mod seconds;
mod secret;
mod self_check;
mod series;
mod settings;
mod share;
mod shortened;
mod shown;
mod source;
mod statistics;
mod stored;
mod suite;
mod target;
mod value;
mod vocabulary;

pub use cause::{Cause, Layer};
pub use change::Change;
pub use compare::{compare, equal, equal_json};
pub use control::{AllowedSurvivor, Claim, Control, Controls, ExpectedReason, Green, RequiredDetection};
pub use decision::{ComponentTally, Decision, FoldedCause, Gate, Judgement, Rejection, Tally};
pub use duration::parse_duration;
pub use expectation::{Aggregate, Evaluation, Expectation, FactPath, Severity, Undecided};
pub use finding::{ExpectationCard, Finding, Seen};
pub use nonce::Nonce;
pub use observation::{
    Cut, Fact, Facts, Observation, Phase, ProbeError, Rest, Timestamp, Transcript, Unreadable,
};
pub use operator::{
    KIND_NAMES, Limit, LooksInside, Operands, Operator, OperatorRow, Pattern, Search, Subject, Takes,
    Vacuous, WhenTruncated, plain_words,
};
pub use outcome::{Attempt, Outcome, Reason, Sample, ScenarioCard, Verdict};
pub use problem::{Code, InvalidInput, Level, Problem, Problems};
pub use proof_mention::{Counted, ProofMention};
pub use report::{Host, Narrowing, Provenance, Replay, Report, ReportParts, Simulated};
pub use seconds::seconds;
pub use secret::Secret;
pub use self_check::{CheckItem, Doubt, FileLimit, HostMeasures, SelfCheck};
pub use series::{Collected, Partial, Series, Trials};
pub use settings::{Mistake, Setting, Settings, Text};
pub use share::Share;
pub(crate) use shortened::CUT;
pub use shortened::{excerpt, excerpt_bytes, shortened, shortened_bytes};
pub use shown::Shown;
pub use source::{At, Excerpt, Place, SourceId, Sources, Span};
pub use statistics::{lower_bound, percentile_rank};
pub use stored::ReadError;
pub use stored::parts as stored_parts;
pub use suite::{
    Capture, Defaults, Owner, Part, Repetition, Sampling, Scenario, Settling, Skip, Step, Suite, Template,
    Variable, Written, WrittenExpectation, WrittenGate,
};
pub use target::{Component, SecretSource, Simulation, Target};
pub use value::{Kind, Value};
pub use vocabulary::{FactSpec, ProbeSpec, SettingKind, SettingSpec};
