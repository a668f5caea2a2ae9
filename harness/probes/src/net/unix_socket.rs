//! Where a driver knocks that believes it speaks with the server: a socket file of our own, for exactly one connection.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};

/// Anything bytes go through.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// The place where a driver knocks. Gone when it is dropped.
pub(crate) struct PrivateSocket {
    folder: tempfile::TempDir,
    listener: UnixListener,
}

impl PrivateSocket {
    /// Opens one of that file name, in a folder of its own that nobody else may enter.
    pub(crate) fn open(name: &str) -> io::Result<PrivateSocket> {
        use std::os::unix::fs::PermissionsExt as _;
        let usual = std::env::temp_dir();
        // A socket's path has at most some hundred bytes.
        let base = if usual.as_os_str().len() > 60 { PathBuf::from("/tmp") } else { usual };
        let folder = tempfile::Builder::new()
            .prefix("fixproof-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(base)?;
        let listener = UnixListener::bind(folder.path().join(name))?;
        Ok(PrivateSocket { folder, listener })
    }

    /// The folder to give to the driver.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets exactly one in, and closes behind it.
    pub(crate) async fn accept(self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}
