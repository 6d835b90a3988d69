//! The evidence document: the order's sealed file of evidence. The function that has the seal's key makes it, once it is asked for.

use segl_core::event::Actor;
use segl_core::id::{OrderId, Sha256};
use segl_core::order::Order;
use segl_core::ports::PortError;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::{Evidence, evidence_of};
use serde::{Deserialize, Serialize};

use crate::work::Ports;

pub(super) const FILE_NAME: &str = "bewijs-van-ondertekening.pdf";
pub(super) const MEDIA_TYPE: &str = "application/pdf";

/// The largest file of evidence that is written back: it is read once for its digest.
const MAX_EVIDENCE: u64 = 64 * 1024 * 1024;

/// The file of evidence that goes into the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Frozen {
    /// The head of the audit trail of which it tells.
    head: Sha256,
    pub(super) version: String,
    pub(super) sha256: Sha256,
    pub(super) size: u64,
}

impl Frozen {
    /// Where it lies.
    pub(super) fn key(&self, order: OrderId) -> StorageKey {
        StorageKey::Evidence(order, self.head)
    }
}

/// The file of evidence: the one that was chosen before while it is there, else that of the order as it stands. Nothing while it is made.
pub(super) async fn evidence<P: Ports>(ports: &P, order: &Order, chosen: Option<Frozen>) -> Result<Option<Frozen>, Error> {
    if let Some(chosen) = chosen {
        // Something more happened to the order, and whoever asked for its evidence had another file made in place of this one.
        let head = ports.head(&chosen.key(order.id)).await?;
        if head.is_some_and(|head| head.version.version == chosen.version) {
            return Ok(Some(chosen));
        }
    }
    let Evidence::Ready { order, key, head } = evidence_of(ports, order.clone(), &Actor::Service).await? else { return Ok(None) };
    let version = head.version.version;
    let gone = || PortError::Corrupt { key: key.to_string(), source: "it was there a moment ago".into() };
    let bytes = ports.read(&key, Some(&version), MAX_EVIDENCE).await?.ok_or_else(gone)?;
    Ok(Some(Frozen { head: order.chain.hash, version, sha256: Sha256::of(&bytes), size: bytes.len() as u64 }))
}
