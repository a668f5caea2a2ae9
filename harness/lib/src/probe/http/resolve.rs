//! Names to addresses, by the system's own resolver, so that a name means here what it means everywhere on this host.
//!
//! The system's resolver can't be cancelled. It runs in a thread of its own, of which nobody waits for the end: an
//! observation that is over leaves it behind, no pool runs dry, and no runtime waits for it when it shuts down.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use tokio::sync::oneshot;

#[cfg(test)]
type Fake = std::sync::Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

#[cfg(test)]
tokio::task_local! {
    /// Takes the system's place in a test.
    pub(super) static FAKE: Fake;
}

/// Every address of a name, in the system's order.
///
/// # Errors
/// What the system says, which for a name that does not exist is a sentence.
pub(super) async fn lookup(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let (answer, answered) = oneshot::channel();
    let name = name.to_owned();
    #[cfg(test)]
    let fake = FAKE.try_with(Clone::clone).ok();
    let ask = move || {
        #[cfg(test)]
        if let Some(fake) = fake {
            return fake(&name, port);
        }
        (name.as_str(), port).to_socket_addrs().map(Iterator::collect)
    };
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            // Whoever asked may be gone; then nobody wants the answer.
            let _ = answer.send(ask());
        })
        .map_err(|error| {
            io::Error::new(io::ErrorKind::OutOfMemory, format!("no thread to resolve in: {error}"))
        })?;
    answered.await.unwrap_or_else(|_| Err(io::Error::other("the resolver ended without an answer")))
}
