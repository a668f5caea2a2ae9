//! Plans and runs suites, and judges recorded runs again.
//!
//! [`plan()`] checks everything before the first packet and yields a [`Plan`] with nothing left to look up; [`run()`]
//! executes it, emits [`Event`]s on the way, and yields one [`Report`](crate::model::Report). Whatever happens to a
//! scenario's task, the scenario has exactly one verdict. [`replay()`] judges a recorded run without any network access.

pub use crate::plan::{Identity, Overlay, Plan, Selection, Shard, StepChecks, plan, reproduce};
pub use crate::replay::{Judged, RecordedRun, RecordedScenario, replay};
pub use crate::run::{Event, Listener, Stop, Stopper, run, stopper};
