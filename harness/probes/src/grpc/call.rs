//! One call over HTTP/2, and why nothing came of it.

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use hyper::header::{CONTENT_TYPE, TE, USER_AGENT};
use hyper::http::uri::{PathAndQuery, Scheme, Uri};
use hyper::{Method, Version};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::{Answer, question};
use super::request::Request;
use crate::ObserveContext;
use crate::net::connect::io_error;
use crate::net::observation_builder::ObservationBuilder;
use fixproof_core::model::{Cause, Observation, ProbeError, Value};

/// The longest answer that is read; a health check's takes two bytes.
const LONGEST: usize = 64 * 1024;
/// The largest head that is read.
const LARGEST_HEAD: u32 = 16 * 1024;
const METHOD: &str = "/grpc.health.v1.Health/Check";

impl Request {
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut builder = ObservationBuilder::begin(ask);
        let result = self.ask(&mut builder).await;
        builder.finish(result)
    }

    async fn ask(&self, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let setup = self.tls_client.as_ref().map(|tls_client| tls_client.config()).transpose()?;
        let peer = self.endpoint.to_string();
        let stream = builder.connect(&self.endpoint, ("connect", "time.connect")).await?;
        let service = if self.service.is_secret() { "…" } else { self.service.expose() };
        builder.sent(format!("POST {METHOD} HTTP/2, service {service:?}"));
        let answer = match setup {
            Some(setup) => {
                let stream = builder.handshake(stream, setup, &self.name, &peer).await?;
                self.call_in_time(builder, stream, Scheme::HTTPS, &peer).await?
            }
            None => self.call_in_time(builder, stream, Scheme::HTTP, &peer).await?,
        };
        answer.transcribe(&mut builder.seen.transcript.received);
        answer.facts(&peer, &mut builder.seen.facts)?;
        builder.fact("time.total", Value::Duration(builder.clock.since(builder.start)));
        Ok(())
    }

    async fn call_in_time<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        builder: &mut ObservationBuilder,
        stream: S,
        scheme: Scheme,
        peer: &str,
    ) -> Result<Answer, ProbeError> {
        let late = (Cause::HttpTimeout, format!("{peer} accepted the connection but did not answer in time"));
        builder.phase(("call", "time.call"), late, self.call(stream, scheme, peer)).await
    }

    /// Drives the connection for as long as the call takes, and no longer.
    async fn call<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        scheme: Scheme,
        peer: &str,
    ) -> Result<Answer, ProbeError> {
        let mut builder = Builder::new();
        builder.enable_push(false).max_header_list_size(LARGEST_HEAD);
        let (send, connection) = builder.handshake(stream).await.map_err(|error| broken(&error, peer))?;
        let mut exchange = std::pin::pin!(self.exchange(send, scheme, peer));
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            over = connection => match over {
                // Whatever came before the connection's end is still to be read.
                Ok(()) => exchange.await,
                Err(error) => exchange.await.map_err(|_| broken(&error, peer)),
            },
        }
    }

    async fn exchange(
        &self,
        send: SendRequest<Bytes>,
        scheme: Scheme,
        peer: &str,
    ) -> Result<Answer, ProbeError> {
        let gone = |error: h2::Error| broken(&error, peer);
        let mut send = send.ready().await.map_err(gone)?;
        let (head, mut body) = send.send_request(self.head(scheme)?, false).map_err(gone)?;
        body.send_data(question(self.service.expose()), true).map_err(gone)?;
        let (head, mut body) = head.await.map_err(gone)?.into_parts();
        let mut answer = Answer { head, message: Vec::new(), trailers: None };
        while let Some(piece) = body.data().await {
            let piece = piece.map_err(gone)?;
            if answer.message.len() + piece.len() > LONGEST {
                let what = format!("{peer} sends more than {LONGEST} bytes in answer to a health check");
                return Err(ProbeError::new(Cause::HttpTooLarge, what));
            }
            answer.message.extend_from_slice(&piece);
            // What is read may be followed by as much; without this a long answer would never end.
            body.flow_control().release_capacity(piece.len()).map_err(gone)?;
        }
        answer.trailers = body.trailers().await.map_err(gone)?;
        Ok(answer)
    }

    fn head(&self, scheme: Scheme) -> Result<hyper::Request<()>, ProbeError> {
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(self.authority.clone())
            .path_and_query(PathAndQuery::from_static(METHOD))
            .build();
        let fault = |error: hyper::http::Error| {
            ProbeError::new(Cause::Internal, format!("no request can be made: {error}"))
        };
        let mut head = hyper::Request::builder()
            .method(Method::POST)
            .version(Version::HTTP_2)
            .uri(uri.map_err(fault)?)
            .header(TE, "trailers")
            .header(CONTENT_TYPE, "application/grpc")
            .header(USER_AGENT, concat!("fixproof/", env!("CARGO_PKG_VERSION")))
            .body(())
            .map_err(fault)?;
        head.headers_mut().extend(self.metadata.clone());
        Ok(head)
    }
}

/// Why a connection or a stream broke.
fn broken(error: &h2::Error, peer: &str) -> ProbeError {
    if let Some(error) = error.get_io() {
        return match io_error(error, peer) {
            what @ ProbeError { cause: Cause::Reset | Cause::OwnLimit, .. } => what,
            what => ProbeError { cause: Cause::HttpProtocol, ..what },
        };
    }
    let reason = error.reason().map_or_else(|| error.to_string(), |reason| format!("{reason:?}"));
    match (error.is_remote(), error.is_go_away()) {
        (true, true) => ProbeError::new(
            Cause::Reset,
            format!("{peer} closed the connection before the response was complete (GOAWAY, {reason})"),
        ),
        (true, false) => ProbeError::new(
            Cause::Reset,
            format!("{peer} broke off the call before the response was complete (RST_STREAM, {reason})"),
        ),
        (false, _) => ProbeError::new(Cause::HttpProtocol, format!("{peer} does not speak HTTP/2: {error}")),
    }
}
