//! A private socket file for exactly one connection: a driver takes it for the server's.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};

/// Anything bytes go through.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// The socket; removed when dropped.
pub(crate) struct PrivateSocket {
    folder: tempfile::TempDir,
    listener: UnixListener,
}

impl PrivateSocket {
    /// Opens one of that file name, in a folder of its own with mode 0700.
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

    /// Accepts exactly one connection.
    pub(crate) async fn accept(self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}
