//! How the rows of settings and facts are written, and those that several probes have.

use fixproof_core::model::{FactSpec, Kind, SettingKind, SettingSpec};

/// A setting that may be left out; its meaning says what holds then.
pub(crate) const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec::optional(name, kind, meaning)
}

/// A setting that must be given.
pub(crate) const fn required(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec::required(name, kind, meaning)
}

/// A fact that may be missing from an observation.
pub(crate) const fn fact(name: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
    FactSpec::sometimes(name, kind, meaning)
}

/// A fact of every observation.
pub(crate) const fn always(name: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
    FactSpec::always(name, kind, meaning)
}

/// The setting that [`crate::net::tls::authorities`] reads.
pub(crate) const CA: SettingSpec = setting(
    "ca",
    SettingKind::Text,
    "PEM file with the only certificate authorities to trust, relative to the suite; default: \"system\"",
);

/// The setting that [`crate::net::connect::Family::named`] reads.
pub(crate) const IP: SettingSpec =
    setting("ip", SettingKind::OneOf(&["any", "4", "6"]), "address family to connect to; default: any");

/// The facts of [`crate::net::certificate::certificate_facts`], where there may be no TLS.
pub(crate) const CERTIFICATE: &[FactSpec] = &[
    fact("tls.subject", Kind::Text, "subject of the certificate"),
    fact("tls.issuer", Kind::Text, "issuer of the certificate"),
    fact("tls.names", Kind::Text, "names and addresses the certificate is valid for, joined by \", \""),
    fact("tls.not-after", Kind::Text, "end of the certificate's validity, RFC 3339"),
    fact("tls.days-left", Kind::Number, "whole days until the certificate expires; negative after that"),
];

/// The TLS version of a session, where there may be no TLS.
pub(crate) const TLS_PROTOCOL: FactSpec =
    fact("tls.protocol", Kind::Text, "TLSv1.2 or TLSv1.3; missing without TLS");

/// Version and cipher of a TLS session, where there may be no TLS.
pub(crate) const SESSION: &[FactSpec] =
    &[TLS_PROTOCOL, fact("tls.cipher", Kind::Text, "cipher suite by its registered name")];

/// The protocol chosen by ALPN.
pub(crate) const ALPN: FactSpec =
    fact("tls.alpn", Kind::Text, "protocol the server chose (ALPN); missing where it chose none");

/// The address connected to, and the times of a connection made by [`crate::net::connect`].
pub(crate) const CONNECTION: &[FactSpec] = &[
    always("peer", Kind::Text, "address that answered, with port"),
    TIME_DNS,
    always("time.connect", Kind::Duration, "establishing the TCP connection"),
];

/// The time of a name lookup.
pub(crate) const TIME_DNS: FactSpec =
    fact("time.dns", Kind::Duration, "resolving the name; missing for an address");

/// The time of a handshake.
pub(crate) const TIME_TLS: FactSpec =
    fact("time.tls", Kind::Duration, "the TLS handshake; missing without TLS");

/// The time of everything.
pub(crate) const TIME_TOTAL: FactSpec = always("time.total", Kind::Duration, "the whole observation");

/// The settings of a database's account, over its URL.
pub(crate) const USER: SettingSpec =
    setting("user", SettingKind::Text, "account to log in with; overrides the URL's");

/// See [`USER`].
pub(crate) const PASSWORD: SettingSpec =
    setting("password", SettingKind::Text, "its password; overrides the URL's");

/// How many rows of a result set are kept.
pub(crate) const ROW_LIMIT: SettingSpec =
    setting("row-limit", SettingKind::Count, "most rows to keep; all are counted; default: 1000");

/// The facts of a [`crate::db::result_set::ResultSet`].
pub(crate) const ROWS: &[FactSpec] = &[
    fact("rows", Kind::Json, "rows of the result, as a list of objects"),
    fact("columns", Kind::Json, "names of the columns"),
    fact("row-count", Kind::Number, "number of rows returned"),
    fact("value", Kind::Json, "first column of the first row"),
];
