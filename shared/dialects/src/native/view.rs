//! What callers see of orders.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use segl_core::document::{Document, DocumentState, Finding};
use segl_core::id::{DocumentIndex, OrderId, SignerIndex};
use segl_core::order::{NextAction, Order, OrderState};
use segl_core::signer::{Method, Party, Person, Signer, SignerStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStateView {
    /// Documents are awaited.
    Drafting,
    /// Signatures are awaited.
    Pending,
    /// All have signed; the seal is awaited.
    Sealing,
    /// Sealed.
    Accepted,
    /// Too many declined.
    Rejected,
    /// Taken back.
    Cancelled,
    /// Not signed in time.
    Expired,
    /// Can never be sealed.
    Failed,
}

/// What has to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NextActionView {
    /// Documents must be uploaded, or are being read.
    Documents,
    /// Signers must sign.
    Signatures,
    /// The service is sealing.
    Seal,
    /// The order has ended.
    None,
}

/// One thing that an order waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "BlockedBy")]
pub enum BlockedBy {
    /// A document that must be uploaded, or is being read.
    Document {
        /// Which, from 0.
        document: u16,
    },
    /// A signer whose turn it is.
    Signer {
        /// Which, from 0.
        signer: u16,
    },
    /// The service itself.
    Service {},
}

/// An order, as its creator's organization sees it. After removal, what was personal or confidential is not there any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    /// The order's id.
    pub id: String,
    /// How far it is. Past the deadline an unsigned order is `expired`.
    pub state: OrderStateView,
    /// What is to be signed.
    pub title: String,
    /// A message to the signers.
    pub description: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When documents and personal data were removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// How many days after the end documents and personal data are kept; for ever where not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// What has to happen next.
    pub next_action: NextActionView,
    /// What that waits for.
    pub blocked_by: Vec<BlockedBy>,
    /// Why the order was cancelled, or could not be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
    /// What the creator chose.
    pub options: OptionsView,
    /// The creator's labels, as they came.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub tags: Value,
    /// The person on whose behalf the order was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<PersonView>,
    /// The documents.
    pub documents: Vec<DocumentView>,
    /// The groups of signers.
    pub groups: Vec<GroupView>,
    /// The signers of all groups.
    pub signers: Vec<SignerView>,
    /// Where to go from here.
    pub links: Links,
}

/// Why an order ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Reason")]
pub struct ReasonView {
    /// Stable name for programs, where the service gives the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence for people.
    pub text: String,
}

/// What the creator chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Options")]
pub struct OptionsView {
    /// Whether signers get the sealed documents, too.
    pub tell_signers: bool,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Document")]
pub struct DocumentView {
    /// Its place in the order, from 0.
    pub index: u16,
    /// What signers see it called.
    pub title: String,
    /// What the file is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Whether it is here.
    pub state: DocumentStateView,
    /// SHA-256 of the file; of one that is awaited, as announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Size in bytes; of one that is awaited, as announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Number of pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// What signers should know before they sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingView>,
    /// Why it can never be sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<FindingView>,
    /// Where to upload it, while that is still to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadView>,
    /// The sealed document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedView>,
    /// Where to read the document, once it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// Whether a document is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStateView {
    /// Not uploaded, or not read yet.
    Awaited,
    /// Read and fit to be sealed.
    Ready,
    /// Can never be sealed.
    Refused,
    /// Removed.
    Erased,
}

/// Something in a document that a signer should know, or why it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingView {
    /// Stable name for programs.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// How to upload a document: one request, with the file as its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Upload")]
pub struct UploadView {
    /// The method: `PUT`.
    pub method: String,
    /// The address. It needs no credential; whoever has it can upload.
    pub url: String,
    /// The headers that must be sent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Until when the address is good. Reading the order again gives another.
    pub expires_at: Timestamp,
}

/// A sealed document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SealedDocument")]
pub struct SealedView {
    /// SHA-256 of the sealed file.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// The level reached: `B-B`, `B-T`, `B-LT` or `B-LTA` (ETSI EN 319 142-1).
    pub level: String,
    /// Where to read it.
    pub href: String,
}

/// Signers who may sign at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Group")]
pub struct GroupView {
    /// How many of the group must sign.
    pub quorum: u16,
    /// Who, by number.
    pub signers: Vec<u16>,
}

/// A signer and what the signer did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Signer")]
pub struct SignerView {
    /// The signer's place in the order, from 0.
    pub index: u16,
    /// The group in whose turn this signer signs, from 0.
    pub group: u16,
    /// Who.
    #[serde(flatten)]
    pub party: PartyView,
    /// What the signer did.
    #[serde(flatten)]
    pub status: StatusView,
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "Party")]
pub enum PartyView {
    /// A natural person.
    Person(PersonView),
    /// An organization's system.
    System {
        /// The organization.
        organization: String,
    },
    /// Was a person; the personal data has been removed.
    Erased {},
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Person")]
pub struct PersonView {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The mobile number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The national identity number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_id: Option<String>,
    /// The entry in the organization's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
}

/// How far a signer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
#[schemars(rename = "SignerStatus")]
pub enum StatusView {
    /// An earlier group signs first.
    Waiting {},
    /// May sign.
    Open {
        /// Since when.
        since: Timestamp,
    },
    /// Has signed.
    Signed {
        /// When.
        at: Timestamp,
        /// How the signer was recognised: `link`, or `client` for a system.
        method: String,
        /// What the identity provider or the system claimed of the signer.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        claims: BTreeMap<String, String>,
    },
    /// Has declined.
    Declined {
        /// When.
        at: Timestamp,
        /// Why, where told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Need not sign any more.
    NotNeeded {},
}

/// Where to go from an order. Addresses are relative to the service's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// The order itself.
    #[serde(rename = "self")]
    pub this: String,
    /// Its audit trail.
    pub events: String,
    /// Where to cancel it, while that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<String>,
}

/// A page of the list of orders, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrderPage")]
pub struct OrderPage {
    /// The orders.
    pub orders: Vec<OrderSummary>,
    /// The `cursor` of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An order in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSummary {
    /// The order's id.
    pub id: String,
    /// How far it is.
    pub state: OrderStateView,
    /// What is to be signed.
    pub title: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Where to read it.
    pub href: String,
}

/// The addresses to which documents that are still to be uploaded can be uploaded.
pub type Uploads = BTreeMap<DocumentIndex, UploadView>;

impl UploadView {
    /// A presigned address.
    pub fn put(url: String, headers: BTreeMap<String, String>, expires_at: Timestamp) -> Self {
        Self { method: "PUT".to_owned(), url, headers, expires_at }
    }
}

/// What the creator's organization sees of an order at `now`. `uploads` has an address for each document that is still to be uploaded.
pub fn order(order: &Order, now: Timestamp, mut uploads: Uploads) -> OrderView {
    let (next_action, blocked_by) = next_action(order, now);
    let this = address(order.id);
    let open = matches!(state(order, now), OrderStateView::Drafting | OrderStateView::Pending);
    OrderView {
        id: order.id.to_string(),
        state: state(order, now),
        title: order.title.as_str().to_owned(),
        description: order.description.as_str().to_owned(),
        created_at: order.created_at,
        deadline: order.deadline,
        ended_at: order.state.ended_at(),
        erased_at: order.erased_at,
        retention_days: order.retention.map(days),
        next_action,
        blocked_by,
        reason: reason(&order.state),
        options: OptionsView { tell_signers: order.options.tell_signers },
        tags: order.tags.clone(),
        creator: order.creator.as_ref().map(person),
        documents: order.documents().map(|(index, document)| owned_document(order, index, document, uploads.remove(&index))).collect(),
        groups: groups(order),
        signers: order.signers().map(|(index, one)| signer(index, one)).collect(),
        links: Links { events: format!("{this}/events"), cancel: open.then(|| format!("{this}/cancel")), this },
    }
}

/// A page of orders, in the sequence given. `more` tells whether there are further ones.
pub fn page(orders: &[Order], more: bool, now: Timestamp) -> OrderPage {
    let next_cursor = orders.last().filter(|_| more).map(|order| order.id.to_string());
    OrderPage { orders: orders.iter().map(|order| summary(order, now)).collect(), next_cursor }
}

fn summary(order: &Order, now: Timestamp) -> OrderSummary {
    OrderSummary {
        id: order.id.to_string(),
        state: state(order, now),
        title: order.title.as_str().to_owned(),
        created_at: order.created_at,
        deadline: order.deadline,
        ended_at: order.state.ended_at(),
        href: address(order.id),
    }
}

/// The address of an order, relative to the service's.
pub fn address(order: OrderId) -> String {
    format!("/v1/orders/{order}")
}

/// The order's state at `now`: past the deadline an unsigned order is expired, also before a sweep has written that down.
pub(crate) fn state(order: &Order, now: Timestamp) -> OrderStateView {
    match &order.state {
        OrderState::Drafting { .. } | OrderState::Pending { .. } if now >= order.deadline => OrderStateView::Expired,
        OrderState::Drafting { .. } => OrderStateView::Drafting,
        OrderState::Pending { .. } => OrderStateView::Pending,
        OrderState::Sealing { .. } => OrderStateView::Sealing,
        OrderState::Accepted { .. } => OrderStateView::Accepted,
        OrderState::Rejected { .. } => OrderStateView::Rejected,
        OrderState::Cancelled { .. } => OrderStateView::Cancelled,
        OrderState::Expired { .. } => OrderStateView::Expired,
        OrderState::Failed { .. } => OrderStateView::Failed,
    }
}

fn next_action(order: &Order, now: Timestamp) -> (NextActionView, Vec<BlockedBy>) {
    if state(order, now) == OrderStateView::Expired {
        return (NextActionView::None, Vec::new());
    }
    match order.next_action() {
        NextAction::Documents(documents) => {
            (NextActionView::Documents, documents.into_iter().map(|DocumentIndex(document)| BlockedBy::Document { document }).collect())
        }
        NextAction::Signatures(signers) => {
            (NextActionView::Signatures, signers.into_iter().map(|SignerIndex(signer)| BlockedBy::Signer { signer }).collect())
        }
        NextAction::Seal => (NextActionView::Seal, vec![BlockedBy::Service {}]),
        NextAction::Nothing => (NextActionView::None, Vec::new()),
    }
}

fn days(retention: SignedDuration) -> u32 {
    u32::try_from(retention.as_hours() / 24).unwrap_or(u32::MAX)
}

fn reason(state: &OrderState) -> Option<ReasonView> {
    match state {
        OrderState::Cancelled { reason, .. } => reason.as_ref().map(|reason| ReasonView { code: None, text: reason.as_str().to_owned() }),
        OrderState::Failed { code, reason, .. } => Some(ReasonView { code: Some(code.clone()), text: reason.clone() }),
        _ => None,
    }
}

fn groups(order: &Order) -> Vec<GroupView> {
    let members = |group: usize| order.signers().filter(move |(_, signer)| signer.group.as_usize() == group).map(|(index, _)| index.0);
    order.groups.iter().enumerate().map(|(number, group)| GroupView { quorum: group.quorum, signers: members(number).collect() }).collect()
}

fn owned_document(order: &Order, index: DocumentIndex, one: &Document, upload: Option<UploadView>) -> DocumentView {
    let href = format!("{}/documents/{index}", address(order.id));
    let sealed = order.sealed_document(index).ok().map(|sealed| SealedView {
        sha256: sealed.sha256.to_string(),
        size: sealed.size,
        level: sealed.level.as_str().to_owned(),
        href: format!("{href}/sealed"),
    });
    let mut view = document(index, one, href);
    if view.state == DocumentStateView::Awaited {
        view.upload = upload;
    }
    view.sealed = sealed;
    view
}

/// A document without what only its creator may know.
pub(crate) fn document(index: DocumentIndex, document: &Document, href: String) -> DocumentView {
    let view = DocumentView {
        index: index.0,
        title: document.title.as_str().to_owned(),
        file_name: document.file_name.as_ref().map(|name| name.as_str().to_owned()),
        state: DocumentStateView::Awaited,
        sha256: document.announced.sha256.map(|digest| digest.to_string()),
        size: document.announced.size,
        pages: None,
        findings: Vec::new(),
        refusal: None,
        upload: None,
        sealed: None,
        href: None,
    };
    match &document.state {
        DocumentState::Awaited => view,
        DocumentState::Ready(facts) => DocumentView {
            state: DocumentStateView::Ready,
            sha256: Some(facts.sha256.to_string()),
            size: Some(facts.size),
            pages: Some(facts.pages),
            findings: facts.findings.iter().map(finding).collect(),
            href: Some(href),
            ..view
        },
        DocumentState::Refused(refusal) => DocumentView {
            state: DocumentStateView::Refused,
            refusal: Some(FindingView { code: refusal.code.clone(), text: refusal.text.clone() }),
            ..view
        },
        DocumentState::Erased { sha256 } => {
            DocumentView { state: DocumentStateView::Erased, sha256: sha256.map(|digest| digest.to_string()), size: None, ..view }
        }
    }
}

fn finding(finding: &Finding) -> FindingView {
    FindingView { code: finding.code.clone(), text: finding.text.clone() }
}

fn signer(index: SignerIndex, signer: &Signer) -> SignerView {
    let party = match &signer.party {
        Party::Person(one) => PartyView::Person(person(one)),
        Party::System(organization) => PartyView::System { organization: organization.as_str().to_owned() },
        Party::Erased => PartyView::Erased {},
    };
    SignerView { index: index.0, group: signer.group.0, party, status: status(&signer.status) }
}

/// A signer's status. The address from which somebody signed stays in the evidence.
pub(crate) fn status(status: &SignerStatus) -> StatusView {
    match status {
        SignerStatus::Waiting => StatusView::Waiting {},
        SignerStatus::Open { since } => StatusView::Open { since: *since },
        SignerStatus::Signed(signature) => StatusView::Signed {
            at: signature.at,
            method: match &signature.method {
                Method::Link => "link",
                Method::Client { .. } => "client",
            }
            .to_owned(),
            claims: signature.claims.clone(),
        },
        SignerStatus::Declined { at, reason } => {
            StatusView::Declined { at: *at, reason: reason.as_ref().map(|reason| reason.as_str().to_owned()) }
        }
        SignerStatus::NotNeeded => StatusView::NotNeeded {},
    }
}

fn person(person: &Person) -> PersonView {
    PersonView {
        name: person.name.as_ref().map(|name| name.as_str().to_owned()),
        email: person.email.as_ref().map(|email| email.as_str().to_owned()),
        mobile: person.mobile.as_ref().map(|mobile| mobile.as_str().to_owned()),
        national_id: person.national_id.as_ref().map(|number| number.as_str().to_owned()),
        directory: person.directory.as_ref().map(|key| key.as_str().to_owned()),
    }
}
