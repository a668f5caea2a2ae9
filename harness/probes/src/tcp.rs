//! The `tcp` probe: a fresh connection, and where it is asked for the first line that comes over it.
//!
//! A connection alone says only that the system at the other end accepts it; a line says that a program does.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::net::connect::{Endpoint, Family, io_error};
use crate::net::observation_builder::ObservationBuilder;
use crate::probe::{BuiltInProbe, ObserveContext, Observing, PrepareContext, PrepareResult, Probe};
use crate::reproduce::{CommandLine, printf, whole_seconds};
use crate::spec::{CONNECTION, IP, TIME_TOTAL, always, fact, required, setting};
use fixproof_core::model::{
    Cause, Kind, Mistake, Observation, ProbeError, ProbeSpec, SettingKind, Settings, Text, Value,
};

/// The longest line that is read.
const LONGEST: usize = 4096;

static SPEC: ProbeSpec = ProbeSpec {
    name: "tcp",
    summary: "a fresh TCP connection, and the first line said over it",
    settings: &[
        required("address", SettingKind::Text, "host:port, 192.0.2.1:port or [2001:db8::1]:port"),
        IP,
        setting(
            "banner",
            SettingKind::Flag,
            "wait for the first line the other side says (SSH, SMTP, FTP greet so); default: false",
        ),
        setting(
            "send",
            SettingKind::Text,
            "what to say first, as it stands (\"PING\\r\\n\"); then the first line of the answer is the banner",
        ),
    ],
    facts: &[
        &[
            always("local", Kind::Text, "address the connection was made from, with port"),
            fact("banner", Kind::Text, "first line, without its end; missing where none was waited for"),
            fact("time.banner", Kind::Duration, "from the connection to the end of the first line"),
        ],
        CONNECTION,
        &[TIME_TOTAL],
    ],
    phases: &["dns", "connect", "banner"],
    example: r#"component = "cache"

[[scenario]]
id       = "cache-port"
title    = "The cache accepts a connection within 1 s and answers a PING"
probe    = "tcp"
with     = { address = "cache.example.com:6379", send = "PING\r\n" }
expect   = [
  { that = "time.connect", at-most = "1s" },
  { that = "banner", equals = "+PONG" },
]
"#,
};

/// The row of the `tcp` probe.
pub(crate) static TCP: BuiltInProbe =
    BuiltInProbe { spec: &SPEC, prepare, reproduce: |shown, within, _| reproduce(shown, within) };

fn prepare(settings: &Settings, _: &PrepareContext<'_>) -> PrepareResult {
    let mut mistakes = Vec::new();
    let endpoint = Endpoint::of(settings, None).map_err(|mistake| mistakes.push(mistake));
    let send = settings.text("send").cloned();
    if send.as_ref().is_some_and(|text| text.expose().is_empty()) {
        mistakes.push(Mistake::at("send", "it says nothing").help("leave it out, or say something"));
    }
    if send.is_some() && settings.flag("banner") == Some(false) {
        let help = "leave `banner` out: what is sent is always waited for";
        mistakes.push(Mistake::at("banner", "with `send` there is always an answer to wait for").help(help));
    }
    let banner = send.is_some() || settings.flag("banner") == Some(true);
    match endpoint {
        Ok(endpoint) if mistakes.is_empty() => Ok(Box::new(TcpProbe { endpoint, send, banner })),
        _ => Err(mistakes),
    }
}

/// The same with `nc`.
fn reproduce(shown: &Settings, within: Duration) -> Option<String> {
    let endpoint = Endpoint::of(shown, None).ok()?;
    let mut line = CommandLine::empty();
    let send = shown.text("send").map(Text::expose);
    if let Some(send) = send {
        printf(&mut line, send);
        line.shell("|");
    }
    let banner = send.is_some() || shown.flag("banner") == Some(true);
    line.words(["nc", if banner { "-v" } else { "-vz" }, "-w", &whole_seconds(within)]);
    match endpoint.family {
        Family::Any => &mut line,
        Family::Four => line.word("-4"),
        Family::Six => line.word("-6"),
    };
    line.words(["--"].into_iter().filter(|_| endpoint.host.starts_with('-')));
    line.words([&*endpoint.host, &endpoint.port.to_string()]);
    if banner && send.is_none() {
        line.shell("</dev/null");
    }
    line.finish()
}

/// Ready to be made.
struct TcpProbe {
    endpoint: Endpoint,
    send: Option<Text>,
    banner: bool,
}

impl Probe for TcpProbe {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.look(ObservationBuilder::begin(ask)))
    }
}

impl TcpProbe {
    async fn look(&self, mut builder: ObservationBuilder) -> Observation {
        let result = self.connect(&mut builder).await;
        if result.is_ok() {
            builder.fact("time.total", Value::Duration(builder.clock.since(builder.start)));
        }
        builder.finish(result)
    }

    async fn connect(&self, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let mut stream = builder.connect(&self.endpoint, ("connect", "time.connect")).await?;
        let local = stream.local_addr().map_err(|error| io_error(&error, &self.endpoint.to_string()))?;
        builder.fact("local", Value::Text(local.to_string()));
        if !self.banner {
            return Ok(());
        }
        let mut line = Line::default();
        let late = (Cause::ConnectSilent, String::new());
        let exchange = self.exchange(&mut stream, &mut line);
        let result = builder.phase(("banner", "time.banner"), late, exchange).await;
        if let Some(send) = &self.send {
            let shown = if send.is_secret() { "…" } else { send.expose() };
            builder.sent(shown.to_owned());
        }
        if !line.read.is_empty() {
            builder.received(line.text());
        }
        match result {
            Ok(()) if line.is_too_long() => {
                let what = format!("the first line does not end within {LONGEST} bytes");
                builder.seen.facts.insert_unreadable("banner", Cause::Truncated, what);
                Ok(())
            }
            Ok(()) => {
                builder.fact("banner", Value::Text(line.text()));
                Ok(())
            }
            Err(late) if late.cause == Cause::ConnectSilent => Err(self.silent(&line)),
            Err(why) => Err(why),
        }
    }

    /// Says what is to be said and reads one line, which the other side may also end by closing.
    async fn exchange(&self, stream: &mut TcpStream, line: &mut Line) -> Result<(), ProbeError> {
        let peer = self.endpoint.to_string();
        if let Some(send) = &self.send {
            stream.write_all(send.expose().as_bytes()).await.map_err(|error| io_error(&error, &peer))?;
        }
        let mut buffer = [0; 1024];
        while !line.is_over() {
            match stream.read(&mut buffer).await.map_err(|error| io_error(&error, &peer))? {
                0 if line.read.is_empty() => {
                    let what =
                        format!("{peer} accepted the connection and closed it without sending anything");
                    return Err(ProbeError::new(Cause::Reset, what));
                }
                0 => break,
                count => line.read.extend_from_slice(&buffer[..count]),
            }
        }
        Ok(())
    }

    fn silent(&self, line: &Line) -> ProbeError {
        let endpoint = &self.endpoint;
        let what = match (line.read.len(), &self.send) {
            (0, None) => format!("{endpoint} accepted the connection but sent nothing in time"),
            (0, Some(_)) => format!("{endpoint} accepted the connection but did not answer in time"),
            (1, _) => format!("{endpoint} sent 1 byte but no complete line in time"),
            (count, _) => format!("{endpoint} sent {count} bytes but no complete line in time"),
        };
        ProbeError::new(Cause::ConnectSilent, what)
    }
}

/// What came so far of the first line; more than it is never looked at.
#[derive(Default)]
struct Line {
    read: Vec<u8>,
}

impl Line {
    fn end(&self) -> Option<usize> {
        self.read.iter().take(LONGEST).position(|byte| *byte == b'\n')
    }

    fn is_over(&self) -> bool {
        self.end().is_some() || self.is_too_long()
    }

    fn is_too_long(&self) -> bool {
        self.end().is_none() && self.read.len() >= LONGEST
    }

    /// Without its end; bytes that are no UTF-8 become U+FFFD.
    fn text(&self) -> String {
        let end = self.end().unwrap_or(self.read.len().min(LONGEST));
        let line = &self.read[..end];
        String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
    }
}
