//! A receiver of notices, as the user wrote it: `slack=https://…`, `notice=env:HOOK`, or a bare URL.

use std::path::Path;

use reqwest::Url;

use fixproof::model::{Secret, SecretSource};
use fixproof::probe::secret;
use fixproof::redact::Redactor;
use fixproof::report::{FORMATS, Format, format_named};

/// The path at which collectors receive traces, for a URL without one.
const TRACES: &str = "/v1/traces";
/// Hosts whose receivers expect a chat message.
const CHATS: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];
/// Pieces of a URL with at least so many characters are removed from reports too.
const LONG_PIECE: usize = 16;
/// Pieces of a URL with at least so many characters are removed from the receiver's answers.
const PIECE: usize = 6;

/// One receiver.
pub(crate) struct Recipient {
    pub(crate) format: &'static dyn Format,
    pub(super) url: Url,
    /// Scheme and host: the only part of the URL that is ever shown.
    pub(crate) shown: String,
    /// The parts of the URL that no report may hold.
    pub(crate) secrets: Vec<Secret>,
    /// Removes every piece of the URL from answers and errors.
    pub(super) redactor: Redactor,
}

/// How a receiver is written.
pub(super) fn usage() -> String {
    let messages: Vec<&str> = FORMATS.iter().filter(|one| one.is_message()).map(|one| one.name()).collect();
    format!(
        "write --notify FORMAT=URL, or FORMAT=env:NAME or FORMAT=file:PATH to keep the URL out of the process list; \
         the formats are: {}",
        messages.join(", ")
    )
}

impl Recipient {
    /// Reads what the user wrote.
    ///
    /// # Errors
    /// A sentence. It shows nothing that may be part of a URL.
    pub(crate) fn read(text: &str) -> Result<Recipient, String> {
        let (format, place) = match text.split_once('=') {
            Some((name, place)) if is_word(name) => (Some(named(name)?), place),
            _ => (None, text),
        };
        let written = match (place.strip_prefix("env:"), place.strip_prefix("file:")) {
            (Some(name), _) => read_secret(&SecretSource::Env(name.to_owned()))?,
            (_, Some(path)) => read_secret(&SecretSource::File(path.to_owned()))?,
            (None, None) => place.to_owned(),
        };
        let mut url = Url::parse(written.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or("not an http:// or https:// URL (not shown, because it may be a secret)")?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let format = match format {
            Some(format) => format,
            None => named(if CHATS.contains(&host.as_str()) { "slack" } else { "notice" })?,
        };
        if format.name() == "otlp" && url.path() == "/" {
            url.set_path(TRACES);
        }
        let pieces = pieces(&url, written.trim());
        Ok(Recipient {
            format,
            shown: format!("{}://{host}{port}", url.scheme()),
            secrets: pieces
                .iter()
                .filter(|piece| piece.len() >= LONG_PIECE)
                .cloned()
                .map(Secret::new)
                .collect(),
            redactor: Redactor::new(&pieces.into_iter().map(Secret::new).collect::<Vec<_>>()),
            url,
        })
    }

    /// Does it speak TLS?
    pub(super) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }
}

fn read_secret(source: &SecretSource) -> Result<String, String> {
    Ok(secret::read(source, Path::new(""))?.expose().to_owned())
}

/// Is it the name of a format, known or not, and no part of a URL?
fn is_word(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

fn named(name: &str) -> Result<&'static dyn Format, String> {
    match format_named(name).filter(|format| format.is_message()) {
        Some(format) => Ok(format),
        None if format_named(name).is_some() => Err(format!(
            "`{name}` is a report format, not a notice format; write it with `--report {name}=PATH`"
        )),
        None => Err(format!("unknown notice format `{name}`")),
    }
}

/// Words that the URL of every hook contains. They are no secrets: a receiver's answer (`no_service`) must stay readable.
const PUBLIC: [&str; 3] = ["services", "hooks", "workflows"];

/// The whole URL, and every piece of it that may be a secret by itself: nothing up to the port is.
fn pieces(url: &Url, written: &str) -> Vec<String> {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut pieces = vec![
        written.to_owned(),
        url.as_str().to_owned(),
        format!("{}{query}", url.path()),
        url.path().to_owned(),
        url.username().to_owned(),
        url.password().unwrap_or_default().to_owned(),
    ];
    pieces.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
    // Also as written: a needless escape such as `%2D` may be echoed unchanged.
    pieces.extend(url.query().into_iter().flat_map(|query| query.split(['&', '='])).map(str::to_owned));
    pieces.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    pieces.retain(|piece| piece.len() >= PIECE && !PUBLIC.contains(&piece.as_str()));
    pieces.dedup();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOK: &str = "https://hooks.slack.com/services/T0/B0/canaryCanary";

    fn read(text: &str) -> (&'static str, String) {
        let recipient = Recipient::read(text).unwrap_or_else(|why| unreachable!("{why}"));
        (recipient.format.name(), recipient.shown)
    }

    #[test]
    fn the_format_is_named_or_follows_from_the_host() {
        assert_eq!(read(&format!("slack={HOOK}")), ("slack", "https://hooks.slack.com".to_owned()));
        assert_eq!(read(HOOK).0, "slack");
        assert_eq!(read("https://example.com:8443/x?a=b"), ("notice", "https://example.com:8443".to_owned()));
        assert_eq!(read("slack=http://[::1]:80/hooks/x"), ("slack", "http://[::1]".to_owned()));
        assert_eq!(read("notice=https://me:pass@example.com/").1, "https://example.com");
    }

    #[cfg(feature = "opentelemetry")]
    #[test]
    fn traces_are_posted_to_the_standard_path_of_a_collector() {
        let path = |text: &str| Recipient::read(text).map(|r| r.url.path().to_owned()).unwrap_or_default();
        assert_eq!(path("otlp=http://collector:4318"), "/v1/traces");
        assert_eq!(path("otlp=http://collector:4318/own"), "/own");
        assert_eq!(path("notice=http://collector:4318"), "/");
    }

    #[test]
    fn an_error_shows_nothing_of_the_url() {
        for text in [
            "hooks.slack.com/services/T0/B0/canaryCanary",
            "slack=ftp://canaryCanary",
            "slack=canaryCanary",
            "slack=",
            "canaryCanary=https://example.com",
            "slack=https://",
            "file:/nowhere/at/all",
        ] {
            let why = Recipient::read(text).err().unwrap_or_default();
            assert!(!why.is_empty() && !why.contains("canary"), "{text}: {why}");
        }
        assert!(
            Recipient::read("json=https://x.invalid").is_err_and(|why| why.contains("--report json=PATH"))
        );
        assert!(Recipient::read("slak=https://x.invalid").is_err_and(|why| why.contains("`slak`")));
    }

    #[test]
    fn every_piece_of_the_url_is_removed() {
        let text = "notice=https://user77:pass-word@example.com/hook/abcdef?key=query%2Dsecret";
        let recipient = Recipient::read(text).unwrap_or_else(|why| unreachable!("{why}"));
        let said = "user77 pass-word /hook/abcdef abcdef query-secret query%2Dsecret";
        let cleaned = recipient.redactor.cleaned(said);
        for piece in ["user77", "pass-word", "abcdef", "query"] {
            assert!(!cleaned.contains(piece), "{cleaned}");
        }
    }
}
