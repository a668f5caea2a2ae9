//! The async runtime of a command.

use std::future::Future;

use crate::output::terminal;

/// Runs a future on a runtime of its own; nothing, with a message on stderr, where none can be started.
///
/// Does not wait for blocking calls that hang (a resolver): they must not keep a report from being written.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::complain(&format!("error: cannot start the async runtime: {error}"));
            return None;
        }
    };
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Some(output)
}
