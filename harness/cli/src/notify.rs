//! Tells others of a verdict, after everything else: the reports are written, the verdict is printed, the exit code is
//! known. Nothing that happens here changes any of them, and all of it ends by one limit.
//!
//! The URL of a receiver is often a secret: no message shows more of it than scheme and host, and the run's redactor
//! knows it.

mod address;
mod post;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use fixproof::model::{Code, Judgement, Problem, Report, Secret};
use fixproof::probe::sending_client;
use fixproof::report::{FormatOptions, harmless};

use crate::arguments::{NotifyArguments, Occasion};
use crate::commands::run::interrupted;
use crate::terminal;
use address::Recipient;
use post::Undelivered;

/// Who is told, and how.
pub(crate) struct Notifier {
    recipients: Vec<Arc<Recipient>>,
    occasion: Occasion,
    limit: Duration,
    /// There where there is anybody to tell.
    client: Option<Client>,
}

impl Notifier {
    /// Reads every address, so that a mistake is told before anything is sent to anybody.
    ///
    /// # Errors
    /// Every mistake there is.
    pub(crate) fn of(arguments: &NotifyArguments) -> Result<Notifier, Vec<Problem>> {
        let (mut recipients, mut problems) = (Vec::new(), Vec::new());
        for (index, text) in arguments.notify.iter().enumerate() {
            match Recipient::read(text) {
                Ok(recipient) => recipients.push(Arc::new(recipient)),
                Err(why) => {
                    let which = if arguments.notify.len() == 1 {
                        "--notify".to_owned()
                    } else {
                        format!("--notify (number {} of them)", index + 1)
                    };
                    let message = format!("{which}: {}", harmless(&why));
                    problems.push(Problem::nowhere(Code::BadArgument, message).help(address::usage()));
                }
            }
        }
        let client = match client(arguments, &recipients) {
            Ok(client) => client,
            Err(why) => {
                let message = format!("--notify: {}", harmless(&why));
                let help = "name a file of authorities in PEM with --notify-ca";
                problems.push(Problem::nowhere(Code::BadArgument, message).help(help));
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let (occasion, limit) = (arguments.notify_on, arguments.notify_timeout);
        Ok(Notifier { recipients, occasion, limit, client })
    }

    /// What nobody may see.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.recipients.iter().flat_map(|recipient| &recipient.secrets)
    }

    /// Tells everybody, side by side, and says what became of it.
    pub(crate) fn tell(&self, report: &Report, quiet: bool) {
        let green = report.decision.judgement == Judgement::Approved;
        let Some(client) = self.client.as_ref().filter(|_| self.occasion == Occasion::Always || !green)
        else {
            return;
        };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(why) => return complain(&format!("nobody was notified: no runtime can be started: {why}")),
        };
        runtime.block_on(async {
            let mut sending = self.sending(client, report);
            tokio::select! {
                biased;
                () = finished(&mut sending, quiet) => {}
                () = interrupted() => complain("interrupted: who is not named above was not notified"),
            }
        });
        // A resolver that hangs must not keep the process.
        runtime.shutdown_background();
    }

    /// One task for each receiver: should one panic, it is a notice that was not delivered and nothing else.
    fn sending(&self, client: &Client, report: &Report) -> JoinSet<Told> {
        let deadline = Instant::now() + self.limit;
        let mut sending = JoinSet::new();
        for recipient in &self.recipients {
            let rendered = recipient.format.render(report, &FormatOptions::default());
            let body = rendered.ok().and_then(|mut parts| parts.pop()).map(|part| part.bytes);
            let (client, recipient) = (client.clone(), recipient.clone());
            sending.spawn(async move {
                let outcome = match body {
                    Some(body) => post::deliver(&client, &recipient, body, deadline).await,
                    None => Err(Undelivered::unmade()),
                };
                Told { recipient, outcome }
            });
        }
        sending
    }
}

/// What became of one notice.
struct Told {
    recipient: Arc<Recipient>,
    outcome: Result<(), Undelivered>,
}

async fn finished(sending: &mut JoinSet<Told>, quiet: bool) {
    while let Some(told) = sending.join_next().await {
        match told {
            Ok(Told { recipient, outcome: Ok(()) }) if !quiet => {
                terminal::complain(&format!("notified: {} at {}", recipient.format.name(), recipient.shown));
            }
            Ok(Told { outcome: Ok(()), .. }) => {}
            Ok(Told { recipient, outcome: Err(why) }) => {
                let name = recipient.format.name();
                complain(&format!(
                    "the {name} notice to {} was not delivered: {why}\n  the verdict and the exit code stand; to send it again: \
                     fixproof show REPORT.json --format {name}, and post its output",
                    recipient.shown
                ));
            }
            Err(_) => complain("a notice was not delivered: a fault of fixproof itself"),
        }
    }
}

fn complain(text: &str) {
    terminal::complain(&format!("warning: {text}"));
}

/// The client all notices are sent with; none where there is nobody to tell.
///
/// Nothing is followed: a redirect would carry the notice, and often the secret in its URL, to somebody else.
fn client(arguments: &NotifyArguments, recipients: &[Arc<Recipient>]) -> Result<Option<Client>, String> {
    if recipients.is_empty() {
        return Ok(None);
    }
    let mut builder = Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("fixproof/", env!("CARGO_PKG_VERSION")));
    let secure = recipients.iter().any(|recipient| recipient.is_secure());
    builder = builder.tls_backend_preconfigured(if secure || arguments.notify_ca.is_some() {
        sending_client(arguments.notify_ca.as_deref())?
    } else {
        trusting_nobody()?
    });
    builder.build().map(Some).map_err(|why| format!("no client can be made: {}", why.without_url()))
}

/// For a client that sends in the clear only: on a host without a list of authorities it is made all the same.
fn trusting_nobody() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|why| format!("TLS can't be set up: {why}"))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
