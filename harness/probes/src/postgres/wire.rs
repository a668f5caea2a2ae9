//! PostgreSQL's framing: enough of the protocol to know what passes by, never what is in a row.

pub(super) use crate::sanitize::clean;

/// How much of a message is kept for reading.
const KEPT: usize = 4 * 1024;
/// Only these may be long; libpq draws the same line against peers that aren't PostgreSQL.
const LONG: &[u8] = b"TDdVENAt";
/// The longest of all other messages.
const SHORT_LIMIT: usize = 30_000;
/// Every tag a server may send to a client that asks simple questions.
const TAGS: &[u8] = b"RKSZENTDCIAGHWdcv123stn";

/// One message that passed by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its kind.
    pub(super) tag: u8,
    /// The beginning of its body; empty for rows.
    pub(super) body: Vec<u8>,
}

/// What came is not PostgreSQL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbage;

/// Cuts a stream of bytes into messages, without holding any byte back.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: Vec<u8>,
    body: Vec<u8>,
    remaining: usize,
}

impl Frames {
    /// Takes the next bytes; `checked` refuses what no server would send.
    pub(super) fn push(&mut self, mut bytes: &[u8], checked: bool) -> Result<Vec<Message>, Garbage> {
        let mut seen = Vec::new();
        while !bytes.is_empty() {
            if self.header.len() < 5 {
                let taken = bytes.len().min(5 - self.header.len());
                self.header.extend_from_slice(&bytes[..taken]);
                bytes = &bytes[taken..];
                if checked && !TAGS.contains(&self.header[0]) {
                    return Err(Garbage);
                }
                if self.header.len() < 5 {
                    break;
                }
                self.remaining = self.length(checked)?;
            }
            let taken = bytes.len().min(self.remaining);
            let kept = if self.header[0] == b'D' { 0 } else { taken.min(KEPT - self.body.len()) };
            self.body.extend_from_slice(&bytes[..kept]);
            self.remaining -= taken;
            bytes = &bytes[taken..];
            if self.remaining == 0 {
                seen.push(Message { tag: self.header[0], body: std::mem::take(&mut self.body) });
                self.header.clear();
            }
        }
        Ok(seen)
    }

    fn length(&self, checked: bool) -> Result<usize, Garbage> {
        let length = number(&self.header[1..]).unwrap_or(0);
        let body = usize::try_from(length).ok().and_then(|l| l.checked_sub(4)).ok_or(Garbage)?;
        let too_long = body > SHORT_LIMIT && !LONG.contains(&self.header[0]);
        if (checked && too_long) || length > i32::MAX as u32 { Err(Garbage) } else { Ok(body) }
    }
}

/// The number at the beginning of some bytes.
pub(super) fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk::<4>().map(|four| u32::from_be_bytes(*four))
}

/// The question whether the server speaks TLS.
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// The first message of a session. It is ours, so that no `PG…` variable of the environment gets into it.
pub(super) fn startup(user: &str, database: &str) -> Vec<u8> {
    let mut body = 196_608u32.to_be_bytes().to_vec();
    let pairs = [
        ("user", user),
        ("database", database),
        ("application_name", "fixproof"),
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO, MDY"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "2"),
    ];
    for (key, value) in pairs {
        for word in [key, value] {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), &body].concat()
}

/// What a server says when it refuses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerError {
    /// `FATAL`, `ERROR`.
    pub(super) severity: String,
    /// The SQLSTATE.
    pub(super) code: String,
    /// Its words.
    pub(super) message: String,
}

impl ServerError {
    /// Reads the body of an ErrorResponse or a NoticeResponse.
    pub(super) fn read(body: &[u8]) -> ServerError {
        let mut error = ServerError::default();
        for field in body.split(|byte| *byte == 0) {
            let Some((kind, text)) = field.split_first() else { continue };
            let text = clean(&String::from_utf8_lossy(text), 500);
            match kind {
                b'S' => error.severity = text,
                b'C' => error.code = text,
                b'M' => error.message = text,
                _ => {}
            }
        }
        error
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.severity, self.code, self.message)
    }
}

/// A ParameterStatus: name and value.
pub(super) fn parameter(body: &[u8]) -> Option<(String, String)> {
    let mut words = body.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    Some((words.next()?, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_seen_however_the_bytes_are_cut() {
        let stream = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05ID\0\0\0\x06ab";
        for cut in 1..stream.len() {
            let mut frames = Frames::default();
            let mut seen = frames.push(&stream[..cut], true).unwrap();
            seen.extend(frames.push(&stream[cut..], true).unwrap());
            let tags: Vec<u8> = seen.iter().map(|m| m.tag).collect();
            assert_eq!(tags, b"RZD", "cut at {cut}");
            assert_eq!(seen[1].body, b"I");
            assert!(seen[2].body.is_empty());
        }
    }

    #[test]
    fn http_is_garbage() {
        assert_eq!(Frames::default().push(b"HTTP/1.1 400 Bad Request", true), Err(Garbage));
        assert_eq!(Frames::default().push(b"Z\0\0\0\0", true), Err(Garbage));
    }

    #[test]
    fn an_error_is_read() {
        let error = ServerError::read(b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");
        assert_eq!(error.to_string(), "FATAL 57P03: the database system is starting up");
    }
}
