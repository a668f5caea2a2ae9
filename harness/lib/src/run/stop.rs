//! Ends a run early.

use std::sync::Arc;

use tokio::sync::watch;

/// Ends a run early.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

/// The receiving end of a [`Stopper`].
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Makes a connected pair that ends a run early.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(Arc::new(sender)), Stop(receiver))
}

impl Stopper {
    /// Ends the run: no new observation starts, running ones are dropped except cleanup steps, and the report is made.
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
    /// A stop signal that never comes.
    #[must_use]
    pub fn never() -> Stop {
        stopper().1
    }

    /// Waits for the stop signal; forever when its [`Stopper`] is gone.
    pub(super) async fn stopped(&mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
