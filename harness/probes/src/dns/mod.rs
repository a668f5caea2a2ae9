//! The `dns` probe: what name servers say about names, record by record, straight from the wire.
//!
//! Names are absolute: no search domain is tried, no hosts file and no cache is looked at, and no alias is followed
//! that the server has not followed itself. A lost datagram is sent again until the deadline, which is part of DNS.

mod answer;
mod lookup;
mod observe;
mod question;
mod reproduce;
mod servers;
mod wire;

use std::sync::Arc;

use self::question::{ABSENT, DnsProbe, TRANSPORTS, TYPES};
use crate::probe::{BuiltInProbe, ObserveContext, Observing, Probe};
use crate::spec::{always, fact, setting};
use fixproof_core::model::{Kind, ProbeSpec, SettingKind};

const EXAMPLE: &str = r#"component = "frontend"

[[scenario]]
id       = "dns-all-hosts"
title    = "Every host of the staging environment has an address"
critical = true
timeout  = "10s"
probe    = "dns"
with     = { names = ["app.example.com", "api.example.com", "auth.example.com"] }
expect   = [
  { that = "unresolved", equals = 0 },
  { that = "ttl", at-most = "1h" },
]

[[scenario]]
id       = "dns-old-host-gone"
title    = "The retired host has no record any more"
probe    = "dns"
with     = { name = "old.example.com", absent = "allowed" }
expect   = [ { that = "code", equals = "NXDOMAIN" } ]
"#;

static SPEC: ProbeSpec = ProbeSpec {
    name: "dns",
    summary: "Asks name servers for one name or several side by side, past every cache, hosts file and search domain.",
    settings: &[
        setting(
            "name",
            SettingKind::Text,
            "The name to look up, absolute with or without its last dot; of an http(s) or ws(s) URL its host. For PTR an address.",
        ),
        setting(
            "names",
            SettingKind::Texts,
            "Several names, asked at the same moment; at most 100. Together with `name` or instead of it.",
        ),
        setting(
            "type",
            SettingKind::OneOf(TYPES),
            "Kind of record; `address` is A and AAAA, of which one will do but both must be answered. Default address.",
        ),
        setting(
            "server",
            SettingKind::Text,
            "The server to query: an address with or without a port (127.0.0.1:5353, [::1]:53, 192.0.2.1), or system: the name servers of /etc/resolv.conf, one after another until one answers. Default system.",
        ),
        setting(
            "transport",
            SettingKind::OneOf(TRANSPORTS),
            "auto is UDP, and TCP where an answer was cut off. A datagram without an answer is sent again after 1s, 2s, 4s … until the deadline (fact `resends`). Default auto.",
        ),
        setting(
            "absent",
            SettingKind::OneOf(ABSENT),
            "What it is that a name or record does not exist: an obstacle, or, with allowed, an answer with `count` 0 and `code` NXDOMAIN or NOERROR; failures and silence stay obstacles. Default obstacle.",
        ),
    ],
    facts: &[&[
        fact(
            "answers",
            Kind::Json,
            "Of a single name: what was asked for, as texts in the order of their characters: \"127.0.0.1\", \"10 mail.example.com.\"; of a TXT its texts joined.",
        ),
        always("count", Kind::Number, "How many answers there are, of all names together."),
        always("unresolved", Kind::Number, "How many of the names have none."),
        always(
            "hosts",
            Kind::Json,
            "One a name: { name, answers, ttl in seconds, code, error }; name as the suite writes it, without a last dot.",
        ),
        fact(
            "records",
            Kind::Json,
            "Of a single name: the records of the answer, aliases first: { name, type, ttl in seconds, data }.",
        ),
        fact(
            "ttl",
            Kind::Duration,
            "The shortest time an answer may be kept, aliases included; of what is absent, what the zone's SOA says, if it came.",
        ),
        fact("name", Kind::Text, "Of a single name: the name its aliases lead to, with its last dot."),
        fact(
            "code",
            Kind::Text,
            "Of a single name: NOERROR or NXDOMAIN. A name without records of the kind is NOERROR with a count of 0.",
        ),
        always(
            "server",
            Kind::Text,
            "The name server that answered, with its port; several joined by \", \".",
        ),
        always("authoritative", Kind::Flag, "Did every answer come from a server of the zone itself?"),
        always(
            "resends",
            Kind::Number,
            "Questions that were sent again because no answer came; 0 where nothing was lost.",
        ),
        always("time.dns", Kind::Duration, "From the first question to the last answer."),
        always("time.total", Kind::Duration, "All of it, including the time to find the servers."),
    ]],
    phases: &["dns"],
    example: EXAMPLE,
};

/// The row of the `dns` probe.
pub(crate) static DNS: BuiltInProbe = BuiltInProbe {
    spec: &SPEC,
    prepare: |settings, _| Ok(Box::new(Prepared(Arc::new(question::read(settings)?)))),
    reproduce: |shown, within, _| reproduce::reproduce(shown, within),
};

/// Ready: the plan is shared with the tasks that ask.
struct Prepared(Arc<DnsProbe>);

impl Probe for Prepared {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::look(Arc::clone(&self.0), ask))
    }
}
