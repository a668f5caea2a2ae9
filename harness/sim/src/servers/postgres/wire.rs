//! Messages in, messages out, over any byte stream; the bytes themselves are pgwire's work. It knows no session.

use std::io;

use bytes::BytesMut;
use pgwire::messages::response::{ErrorResponse, ReadyForQuery, TransactionStatus};
use pgwire::messages::{DecodeContext, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::error::PgError;

/// Longest message taken, so that no client can make the staging swell.
const LONGEST: usize = 1 << 20;

/// A byte stream with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

/// A connection that speaks in messages.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    incoming: BytesMut,
    outgoing: BytesMut,
    context: DecodeContext,
}

impl Wire {
    /// Goes on with bytes that were read already.
    pub(crate) fn new(stream: Box<dyn Stream>, read_already: &[u8]) -> Self {
        let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
        context.awaiting_frontend_ssl = false;
        Wire { stream, incoming: BytesMut::from(read_already), outgoing: BytesMut::new(), context }
    }

    /// From now on messages carry their type byte.
    pub(crate) fn started(&mut self) {
        self.context.awaiting_frontend_startup = false;
    }

    /// The next message, or none where the client has left.
    pub(crate) async fn receive(&mut self) -> io::Result<Option<PgWireFrontendMessage>> {
        loop {
            if let Some(message) =
                PgWireFrontendMessage::decode(&mut self.incoming, &self.context).map_err(io::Error::other)?
            {
                return Ok(Some(message));
            }
            if self.incoming.len() > LONGEST {
                return Err(io::Error::other("the client's message is too long"));
            }
            if self.stream.read_buf(&mut self.incoming).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Queues a message.
    pub(crate) fn put(&mut self, message: &PgWireBackendMessage) -> io::Result<()> {
        message.encode(&mut self.outgoing).map_err(io::Error::other)
    }

    /// Queues an error.
    pub(crate) fn put_refusal(&mut self, severity: &str, refusal: &PgError) -> io::Result<()> {
        let fields = vec![
            (b'S', severity.to_owned()),
            (b'V', severity.to_owned()),
            (b'C', refusal.sqlstate.to_owned()),
            (b'M', refusal.message.clone()),
        ];
        self.put(&PgWireBackendMessage::ErrorResponse(ErrorResponse::new(fields)))
    }

    /// Queues "ready for query" and sends everything.
    pub(crate) async fn ready(&mut self, status: TransactionStatus) -> io::Result<()> {
        self.put(&PgWireBackendMessage::ReadyForQuery(ReadyForQuery::new(status)))?;
        self.flush().await
    }

    /// Sends everything queued.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.outgoing).await?;
        self.outgoing.clear();
        self.stream.flush().await
    }

    /// Sends a fatal error and closes, without "ready for query", as PostgreSQL does.
    pub(crate) async fn refuse(&mut self, refusal: &PgError) -> io::Result<()> {
        self.put_refusal("FATAL", refusal)?;
        self.flush().await?;
        self.stream.shutdown().await
    }
}
