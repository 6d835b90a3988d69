//! What the creator's organization sees of a workflow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::order::{NextAction, Order, OrderState, Roster};
use segl_core::signer::{Party, Person, SignerStatus};
use serde::{Deserialize, Serialize};

use crate::native::view::{JwsView, OrderStateView, PartyView, StatusView, party, state, status};
use crate::workflow::signature::{DocumentMetadata, documents};

/// The answer to a creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Created")]
pub struct CreatedView {
    /// The workflow.
    pub workflow_id: String,
}

/// The organization's workflows, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkflowPage")]
pub struct WorkflowPage {
    /// The workflows.
    pub workflows: Vec<WorkflowSummary>,
    /// The `cursor` of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A workflow in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowSummary {
    /// Its id.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// What is to be signed.
    pub title: String,
    /// The organization.
    pub organization_tin: String,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
    /// How far it is.
    pub state: OrderStateView,
}

/// A workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Workflow")]
pub struct WorkflowView {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: WorkflowSummary,
    /// Whether nobody can be added any more.
    pub signers_closed: bool,
    /// What has to happen next: `documents`, `signatures`, `signers` (ask further ones, or close the list), `seal` or `none`.
    pub next_action: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it was cancelled or could not be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The documents that have been read.
    pub documents: Vec<DocumentMetadata>,
    /// The signatures, in the sequence in which signers were asked.
    pub signatures: Vec<SignatureView>,
    /// Everyone who was asked.
    pub signers: Vec<SignerView>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkflowSignature")]
pub struct SignatureView {
    /// The signer's number.
    pub id: u16,
    /// When it was made.
    pub created: Timestamp,
    /// What the creator called the signer; of a system, what its client is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_provided_signer_name: Option<String>,
    /// Names the signature among all there are.
    pub signature_transaction_id: String,
    /// What is known of the signer.
    pub user_claims: BTreeMap<String, String>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address_of_user: Option<String>,
    /// SHA-256 of each document as shown to the signer.
    pub digests: Vec<String>,
    /// The signer's own signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jws: Option<JwsView>,
}

/// One who was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WorkflowSigner")]
pub struct SignerView {
    /// The signer's number.
    pub id: u16,
    /// In whose turn, from 0.
    pub group: u16,
    /// Who.
    pub party: PartyView,
    /// How far.
    pub signature: StatusView,
}

/// A workflow at `now`.
pub fn workflow(order: &Order, now: Timestamp) -> WorkflowView {
    WorkflowView {
        summary: summary(order, now),
        signers_closed: order.roster == Roster::Closed,
        next_action: match (state(order, now), order.next_action()) {
            (OrderStateView::Expired, _) | (_, NextAction::Nothing) => "none",
            (_, NextAction::Documents(_)) => "documents",
            (_, NextAction::Signatures(_)) => "signatures",
            (_, NextAction::Signers) => "signers",
            (_, NextAction::Seal) => "seal",
        }
        .to_owned(),
        ended_at: order.state.ended_at(),
        reason: match &order.state {
            OrderState::Cancelled { reason, .. } => reason.as_ref().map(|reason| reason.as_str().to_owned()),
            OrderState::Failed { reason, .. } => Some(reason.clone()),
            _ => None,
        },
        documents: documents(order, |_| None),
        signatures: signatures(order),
        signers: order
            .signers()
            .map(|(index, signer)| SignerView {
                id: index.0,
                group: signer.group.0,
                party: party(&signer.party),
                signature: status(&signer.status),
            })
            .collect(),
    }
}

/// A page of workflows.
pub fn page(orders: &[Order], more: bool, now: Timestamp) -> WorkflowPage {
    let next_cursor = orders.last().filter(|_| more).map(|order| order.id.to_string());
    WorkflowPage { workflows: orders.iter().map(|order| summary(order, now)).collect(), next_cursor }
}

fn summary(order: &Order, now: Timestamp) -> WorkflowSummary {
    WorkflowSummary {
        id: order.id.to_string(),
        created: order.created_at,
        title: order.title.as_str().to_owned(),
        organization_tin: order.organization.as_str().to_owned(),
        expires_at: order.deadline,
        state: state(order, now),
    }
}

fn signatures(order: &Order) -> Vec<SignatureView> {
    let mut signatures = Vec::new();
    for (index, signer) in order.signers() {
        let SignerStatus::Signed(signature) = &signer.status else { continue };
        let mut claims = signature.claims.clone();
        let mut tell = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                claims.entry(name.to_owned()).or_insert_with(|| value.to_owned());
            }
        };
        let name = match (&signer.party, &signature.method) {
            (Party::Person(Person { name, title, email, mobile, national_id, .. }), _) => {
                tell("title", title.as_ref().map(|title| title.as_str()));
                tell("email", email.as_ref().map(|email| email.as_str()));
                tell("mobile", mobile.as_ref().map(|mobile| mobile.as_str()));
                tell("national_id", national_id.as_ref().map(|number| number.as_str()));
                name.as_ref().map(|name| name.as_str().to_owned())
            }
            (Party::System(system), segl_core::signer::Method::Client { client, name }) => {
                tell("organization_tin", Some(system.organization.as_str()));
                tell("client_id", Some(client.as_str()));
                Some(name.clone())
            }
            _ => None,
        };
        signatures.push(SignatureView {
            id: index.0,
            created: signature.at,
            service_provided_signer_name: name,
            signature_transaction_id: format!("{}/{index}", order.id),
            user_claims: claims,
            ip_address_of_user: signature.address.map(|address| address.to_string()),
            digests: signature.digests.iter().map(ToString::to_string).collect(),
            jws: signature.jws.as_ref().map(JwsView::from),
        });
    }
    signatures
}
