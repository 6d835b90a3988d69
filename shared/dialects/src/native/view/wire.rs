//! The shapes of what callers see of orders.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::native::request::wire::{AppearanceRequest, CornerName, StampPageName};

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "OrderState")]
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
#[schemars(rename = "NextAction")]
pub enum NextActionView {
    /// Documents must be uploaded, or are being read.
    Documents,
    /// Signers must sign.
    Signatures,
    /// Further signers must be asked, or the list be closed.
    Signers,
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
    /// The creator, who must ask further signers or close the list.
    Creator {},
    /// The service itself.
    Service {
        /// What hinders it, where an attempt has failed; the service tries again by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hindrance: Option<HindranceView>,
    },
}

/// What keeps a seal from being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Hindrance")]
pub struct HindranceView {
    /// Stable name for programs, e.g. `certificate-expired`.
    pub code: String,
    /// A sentence for people.
    pub text: String,
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
    /// Until when those can sign whose turn it is.
    pub signing_deadline: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When documents and personal data were removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// Since when nothing of it may be removed, where it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
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
    /// What was asked of the seal.
    pub seal: SealView,
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

/// What was asked of the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Seal")]
pub struct SealView {
    /// The level that the seal is to reach.
    pub level: String,
    /// What readers of the document see of it.
    pub appearance: AppearanceRequest,
    /// Where its stamp stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<StampView>,
}

/// Where a stamp stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Stamp")]
pub struct StampView {
    /// On which page.
    pub page: StampPageName,
    /// In which corner, as the reader sees the page.
    pub corner: CornerName,
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
    /// The file as it was uploaded, where that was a damaged one and was repaired: `sha256` and `size` are those of the repaired file, which
    /// begins with the bytes that were uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_from: Option<UploadedView>,
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
#[schemars(rename = "DocumentState")]
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

/// A file as it was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "UploadedFile")]
pub struct UploadedView {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
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
    /// The level that the order asks for. Where it is above `level`, the seal is raised as soon as that is possible.
    pub target_level: String,
    /// Why the level is below the target, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<ReasonView>,
    /// When its newest time-stamp can no longer be checked. Archived documents (`B-LTA`) are renewed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapses_at: Option<Timestamp>,
    /// Where to read it.
    pub href: String,
}

/// Signers who may sign at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Group")]
pub struct GroupView {
    /// How many of the group must sign.
    pub quorum: u16,
    /// How many hours the group has once its turn has come, where that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_to_sign: Option<u32>,
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
    /// Of a person: what must be brought besides the personal link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
    /// Of a person who must log in: the level of assurance that the log-in must reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance: Option<String>,
    /// When the signer first saw the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When the signer was blocked after too many wrong codes, where still so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Timestamp>,
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
        /// The API client that must sign, where it matters which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<String>,
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
    /// In what capacity the person signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
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
        /// How the signer was recognised: `link`, `email-code`, `sms-code`, `sender` for one whom the sender had logged in, `eid`
        /// for a log-in with an electronic identity, or `client` for a system.
        method: String,
        /// What the identity provider or the system claimed of the signer.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        claims: BTreeMap<String, String>,
        /// The signature that a system made with a key of its own, where it handed one in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jws: Option<JwsView>,
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

/// A signature that a system made with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Jws")]
pub struct JwsView {
    /// In compact form with its payload detached (RFC 7515, appendix F).
    pub detached: String,
    /// The public key (RFC 7517).
    pub jwk: Value,
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
    /// The workflow token, once the order is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_token: Option<String>,
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
