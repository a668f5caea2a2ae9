//! Where a log is read from.

mod file;
mod program;
mod query;

use std::time::Duration;

use time::OffsetDateTime;

use fixproof_core::model::{Cause, ProbeError, Secret, Transcript};

use super::super::ObserveContext;
use super::digest::{Digest, Material, digest};
use super::question::Question;

pub(super) use program::Program;
pub(super) use query::Query;

/// Where a log is read from.
pub(super) enum Source {
    /// Files.
    Files {
        /// Each, and what a reader calls it.
        files: Vec<(std::path::PathBuf, String)>,
        /// Most bytes of each.
        read_limit: u64,
    },
    /// A program's output.
    Program(Program),
    /// A query over HTTP.
    Query(Box<Query>),
}

/// What was learned on the way, also where it came to nothing.
#[derive(Default)]
pub(super) struct Told {
    pub(super) secrets: Vec<Secret>,
    /// How long it took to obtain an access token, where one was.
    pub(super) auth: Option<Duration>,
}

/// Reads a log and looks through it. What can't be cancelled (a file on a disk that hangs, a large document) is done in
/// a thread of its own, of which nobody waits for the end.
pub(super) async fn look(
    question: &Question,
    ask: ObserveContext<'_>,
    window: Option<OffsetDateTime>,
    transcript: &mut Transcript,
    told: &mut Told,
) -> Result<Digest, ProbeError> {
    match &question.source {
        Source::Files { files, read_limit } => {
            transcript.sent.extend(files.iter().map(|(_, shown)| format!("read {shown}")));
            let (files, read_limit) = (files.clone(), *read_limit);
            aside(question, window, move || file::read(&files, read_limit)).await
        }
        Source::Program(program) => {
            let material = program.read(ask, transcript).await?;
            aside(question, window, move || Ok(material)).await
        }
        Source::Query(query) => {
            let limit = question.looking.limit;
            let material = query.read(limit, window, ask, transcript, told).await?;
            aside(question, window, move || Ok(material)).await
        }
    }
}

async fn aside(
    question: &Question,
    window: Option<OffsetDateTime>,
    read: impl FnOnce() -> Result<Material, ProbeError> + Send + 'static,
) -> Result<Digest, ProbeError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let looking = question.looking.clone();
    let spawned = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
        // Whoever asked may be gone; then nobody wants the answer.
        let _ = answer.send(read().and_then(|material| digest(material, &looking, window)));
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
