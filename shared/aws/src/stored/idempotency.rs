//! What a client did under an idempotency key, as stored. The key itself is only in the item's key, where it may be a digest.

use segl_core::id::{ClientId, OrderId, Sha256, SignerIndex};
use segl_core::transition::Idempotency;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredIdempotency {
    fingerprint: Sha256,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signer: Option<u16>,
}

impl From<&Idempotency> for StoredIdempotency {
    fn from(record: &Idempotency) -> Self {
        Self { fingerprint: record.fingerprint, order: record.order, signer: record.signer.map(|signer| signer.0) }
    }
}

impl StoredIdempotency {
    /// The record, for the client and the key under which it was found.
    pub(crate) fn of(self, client: &ClientId, key: &str) -> Idempotency {
        let signer = self.signer.map(SignerIndex);
        Idempotency { client: client.clone(), key: key.to_owned(), fingerprint: self.fingerprint, order: self.order, signer }
    }
}
