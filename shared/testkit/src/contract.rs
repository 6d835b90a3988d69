//! The checks of the contracts in [`segl_core::ports`], generic over the ports.
//!
//! They can run against a store that others use at the same time: whatever they touch has an id of its own, no task of theirs wakes
//! anybody, and they look only at what is theirs. A broken contract is a panic that says which sentence of it does not hold.

use std::future::Future;

/// Follows the addresses that [`segl_core::ports::Objects::upload_url`] and `download_url` hand out.
pub trait Http: Send + Sync {
    /// PUTs and answers the status.
    fn upload(&self, url: &str, bytes: Vec<u8>) -> impl Future<Output = u16> + Send;
    /// GETs and answers status and body.
    fn download(&self, url: &str) -> impl Future<Output = (u16, Vec<u8>)> + Send;
}
