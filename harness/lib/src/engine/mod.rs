//! Floor 2: plan, schedule, sample, settle, tell. Knows all of floor 1 but `report`.
//!
//! [`plan`](plan::plan) checks everything before the first packet and yields a [`Plan`] with nothing left to look
//! up; [`run`] asks, emits [`Event`]s on the way, and yields one [`Report`](crate::model::Report). Whatever
//! happens to a scenario's task, the scenario has exactly one verdict.

mod capture;
mod caught;
mod event;
mod health;
mod job;
mod lag;
mod plan;
mod planner;
mod prove_recorded;
mod question;
mod recall;
mod replay;
mod reproduce;
mod resolve;
mod round;
mod run;
mod run_variables;
mod schedule;
mod select;
mod take;
mod typing;
mod unread;

pub use event::{Event, Listener};
pub use plan::{Identity, Overlay, Plan, plan};
pub use prove_recorded::{Proved, ProvedExpectation, RecordedProof, Standing, prove_recorded};
pub use recall::Recall;
pub use replay::replay;
pub use reproduce::reproduce;
pub use run::{Stop, Stopper, run, stopper};
pub use select::{Selection, Shard};
