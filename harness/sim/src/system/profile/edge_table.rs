//! The profiles of the name server, the load balancer and a crowded database.

use super::app_table::{database, row};
use super::faults::{Faults, HEALTHY, Profile};
use crate::servers::balancer::BalancerState;
use crate::servers::certificate::CertificateState;
use crate::servers::dns::NameServerState;
use crate::servers::postgres::DatabaseFaults;

const fn names(name_server: NameServerState) -> Faults {
    Faults { name_server, ..HEALTHY }
}

const fn balancer(balancer: BalancerState) -> Faults {
    Faults { balancer, ..HEALTHY }
}

const fn shows(certificate: CertificateState) -> Faults {
    balancer(BalancerState::Serving(certificate))
}

/// All of them.
pub(crate) static PROFILES: &[Profile] = &[
    row(
        "dns-missing-host",
        "the name server does not know the backend's host: NXDOMAIN",
        names(NameServerState::MissingHost),
    ),
    row(
        "dns-no-records",
        "the backend's host exists and has no address of either kind",
        names(NameServerState::NoRecords),
    ),
    row(
        "dns-servfail",
        "the name server answers every question with SERVFAIL",
        names(NameServerState::ServerFailure),
    ),
    row(
        "dns-silent",
        "the name server takes every question and never answers",
        names(NameServerState::Silent),
    ),
    row(
        "dns-refused",
        "the name server answers every question with REFUSED",
        names(NameServerState::Refused),
    ),
    row(
        "edge-certificate-expired",
        "the load balancer's certificate expired 3 days ago",
        shows(CertificateState::Expired),
    ),
    row(
        "edge-certificate-not-yet-valid",
        "the load balancer's certificate is valid from in 3 days on",
        shows(CertificateState::NotYetValid),
    ),
    row(
        "edge-certificate-wrong-host",
        "the load balancer's certificate is for another environment's hosts",
        shows(CertificateState::WrongHost),
    ),
    row(
        "edge-certificate-self-signed",
        "the load balancer's certificate is signed by itself",
        shows(CertificateState::SelfSigned),
    ),
    row(
        "edge-certificate-expiring",
        "the load balancer's certificate has 5 days left",
        shows(CertificateState::Expiring),
    ),
    row(
        "edge-unknown-issuer",
        "the load balancer's certificate is from another authority than the one that was handed out",
        shows(CertificateState::UnknownIssuer),
    ),
    row(
        "edge-no-tls",
        "the load balancer ends no TLS: its port speaks plain HTTP",
        balancer(BalancerState::NoTls),
    ),
    row(
        "edge-silent",
        "the load balancer accepts connections and never answers the handshake",
        balancer(BalancerState::Silent),
    ),
    row("edge-refused", "the load balancer's port is closed", balancer(BalancerState::Refused)),
    row(
        "database-crowded",
        "others hold 85 of the database's 100 slots",
        database(DatabaseFaults { occupied: 85, ..DatabaseFaults::NONE }),
    ),
];
