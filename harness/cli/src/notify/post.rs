//! One notice on its way: a few attempts, all of them before the deadline.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::{Instant, sleep, timeout_at};

use fixproof::report::harmless;

use super::address::Recipient;

/// The first attempt and three more.
const ATTEMPTS: u32 = 4;
/// Before the second attempt; twice as long before each that follows.
const PAUSE: Duration = Duration::from_millis(500);
/// How many bytes of what the receiver says are read, and how many characters of it shown.
const SAID: (usize, usize) = (4096, 200);

/// Why a notice did not arrive.
#[derive(Debug)]
pub(super) struct Undelivered {
    why: String,
    attempts: u32,
}

impl Undelivered {
    /// The notice itself could not be made.
    pub(super) fn unmade() -> Undelivered {
        Undelivered { why: "it could not be made; please report it".to_owned(), attempts: 0 }
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if self.attempts > 1 { write!(f, " (after {} attempts)", self.attempts) } else { Ok(()) }
    }
}

/// What came of one attempt that failed.
struct Setback {
    why: String,
    again: Again,
}

enum Again {
    Never,
    /// Not before so long.
    After(Duration),
}

/// Posts a body until it arrives, can't arrive, or the time is up.
pub(super) async fn deliver(
    client: &Client,
    recipient: &Recipient,
    body: Vec<u8>,
    deadline: Instant,
) -> Result<(), Undelivered> {
    let mut pause = PAUSE;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let undelivered = |why| Err(Undelivered { why, attempts });
        let Ok(outcome) = timeout_at(deadline, attempt(client, recipient, body.clone())).await else {
            let why =
                "no answer by the limit; it may have arrived all the same. --notify-timeout gives it longer";
            return undelivered(why.to_owned());
        };
        let Err(Setback { why, again }) = outcome else { return Ok(()) };
        let Again::After(asked) = again else { return undelivered(why) };
        let wait = pause.max(asked);
        if attempts == ATTEMPTS {
            return undelivered(why);
        }
        // Waiting for a moment that comes too late would only keep the process.
        if deadline.saturating_duration_since(Instant::now()) <= wait {
            let wait = humantime::format_duration(Duration::from_millis(wait.as_millis() as u64));
            return undelivered(format!(
                "{why}; the next attempt, in {wait}, would be after the limit of --notify-timeout"
            ));
        }
        sleep(wait).await;
        pause *= 2;
    }
}

async fn attempt(client: &Client, recipient: &Recipient, body: Vec<u8>) -> Result<(), Setback> {
    let request = client.post(recipient.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    let answer = request.send().await.map_err(|error| unanswered(recipient, error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let again = match status {
        StatusCode::TOO_MANY_REQUESTS => Again::After(asked_to_wait(&answer)),
        status if status.is_server_error() => Again::After(asked_to_wait(&answer)),
        _ => Again::Never,
    };
    let said = said(recipient, answer).await;
    Err(Setback { why: format!("it answered {}{said}{}", status.as_u16(), next(status)), again })
}

/// What to do about an answer that another attempt would not change.
fn next(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 => "; a redirect is not followed: name the place it leads to",
        401 | 403 | 404 | 410 => {
            "; the receiver does not know this URL (any more): make a new one where it came from"
        }
        400..=499 if status != StatusCode::TOO_MANY_REQUESTS => {
            "; the receiver does not take this body: does the FORMAT before the URL suit it?"
        }
        _ => "",
    }
}

/// Nothing came back. Only where nothing was sent either is it tried again: nobody shall be told twice.
fn unanswered(recipient: &Recipient, error: reqwest::Error) -> Setback {
    let connecting = error.is_connect();
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    // The last ones say what happened, those before them which library was told.
    let told = causes.split_off(causes.len().saturating_sub(2)).join(": ");
    let told = shown(recipient, if told.is_empty() { error.to_string() } else { told }.as_str());
    if connecting {
        let why =
            format!("no connection: {told}; can this host reach it, and is a proxy needed (HTTPS_PROXY)?");
        Setback { why, again: Again::After(Duration::ZERO) }
    } else {
        Setback { why: format!("the connection broke before an answer came: {told}"), again: Again::Never }
    }
}

/// `Retry-After`, in seconds or as a date.
fn asked_to_wait(answer: &Response) -> Duration {
    let Some(text) = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()) else {
        return Duration::ZERO;
    };
    match (text.trim().parse(), OffsetDateTime::parse(text.trim(), &Rfc2822)) {
        (Ok(seconds), _) => Duration::from_secs(seconds),
        (_, Ok(moment)) => (moment - OffsetDateTime::now_utc()).try_into().unwrap_or(Duration::ZERO),
        _ => Duration::ZERO,
    }
}

/// The beginning of what the receiver says: a chat's says in one word what is wrong.
async fn said(recipient: &Recipient, mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        bytes.extend_from_slice(&piece);
        if bytes.len() >= SAID.0 {
            break;
        }
    }
    bytes.truncate(SAID.0);
    match shown(recipient, &String::from_utf8_lossy(&bytes)) {
        text if text.is_empty() => String::new(),
        text => format!(" `{text}`"),
    }
}

/// Foreign words on one line, without any piece of the URL, harmless and short.
fn shown(recipient: &Recipient, text: &str) -> String {
    let text = recipient.redactor.cleaned(text);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = harmless(&line).chars().take(SAID.1).collect();
    if line.chars().count() > SAID.1 {
        short.push('…');
    }
    short
}
