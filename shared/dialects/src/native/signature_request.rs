//! `GET /v1/orders/{order_id}/signature-request`: what a system is asked to sign.

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::id::SignerIndex;
use segl_core::order::Order;
use segl_core::signer::{Signer, SignerStatus};
use serde::{Deserialize, Serialize};

use crate::native::view::{self, DocumentView, OrderStateView, StatusView};

/// What a system is asked to sign. It learns nothing of the other signers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureRequest {
    /// The order's id.
    pub order: String,
    /// The organization that asks.
    pub organization: String,
    /// How far the order is.
    pub state: OrderStateView,
    /// What is to be signed.
    pub title: String,
    /// A message to the signers.
    pub description: String,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// The documents; none before the system's turn.
    pub documents: Vec<DocumentView>,
    /// The SHA-256 of each document, in sequence: what a signature must repeat. None before the system's turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<Vec<String>>,
    /// What a system signs that signs with a key of its own (`jws`): these very bytes. None before the system's turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_payload: Option<String>,
    /// The number of the system among the signers.
    pub signer: u16,
    /// How far the system itself is.
    #[serde(flatten)]
    pub status: StatusView,
    /// Where to sign or decline, while that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<String>,
}

/// What the system of `signer` sees of an order at `now`. The pair is what [`Order::system_signer`] answers.
pub fn signature_request(order: &Order, (index, signer): (SignerIndex, &Signer), now: Timestamp) -> SignatureRequest {
    let this = view::address(order.id);
    let state = view::state(order, now);
    let waiting = signer.status == SignerStatus::Waiting;
    let documents = order.documents().filter(|_| !waiting);
    let open = state == OrderStateView::Pending && matches!(signer.status, SignerStatus::Open { .. });
    SignatureRequest {
        order: order.id.to_string(),
        organization: order.organization.as_str().to_owned(),
        state,
        title: order.title.as_str().to_owned(),
        description: order.description.as_str().to_owned(),
        deadline: order.deadline,
        documents: documents
            .map(|(number, document)| view::document(number, document, format!("{this}/signature-request/documents/{number}")))
            .collect(),
        digests: order.digests().filter(|_| !waiting).map(|digests| digests.iter().map(ToString::to_string).collect()),
        signing_payload: order.signing_payload().filter(|_| !waiting).and_then(|payload| String::from_utf8(payload).ok()),
        signer: index.0,
        status: view::status(&signer.status),
        signatures: open.then(|| format!("{this}/signatures")),
    }
}
