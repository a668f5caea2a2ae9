//! Expectation × observation → finding → verdict → decision. Pure.
//!
//! No socket, file, clock or task: a judgement depends on its arguments alone. It fails closed: a missing value is not
//! zero, an incomparable kind is not a pass, an empty selection satisfies nothing, and a run in which nothing was judged
//! is never approved.

mod aggregates;
mod expectation;
mod gate;
mod host;
mod root_cause;
mod samples;
mod select;
mod series;
mod statistics;
mod timing_uncertainty;
mod truncated;
mod vacuous;
mod verdict_reason;
mod weak_match;

pub use aggregates::overall_findings;
pub use expectation::judge_attempt;
pub use gate::{decide, tally, tally_by_component};
pub use host::{HostLimits, assess, step_doubt};
pub use root_cause::root_causes;
pub use samples::{Outlook, Overall, Settled, outlook, sample_is_met, settled};
pub use select::{Absent, Node, nodes_at};
pub use series::aggregate;
pub use statistics::samples_needed;
pub use vacuous::{beyond_reach, vacuous};
pub use verdict_reason::{VerdictReason, cut_short, verdict_reason};
pub use weak_match::{WeakMatch, weak_match};
