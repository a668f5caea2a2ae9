//! The `tls` probe: one handshake over a fresh connection, always verified, and everything the certificates say.
//!
//! There is no way to accept a certificate that is not good; one that is refused still shows its facts.

mod observe;
mod reproduce;

use rustls::SupportedProtocolVersion;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};

use self::observe::TlsProbe;
use crate::net::connect::Endpoint;
use crate::net::tls::TlsClient;
use crate::net::tls_verification::{Verified, authorities};
use crate::probe::{BuiltInProbe, ObserveContext, Observing, PrepareContext, PrepareResult, Probe};
use crate::spec::{ALPN, CA, CONNECTION, IP, TIME_TOTAL, always, fact, required, setting};

use fixproof_core::model::{Kind, Mistake, ProbeSpec, Setting, SettingKind, Settings, Text};

static SPEC: ProbeSpec = ProbeSpec {
    name: "tls",
    summary: "one verified TLS handshake, and what the certificates say",
    settings: &[
        required("address", SettingKind::Text, "host:port; default port: 443"),
        setting(
            "server-name",
            SettingKind::Text,
            "name to request (SNI) and to verify; default: the address's host",
        ),
        CA,
        setting(
            "alpn",
            SettingKind::Texts,
            "protocols to offer, the preferred first: [\"h2\", \"http/1.1\"]",
        ),
        setting(
            "version",
            SettingKind::OneOf(&["any", "1.2", "1.3"]),
            "the only TLS version to offer; default: any",
        ),
        IP,
    ],
    facts: &[
        &[
            always(
                "tls.verified",
                Kind::Flag,
                "true: chain, dates and name were verified (revocation is not checked)",
            ),
            always("tls.protocol", Kind::Text, "TLSv1.2 or TLSv1.3"),
            always("tls.cipher", Kind::Text, "cipher suite by its registered name"),
            always(
                "tls.client-auth",
                Kind::Flag,
                "did the server request a client certificate? With TLS 1.3 it may refuse a client only afterwards",
            ),
            always("tls.subject", Kind::Text, "subject of the certificate"),
            always("tls.issuer", Kind::Text, "issuer of the certificate"),
            always("tls.names", Kind::Text, "names and addresses it is valid for, joined by \", \""),
            always("tls.not-before", Kind::Text, "start of its validity, RFC 3339"),
            always("tls.not-after", Kind::Text, "end of its validity, RFC 3339"),
            always("tls.days-left", Kind::Number, "whole days until it expires; negative when it has"),
            always("tls.lifetime", Kind::Duration, "length of its validity"),
            always("tls.serial", Kind::Text, "its serial number, upper-case hexadecimal"),
            always("tls.fingerprint", Kind::Text, "its SHA-256 in lower-case hexadecimal"),
            always("tls.key", Kind::Text, "its public key: \"EC P-256\", \"RSA 2048\", \"Ed25519\""),
            always("tls.signature", Kind::Text, "how it was signed: \"ecdsa-with-SHA256\""),
            always("tls.self-signed", Kind::Flag, "is it its own issuer?"),
            always(
                "tls.chain",
                Kind::Json,
                "the presented chain, the certificate first: subject, issuer, not-before, not-after, days-left, is-ca",
            ),
            always("tls.chain-length", Kind::Number, "how many certificates were presented"),
            fact(
                "tls.chain-days-left",
                Kind::Number,
                "whole days until the first of them expires; missing where one of them can't be read",
            ),
            always("time.tls", Kind::Duration, "the handshake"),
        ],
        CONNECTION,
        &[ALPN, TIME_TOTAL],
    ],
    phases: &["dns", "connect", "tls"],
    example: r#"component = "frontend"

[[scenario]]
id       = "frontend-certificate"
title    = "The frontend's certificate is good for two more weeks"
critical = true
probe    = "tls"
with     = { address = "app.example.com:443" }
expect   = [
  { that = "tls.chain-days-left", at-least = 14 },
  { that = "tls.protocol", equals = "TLSv1.3", severity = "warn" },
  { that = "time.tls", less-than = "3s" },
]
"#,
};

/// The row of the `tls` probe.
pub(crate) static TLS: BuiltInProbe = BuiltInProbe { spec: &SPEC, prepare, reproduce: reproduce::reproduce };

fn prepare(settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult {
    let mut mistakes = Vec::new();
    let mut note = |mistake| mistakes.push(mistake);
    let endpoint = Endpoint::of(settings, Some(443)).map_err(&mut note).ok();
    let name = endpoint.as_ref().and_then(|endpoint| name(settings, endpoint).map_err(&mut note).ok());
    let alpn = alpn(settings).map_err(&mut note).ok();
    let ca = authorities(settings.text("ca"), context);
    let tls_client = TlsClient::new(Verified::All, ca.as_deref(), &alpn.unwrap_or_default())
        .map_err(|why| note(Mistake::at("ca", why)))
        .ok();
    match (endpoint, name, tls_client) {
        (Some(endpoint), Some(name), Some(tls_client)) if mistakes.is_empty() => Ok(Box::new(TlsProbe {
            endpoint,
            name,
            tls_client: tls_client.with_versions(versions(settings)),
        })),
        _ => Err(mistakes),
    }
}

impl Probe for TlsProbe {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ask))
    }
}

/// The name that is asked for and verified.
fn name(settings: &Settings, endpoint: &Endpoint) -> Result<String, Mistake> {
    let (setting, name, is_secret) = match settings.text("server-name") {
        Some(name) => ("server-name", name.expose(), name.is_secret()),
        None => ("address", &*endpoint.host, settings.text("address").is_some_and(Text::is_secret)),
    };
    match ServerName::try_from(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => {
            let shown = if is_secret { "it".to_owned() } else { format!("`{name}`") };
            let help = "write a host name or an address; names beyond ASCII as xn--…";
            Err(Mistake::at(setting, format!("{shown} can't be a name in a certificate")).help(help))
        }
    }
}

fn alpn(settings: &Settings) -> Result<Vec<&str>, Mistake> {
    let offered = settings.list("alpn").iter().filter_map(|item| match item {
        Setting::Text(text) => Some(text.expose()),
        _ => None,
    });
    let offered: Vec<&str> = offered.collect();
    // A protocol's name is sent with its length in one byte, the list with its own in two.
    match offered.iter().all(|name| (1..=255).contains(&name.len())) && offered.len() <= 64 {
        true => Ok(offered),
        false => Err(Mistake::at("alpn", "at most 64 protocols can be offered, each of 1 to 255 bytes")),
    }
}

static OLDER: &[&SupportedProtocolVersion] = &[&TLS12];
static NEWER: &[&SupportedProtocolVersion] = &[&TLS13];

fn versions(settings: &Settings) -> &'static [&'static SupportedProtocolVersion] {
    match settings.text("version").map(Text::expose) {
        Some("1.2") => OLDER,
        Some("1.3") => NEWER,
        _ => rustls::ALL_VERSIONS,
    }
}
