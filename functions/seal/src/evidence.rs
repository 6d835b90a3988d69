//! The evidence that goes into the sealed document: what the seal is about, checkable without the service.

use segl_core::document::Uploaded;
use segl_core::event::Event;
use segl_core::id::{OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::order::EveryoneSigned;
use segl_core::signer::Jws;
use segl_sealing::{Attachment, Relationship};
use serde::Serialize;

#[derive(Serialize)]
struct Evidence<'a> {
    /// The version of this format.
    format: u32,
    order: OrderId,
    organization: &'a OrganizationId,
    documents: Vec<Document<'a>>,
    /// The signatures that systems made with keys of their own; the audit trail names each by its SHA-256.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    own_signatures: Vec<OwnSignature<'a>>,
    audit_trail: AuditTrail<'a>,
}

#[derive(Serialize)]
struct OwnSignature<'a> {
    signer: SignerIndex,
    #[serde(flatten)]
    jws: &'a Jws,
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

/// The evidence as a file.
pub fn attachment(signed: EveryoneSigned<'_>, events: &[Event]) -> Attachment {
    Attachment {
        name: "evidence.json".to_owned(),
        media_type: "application/json".to_owned(),
        description: "Who signed what, when and how, with the audit trail".to_owned(),
        bytes: document(signed, events),
        relationship: Relationship::Supplement,
    }
}

/// The evidence as JSON.
fn document(signed: EveryoneSigned<'_>, events: &[Event]) -> Vec<u8> {
    let order = signed.order();
    let documents = signed.documents().map(|(_, document, facts)| Document {
        title: document.title.as_str(),
        sha256: facts.sha256,
        size: facts.size,
        pages: facts.pages,
        repaired_from: facts.repaired_from,
        findings: &facts.findings,
    });
    let own_signatures =
        signed.signatures().filter_map(|(signer, _, signature)| signature.jws.as_ref().map(|jws| OwnSignature { signer, jws }));
    let evidence = Evidence {
        format: 1,
        order: order.id,
        organization: &order.organization,
        documents: documents.collect(),
        own_signatures: own_signatures.collect(),
        audit_trail: AuditTrail { head: order.chain.hash, events },
    };
    serde_json::to_vec_pretty(&evidence).expect("evidence has string keys and whole numbers only, which JSON can express")
}
