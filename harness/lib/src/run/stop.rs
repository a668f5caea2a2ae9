//! Ends a run early.

use std::sync::Arc;

use tokio::sync::watch;

/// Ends a run before its time.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

/// The run's end of a [`Stopper`].
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A way to end a run before its time.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(Arc::new(sender)), Stop(receiver))
}

impl Stopper {
    /// Ends the run: nothing more is asked, what is under way is dropped but for what cleans up, the report
    /// is made.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Was it stopped already?
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}

impl Stop {
    /// The end of a run that nobody ends before its time.
    #[must_use]
    pub fn never() -> Stop {
        stopper().1
    }

    /// Waits until somebody stops the run; for ever, if nobody can any more.
    pub(super) async fn stopped(&mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
