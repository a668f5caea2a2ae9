//! Locks that survive a panicking holder. Never held across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a holder panicked: everything kept behind these locks is valid after each single write.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
