//! What a presented chain of certificates says, as facts, and why it was refused, as a sentence.
//!
//! Nothing here verifies anything; [`super::tls_verification`] does.

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, Error as TlsError};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;

use fixproof_core::model::{Cause, Facts, Timestamp, Value};

/// How many names a sentence holds.
const NAMES_SAID: usize = 10;

/// Adds `tls.subject`, `tls.issuer`, `tls.names`, `tls.not-after` and `tls.days-left` of a presented certificate.
pub(crate) fn certificate_facts(der: &[u8], now: Timestamp, facts: &mut Facts) {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return };
    facts.insert("tls.subject", Value::Text(certificate.subject().to_string()));
    facts.insert("tls.issuer", Value::Text(certificate.issuer().to_string()));
    facts.insert("tls.names", Value::Text(names(&certificate).join(", ")));
    let not_after = certificate.validity().not_after.to_datetime();
    facts.insert("tls.not-after", Value::Text(Timestamp(not_after).to_string()));
    facts.insert("tls.days-left", Value::Number(days_between(now.0, not_after).into()));
}

/// Whole days from one moment to another, rounded down; negative where the other has passed.
fn days_between(from: time::OffsetDateTime, to: time::OffsetDateTime) -> i64 {
    (to - from).whole_seconds().div_euclid(86_400)
}

/// The names and addresses a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    certificate
        .extensions()
        .iter()
        .filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
        .flatten()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            GeneralName::IPAddress(bytes) => {
                let bytes: [u8; 16] = (*bytes).try_into().ok()?;
                Some(std::net::Ipv6Addr::from(bytes).to_string())
            }
            _ => None,
        })
        .collect()
}

/// Is the certificate its own issuer?
pub(crate) fn is_self_signed(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, leaf)| leaf.issuer() == leaf.subject())
}

/// Adds everything there is to say about a presented chain, leaf first; nothing where nothing was presented.
pub(crate) fn chain_facts(chain: &[CertificateDer<'_>], now: Timestamp, facts: &mut Facts) {
    let read = read(chain);
    let (Some(der), Some(leaf)) = (chain.first(), read.first()) else { return };
    certificate_facts(der, now, facts);
    let validity = leaf.validity();
    let (from, to) = (validity.not_before.to_datetime(), validity.not_after.to_datetime());
    facts.insert("tls.not-before", Value::Text(Timestamp(from).to_string()));
    facts.insert("tls.lifetime", Value::Duration((to - from).try_into().unwrap_or_default()));
    facts.insert("tls.serial", Value::Text(serial(leaf)));
    facts.insert("tls.fingerprint", Value::Text(hexadecimal(&Sha256::digest(der), false)));
    facts.insert("tls.key", Value::Text(key(leaf)));
    facts.insert("tls.signature", Value::Text(signature(leaf)));
    facts.insert("tls.self-signed", Value::Flag(leaf.issuer() == leaf.subject()));
    let rows = read.iter().map(|one| {
        json!({
            "subject": one.subject().to_string(),
            "issuer": one.issuer().to_string(),
            "not-before": Timestamp(one.validity().not_before.to_datetime()).to_string(),
            "not-after": Timestamp(one.validity().not_after.to_datetime()).to_string(),
            "days-left": days_left(one, now),
            "is-ca": one.is_ca(),
        })
    });
    facts.insert("tls.chain", Value::Json(rows.collect()));
    facts.insert("tls.chain-length", Value::count(chain.len() as u64));
    // One that can't be read may be the one that ends first.
    if read.len() == chain.len()
        && let Some(least) = read.iter().map(|one| days_left(one, now)).min()
    {
        facts.insert("tls.chain-days-left", Value::Number(least.into()));
    }
}

/// A failed handshake as a reader understands it; `chain` is what was presented, leaf first.
pub(crate) fn refusal(error: &TlsError, cause: Cause, chain: &[CertificateDer<'_>]) -> String {
    let read = read(chain);
    let what = match (error, read.first()) {
        _ if cause == Cause::NotTls => {
            return "does not speak TLS: its response is not a TLS record".to_owned();
        }
        (TlsError::InvalidCertificate(why), Some(leaf)) => match why {
            CertificateError::ExpiredContext { time, not_after } => expired(&read, *time, *not_after),
            CertificateError::NotValidYetContext { time, not_before } => premature(&read, *time, *not_before),
            CertificateError::NotValidForNameContext { expected, .. } => {
                format!("its certificate is for {}, not for {}", names_said(leaf), expected.to_str())
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => format!(
                "its certificate ({}) is not meant for servers: its extended key usage lacks serverAuth",
                leaf.subject()
            ),
            CertificateError::BadSignature => format!(
                "its chain is signed with another key than that of the authority trusted here under the same \
                 name (its certificate is issued by {})",
                leaf.issuer()
            ),
            CertificateError::Other(_) if leaf.is_ca() => format!(
                "its certificate ({}) is an authority's own (CA:TRUE), which is not accepted as a server's",
                leaf.subject()
            ),
            CertificateError::Other(why) => format!("its chain is not accepted: {why:?}"),
            _ if cause == Cause::TlsSelfSigned => {
                format!("its certificate is self-signed ({}) and not trusted here", leaf.subject())
            }
            CertificateError::UnknownIssuer => unknown(&read),
            _ => error.to_string(),
        },
        (TlsError::AlertReceived(alert), _) => alerted(*alert),
        (TlsError::PeerIncompatible(why), _) => {
            format!("it has no TLS version or cipher in common with what was offered ({why:?})")
        }
        (TlsError::NoApplicationProtocol, _) => "it speaks none of the protocols offered (ALPN)".to_owned(),
        _ => error.to_string(),
    };
    format!("failed the TLS handshake: {what}")
}

/// The certificates that can be read; those after one that can't are still in order.
fn read<'a>(chain: &'a [CertificateDer<'_>]) -> Vec<X509Certificate<'a>> {
    let mut read = Vec::with_capacity(chain.len());
    for (place, der) in chain.iter().enumerate() {
        match X509Certificate::from_der(der) {
            Ok((_, certificate)) => read.push(certificate),
            // Without its leaf a chain would be described as another server's.
            Err(_) if place == 0 => return Vec::new(),
            Err(_) => {}
        }
    }
    read
}

fn days_left(certificate: &X509Certificate<'_>, now: Timestamp) -> i64 {
    days_between(now.0, certificate.validity().not_after.to_datetime())
}

fn hexadecimal(bytes: &[u8], capitals: bool) -> String {
    bytes.iter().map(|byte| if capitals { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}

/// In capitals and without leading zeros, as certificate authorities print it.
fn serial(certificate: &X509Certificate<'_>) -> String {
    let raw = certificate.raw_serial();
    let zeros = raw.iter().take_while(|byte| **byte == 0).count().min(raw.len().saturating_sub(1));
    hexadecimal(&raw[zeros..], true)
}

fn key(certificate: &X509Certificate<'_>) -> String {
    let info = certificate.public_key();
    let oid = info.algorithm.algorithm.to_id_string();
    let curve = || info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    match (info.parsed(), oid.as_str()) {
        (Ok(PublicKey::RSA(rsa)), _) => format!("RSA {}", rsa.key_size()),
        (Ok(PublicKey::EC(_)), _) => match curve().map(|oid| oid.to_id_string()).as_deref() {
            Some("1.2.840.10045.3.1.7") => "EC P-256".to_owned(),
            Some("1.3.132.0.34") => "EC P-384".to_owned(),
            Some("1.3.132.0.35") => "EC P-521".to_owned(),
            Some(other) => format!("EC {other}"),
            None => "EC".to_owned(),
        },
        (_, "1.3.101.112") => "Ed25519".to_owned(),
        (_, "1.3.101.113") => "Ed448".to_owned(),
        _ => oid,
    }
}

fn signature(certificate: &X509Certificate<'_>) -> String {
    let oid = &certificate.signature_algorithm.algorithm;
    match (oid.to_id_string().as_str(), oid2sn(oid, oid_registry())) {
        ("1.3.101.112", _) => "ED25519".to_owned(),
        (_, Ok(name)) => name.to_owned(),
        (number, Err(_)) => number.to_owned(),
    }
}

/// Whose validity it was: the certificate itself, or one that vouches for it.
fn whose(read: &[X509Certificate<'_>], is_meant: impl Fn(&X509Certificate<'_>) -> bool) -> String {
    match read.iter().position(is_meant) {
        Some(0) => format!("its certificate ({}, issued by {})", read[0].subject(), read[0].issuer()),
        Some(place) => format!(
            "the intermediate certificate {} (number {} of the {} it presents)",
            read[place].subject(),
            place + 1,
            read.len()
        ),
        None => "a certificate of its chain".to_owned(),
    }
}

fn expired(read: &[X509Certificate<'_>], now: UnixTime, not_after: UnixTime) -> String {
    let end = seconds(not_after);
    let who = whose(read, |one| one.validity().not_after.timestamp() == end);
    format!("{who} expired on {}, {} ago", date(end), days(seconds(now) - end))
}

fn premature(read: &[X509Certificate<'_>], now: UnixTime, not_before: UnixTime) -> String {
    let begin = seconds(not_before);
    let who = whose(read, |one| one.validity().not_before.timestamp() == begin);
    format!("{who} is not valid before {}, in {}", date(begin), days(begin - seconds(now)))
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn date(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| seconds.to_string(), |date| Timestamp(date).to_string())
}

fn days(seconds: i64) -> String {
    match seconds / 86_400 {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn names_said(leaf: &X509Certificate<'_>) -> String {
    let names = names(leaf);
    match names.len() {
        0 => format!("no name at all (its subject is {}, which does not count)", leaf.subject()),
        count if count > NAMES_SAID => {
            format!("{} and {} more", names[..NAMES_SAID].join(", "), count - NAMES_SAID)
        }
        _ => names.join(", "),
    }
}

/// Where the path from the certificate to a trusted authority ends.
fn unknown(read: &[X509Certificate<'_>]) -> String {
    let presented = match read.len() {
        1 => "in the 1 certificate".to_owned(),
        count => format!("among the {count} certificates"),
    };
    let mut last = 0;
    for _ in 0..read.len() {
        let issuer = read[last].issuer();
        if issuer == read[last].subject() {
            return format!("its chain ends in {issuer}, which is not trusted here");
        }
        match read.iter().position(|one| one.subject() == issuer) {
            Some(next) => last = next,
            None => {
                return format!(
                    "{} is issued by {issuer}, which is neither trusted here nor {presented} it presents (an \
                     intermediate missing on the server, or an authority unknown here)",
                    if last == 0 { "its certificate".to_owned() } else { read[last].subject().to_string() },
                );
            }
        }
    }
    format!("its {} certificates form a cycle", read.len())
}

/// What an alert of the other side says.
fn alerted(alert: AlertDescription) -> String {
    let said = match alert {
        AlertDescription::ProtocolVersion => "it speaks none of the TLS versions that were offered",
        AlertDescription::HandshakeFailure => {
            "it found no cipher, key or signature in common, or requires a client certificate"
        }
        AlertDescription::CertificateRequired => "it requires a client certificate",
        AlertDescription::UnrecognisedName => "it does not know the requested name (SNI)",
        AlertDescription::AccessDenied => "it denies access; it may not know the requested name (SNI)",
        AlertDescription::NoApplicationProtocol => "it speaks none of the protocols offered (ALPN)",
        AlertDescription::InternalError => "it had an internal error",
        _ => return format!("it sent the alert {alert:?}"),
    };
    format!("{said} (alert {alert:?})")
}
