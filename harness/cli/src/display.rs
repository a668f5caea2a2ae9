//! What a run shows while it goes on: a live line on a terminal, plain lines without one. Always on stderr.

use fixproof::engine::Event;
use fixproof::model::{Outcome, Verdict};
use fixproof::report::text;

use crate::live::Live;
use crate::terminal::{self, Style};

/// Listens to a run.
pub(crate) struct Display {
    quiet: bool,
    style: Style,
    live: Option<Live>,
}

impl Display {
    /// A display that says nothing when `quiet`, draws on a terminal, and prints lines elsewhere.
    pub(crate) fn new(quiet: bool, style: Style) -> Display {
        let live = (!quiet && terminal::is_watched()).then(Live::new);
        Display { quiet, style, live }
    }

    /// Takes one event.
    pub(crate) fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { planned, skipped: _ } => {
                if let Some(live) = &self.live {
                    live.expects(*planned);
                }
            }
            Event::ScenarioStarted { scenario } => {
                if let Some(live) = &self.live {
                    live.began(&scenario.id);
                }
            }
            Event::SampleTaken { scenario, taken, planned, met } => {
                if let Some(live) = &self.live {
                    let of = planned.map(|n| format!("/{n}")).unwrap_or_default();
                    live.progressed(&scenario.id, format!(" {met} met of {taken}{of}"));
                }
            }
            Event::ScenarioFinished { outcome } => self.finished(outcome),
            Event::RunFinished { report: _ } => {
                if let Some(live) = &self.live {
                    live.over();
                }
            }
        }
    }

    fn finished(&self, outcome: &Outcome) {
        if let Some(live) = &self.live {
            live.ended(&outcome.scenario.id, outcome.verdict != Verdict::Skipped);
            // Green needs no line of its own while the run goes on; the summary lists it.
            if !matches!(outcome.verdict, Verdict::Passed | Verdict::Skipped) {
                live.aside(&text::scenario_line(outcome, self.style));
            }
        } else if !self.quiet && outcome.verdict != Verdict::Skipped {
            terminal::complain(&text::scenario_line(outcome, self.style));
        }
    }
}
