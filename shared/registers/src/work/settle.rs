//! What goes back, decided from the order and the client's settings.

use jiff::tz::TimeZone;
use segl_core::document::SealedDocument;
use segl_core::id::{AttemptId, DocumentIndex, Sha256};
use segl_core::order::{Order, OrderState};
use segl_core::ports::PortError;
use segl_core::register::RegisterWork;
use serde::{Deserialize, Serialize};

use crate::plan::{Content, EvidenceDocument, Plan, RegisterTerms, Target, pdf_file_name};
use crate::work::evidence;

/// A sealed file as it was when the write-back began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Frozen {
    pub(super) document: DocumentIndex,
    pub(super) attempt: AttemptId,
    pub(super) version: String,
    pub(super) sha256: Sha256,
    pub(super) size: u64,
}

/// The sealed files of now.
pub(super) fn freeze(order: &Order) -> Vec<Frozen> {
    let OrderState::Accepted { sealed, .. } = &order.state else { return Vec::new() };
    let frozen = |sealed: &SealedDocument| Frozen {
        document: sealed.document,
        attempt: sealed.attempt.clone(),
        version: sealed.object.version.clone(),
        sha256: sealed.sha256,
        size: sealed.size,
    };
    sealed.iter().map(frozen).collect()
}

/// What goes back: the documents, and the evidence once there is some.
pub(super) fn plan(
    order: &Order,
    work: &RegisterWork,
    terms: &RegisterTerms,
    sealed: &[Frozen],
    evidence: Option<&evidence::Frozen>,
    zone: &TimeZone,
) -> Result<Plan, PortError> {
    let at = match &order.state {
        OrderState::Accepted { at, .. } => *at,
        _ => order.created_at,
    };
    let documents: Option<Vec<_>> = sealed.iter().map(|sealed| target(order, work, sealed)).collect();
    let documents = documents.filter(|documents| documents.len() == work.documents.len()).ok_or_else(|| PortError::Corrupt {
        key: format!("the register work of {}", order.id),
        source: "it names other documents than the order has".into(),
    })?;
    let evidence = work.evidence_type.as_ref().zip(evidence).map(|(document_type, evidence)| EvidenceDocument {
        document_type: document_type.clone(),
        identification: identification(order),
        title: "Bewijs van ondertekening".to_owned(),
        author: "Segl".to_owned(),
        file_name: evidence::FILE_NAME.to_owned(),
        media_type: evidence::MEDIA_TYPE,
        content: Content { sha256: evidence.sha256, size: evidence.size },
    });
    Ok(Plan { terms: terms.clone(), case_url: work.case_url.clone(), documents, evidence, signed_on: at.to_zoned(zone.clone()).date() })
}

fn target(order: &Order, work: &RegisterWork, sealed: &Frozen) -> Option<Target> {
    let document = order.documents.get(sealed.document.as_usize())?;
    let registered = work.documents.get(sealed.document.as_usize())?;
    let title = document.title.as_str();
    let file_name = document.file_name.as_ref().map_or(title, |name| name.as_str());
    Some(Target {
        url: registered.url.trim_end_matches('/').to_owned(),
        title: title.to_owned(),
        file_name: pdf_file_name(file_name),
        version: registered.version,
        content: Content { sha256: sealed.sha256, size: sealed.size },
    })
}

/// 40 characters at most: an order's id without its hyphens has 32.
fn identification(order: &Order) -> String {
    format!("segl-{}", order.id.to_string().replace('-', ""))
}
