//! A personal link as stored. Its digest is in the item's key; whether it was used is an attribute, for a condition to look at.

use jiff::Timestamp;
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::ports::{Link, LinkKind};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredLink {
    order: OrderId,
    signer: SignerIndex,
    until: Timestamp,
    #[serde(default)]
    generation: u32,
    #[serde(default)]
    once: bool,
}

impl From<&Link> for StoredLink {
    fn from(link: &Link) -> Self {
        let Link { digest: _, order, signer, until, generation, kind } = link;
        Self { order: *order, signer: *signer, until: *until, generation: *generation, once: matches!(kind, LinkKind::Once { .. }) }
    }
}

impl StoredLink {
    /// The link, under the digest by which it was found.
    pub(crate) fn of(self, digest: &Sha256, used: bool) -> Link {
        let Self { order, signer, until, generation, once } = self;
        let kind = if once { LinkKind::Once { used } } else { LinkKind::Sent };
        Link { digest: *digest, order, signer, until, generation, kind }
    }
}
