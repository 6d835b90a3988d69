//! Which of the objects in storage an order is about.

use super::Order;
use crate::document::Document;
use crate::id::{AttemptId, DocumentIndex};
use crate::storage_key::StorageKey;

impl Order {
    /// Whether the order, as it is, refers to an object. Of those below its prefixes, others were left behind by attempts that do not
    /// count: nobody is ever sent there.
    pub fn refers_to(&self, key: &StorageKey) -> bool {
        let facts = |index: DocumentIndex| self.document(index).ok().and_then(Document::facts);
        let counts = |index, attempt: &AttemptId| self.sealed_document(index).is_ok_and(|sealed| sealed.attempt == *attempt);
        match key {
            StorageKey::Original(id, index) => *id == self.id && self.document(*index).is_ok(),
            StorageKey::Plan(id, index, sha256) => *id == self.id && facts(*index).is_some_and(|facts| facts.sha256 == *sha256),
            StorageKey::PageList(id, index, sha256) | StorageKey::PageImage(id, index, sha256, _) => {
                *id == self.id && facts(*index).is_some_and(|facts| facts.sha256 == *sha256 && facts.preview.is_some())
            }
            StorageKey::Sealed(id, index, attempt) | StorageKey::SealedPlan(id, index, attempt) => {
                *id == self.id && counts(*index, attempt)
            }
            StorageKey::Evidence(id, head) => *id == self.id && *head == self.chain.hash,
            StorageKey::Checkpoint(_)
            | StorageKey::SealCertificate
            | StorageKey::TimeStampAnchors
            | StorageKey::WorkflowTokenCertificate => false,
        }
    }
}
