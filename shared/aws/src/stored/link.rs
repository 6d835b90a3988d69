//! A personal link as stored. Its digest is in the item's key.

use jiff::Timestamp;
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::ports::Link;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredLink {
    order: OrderId,
    signer: SignerIndex,
    until: Timestamp,
}

impl From<&Link> for StoredLink {
    fn from(link: &Link) -> Self {
        Self { order: link.order, signer: link.signer, until: link.until }
    }
}

impl StoredLink {
    /// The link, under the digest by which it was found.
    pub(crate) fn of(self, digest: &Sha256) -> Link {
        Link { digest: *digest, order: self.order, signer: self.signer, until: self.until }
    }
}
