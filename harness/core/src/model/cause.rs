//! Why an observation could not be made, or an expectation did not hold: a closed list.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The layer a cause belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Names.
    Dns,
    /// Reaching the peer.
    Connect,
    /// The handshake.
    Tls,
    /// The HTTP exchange.
    Http,
    /// The database's own answers.
    Database,
    /// The WebSocket's life.
    Websocket,
    /// A child process.
    Process,
    /// What was answered.
    Content,
    /// The harness itself.
    Harness,
}

impl Layer {
    /// The kebab-case word of the layer.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::Dns => "dns",
            Layer::Connect => "connect",
            Layer::Tls => "tls",
            Layer::Http => "http",
            Layer::Database => "database",
            Layer::Websocket => "websocket",
            Layer::Process => "process",
            Layer::Content => "content",
            Layer::Harness => "harness",
        }
    }
}

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident => $layer:ident, $reason:literal, $meaning:literal;)*) => {
        /// A layer and a reason, out of a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause { $(#[doc = $meaning] $variant,)* }

        impl Cause {
            /// Every cause there is, in the order of the layers.
            pub const ALL: &'static [Cause] = &[$(Cause::$variant,)*];

            /// The layer.
            #[must_use]
            pub fn layer(self) -> Layer {
                match self { $(Cause::$variant => Layer::$layer,)* }
            }

            /// The kebab-case reason within the layer.
            #[must_use]
            pub fn reason(self) -> &'static str {
                match self { $(Cause::$variant => $reason,)* }
            }

            /// One sentence: what was observed.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Cause::$variant => $meaning,)* }
            }
        }
    };
}

causes! {
    NoSuchName => Dns, "no-such-name", "The name does not exist.";
    NoRecords => Dns, "no-records", "The name exists, but has no record of the requested type.";
    DnsTimeout => Dns, "timeout", "The resolver did not answer in time.";
    DnsServer => Dns, "server-failure", "The name server answered with a failure, or refused to answer.";
    Refused => Connect, "refused", "The connection was refused: the port is closed, or a firewall rejects it.";
    Unreachable => Connect, "unreachable", "There is no route to the address, or the socket file does not exist.";
    ConnectTimeout => Connect, "timeout", "The connection was not established in time.";
    Reset => Connect, "reset", "The connection was reset or closed by the other side before the answer was complete.";
    ConnectSilent => Connect, "silent", "The connection was established, but the expected line did not arrive in time.";
    TlsExpired => Tls, "expired", "The certificate has expired.";
    TlsNotYetValid => Tls, "not-yet-valid", "The certificate is not valid yet.";
    TlsWrongHost => Tls, "wrong-host", "The certificate is for another name.";
    TlsUnknownIssuer => Tls, "unknown-issuer", "The certificate's issuer is not trusted.";
    TlsSelfSigned => Tls, "self-signed", "The certificate is self-signed and not trusted.";
    NotTls => Tls, "not-tls", "The server does not speak TLS.";
    TlsProtocol => Tls, "protocol", "The handshake failed: no common version or cipher, or an alert.";
    TlsTimeout => Tls, "timeout", "The TLS handshake did not finish in time.";
    HttpTimeout => Http, "timeout", "The connection was established, but the answer was not complete in time.";
    HttpProtocol => Http, "protocol", "The answer is not HTTP.";
    HttpTooLarge => Http, "too-large", "The answer is larger than the limit.";
    HttpRedirects => Http, "redirects", "More redirects than the scenario allows, or one that leads nowhere.";
    HttpEnded => Http, "ended", "The event stream ended before the expected event.";
    TooManyConnections => Database, "too-many-connections", "The server has no free connection (SQLSTATE 53300; 1040 in MySQL; `max number of clients` in Redis).";
    StartingUp => Database, "starting-up", "The server is starting up, loading or shutting down (SQLSTATE 57P03, 57P01; `LOADING` in Redis).";
    DatabaseAuth => Database, "auth", "The server refused the credentials (SQLSTATE class 28; `NOAUTH`, `WRONGPASS` in Redis).";
    NoSuchDatabase => Database, "no-such-database", "The database does not exist (SQLSTATE 3D000; 1049 in MySQL).";
    DatabaseQuery => Database, "query", "The server refused the query or command.";
    DatabaseTimeout => Database, "timeout", "The connection was established, but the database did not answer in time.";
    DatabaseProtocol => Database, "protocol", "The server is another kind of database, or speaks an unsupported protocol.";
    WebsocketHandshake => Websocket, "handshake", "The upgrade was refused.";
    WebsocketClosedBefore => Websocket, "closed-before", "The WebSocket was closed before the first expected frame.";
    WebsocketClosed => Websocket, "closed", "The WebSocket was closed after some of the expected frames, before the last.";
    WebsocketTimeout => Websocket, "timeout", "The expected frame did not arrive in time.";
    WebsocketProtocol => Websocket, "protocol", "The answer is not a valid WebSocket frame.";
    WebsocketTooLarge => Websocket, "too-large", "A frame, or all of them, are larger than the limit.";
    ExitCode => Process, "exit-code", "The command ended with an unexpected exit code.";
    Signalled => Process, "signal", "The command was ended by a signal that the harness did not send.";
    OutputTooLarge => Process, "too-large", "The command wrote more than the limit.";
    ProcessTimeout => Process, "timeout", "The command did not end in time.";
    ProcessProtocol => Process, "protocol", "The command succeeded, but its output does not follow its protocol.";
    Differs => Content, "differs", "The answer does not match the expectation.";
    Missing => Content, "missing", "The answer lacks what the expectation checks.";
    Incomparable => Content, "incomparable", "The value is of another type than the expectation compares.";
    NotJson => Content, "not-json", "The answer is not JSON.";
    Truncated => Content, "truncated", "The answer was truncated at its limit, so absence is not proved.";
    NotKept => Content, "not-kept", "The value was too large to be kept in the report.";
    ToolMissing => Harness, "tool-missing", "A tool that the probe needs is not installed on this host.";
    ToolAuth => Harness, "tool-auth", "A tool or an API that the probe needs has no valid login on this host.";
    BadQuery => Harness, "query", "The service refused the scenario's query as invalid.";
    SecretUnavailable => Harness, "secret", "A secret could not be read.";
    OwnLimit => Harness, "limit", "The harness ran into a limit of its own host (file descriptors, local ports, memory).";
    Internal => Harness, "internal", "An internal error of the harness.";
}

impl Cause {
    /// Is it a time limit that ran out?
    #[must_use]
    pub fn is_timeout(self) -> bool {
        use Cause::{
            ConnectTimeout, DatabaseTimeout, DnsTimeout, HttpTimeout, ProcessTimeout, TlsTimeout,
            WebsocketTimeout,
        };
        matches!(
            self,
            DnsTimeout
                | ConnectTimeout
                | TlsTimeout
                | HttpTimeout
                | DatabaseTimeout
                | WebsocketTimeout
                | ProcessTimeout
        )
    }

    /// The cause that is written `layer/reason`.
    #[must_use]
    pub fn named(name: &str) -> Option<Cause> {
        let (layer, reason) = name.split_once('/')?;
        Cause::ALL.iter().copied().find(|cause| cause.layer().name() == layer && cause.reason() == reason)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.layer().name(), self.reason())
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cause, D::Error> {
        let text = String::deserialize(deserializer)?;
        Cause::named(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("there is no cause `{text}` here: it is of another fixproof"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_with_the_reason_timeout_is_one() {
        for cause in Cause::ALL {
            assert_eq!(cause.is_timeout(), cause.reason() == "timeout", "{cause}");
        }
    }

    #[test]
    fn no_two_causes_share_a_name() {
        let names: std::collections::BTreeSet<String> = Cause::ALL.iter().map(Cause::to_string).collect();
        assert_eq!(names.len(), Cause::ALL.len());
    }
}
