//! Sends notices of a verdict, after everything else: the reports are written, the verdict is printed, the exit code is
//! fixed. Nothing here changes any of them, and one time limit covers all of it.
//!
//! A receiver's URL is often a secret: messages show only its scheme and host, and the run's redactor knows the rest.

mod address;
mod post;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use fixproof::model::{Code, Judgement, Problem, Report, Secret};
use fixproof::probe::sending_client;
use fixproof::report::{FormatOptions, sanitize};

use crate::output::signals::interrupted;
use crate::output::terminal;
use crate::runtime::block_on;
use address::Recipient;
use post::Undelivered;

/// The notices to send.
#[derive(Debug, Clone, Default)]
pub(crate) struct NotifyRequest {
    /// The receivers, as `FORMAT=URL`.
    pub receivers: Vec<String>,
    /// Not for a verdict that approves.
    pub only_red: bool,
    /// The time limit for all of them, retries included.
    pub timeout: Duration,
    /// A PEM file of certificate authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
}

/// Sends notices to receivers.
pub(crate) struct Notifier {
    recipients: Vec<Arc<Recipient>>,
    only_red: bool,
    timeout: Duration,
    /// Missing where there is no receiver.
    client: Option<Client>,
}

impl Notifier {
    /// Reads every address, before anything is sent.
    ///
    /// # Errors
    /// Every invalid argument.
    pub(crate) fn new(request: &NotifyRequest) -> Result<Notifier, Vec<Problem>> {
        let (mut recipients, mut problems) = (Vec::new(), Vec::new());
        for (index, text) in request.receivers.iter().enumerate() {
            match Recipient::read(text) {
                Ok(recipient) => recipients.push(Arc::new(recipient)),
                Err(why) => {
                    let which = if request.receivers.len() == 1 {
                        "--notify".to_owned()
                    } else {
                        format!("--notify #{}", index + 1)
                    };
                    let message = format!("{which}: {}", sanitize(&why));
                    problems.push(Problem::nowhere(Code::BadArgument, message).help(address::usage()));
                }
            }
        }
        let client = match client(request, &recipients) {
            Ok(client) => client,
            Err(why) => {
                let message = format!("--notify: {}", sanitize(&why));
                let help = "name a PEM file of certificate authorities with --notify-ca";
                problems.push(Problem::nowhere(Code::BadArgument, message).help(help));
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Notifier { recipients, only_red: request.only_red, timeout: request.timeout, client })
    }

    /// The parts of the URLs that no report may show.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.recipients.iter().flat_map(|recipient| &recipient.secrets)
    }

    /// Sends all notices concurrently, and prints what became of each.
    pub(crate) fn send(&self, report: &Report, quiet: bool) {
        let green = report.decision.judgement == Judgement::Approved;
        let Some(client) = self.client.as_ref().filter(|_| !(green && self.only_red)) else { return };
        let _ = block_on(async {
            let mut sending = self.sending(client, report);
            tokio::select! {
                biased;
                () = finished(&mut sending, quiet) => {}
                () = interrupted() => warn("interrupted: notices not listed above were not delivered"),
            }
        });
    }

    /// One task for each receiver: a panic is one notice that was not delivered.
    fn sending(&self, client: &Client, report: &Report) -> JoinSet<Delivery> {
        let deadline = Instant::now() + self.timeout;
        let mut sending = JoinSet::new();
        for recipient in &self.recipients {
            let rendered = recipient.format.render(report, &FormatOptions::default());
            let body = rendered.ok().and_then(|mut parts| parts.pop()).map(|part| part.bytes);
            let (client, recipient) = (client.clone(), recipient.clone());
            sending.spawn(async move {
                let outcome = match body {
                    Some(body) => post::deliver(&client, &recipient, body, deadline).await,
                    None => Err(Undelivered::unrendered()),
                };
                Delivery { recipient, outcome }
            });
        }
        sending
    }
}

/// One notice after sending.
struct Delivery {
    recipient: Arc<Recipient>,
    outcome: Result<(), Undelivered>,
}

async fn finished(sending: &mut JoinSet<Delivery>, quiet: bool) {
    while let Some(delivery) = sending.join_next().await {
        match delivery {
            Ok(Delivery { recipient, outcome: Ok(()) }) if !quiet => {
                terminal::complain(&format!("notified: {} at {}", recipient.format.name(), recipient.shown));
            }
            Ok(Delivery { outcome: Ok(()), .. }) => {}
            Ok(Delivery { recipient, outcome: Err(why) }) => {
                let name = recipient.format.name();
                warn(&format!(
                    "the {name} notice to {} was not delivered: {why}\n  the verdict and the exit code are unchanged; to send it again: \
                     fixproof show REPORT.json --format {name}, and post its output",
                    recipient.shown
                ));
            }
            Err(_) => warn("a notice was not delivered: bug in fixproof, please report it"),
        }
    }
}

fn warn(text: &str) {
    terminal::complain(&format!("warning: {text}"));
}

/// The client for all notices; none without a receiver.
///
/// Redirects are not followed: they would carry the notice, and often the secret in its URL, to another party.
fn client(request: &NotifyRequest, recipients: &[Arc<Recipient>]) -> Result<Option<Client>, String> {
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
    builder = builder.tls_backend_preconfigured(if secure || request.ca.is_some() {
        sending_client(request.ca.as_deref())?
    } else {
        without_authorities()?
    });
    builder.build().map(Some).map_err(|why| format!("cannot make an HTTP client: {}", why.without_url()))
}

/// For a client that only sends unencrypted: it works on a host without a list of certificate authorities.
fn without_authorities() -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|why| format!("cannot set up TLS: {why}"))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
