//! System signatures: what a system reads of a workflow that it is asked to sign, and what it decides.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::id::{Sha256, SignerIndex};
use segl_core::order::Order;
use segl_core::signer::SignerStatus;
use serde::{Deserialize, Serialize};

use crate::native::decision::{Decision, check_claims, read_digests};
use crate::native::view::{FindingView, OrderStateView, StatusView, state, status};
use crate::problem::{FieldError, FieldErrors, Problem};
use crate::workflow::route::BASE;

/// What a system tells of the rule by which it signs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewClaims")]
pub struct ClaimsRequest {
    /// The system's own reference.
    #[schemars(length(min = 1, max = 1000))]
    pub reference: Option<String>,
    /// The rule by which it decided.
    #[schemars(length(min = 1, max = 1000))]
    pub rule: Option<String>,
    /// The case that it belongs to.
    #[schemars(length(min = 1, max = 1000))]
    pub case: Option<String>,
    /// Anything else. At most 20 claims in all.
    pub claims: Option<BTreeMap<String, String>>,
}

/// A system's signature.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewSystemSignature")]
pub struct SignRequest {
    /// The SHA-256 of each document as read, in sequence. A signature binds to what was read; a difference is refused.
    #[schemars(length(min = 1, max = 20), inner(regex(pattern = "^[0-9A-Fa-f]{64}$")))]
    pub digests: Option<Vec<String>>,
    /// The system's own reference.
    #[schemars(length(min = 1, max = 1000))]
    pub reference: Option<String>,
    /// The rule by which it decided.
    #[schemars(length(min = 1, max = 1000))]
    pub rule: Option<String>,
    /// The case that it belongs to.
    #[schemars(length(min = 1, max = 1000))]
    pub case: Option<String>,
    /// Anything else. At most 20 claims in all.
    pub claims: Option<BTreeMap<String, String>>,
    /// A signature over `signingPayload` with a key that the client registered: JWS in compact form with its payload detached
    /// (RFC 7515, appendix F; with or without RFC 7797). Verified, and kept in evidence and token.
    #[schemars(length(min = 1, max = 2048))]
    pub jws: Option<String>,
}

/// Reads the body of `sign`.
pub fn sign(body: &[u8]) -> Result<Decision, Problem> {
    let SignRequest { digests, reference, rule, case, claims, jws } = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let digests = read_digests(digests, &mut errors);
    let claims = read_claims(ClaimsRequest { reference, rule, case, claims }, "", &mut errors);
    if errors.is_empty() { Ok(Decision::Sign { digests, claims, jws }) } else { Err(Problem::invalid(errors.into_vec())) }
}

/// Reads the body of `decline`; it may be left out.
pub fn decline(body: &[u8]) -> Result<Decision, Problem> {
    Ok(Decision::Decline { reason: crate::native::decision::cancellation(body)? })
}

/// The claims under the names that tokens and signature pages give them.
pub(crate) fn read_claims(request: ClaimsRequest, place: &str, errors: &mut FieldErrors) -> BTreeMap<String, String> {
    let ClaimsRequest { reference, rule, case, claims } = request;
    let mut all = claims.unwrap_or_default();
    for (name, value) in [("reference", reference), ("rule", rule), ("case", case)] {
        let Some(value) = value else { continue };
        if all.insert(name.to_owned(), value).is_some() {
            errors.push(FieldError::pointer(format!("{place}/claims/{name}"), format!("is there twice, as {name} and among the claims")));
        }
    }
    check_claims(&all, &format!("{place}/claims"), errors);
    all
}

/// What a system is asked to sign. It learns nothing of the other signers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SystemSignature")]
pub struct SystemSignatureView {
    /// The workflow.
    pub workflow_id: String,
    /// The system's number among the signers.
    pub signature_id: u16,
    /// What is to be signed.
    pub title: String,
    /// A message to the signers.
    pub description: String,
    /// The organization that asks.
    pub organization_tin: String,
    /// When it was created.
    pub created: Timestamp,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
    /// How far the workflow is.
    pub state: OrderStateView,
    /// How far the system itself is.
    pub signature: StatusView,
    /// What the signature must claim.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub required_claims: BTreeMap<String, String>,
    /// The documents; none before the system's turn.
    pub documents: Vec<DocumentMetadata>,
}

/// One document of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentMetadata {
    /// Its place, from 0.
    pub index: u16,
    /// What it is called.
    pub title: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its number of pages.
    pub pages: u32,
    /// Its SHA-256.
    pub sha256_hex: String,
    /// What is remarkable about it: scripts, forms, earlier signatures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingView>,
    /// Where to fetch it, relative to the service's address; only in answers to who may fetch it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// The digests of what is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Digests")]
pub struct DigestsView {
    /// The workflow.
    pub workflow_id: String,
    /// `SHA-256`.
    pub algorithm: String,
    /// One a document, in sequence: what a signature must repeat.
    pub digests: Vec<String>,
    /// What a system signs that signs with a key of its own: these very bytes.
    pub signing_payload: String,
}

/// What the system of signer `index` sees at `now` through its handle. `handle` is repeated in addresses.
pub fn view(order: &Order, index: SignerIndex, handle: &str, now: Timestamp) -> Option<SystemSignatureView> {
    let signer = order.signers.get(index.as_usize())?;
    let shown = signer.status != SignerStatus::Waiting;
    let href = |number| Some(format!("{BASE}/systemsignatures/{handle}/documents/{number}"));
    Some(SystemSignatureView {
        workflow_id: order.id.to_string(),
        signature_id: index.0,
        title: order.title.as_str().to_owned(),
        description: order.description.as_str().to_owned(),
        organization_tin: order.organization.as_str().to_owned(),
        created: order.created_at,
        expires_at: order.deadline,
        state: state(order, now),
        signature: status(&signer.status),
        required_claims: signer.required_claims.clone(),
        documents: if shown { documents(order, href) } else { Vec::new() },
    })
}

/// The documents that are there.
pub(crate) fn documents(order: &Order, href: impl Fn(u16) -> Option<String>) -> Vec<DocumentMetadata> {
    let one = |(index, document): (segl_core::id::DocumentIndex, &segl_core::document::Document)| {
        document.facts().map(|facts| DocumentMetadata {
            index: index.0,
            title: document.title.as_str().to_owned(),
            size: facts.size,
            pages: facts.pages,
            sha256_hex: facts.sha256.to_string(),
            findings: facts.findings.iter().map(crate::native::view::finding).collect(),
            href: href(index.0),
        })
    };
    order.documents().filter_map(one).collect()
}

/// The digests; none while any document is not read.
pub fn digests(order: &Order) -> Option<DigestsView> {
    let payload = order.signing_payload()?;
    Some(DigestsView {
        workflow_id: order.id.to_string(),
        algorithm: "SHA-256".to_owned(),
        digests: order.digests()?.iter().map(Sha256::to_string).collect(),
        signing_payload: String::from_utf8(payload).ok()?,
    })
}
