//! How a session begins: the server's greeting, the answer to it, and the ways to show a password.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::wire::{Reader, Short};

/// The server speaks TLS.
pub(super) const CLIENT_SSL: u32 = 0x800;
const CONNECT_WITH_DB: u32 = 0x8;
const PLUGIN_AUTH: u32 = 0x8_0000;
/// LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS. Neither
/// LOCAL_FILES nor compression: no server gets a file of this host.
const WANTED: u32 = 0x1 | 0x4 | 0x200 | 0x2000 | 0x8000 | 0x1_0000 | 0x2_0000;
/// `utf8mb4_general_ci`, which every server knows.
const UTF8: u8 = 45;

/// What the server says first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    /// What it calls its version.
    pub(super) version: String,
    /// What it can.
    pub(super) capabilities: u32,
    /// What a password is mixed with.
    pub(super) nonce: Vec<u8>,
    /// How it would like the password to be shown.
    pub(super) plugin: String,
}

impl Greeting {
    /// Reads version 10 of it, which every server since 1999 sends.
    pub(super) fn read(packet: &[u8]) -> Result<Greeting, Short> {
        let mut reader = Reader(packet);
        if reader.number(1)? != 10 {
            return Err(Short);
        }
        let version = String::from_utf8_lossy(reader.until_nul()).into_owned();
        reader.number(4)?;
        let mut nonce = reader.bytes(8)?.to_vec();
        reader.bytes(1)?;
        let low = reader.number(2)?;
        reader.bytes(3)?;
        let high = reader.number(2)?;
        let capabilities = u32::try_from(low | high << 16).map_err(|_| Short)?;
        let length = usize::try_from(reader.number(1)?).map_err(|_| Short)?;
        reader.bytes(10)?;
        let rest = reader.bytes(length.saturating_sub(8).max(13).min(reader.0.len()))?;
        nonce.extend_from_slice(rest.strip_suffix(&[0]).unwrap_or(rest));
        let plugin = match capabilities & PLUGIN_AUTH {
            0 => "mysql_native_password".to_owned(),
            _ => String::from_utf8_lossy(reader.until_nul()).into_owned(),
        };
        // MariaDB calls itself 5.5.5 first, for clients that expect no two digits.
        let version = match version.strip_prefix("5.5.5-") {
            Some(own) if own.contains("MariaDB") => own.to_owned(),
            _ => version,
        };
        Ok(Greeting { version, capabilities, nonce, plugin })
    }
}

/// The beginning of an answer, which alone asks for TLS.
fn head(capabilities: u32) -> Vec<u8> {
    let mut head = capabilities.to_le_bytes().to_vec();
    head.extend_from_slice(&0x00ff_ffff_u32.to_le_bytes());
    head.push(UTF8);
    head.extend_from_slice(&[0; 23]);
    head
}

/// What is wanted of what the server can.
fn capabilities(greeting: &Greeting, database: Option<&str>, tls: bool) -> u32 {
    let database = if database.is_some() { CONNECT_WITH_DB } else { 0 };
    let tls = if tls { CLIENT_SSL } else { 0 };
    WANTED | (PLUGIN_AUTH & greeting.capabilities) | database | tls
}

/// Asks for TLS.
pub(super) fn ssl_request(greeting: &Greeting, database: Option<&str>) -> Vec<u8> {
    head(capabilities(greeting, database, true))
}

/// Answers the greeting.
pub(super) fn response(
    greeting: &Greeting,
    user: &str,
    database: Option<&str>,
    (plugin, proof): (&str, &[u8]),
    tls: bool,
) -> Vec<u8> {
    let mut answer = head(capabilities(greeting, database, tls));
    let mut word = |word: &[u8]| {
        answer.extend_from_slice(word);
        answer.push(0);
    };
    word(user.as_bytes());
    // Its length in one byte; no proof is longer than a password may be.
    let length = u8::try_from(proof.len()).unwrap_or(u8::MAX);
    answer.push(length);
    answer.extend_from_slice(&proof[..usize::from(length)]);
    for text in database.into_iter().chain((greeting.capabilities & PLUGIN_AUTH != 0).then_some(plugin)) {
        answer.extend_from_slice(text.as_bytes());
        answer.push(0);
    }
    answer
}

/// How safe the way to the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Anybody may listen.
    Open,
    /// Encrypted, but the other end may be anybody.
    Encrypted,
    /// The peer is verified, or the connection is a Unix socket.
    Sure,
}

/// What is shown for a password, or why nothing is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// This.
    Shown(Vec<u8>),
    /// The password itself would be, and the way is not safe enough.
    Unsafe,
    /// The plugin is not supported.
    Unknown,
}

/// Shows a password as a plugin wants it.
pub(super) fn proof(plugin: &str, password: &str, nonce: &[u8], way: Way) -> Proof {
    let clear = |least: Way| match way >= least {
        true => Proof::Shown(asciz(password)),
        false => Proof::Unsafe,
    };
    // A MySQL server takes the first twenty bytes for what is mixed.
    let nonce = nonce.get(..20).unwrap_or(nonce);
    match plugin {
        "mysql_native_password" | "caching_sha2_password" if password.is_empty() => Proof::Shown(Vec::new()),
        "mysql_native_password" => Proof::Shown(native(password, nonce)),
        "caching_sha2_password" => Proof::Shown(caching(password, nonce)),
        "sha256_password" => clear(Way::Encrypted),
        // The password is sent in clear text, so the server must be verified.
        "mysql_clear_password" => clear(Way::Sure),
        _ => Proof::Unknown,
    }
}

/// The password itself, as caching_sha2_password wants it where the server remembers no hash of it.
pub(super) fn in_full(password: &str, way: Way) -> Proof {
    if way >= Way::Encrypted { Proof::Shown(asciz(password)) } else { Proof::Unsafe }
}

fn asciz(password: &str) -> Vec<u8> {
    [password.as_bytes(), &[0]].concat()
}

/// SHA1(password) XOR SHA1(nonce SHA1(SHA1(password)))
fn native(password: &str, nonce: &[u8]) -> Vec<u8> {
    let once = Sha1::digest(password.as_bytes());
    let mixed = Sha1::digest([nonce, &Sha1::digest(once)].concat());
    once.iter().zip(mixed).map(|(one, other)| one ^ other).collect()
}

/// SHA256(password) XOR SHA256(SHA256(SHA256(password)) nonce)
fn caching(password: &str, nonce: &[u8]) -> Vec<u8> {
    let once = Sha256::digest(password.as_bytes());
    let mixed = Sha256::digest([&Sha256::digest(once)[..], nonce].concat());
    once.iter().zip(mixed).map(|(one, other)| one ^ other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As servers of two makes really sent it.
    #[test]
    fn greetings_are_read() {
        const MYSQL: &[u8] = b"\n8.0.18\x00\x19\x00\x00\x00\x114aB0c\x06g\x00\xff\xff\xff\x02\x00\xff\xc7\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00tL\x03s\x0f[4\rl4. \x00caching_sha2_password\x00";
        const MARIADB: &[u8] = b"\n5.5.5-10.4.7-MariaDB-1:10.4.7+maria~bionic\x00\x0b\x00\x00\x00t6L\\j\"dS\x00\xfe\xf7\x08\x02\x00\xff\x81\x15\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00U14Oph9\"<H5n\x00mysql_native_password\x00";
        let greeting = Greeting::read(MYSQL).unwrap();
        assert_eq!((&*greeting.version, &*greeting.plugin), ("8.0.18", "caching_sha2_password"));
        assert_eq!(greeting.nonce, b"\x114aB0c\x06gtL\x03s\x0f[4\rl4. ");
        assert!(greeting.capabilities & CLIENT_SSL != 0);
        let greeting = Greeting::read(MARIADB).unwrap();
        assert_eq!(&*greeting.version, "10.4.7-MariaDB-1:10.4.7+maria~bionic");
        assert_eq!((greeting.nonce.len(), greeting.capabilities & CLIENT_SSL), (20, 0));
        for cut in 0..40 {
            assert!(Greeting::read(&MARIADB[..cut]).is_err(), "{cut}");
        }
    }

    /// What a server does with the proof: it knows SHA256(SHA256(password)) and gets SHA256(password) back.
    #[test]
    fn a_server_can_take_the_proof_apart() {
        let (password, nonce) = ("right-horse", b"abcdefghijklmnopqrst");
        let known = Sha256::digest(Sha256::digest(password.as_bytes()));
        let mixed = Sha256::digest([&known[..], nonce].concat());
        let once: Vec<u8> =
            caching(password, nonce).iter().zip(mixed).map(|(one, other)| one ^ other).collect();
        assert_eq!(Sha256::digest(&once), known);
        let known = Sha1::digest(Sha1::digest(password.as_bytes()));
        let mixed = Sha1::digest([nonce, &known[..]].concat());
        let once: Vec<u8> =
            native(password, nonce).iter().zip(mixed).map(|(one, other)| one ^ other).collect();
        assert_eq!(Sha1::digest(&once), known);
    }

    #[test]
    fn no_password_goes_over_an_open_way() {
        for plugin in ["sha256_password", "mysql_clear_password"] {
            assert_eq!(proof(plugin, "p", b"", Way::Open), Proof::Unsafe);
            assert_eq!(proof(plugin, "p", b"", Way::Sure), Proof::Shown(b"p\0".to_vec()));
        }
        assert_eq!(proof("mysql_clear_password", "p", b"", Way::Encrypted), Proof::Unsafe);
        assert_eq!(in_full("p", Way::Open), Proof::Unsafe);
        assert_eq!(proof("client_ed25519", "p", b"", Way::Sure), Proof::Unknown);
        assert_eq!(proof("mysql_native_password", "", b"", Way::Open), Proof::Shown(Vec::new()));
    }
}
