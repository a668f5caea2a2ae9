//! One observation of a log.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use fixproof_core::model::{
    Cause, Collected, Facts, Observation, Phase, ProbeError, Rest, Transcript, Value,
};

use super::analyze::{Analysis, analyze};
use super::config::Config;
use super::material::Material;
use super::source::{Login, Source, read_files};
use crate::probe::{ObserveContext, Observing, Probe};

/// A log probe with its source and its configuration.
pub(super) struct PreparedLog {
    pub(super) source: Source,
    pub(super) config: Arc<Config>,
}

impl Probe for PreparedLog {
    fn observe<'a>(&'a self, context: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe(self, context))
    }
}

/// Makes one observation.
async fn observe(log: &PreparedLog, ask: ObserveContext<'_>) -> Observation {
    let clock = ask.clock;
    let began = clock.now();
    let now = clock.timestamp().0;
    // `since` is in target time, timestamps in a log are in wall time.
    let from = log.config.since.and_then(|since| now.checked_sub(clock.to_wall(since).try_into().ok()?));
    let mut transcript = Transcript::default();
    let mut login = Login::default();
    let analysis = look(log, ask, from, &mut transcript, &mut login);
    let looked = clock.until(ask.deadline, analysis).await;
    let auth = login.auth.unwrap_or_default();
    let took = clock.since(began).saturating_sub(auth);
    let read = Phase { name: "read".into(), after: auth, took, complete: looked.is_ok() };
    let obtained =
        login.auth.map(|took| Phase { name: "auth".into(), after: Duration::ZERO, took, complete: true });
    let phases = obtained.into_iter().chain([read]).collect();
    let (mut facts, collected, obstacle) = match looked {
        Err(_) => (Facts::default(), Collected::default(), Some(late(log, Value::Duration(took)))),
        Ok(Err(obstacle)) => (Facts::default(), Collected::default(), Some(obstacle)),
        Ok(Ok(Analysis { mut facts, collected, lines, last })) => {
            transcript.received.extend(lines);
            // A timestamp in the future is no negative age.
            let age = last.map(|last| (now - last).try_into().unwrap_or_default());
            let age = age.map(|wall| Value::Duration(clock.from_wall(wall)));
            match (collected.partial, age) {
                (Some(partial), Some(age)) if partial.newest => facts.insert("age", age),
                // An entry that was not read may be newer.
                (partial, age) => facts.insert_of(partial, "age", age, Rest::Lowers),
            }
            if let Some(auth) = login.auth {
                facts.insert("time.auth", Value::Duration(auth));
            }
            facts.insert("time.read", Value::Duration(took));
            (facts, collected, None)
        }
    };
    facts.insert("time.total", Value::Duration(took));
    let secrets = login.secrets;
    Observation { facts, phases, obstacle, transcript, secrets, collected, ..Observation::default() }
}

fn late(log: &PreparedLog, took: Value) -> ProbeError {
    let cause = match log.source {
        // A disk that does not answer.
        Source::Files { .. } => Cause::Unreachable,
        Source::Program(_) => Cause::ProcessTimeout,
        Source::Query(_) => Cause::HttpTimeout,
    };
    ProbeError { cause, detail: format!("the log was not read within {took}") }
}

/// Reads and analyzes a log. Work that can't be cancelled (a file on a disk that hangs, a large document) runs in a thread
/// that is abandoned at the deadline.
async fn look(
    log: &PreparedLog,
    ask: ObserveContext<'_>,
    window: Option<OffsetDateTime>,
    transcript: &mut Transcript,
    login: &mut Login,
) -> Result<Analysis, ProbeError> {
    match &log.source {
        Source::Files { files, read_limit } => {
            transcript.sent.extend(files.iter().map(|(_, shown)| format!("read {shown}")));
            let (files, read_limit) = (files.clone(), *read_limit);
            aside(log, window, move || read_files(&files, read_limit)).await
        }
        Source::Program(program) => {
            let material = program.read(ask, transcript).await?;
            aside(log, window, move || Ok(material)).await
        }
        Source::Query(query) => {
            let limit = log.config.limit;
            let material = query.read(limit, window, ask, transcript, login).await?;
            aside(log, window, move || Ok(material)).await
        }
    }
}

async fn aside(
    log: &PreparedLog,
    window: Option<OffsetDateTime>,
    read: impl FnOnce() -> Result<Material, ProbeError> + Send + 'static,
) -> Result<Analysis, ProbeError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let config = log.config.clone();
    let spawned = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
        // The receiver is gone after the deadline.
        let _ = answer.send(read().and_then(|material| analyze(material, &config, window)));
    });
    if let Err(error) = spawned {
        let detail = format!("no thread to read the log in: {error}");
        return Err(ProbeError { cause: Cause::OwnLimit, detail });
    }
    answered.await.unwrap_or_else(|_| {
        Err(ProbeError {
            cause: Cause::Internal,
            detail: "the log's reader ended without an answer".to_owned(),
        })
    })
}
