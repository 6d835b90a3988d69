//! What a client created under an idempotency key, as stored. The key itself is only in the item's key, where it may be a digest.

use segl_core::id::{ClientId, OrderId, Sha256};
use segl_core::transition::Idempotency;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredIdempotency {
    fingerprint: Sha256,
    order: OrderId,
}

impl From<&Idempotency> for StoredIdempotency {
    fn from(record: &Idempotency) -> Self {
        Self { fingerprint: record.fingerprint, order: record.order }
    }
}

impl StoredIdempotency {
    /// The record, for the client and the key under which it was found.
    pub(crate) fn of(self, client: &ClientId, key: &str) -> Idempotency {
        Idempotency { client: client.clone(), key: key.to_owned(), fingerprint: self.fingerprint, order: self.order }
    }
}
