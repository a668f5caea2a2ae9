//! Negative controls: the suite beside each fault of the simulated staging. Each scenario must be seen red for its reason,
//! and its neighbours green.

mod depth;
mod judge;
mod model;
mod run;
mod select;

pub use judge::{Depth, prove};
pub use model::{
    Blind, Cell, ControlOutcome, ControlProof, ControlResult, Expected, GateCell, Row, Tried, Unbroken,
};
pub use run::{ControlPlan, ControlRuns, run_controls};
pub use select::{asked_by, chosen, healthy_selection};
