//! The `redis` probe: a fresh connection, taken apart into name, TCP, TLS and authentication, and one command.
//!
//! Nothing is sent that was not asked for: no greeting, no name of a client, no question about the server.

mod classify;
mod dialect;
mod info;
mod observe;
mod reply;
mod reproduce;

use crate::probe::{BuiltInProbe, ObserveContext, Observing, PrepareContext, PrepareResult, Probe};
use crate::spec::{CA, CERTIFICATE, IP, SESSION, TIME_DNS, always, fact, setting};

use fixproof_core::model::{Kind, Mistake, ProbeSpec, Setting, SettingKind, Settings, Text};

use self::dialect::DIALECT;
use self::observe::RedisProbe;
use crate::db::address::Address;

static SPEC: ProbeSpec = ProbeSpec {
    name: "redis",
    summary: "Opens a fresh Redis connection, phase by phase, and sends one command.",
    settings: &[
        setting(
            "url",
            SettingKind::Text,
            "Where and who: redis://user:password@host:port/database; rediss:// is over TLS.",
        ),
        setting("host", SettingKind::Text, "Name or address; instead of the URL's."),
        setting("port", SettingKind::Count, "The port; instead of the URL's. Default 6379."),
        setting(
            "user",
            SettingKind::Text,
            "The ACL user; instead of the URL's. Default: the server's `default`.",
        ),
        setting(
            "password",
            SettingKind::Text,
            "Its password; instead of the URL's. Default: no authentication.",
        ),
        setting(
            "database",
            SettingKind::Count,
            "The number of the database; instead of the URL's. Default 0.",
        ),
        setting(
            "tls",
            SettingKind::OneOf(DIALECT.tls_modes),
            "How much TLS; instead of the URL's. Default: `verify-full` for rediss://, else `disable`.",
        ),
        CA,
        setting(
            "command",
            SettingKind::Texts,
            "The command, word by word: [\"GET\", \"key\"]. Default [\"PING\"], which only PONG answers.",
        ),
        setting("info", SettingKind::Flag, "Send INFO too, for the facts about the server. Default false."),
        IP,
    ],
    facts: &[
        &[
            always("time.tcp", Kind::Duration, "Connecting the socket."),
            fact("time.tls", Kind::Duration, "The handshake."),
            fact(
                "time.auth",
                Kind::Duration,
                "AUTH and SELECT; none where there is neither a password nor a database but 0.",
            ),
            always("time.connect", Kind::Duration, "time.dns + time.tcp + time.tls + time.auth."),
            always("time.query", Kind::Duration, "From sending the command until its reply was complete."),
            fact("time.info", Kind::Duration, "The same for INFO."),
            always("time.total", Kind::Duration, "time.connect, time.query and time.info."),
            always("value", Kind::Json, "The reply to the command."),
            always("peer", Kind::Text, "The address that was connected to, with port."),
            fact("server.version", Kind::Text, "With `info`: redis_version."),
            fact("server.mode", Kind::Text, "With `info`: standalone, cluster or sentinel."),
            fact("server.role", Kind::Text, "With `info`: master or slave."),
            fact("memory.used", Kind::Size, "With `info`: used_memory."),
            fact("memory.max", Kind::Size, "With `info`: maxmemory; none where there is no limit."),
            fact("memory.share", Kind::Share, "With `info`: the used part of it."),
            fact("connections.used", Kind::Number, "With `info`: connected_clients, this one included."),
            fact("connections.max", Kind::Number, "With `info`: maxclients; none before Redis 7."),
            fact("connections.share", Kind::Share, "With `info`: the used part of it."),
            fact(
                "info.*",
                Kind::Json,
                "With `info`: every field by its own name, a number or a text: info.master_link_status.",
            ),
            fact(
                "tls.verified",
                Kind::Flag,
                "Was the certificate verified (with verify-ca, all but its name)?",
            ),
        ],
        &[TIME_DNS],
        SESSION,
        CERTIFICATE,
    ],
    phases: &["dns", "tcp", "tls", "auth", "query", "info"],
    example: r#"component = "cache"

[[scenario]]
id       = "cache-answers"
title    = "The cache answers, is a master, and has memory left"
probe    = "redis"
with     = { url = "redis://cache.example.com:6379", info = true }
expect   = [
  { that = "value", equals = "PONG" },
  { that = "time.total", at-most = "1s" },
  { that = "server.role", equals = "master" },
  { that = "memory.used", less-than = "2GiB" },
]
"#,
};

/// The row of the `redis` probe.
pub(crate) static REDIS: BuiltInProbe =
    BuiltInProbe { spec: &SPEC, prepare, reproduce: reproduce::reproduce };

fn prepare(settings: &Settings, context: &PrepareContext<'_>) -> PrepareResult {
    let address = Address::read(settings, &DIALECT)?;
    let mut mistakes = Vec::new();
    let command = command(settings).map_err(|mistake| mistakes.push(mistake));
    let database = address.database.as_ref().map(|number| number.parse()).transpose();
    let database = database.map_err(|_| mistakes.push(Mistake::whole("a Redis database must be a number")));
    let tls = address.tls_client(context, &[]).map_err(|mistake| mistakes.push(mistake));
    match (command, database, tls) {
        (Ok(command), Ok(database), Ok(tls)) => {
            let info = settings.flag("info").unwrap_or(false);
            Ok(Box::new(RedisProbe { address, tls, database, command, info }))
        }
        _ => Err(mistakes),
    }
}

impl Probe for RedisProbe {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ask))
    }
}

fn command(settings: &Settings) -> Result<Vec<Text>, Mistake> {
    if settings.get("command").is_none() {
        return Ok(vec![Text::plain("PING")]);
    }
    let words = settings.list("command").iter().filter_map(|word| match word {
        Setting::Text(text) => Some(text.clone()),
        _ => None,
    });
    let words: Vec<Text> = words.collect();
    let Some(first) = words.first().map(Text::expose).filter(|first| !first.trim().is_empty()) else {
        return Err(Mistake::at("command", "it asks nothing")
            .help("leave it out for PING, or write [\"GET\", \"key\"]"));
    };
    if words.len() == 1 && first.contains(' ') {
        let help = "write each word of its own: [\"GET\", \"key\"]";
        return Err(Mistake::at(
            "command",
            "a command is a list of words, and this is one word with a space in it",
        )
        .help(help));
    }
    if ["subscribe", "psubscribe", "ssubscribe", "monitor"]
        .iter()
        .any(|never| first.eq_ignore_ascii_case(never))
    {
        let what = format!("{} has no reply but a stream that never ends", first.to_uppercase());
        return Err(Mistake::at("command", what).help("ask for something that has one reply"));
    }
    Ok(words)
}
