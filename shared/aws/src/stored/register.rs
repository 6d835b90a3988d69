//! What an order has to do with a register, as stored.

use segl_core::id::OrderId;
use segl_core::register::{RegisterDocument, RegisterWork};
use serde::{Deserialize, Serialize};

use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredRegisterWork {
    register: String,
    case_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence_type: Option<String>,
    documents: Vec<StoredRegisterDocument>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    progress: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredRegisterDocument {
    url: String,
    version: u32,
}

impl From<&RegisterWork> for StoredRegisterWork {
    fn from(work: &RegisterWork) -> Self {
        let RegisterWork { order: _, revision: _, register, case_url, evidence_type, documents, progress } = work;
        let stored = |document: &RegisterDocument| StoredRegisterDocument { url: document.url.clone(), version: document.version };
        Self {
            register: register.as_str().to_owned(),
            case_url: case_url.clone(),
            evidence_type: evidence_type.clone(),
            documents: documents.iter().map(stored).collect(),
            progress: progress.clone(),
        }
    }
}

impl StoredRegisterWork {
    /// Order and revision stand beside the body.
    pub(crate) fn read(self, order: OrderId, revision: u64) -> Result<RegisterWork, BadItem> {
        let Self { register, case_url, evidence_type, documents, progress } = self;
        let register = register.parse().map_err(BadItem::field("register"))?;
        let documents = documents.into_iter().map(|StoredRegisterDocument { url, version }| RegisterDocument { url, version }).collect();
        Ok(RegisterWork { order, revision, register, case_url, evidence_type, documents, progress })
    }
}
