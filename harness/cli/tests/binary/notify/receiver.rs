//! A receiver of notices: a real listener that answers as it is told and keeps what it was sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What stands in the URL and may be seen nowhere.
pub(crate) const TOKEN: &str = "canaryT0kenOfTheHook";

/// What it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// A status line and headers after it, and a body.
    Say(&'static str, &'static str),
    /// The request's own first line as the body of a 404.
    Echo,
    /// Nothing, until the other side goes away.
    Nothing,
    /// Nothing, until it is told to; then 200.
    Wait,
}

pub(crate) const FINE: Answer = Answer::Say("200 OK", "ok");

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Posted {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The listener, which runs until the test's process ends.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
    arrived: Inbox<()>,
    go_on: Sender<()>,
}

impl Receiver {
    /// Answers one request after another in this way, and every further one as the last.
    pub(crate) fn new(answers: &'static [Answer]) -> Receiver {
        Receiver::over(answers, |stream, answer| answer(&mut { stream }))
    }

    /// The same, with something (TLS) between the stream and the answer.
    pub(crate) fn over(
        answers: &'static [Answer],
        shake: impl Fn(TcpStream, &mut dyn FnMut(&mut dyn Stream)) + Send + 'static,
    ) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
        let ((told, arrived), (go_on, waiting)) = (channel(), channel());
        let kept = posted.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                shake(stream, &mut |stream| {
                    let Some(one) = read(stream) else { return };
                    let answer = {
                        let mut kept = kept.lock().unwrap();
                        kept.push(one.clone());
                        answers[(kept.len() - 1).min(answers.len() - 1)]
                    };
                    let _ = told.send(());
                    respond(stream, answer, &one, &waiting);
                });
            }
        });
        Receiver { address, posted, arrived, go_on }
    }

    /// Its URL, with the token in it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/services/T000/B000/{TOKEN}", self.address)
    }

    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }

    /// Until a request has come.
    pub(crate) fn until_asked(&self) {
        self.arrived.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    /// Lets [`Answer::Wait`] answer.
    pub(crate) fn go_on(&self) {
        let _ = self.go_on.send(());
    }
}

/// What can be read and written.
pub(crate) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

fn read(stream: &mut dyn Stream) -> Option<Posted> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>();
            if bytes.len() >= end + 4 + length.ok()? {
                let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
                let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
                return Some(Posted { head, body, at: Instant::now() });
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

fn respond(stream: &mut dyn Stream, answer: Answer, asked: &Posted, waiting: &Inbox<()>) {
    let (status, body) = match answer {
        Answer::Say(status, body) => (status, body.to_owned()),
        Answer::Echo => ("404 Not Found", asked.head.lines().next().unwrap_or_default().to_owned()),
        Answer::Nothing => {
            let _ = stream.read(&mut [0]);
            return;
        }
        Answer::Wait => {
            let _ = waiting.recv_timeout(Duration::from_secs(60));
            ("200 OK", "ok".to_owned())
        }
    };
    let length = body.len();
    let _ =
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let _ = stream.flush();
}
