//! The evidence that goes into the sealed document: what the seal is about, checkable without the service.

use segl_core::document::Uploaded;
use segl_core::event::Event;
use segl_core::id::{OrderId, OrganizationId, Sha256};
use segl_core::order::EveryoneSigned;
use serde::Serialize;

#[derive(Serialize)]
struct Evidence<'a> {
    /// The version of this format.
    format: u32,
    order: OrderId,
    organization: &'a OrganizationId,
    documents: Vec<Document<'a>>,
    audit_trail: AuditTrail<'a>,
}

#[derive(Serialize)]
struct Document<'a> {
    title: &'a str,
    sha256: Sha256,
    size: u64,
    pages: u32,
    /// What was uploaded, where that was a damaged file and was repaired: the document begins with those bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired_from: Option<Uploaded>,
    findings: &'a [segl_core::document::Finding],
}

#[derive(Serialize)]
struct AuditTrail<'a> {
    /// The hash of the last event: each event's `hash` is SHA-256 over its canonical JSON (RFC 8785) without `hash`.
    head: Sha256,
    events: &'a [Event],
}

/// The evidence as JSON.
pub fn document(signed: EveryoneSigned<'_>, events: &[Event]) -> Vec<u8> {
    let order = signed.order();
    let documents = signed.documents().map(|(_, document, facts)| Document {
        title: document.title.as_str(),
        sha256: facts.sha256,
        size: facts.size,
        pages: facts.pages,
        repaired_from: facts.repaired_from,
        findings: &facts.findings,
    });
    let evidence = Evidence {
        format: 1,
        order: order.id,
        organization: &order.organization,
        documents: documents.collect(),
        audit_trail: AuditTrail { head: order.chain.hash, events },
    };
    serde_json::to_vec_pretty(&evidence).expect("evidence has string keys and whole numbers only, which JSON can express")
}
