//! Sockets that say exactly what a test wants, byte by byte.

use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::http::{Server, Stream, request, serve};

/// The answer that a request must be given.
pub(crate) fn welcome(request: &str) -> String {
    let key = request
        .lines()
        .find_map(|line| line.to_lowercase().starts_with("sec-websocket-key: ").then(|| line[19..].trim()))
        .unwrap_or_default();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
}

/// Reads the request and welcomes it.
pub(crate) async fn greet(stream: &mut dyn Stream) {
    let asked = request(stream).await;
    stream.write_all(welcome(&asked).as_bytes()).await.unwrap();
}

/// A frame as a server sends it: the first byte is FIN, reserved bits and opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ ..126 => bytes.push(short as u8),
        middle @ ..65_536 => {
            bytes.push(126);
            bytes.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(127);
            bytes.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A whole text frame.
pub(crate) fn speak(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// A close frame.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Waits until the other side has gone.
pub(crate) async fn linger(stream: &mut dyn Stream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// A server that welcomes everybody and then does something.
pub(crate) async fn welcoming<F, T>(act: F) -> Server
where
    F: Fn(TcpStream) -> T + Clone + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    serve(move |mut stream, _| {
        let act = act.clone();
        async move {
            greet(&mut stream).await;
            act(stream).await;
        }
    })
    .await
}

/// A server that welcomes everybody, says something, and waits until they have gone.
pub(crate) async fn saying(words: impl Into<Vec<u8>>) -> Server {
    let words = words.into();
    welcoming(move |mut stream| {
        let words = words.clone();
        async move {
            let _ = stream.write_all(&words).await;
            linger(&mut stream).await;
        }
    })
    .await
}

/// Something said again and again without end; the receiver hears when the other side has gone.
pub(crate) async fn flood(
    head: Option<&'static str>,
    piece: Vec<u8>,
    pause: std::time::Duration,
) -> (Server, tokio::sync::mpsc::Receiver<()>) {
    let (gone, seen_gone) = tokio::sync::mpsc::channel(1);
    let server = serve(move |mut stream, _| {
        let (piece, gone) = (piece.clone(), gone.clone());
        async move {
            match head {
                Some(head) => {
                    request(&mut stream).await;
                    let _ = stream.write_all(head.as_bytes()).await;
                }
                None => greet(&mut stream).await,
            }
            while stream.write_all(&piece).await.is_ok() {
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            let _ = gone.send(()).await;
        }
    })
    .await;
    (server, seen_gone)
}
