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
use std::time::Duration;

pub use self::servers::{OwnResolver, own_resolver};

use self::question::{ABSENT, Plan, TRANSPORTS, TYPES};
use crate::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};
use fixproof_core::model::{FactSpec, Kind, Mistake, ProbeSpec, SettingKind, SettingSpec, Settings};

/// The kind of probe.
#[derive(Debug)]
pub(super) struct Dns;

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

const fn setting(name: &'static str, kind: SettingKind, meaning: &'static str) -> SettingSpec {
    SettingSpec { name, kind, required: false, meaning }
}

const fn fact(name: &'static str, kind: Kind, always: bool, meaning: &'static str) -> FactSpec {
    FactSpec { name, kind, always, meaning }
}

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
            "Whom to ask: an address with or without a port (127.0.0.1:5353, [::1]:53, 192.0.2.1), or system: the name servers of /etc/resolv.conf, one after another until one answers. Default system.",
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
    facts: &[
        fact(
            "answers",
            Kind::Json,
            false,
            "Of a single name: what was asked for, as texts in the order of their characters: \"127.0.0.1\", \"10 mail.example.com.\"; of a TXT its texts joined.",
        ),
        fact("count", Kind::Number, true, "How many answers there are, of all names together."),
        fact("unresolved", Kind::Number, true, "How many of the names have none."),
        fact(
            "hosts",
            Kind::Json,
            true,
            "One a name: { name, answers, ttl in seconds, code, error }; name as the suite writes it, without a last dot.",
        ),
        fact(
            "records",
            Kind::Json,
            false,
            "Of a single name: the records of the answer, aliases first: { name, type, ttl in seconds, data }.",
        ),
        fact(
            "ttl",
            Kind::Duration,
            false,
            "The shortest time an answer may be kept, aliases included; of what is absent, what the zone's SOA says, if it came.",
        ),
        fact("name", Kind::Text, false, "Of a single name: the name its aliases lead to, with its last dot."),
        fact(
            "code",
            Kind::Text,
            false,
            "Of a single name: NOERROR or NXDOMAIN. A name without records of the kind is NOERROR with a count of 0.",
        ),
        fact(
            "server",
            Kind::Text,
            true,
            "The name server that answered, with its port; several joined by \", \".",
        ),
        fact("authoritative", Kind::Flag, true, "Did every answer come from a server of the zone itself?"),
        fact(
            "resends",
            Kind::Number,
            true,
            "Questions that were sent again because no answer came; 0 where nothing was lost.",
        ),
        fact("time.dns", Kind::Duration, true, "From the first question to the last answer."),
        fact("time.total", Kind::Duration, true, "All of it, finding out whom to ask included."),
    ],
    phases: &["dns"],
    example: EXAMPLE,
};

impl ProbeKind for Dns {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    fn reproduce(&self, shown: &Settings, within: Duration, _: &PrepareContext<'_>) -> Option<String> {
        reproduce::reproduce(shown, within)
    }

    fn prepare(&self, settings: &Settings, _: &PrepareContext<'_>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        Ok(Box::new(Prepared(Arc::new(question::read(settings)?))))
    }
}

/// Ready: the plan is shared with the tasks that ask.
struct Prepared(Arc<Plan>);

impl Probe for Prepared {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(observe::look(Arc::clone(&self.0), ask))
    }
}
