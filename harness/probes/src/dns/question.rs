//! What a scenario asks, out of its settings: names, record types, the server to query and the transport.

use std::net::IpAddr;

use hickory_proto::rr::{Name, RecordType};
use url::Url;

use super::servers::ServerChoice;
use fixproof_core::model::{Mistake, Setting, Settings, Text, shortened};

/// The words of `type`.
pub(super) const TYPES: &[&str] =
    &["address", "A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA", "PTR", "SOA"];
/// The words of `transport`.
pub(super) const TRANSPORTS: &[&str] = &["auto", "udp", "tcp"];
/// The words of `absent`.
pub(super) const ABSENT: &[&str] = &["obstacle", "allowed"];
/// Every name holds one or two sockets while it is asked for.
const MOST_NAMES: usize = 100;

/// How a question travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// UDP, and TCP where an answer does not fit.
    Auto,
    /// UDP alone.
    Udp,
    /// TCP alone.
    Tcp,
}

/// One question: a name and a kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// Absolute.
    pub(super) name: Name,
    /// A, AAAA, MX …
    pub(super) record: RecordType,
}

/// A name as the suite wrote it, and as name servers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// Without the last dot.
    pub(super) written: String,
    /// Absolute.
    pub(super) name: Name,
}

/// Everything an observation needs.
#[derive(Debug, Clone)]
pub(super) struct DnsProbe {
    /// At least one.
    pub(super) hosts: Vec<Host>,
    /// Which records of each: one kind, or A and AAAA.
    pub(super) records: &'static [RecordType],
    /// The servers to query.
    pub(super) peer: ServerChoice,
    /// How.
    pub(super) transport: Transport,
    /// Is it an answer, and no obstacle, that there is nothing?
    pub(super) absence_is_an_answer: bool,
}

/// Reads the settings.
///
/// # Errors
/// Every setting that can't be used.
pub(super) fn read(settings: &Settings) -> Result<DnsProbe, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let word = |name| settings.text(name).map_or("", Text::expose);
    let records = records(word("type"));
    let pointer = records.contains(&RecordType::PTR);
    let mut hosts: Vec<Host> = Vec::new();
    let written = written(settings);
    for &(setting, text) in &written {
        match host(text, pointer) {
            Ok(host) if hosts.iter().any(|known| known.name == host.name) => {
                mistakes.push(Mistake::at(setting, format!("`{}` is asked for twice", host.written)));
            }
            Ok(host) => hosts.push(host),
            Err((what, help)) => mistakes.push(Mistake::at(setting, what).help(help)),
        }
    }
    if written.is_empty() {
        mistakes.push(Mistake::whole("no name to look up").help("say `name` or `names`"));
    } else if hosts.len() > MOST_NAMES {
        let what = format!("{} names are more than are asked side by side ({MOST_NAMES})", hosts.len());
        mistakes.push(Mistake::whole(what).help("split them over several scenarios"));
    }
    let peer = settings.text("server").map_or(Ok(ServerChoice::System), ServerChoice::read).unwrap_or_else(
        |mistake| {
            mistakes.push(mistake);
            ServerChoice::System
        },
    );
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let transport = match word("transport") {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        _ => Transport::Auto,
    };
    Ok(DnsProbe { hosts, records, peer, transport, absence_is_an_answer: word("absent") == "allowed" })
}

/// The texts of `name` and `names`, each with its setting. Nothing stands for a value that is no text.
fn written(settings: &Settings) -> Vec<(&'static str, Option<&Text>)> {
    let mut found = Vec::new();
    for key in ["name", "names"] {
        match settings.get(key) {
            Some(Setting::List(list)) => found.extend(list.iter().map(|item| (key, text(item)))),
            Some(setting) => found.push((key, text(setting))),
            None => {}
        }
    }
    found
}

fn text(setting: &Setting) -> Option<&Text> {
    match setting {
        Setting::Text(text) => Some(text),
        _ => None,
    }
}

fn records(word: &str) -> &'static [RecordType] {
    match word {
        "A" => &[RecordType::A],
        "AAAA" => &[RecordType::AAAA],
        "CNAME" => &[RecordType::CNAME],
        "MX" => &[RecordType::MX],
        "TXT" => &[RecordType::TXT],
        "NS" => &[RecordType::NS],
        "SRV" => &[RecordType::SRV],
        "CAA" => &[RecordType::CAA],
        "PTR" => &[RecordType::PTR],
        "SOA" => &[RecordType::SOA],
        _ => &[RecordType::A, RecordType::AAAA],
    }
}

/// One name. An http(s) or ws(s) URL stands for its host, so that a scenario can use a component's address.
fn host(text: Option<&Text>, pointer: bool) -> Result<Host, (String, &'static str)> {
    const PLAIN: &str = "write the bare name: \"api.example.com\"";
    let Some(text) = text else {
        return Err(("a name has to be a text".to_owned(), PLAIN));
    };
    if text.is_secret() {
        // A question crosses the network in clear, and its name stands in every report.
        return Err(("a secret can't be asked for: questions travel in clear".to_owned(), PLAIN));
    }
    let text = text.expose().trim();
    let url = text.contains("://").then(|| Url::parse(text).ok()).flatten();
    let (text, of_url) = match url.as_ref().and_then(Url::host_str) {
        Some(host) => (host.trim_start_matches('[').trim_end_matches(']'), true),
        None => (text, false),
    };
    if text.contains("://") {
        return Err(("it is a URL without a host".to_owned(), PLAIN));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return if pointer {
            let mut name = Name::from(address);
            name.set_fqdn(true);
            Ok(Host { written: text.to_owned(), name })
        } else if of_url {
            Err((format!("the URL's host `{text}` is an address: there is no name to look up"), PLAIN))
        } else {
            Err((format!("`{text}` is an address, no name"), "`type = \"PTR\"` asks whose address it is"))
        };
    }
    let bare = text.strip_suffix('.').unwrap_or(text);
    let wrong = || (format!("`{}` is no name that can be looked up", shown(text)), PLAIN);
    if bare.is_empty() || bare.split('.').any(str::is_empty) || bare.contains('\\') {
        return Err(wrong());
    }
    let name = if bare.is_ascii() { Name::from_ascii(bare) } else { Name::from_utf8(bare) };
    let mut name = name.map_err(|_| wrong())?;
    name.set_fqdn(true);
    // 255 bytes on the wire: every label has its length before it, and the root comes last.
    if name.iter().map(|label| label.len() + 1).sum::<usize>() + 1 > 255 {
        return Err(wrong());
    }
    Ok(Host { written: bare.to_owned(), name })
}

/// The beginning of a text that may be long.
fn shown(text: &str) -> String {
    shortened(text, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(settings: &[(&str, Setting)]) -> Result<DnsProbe, Vec<Mistake>> {
        read(&Settings(settings.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()))
    }

    fn text(text: &str) -> Setting {
        Setting::Text(Text::plain(text))
    }

    fn name(written: &str) -> Result<String, String> {
        match probe(&[("name", text(written))]) {
            Ok(probe) => Ok(probe.hosts[0].name.to_ascii()),
            Err(mistakes) => Err(mistakes[0].message.clone()),
        }
    }

    #[test]
    fn a_name_is_absolute_however_it_is_written() {
        for (written, absolute) in [
            ("api.example.com", "api.example.com."),
            ("api.example.com.", "api.example.com."),
            ("localhost", "localhost."),
            ("_sip._tcp.example.com", "_sip._tcp.example.com."),
            ("a_b.example.com", "a_b.example.com."),
            ("*.example.com", "*.example.com."),
            ("bücher.example", "xn--bcher-kva.example."),
            ("https://app:secret@api.example.com:8443/x?y", "api.example.com."),
            ("wss://chat.example.com/socket", "chat.example.com."),
        ] {
            assert_eq!(name(written).as_deref(), Ok(absolute), "{written}");
        }
    }

    #[test]
    fn what_is_no_name_is_a_mistake() {
        let label = "a".repeat(64);
        let long = vec!["abcdefghi"; 30].join(".");
        for written in ["", ".", "a..b", ".a", "a b", "a/b", "a\\.b", "mailto://", "é\u{0}.x", &label, &long]
        {
            assert!(name(written).is_err(), "{written}");
        }
        assert!(name("10.0.0.1").unwrap_err().contains("is an address"));
        assert!(name("http://127.0.0.1:80/").unwrap_err().contains("URL's host `127.0.0.1`"));
    }

    #[test]
    fn an_address_is_asked_for_backwards() {
        for (address, name) in [
            ("192.0.2.7", "7.2.0.192.in-addr.arpa."),
            ("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."),
        ] {
            let probe = probe(&[("name", text(address)), ("type", text("PTR"))]).unwrap();
            assert_eq!(probe.hosts[0].name.to_ascii(), name);
            assert!(probe.hosts[0].name.is_fqdn());
        }
    }

    #[test]
    fn names_add_up_and_none_is_asked_for_twice() {
        let list = |names: &[&str]| Setting::List(names.iter().map(|name| text(name)).collect());
        let both = probe(&[("name", text("a.test")), ("names", list(&["b.test", "c.test"]))]).unwrap();
        assert_eq!(both.hosts.len(), 3);
        let twice = probe(&[("names", list(&["b.test", "B.test."]))]).unwrap_err();
        assert!(twice[0].message.contains("twice"), "{twice:?}");
        let many: Vec<String> = (0..101).map(|i| format!("n{i}.test")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(probe(&[("names", list(&many))]).unwrap_err()[0].message.contains("101"));
        for nothing in [probe(&[]), probe(&[("names", list(&[]))])] {
            assert!(nothing.unwrap_err()[0].message.contains("no name"));
        }
    }

    #[test]
    fn a_secret_is_never_asked_for() {
        let hidden = Setting::Text(Text::secret("hunter2.example.com"));
        let mistakes = probe(&[("name", hidden)]).unwrap_err();
        assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
    }

    #[test]
    fn every_word_of_type_is_a_kind_of_record() {
        for word in &TYPES[1..] {
            let [record] = records(word) else { panic!("{word}") };
            assert_eq!(record.to_string(), *word);
        }
        assert_eq!(records("address"), [RecordType::A, RecordType::AAAA]);
    }
}
