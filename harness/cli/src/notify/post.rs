//! Posts one notice: a few attempts, all before the deadline.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::{Instant, sleep, timeout_at};

use fixproof::report::sanitize;

use super::address::Recipient;

/// The first attempt and three more.
const ATTEMPTS: u32 = 4;
/// Before the second attempt; twice as long before each that follows.
const PAUSE: Duration = Duration::from_millis(500);
/// How many bytes of an answer are read, and how many characters of it shown.
const ANSWER: (usize, usize) = (4096, 200);

/// Why a notice did not arrive.
#[derive(Debug)]
pub(super) struct Undelivered {
    why: String,
    attempts: u32,
}

impl Undelivered {
    /// The notice could not be rendered.
    pub(super) fn unrendered() -> Undelivered {
        Undelivered { why: "it could not be rendered; please report this bug".to_owned(), attempts: 0 }
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if self.attempts > 1 { write!(f, " (after {} attempts)", self.attempts) } else { Ok(()) }
    }
}

/// One failed attempt.
struct FailedAttempt {
    why: String,
    retry: Retry,
}

enum Retry {
    Never,
    /// Not before this time has passed.
    After(Duration),
}

/// Posts a body until it is delivered, can't be delivered, or the deadline is reached.
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
            let why = "no answer within the time limit; it may have been delivered. --notify-timeout raises the limit";
            return undelivered(why.to_owned());
        };
        let Err(FailedAttempt { why, retry }) = outcome else { return Ok(()) };
        let Retry::After(asked) = retry else { return undelivered(why) };
        let wait = pause.max(asked);
        if attempts == ATTEMPTS {
            return undelivered(why);
        }
        if deadline.saturating_duration_since(Instant::now()) <= wait {
            let wait = humantime::format_duration(Duration::from_millis(wait.as_millis() as u64));
            return undelivered(format!("{why}; the next attempt, in {wait}, would exceed --notify-timeout"));
        }
        sleep(wait).await;
        pause *= 2;
    }
}

async fn attempt(client: &Client, recipient: &Recipient, body: Vec<u8>) -> Result<(), FailedAttempt> {
    let request = client.post(recipient.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    let answer = request.send().await.map_err(|error| unanswered(recipient, error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let retry = match status {
        StatusCode::TOO_MANY_REQUESTS => Retry::After(asked_to_wait(&answer)),
        status if status.is_server_error() => Retry::After(asked_to_wait(&answer)),
        _ => Retry::Never,
    };
    let said = said(recipient, answer).await;
    Err(FailedAttempt { why: format!("it answered {}{said}{}", status.as_u16(), next(status)), retry })
}

/// The remedy for an answer that another attempt would not change.
fn next(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 => "; redirects are not followed: use the URL it redirects to",
        401 | 403 | 404 | 410 => "; the receiver rejects this URL: create a new one at its service",
        400..=499 if status != StatusCode::TOO_MANY_REQUESTS => {
            "; the receiver rejects this body: check the FORMAT before the URL"
        }
        _ => "",
    }
}

/// There is no answer. Retried only where nothing was sent: no notice is delivered twice.
fn unanswered(recipient: &Recipient, error: reqwest::Error) -> FailedAttempt {
    let connecting = error.is_connect();
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    // The last ones say what happened, those before them name libraries.
    let cause = causes.split_off(causes.len().saturating_sub(2)).join(": ");
    let cause = shown(recipient, if cause.is_empty() { error.to_string() } else { cause }.as_str());
    if connecting {
        let why = format!("no connection: {cause}; check that this host can reach it, or set HTTPS_PROXY");
        FailedAttempt { why, retry: Retry::After(Duration::ZERO) }
    } else {
        FailedAttempt {
            why: format!("the connection was closed before an answer: {cause}"),
            retry: Retry::Never,
        }
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

/// The beginning of the answer: a chat names the error in one word.
async fn said(recipient: &Recipient, mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        bytes.extend_from_slice(&piece);
        if bytes.len() >= ANSWER.0 {
            break;
        }
    }
    bytes.truncate(ANSWER.0);
    match shown(recipient, &String::from_utf8_lossy(&bytes)) {
        text if text.is_empty() => String::new(),
        text => format!(" `{text}`"),
    }
}

/// Foreign text on one line, short, sanitized and without any piece of the URL.
fn shown(recipient: &Recipient, text: &str) -> String {
    let text = recipient.redactor.cleaned(text);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = sanitize(&line).chars().take(ANSWER.1).collect();
    if line.chars().count() > ANSWER.1 {
        short.push('…');
    }
    short
}
