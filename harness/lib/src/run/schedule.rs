//! Decides which scenario may start: needs first, `alone` scenarios by themselves, never more than the maximum at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::model::{Reason, ScenarioCard, Verdict};

/// The order of a run: a state machine without clock and tasks.
pub(crate) struct Schedule {
    ids: Vec<Arc<str>>,
    alone: Vec<bool>,
    waiting_for: Vec<usize>,
    wanted_by: Vec<Vec<usize>>,
    red_needs: Vec<Vec<Arc<str>>>,
    blocked: VecDeque<usize>,
    ready: VecDeque<usize>,
    ready_alone: VecDeque<usize>,
    in_flight: usize,
    parallel: usize,
}

/// What to do next.
pub(crate) enum Next {
    /// Start this one.
    Start(usize),
    /// This one is blocked.
    Block(usize, Reason),
    /// Wait for one in flight.
    Wait,
    /// Nothing is left.
    Done,
}

impl Schedule {
    /// The order of these scenarios, each with whether it runs alone. A need that is not among them was left out, and
    /// blocks what needs it.
    pub(crate) fn new<'a>(
        scenarios: impl IntoIterator<Item = (&'a ScenarioCard, bool)>,
        parallel: usize,
    ) -> Schedule {
        let (cards, alone): (Vec<&ScenarioCard>, Vec<bool>) = scenarios.into_iter().unzip();
        let index: BTreeMap<&Arc<str>, usize> =
            cards.iter().enumerate().map(|(i, card)| (&card.id, i)).collect();
        let mut wanted_by = vec![Vec::new(); cards.len()];
        let mut waiting_for = vec![0; cards.len()];
        let mut red_needs = vec![Vec::new(); cards.len()];
        for (i, card) in cards.iter().enumerate() {
            for need in BTreeSet::from_iter(&card.needs) {
                match index.get(need) {
                    Some(needed) => {
                        wanted_by[*needed].push(i);
                        waiting_for[i] += 1;
                    }
                    // Its verdict is not known.
                    None => red_needs[i].push(need.clone()),
                }
            }
        }
        let mut schedule = Schedule {
            waiting_for,
            wanted_by,
            red_needs,
            blocked: VecDeque::new(),
            ready: VecDeque::new(),
            ready_alone: VecDeque::new(),
            in_flight: 0,
            parallel: parallel.max(1),
            ids: cards.iter().map(|card| card.id.clone()).collect(),
            alone,
        };
        for i in 0..schedule.ids.len() {
            if schedule.waiting_for[i] == 0 {
                schedule.enqueue(i);
            }
        }
        schedule
    }

    fn enqueue(&mut self, index: usize) {
        if !self.red_needs[index].is_empty() {
            self.blocked.push_back(index);
        } else if self.alone[index] {
            self.ready_alone.push_back(index);
        } else {
            self.ready.push_back(index);
        }
    }

    pub(crate) fn next(&mut self) -> Next {
        if let Some(index) = self.blocked.pop_front() {
            let by = std::mem::take(&mut self.red_needs[index]);
            return Next::Block(index, Reason::Blocked { by });
        }
        if self.in_flight >= self.parallel {
            return Next::Wait;
        }
        if let Some(index) = self.ready.pop_front() {
            self.in_flight += 1;
            return Next::Start(index);
        }
        if self.in_flight > 0 {
            return Next::Wait;
        }
        // One that runs alone begins when nothing else can: until it is finished nothing becomes ready beside it.
        match self.ready_alone.pop_front() {
            Some(index) => {
                self.in_flight += 1;
                Next::Start(index)
            }
            None => Next::Done,
        }
    }

    /// One has its verdict; `started` says whether it was in flight.
    pub(crate) fn finished(&mut self, index: usize, verdict: Verdict, started: bool) {
        if started {
            self.in_flight -= 1;
        }
        let id = self.ids[index].clone();
        for dependent in std::mem::take(&mut self.wanted_by[index]) {
            if verdict != Verdict::Passed {
                self.red_needs[dependent].push(id.clone());
            }
            self.waiting_for[dependent] -= 1;
            if self.waiting_for[dependent] == 0 {
                self.enqueue(dependent);
            }
        }
    }
}
