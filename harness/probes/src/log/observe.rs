//! One look at a log.

use std::time::Duration;

use fixproof_core::model::{Cause, Facts, Observation, Phase, ProbeError, Rest, Transcript, Value};

use super::super::ObserveContext;
use super::digest::Digest;
use super::question::Question;
use super::source::{Source, Told, look};

/// Makes one observation.
pub(super) async fn observe(question: &Question, ask: ObserveContext<'_>) -> Observation {
    let clock = ask.clock;
    let began = clock.now();
    let now = clock.timestamp().0;
    // The window is of the target's clock, and what is written in a log of the wall's.
    let from =
        question.looking.since.and_then(|since| now.checked_sub(clock.to_wall(since).try_into().ok()?));
    let mut transcript = Transcript::default();
    let mut told = Told::default();
    let looking = look(question, ask, from, &mut transcript, &mut told);
    let looked = clock.until(ask.deadline, looking).await;
    let auth = told.auth.unwrap_or_default();
    let took = clock.since(began).saturating_sub(auth);
    let read = Phase { name: "read".into(), after: auth, took, complete: looked.is_ok() };
    let obtained =
        told.auth.map(|took| Phase { name: "auth".into(), after: Duration::ZERO, took, complete: true });
    let phases = obtained.into_iter().chain([read]).collect();
    let (mut facts, obstacle) = match looked {
        Err(_) => (Facts::default(), Some(late(question, Value::Duration(took)))),
        Ok(Err(obstacle)) => (Facts::default(), Some(obstacle)),
        Ok(Ok(Digest { mut teller, lines, last })) => {
            transcript.received.extend(lines);
            // A clock that goes before ours makes no negative age.
            let age = last.map(|last| (now - last).try_into().unwrap_or_default());
            let age = age.map(|wall| Value::Duration(clock.from_wall(wall)));
            match (teller.short, age) {
                (Some(short), Some(age)) if short.newest => teller.facts.insert("age", age),
                // What was not looked at may be newer.
                (_, age) => teller.tell("age", age, Rest::Lowers),
            }
            if let Some(auth) = told.auth {
                teller.facts.insert("time.auth", Value::Duration(auth));
            }
            teller.facts.insert("time.read", Value::Duration(took));
            (teller.facts, None)
        }
    };
    facts.insert("time.total", Value::Duration(took));
    Observation { facts, phases, obstacle, transcript, secrets: told.secrets, ..Observation::default() }
}

fn late(question: &Question, took: Value) -> ProbeError {
    let cause = match question.source {
        // A disk that does not answer.
        Source::Files { .. } => Cause::Unreachable,
        Source::Program(_) => Cause::ProcessTimeout,
        Source::Query(_) => Cause::HttpTimeout,
    };
    ProbeError { cause, detail: format!("the log was not read within {took}") }
}
