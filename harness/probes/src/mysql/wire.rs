//! MySQL's packets: their framing over a connection, and what may stand in one.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::classify::{self, Stage};
use crate::net::cause;
use crate::net::connect::io_error;
use crate::net::handshake::handshake_error;
use crate::net::tls::PresentedChain;
use crate::net::unix_socket::Duplex;
use crate::sanitize::clean;
use fixproof_core::model::{Cause, ProbeError, shortened_bytes};

/// The largest packet that is read: one row, one error, one greeting.
pub(super) const LARGEST: usize = 4 * 1024 * 1024;

/// The connection: packets out of bytes.
pub(super) struct Wire {
    /// Over what.
    pub(super) stream: Box<dyn Duplex>,
    /// What was presented, where it is over TLS.
    pub(super) tls: Option<PresentedChain>,
    /// The address that was connected to, for a message.
    pub(super) peer: String,
    /// What came; up to `at` it is read.
    read: Vec<u8>,
    at: usize,
    /// The number the next packet has, in either direction.
    next: u8,
    /// Has a whole packet come at all?
    pub(super) spoken: bool,
    /// How far the session is.
    pub(super) stage: Stage,
}

impl Wire {
    /// Over a fresh connection.
    pub(super) fn new(stream: Box<dyn Duplex>, peer: String) -> Wire {
        Wire { stream, tls: None, peer, read: Vec::new(), at: 0, next: 0, spoken: false, stage: Stage::Login }
    }

    /// Sends a packet; `fresh` begins a new exchange.
    pub(super) async fn send(&mut self, body: &[u8], fresh: bool) -> Result<(), ProbeError> {
        if !self.rest().is_empty() {
            let what = format!("{} sent more than it was asked for", self.peer);
            return Err(ProbeError::new(Cause::DatabaseProtocol, what));
        }
        if fresh {
            self.next = 0;
        }
        let Some([low, middle, high, 0]) = u32::try_from(body.len()).ok().map(u32::to_le_bytes) else {
            return Err(ProbeError::new(Cause::DatabaseQuery, "the query is longer than 16 MiB"));
        };
        let packet = [&[low, middle, high, self.next], body].concat();
        self.next = self.next.wrapping_add(1);
        let sent = match self.stream.write_all(&packet).await {
            Ok(()) => self.stream.flush().await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(()) => Ok(()),
            // A server that refuses a connection sends the reason before it closes.
            Err(error) => match self.receive().await {
                Ok(refusal) if refusal.first() == Some(&0xff) => Err(self.refusal(&refusal)),
                _ => Err(self.lost(Some(&error))),
            },
        }
    }

    /// Reads the next packet.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, ProbeError> {
        self.fill(4).await?;
        let [low, middle, high, number] = match self.rest().first_chunk::<4>() {
            Some(header) => *header,
            None => return Err(self.garbage("an incomplete packet")),
        };
        let length = usize::try_from(u32::from_le_bytes([low, middle, high, 0])).unwrap_or(usize::MAX);
        if !self.spoken {
            // Said as early as it is known: what is no server need not close, nor send all it announces.
            if number > 1 || length == 0 || length > 64 * 1024 {
                return Err(self.garbage("no greeting"));
            }
            self.fill(5).await?;
            if !matches!(self.rest().get(4), Some(10 | 0xff)) {
                return Err(self.garbage("no greeting"));
            }
        }
        if length > LARGEST {
            let what = format!("{} sends a packet of {length} bytes; {LARGEST} are read of one", self.peer);
            return Err(ProbeError::new(Cause::Truncated, what));
        }
        self.fill(4 + length).await?;
        let body = self.rest().get(4..4 + length).unwrap_or_default().to_vec();
        self.at += 4 + length;
        // A refusal out of order is still one.
        if number != self.next && body.first() != Some(&0xff) {
            let what = format!("packets out of order: number {number} instead of {}", self.next);
            return Err(self.garbage(&what));
        }
        self.next = number.wrapping_add(1);
        self.spoken = true;
        Ok(body)
    }

    /// Reads until so many bytes are there.
    async fn fill(&mut self, wanted: usize) -> Result<(), ProbeError> {
        let mut buffer = [0; 16 * 1024];
        while self.rest().len() < wanted {
            self.read.drain(..std::mem::take(&mut self.at));
            match self.stream.read(&mut buffer).await {
                Ok(0) => return Err(self.lost(None)),
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(self.lost(Some(&error))),
            }
        }
        Ok(())
    }

    /// What came and belongs to no packet yet.
    fn rest(&self) -> &[u8] {
        self.read.get(self.at..).unwrap_or_default()
    }

    /// What an error packet means at this stage.
    pub(super) fn refusal(&self, packet: &[u8]) -> ProbeError {
        classify::refusal(packet, self.stage, &self.peer)
    }

    /// What came can't be from a MySQL server.
    pub(super) fn garbage(&self, why: &str) -> ProbeError {
        let peer = &self.peer;
        let beginning = self.rest();
        let shown = clean(&shortened_bytes(beginning, 80), 60);
        let what = match (self.spoken, shown.trim().is_empty()) {
            (false, false) => format!("{peer} does not speak MySQL: it begins with `{shown}`"),
            (false, true) => format!("{peer} does not speak MySQL: it begins with {why}"),
            (true, _) => format!("{peer} can't be spoken with: {why}"),
        };
        ProbeError::new(Cause::DatabaseProtocol, what)
    }

    /// The connection ended.
    fn lost(&self, error: Option<&io::Error>) -> ProbeError {
        let peer = &self.peer;
        if let (Some(error), Some(presented)) = (error, &self.tls)
            && cause::find::<rustls::Error>(error).is_some()
        {
            // With TLS 1.3 a server says only now that it wants a client's certificate.
            return handshake_error(error, presented, peer);
        }
        if let Some(found) =
            error.map(|error| io_error(error, peer)).filter(|found| found.cause != Cause::Reset)
        {
            return found;
        }
        let when = match (self.spoken, self.rest().is_empty()) {
            (false, true) => "without a word",
            (false, false) => "in the middle of its greeting",
            (true, true) => "instead of answering",
            (true, false) => "in the middle of an answer",
        };
        let said = error.map(|error| format!(": {error}")).unwrap_or_default();
        ProbeError::new(Cause::Reset, format!("{peer} closed the connection {when}{said}"))
    }
}

/// A packet does not hold what it must.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Short;

/// Reads a packet from its front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Short> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A number of so many bytes, at most eight, the lowest first.
    pub(super) fn number(&mut self, count: usize) -> Result<u64, Short> {
        Ok(self.bytes(count)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes up to a NUL, or to the end.
    pub(super) fn until_nul(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let (bytes, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        bytes
    }

    /// A number with its own length before it.
    pub(super) fn length(&mut self) -> Result<u64, Short> {
        match self.number(1)? {
            small @ ..=0xfa => Ok(small),
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            _ => Err(Short),
        }
    }

    /// Bytes with their length before them.
    pub(super) fn text(&mut self) -> Result<&'a [u8], Short> {
        let length = self.length()?;
        self.bytes(usize::try_from(length).map_err(|_| Short)?)
    }

    /// A value of a row; nothing for NULL.
    pub(super) fn value(&mut self) -> Result<Option<&'a [u8]>, Short> {
        if self.0.first() == Some(&0xfb) {
            self.bytes(1)?;
            return Ok(None);
        }
        self.text().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_never_believed() {
        assert_eq!(Reader(b"\x03abc").text(), Ok(&b"abc"[..]));
        assert_eq!(Reader(b"\xfc\x02\x00ab").text(), Ok(&b"ab"[..]));
        assert_eq!(Reader(b"\xfb\x01x").value(), Ok(None));
        assert_eq!(Reader(b"a\0b").until_nul(), b"a");
        assert_eq!(Reader(b"ab").until_nul(), b"ab");
        for broken in
            [&b""[..], b"\x03ab", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff", b"\xfd\x01", b"\xff", b"\xfb"]
        {
            assert_eq!(Reader(broken).text(), Err(Short), "{broken:?}");
        }
    }
}
