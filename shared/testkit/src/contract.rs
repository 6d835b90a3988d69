//! The checks of the contracts in [`segl_core::ports`], generic over the ports.
//!
//! They can run against a store that others use at the same time: whatever they touch has an id of its own, no task of theirs wakes
//! anybody but for announcements, which nobody listens to, and they look only at what is theirs. A broken contract is a panic that says which sentence of it does not hold. They need
//! a Tokio runtime with time enabled.

mod keys;
mod objects;
mod orders;
mod people;
mod registers;
mod tasks;
mod webhooks;

use std::future::Future;

pub use keys::{root_key, seal_key};
pub use objects::{addresses, objects};
pub use orders::{heads, orders, restored};
pub use people::{attempts, clients, directory, limits, links, organizations, replays, sessions};
pub use registers::{register_book, register_secrets, register_works};
pub use tasks::tasks;
pub use webhooks::webhooks;

use segl_core::ports::{Answer, PortError};

/// Follows the addresses that [`segl_core::ports::Objects::upload_url`] and `download_url` hand out.
pub trait Http: Send + Sync {
    /// PUTs and answers the status.
    fn upload(&self, url: &str, bytes: Vec<u8>) -> impl Future<Output = u16> + Send;
    /// GETs and answers status and body.
    fn download(&self, url: &str) -> impl Future<Output = (u16, Vec<u8>)> + Send;
}

#[track_caller]
fn expect_conflict<T: std::fmt::Debug>(answer: Answer<T>, case: &str) {
    assert!(matches!(answer, Err(PortError::Conflict)), "{case}: expected a conflict, got {answer:?}");
}

#[track_caller]
fn expect_rejected<T: std::fmt::Debug>(answer: Answer<T>, case: &str) {
    assert!(matches!(answer, Err(PortError::Rejected { .. })), "{case}: expected a rejection, got {answer:?}");
}
