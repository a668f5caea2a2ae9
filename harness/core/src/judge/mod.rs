//! Floor 1: expectation × observation → finding → verdict → decision. Pure.
//!
//! No socket, file, clock or task: a judgement depends on its arguments alone and can't fail for another
//! reason. It fails closed: what is missing is not zero, an incomparable kind is not a pass, an empty
//! selection holds for nothing, and nothing judged is never approved.

mod aggregates;
mod cut;
mod doubt;
mod expectation;
mod fold;
mod gate;
mod host;
mod lax;
mod samples;
mod series;
mod statistics;
mod vacuous;
mod verdict_reason;

pub use aggregates::overall_findings;
pub use expectation::{Absent, Node, judge_attempt, nodes_at};
pub use fold::fold;
pub use gate::{decide, tally, tally_by_component};
pub use host::{HostLimits, assess, step_doubt};
pub use lax::{Lax, lax};
pub use samples::{Outlook, Overall, Settled, outlook, sample_is_met, settled};
pub use series::aggregate;
pub use statistics::samples_needed;
pub use vacuous::{beyond_reach, vacuous};
pub use verdict_reason::{VerdictReason, cut_short, verdict_reason};
