//! The faults of what stands in front of the services: the name server and the load balancer. Data only.

/// How the name server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameServer {
    /// Every host has its address.
    Serving,
    /// The backend's host does not exist.
    MissingHost,
    /// The backend's host exists and has no address of either kind.
    NoRecords,
    /// Every question ends in a failure of the server.
    ServerFailure,
    /// Nothing is ever answered.
    Silent,
    /// Every question is refused.
    Refused,
}

/// How the load balancer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Balancer {
    /// It shows this certificate, ends TLS and passes the bytes on.
    Serving(Certificate),
    /// It ends no TLS: what it passes on is plain.
    NoTls,
    /// It accepts connections and never answers the handshake.
    Silent,
    /// Nobody listens.
    Refused,
}

/// What the load balancer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// For all three hosts, from the authority that is handed out, valid since 60 days and for 90 more.
    Good,
    /// The same, expired 3 days ago.
    Expired,
    /// The same, valid from in 3 days on.
    NotYetValid,
    /// The same, with 5 days left.
    Expiring,
    /// The same, for hosts of another environment.
    WrongHost,
    /// The same, signed by itself.
    SelfSigned,
    /// The same, from another authority than the one that is handed out.
    UnknownIssuer,
}
