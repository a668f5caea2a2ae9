//! Ctrl-C and SIGTERM.

use fixproof::engine::Stopper;

use super::Exit;
use super::terminal;

/// Ends the run with its reports at the first signal, and the process at the second.
pub(crate) async fn stop_on_interrupt(stopper: Stopper) {
    for _ in 0..2 {
        interrupted().await;
        if stopper.is_stopped() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        terminal::complain(
            "interrupted: running cleanup steps and writing partial reports (Ctrl-C again to quit now)",
        );
        stopper.stop();
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals can't be received, the default action still ends the program.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
