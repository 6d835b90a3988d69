//! `GET /orders/{id}` and its state.
//!
//! The original shows "all the information about the order" in a form that is not public. Names are those of the request where there
//! are any. `dueDate` is local time as in the request; every other time is RFC 3339 in UTC.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::document::{Document, DocumentState, Finding};
use segl_core::id::Sha256;
use segl_core::order::{LinkTarget, Order, OrderState};
use segl_core::signer::{Party, Person, Signer, SignerStatus};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::automation::due_date;

/// The five states of this dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Signatures, documents or the seal are awaited.
    Pending,
    /// Signed by all, and sealed.
    Accepted,
    /// A signer refused.
    Rejected,
    /// Taken back, or ended because the document can never be sealed.
    Cancelled,
    /// Not signed in time.
    Expired,
}

impl State {
    /// The body of `GET /orders/{id}/state`, of `text/plain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// The order's state at `now`. Past the due date an unsigned order is expired, also before a sweep has written that down.
///
/// An order that can never be sealed is `CANCELLED`: `REJECTED` would say that a signer refused, and `EXPIRED` that time ran out, and
/// neither is true. The reason is in [`OrderView::failure`].
pub fn state(order: &Order, now: Timestamp) -> State {
    match &order.state {
        OrderState::Drafting { .. } | OrderState::Pending { .. } if now >= order.deadline => State::Expired,
        OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. } => State::Pending,
        OrderState::Accepted { .. } => State::Accepted,
        OrderState::Rejected { .. } => State::Rejected,
        OrderState::Cancelled { .. } | OrderState::Failed { .. } => State::Cancelled,
        OrderState::Expired { .. } => State::Expired,
    }
}

/// An order on the wire. Of one whose personal data has been removed, state and times are left.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// The order's GUID.
    pub id: String,
    /// Its state.
    pub state: State,
    /// Until when it can be signed, local time without a zone.
    pub due_date: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// When documents and personal data were removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<Timestamp>,
    /// Why the order could not be completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Everything that is gone after removal.
    #[serde(flatten)]
    pub content: Option<Content>,
}

/// Why an order could not be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable name for programs.
    pub code: String,
    /// A sentence for people.
    pub reason: String,
}

/// What an order is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// The creator.
    pub solicitor: Option<PersonView>,
    /// The signers.
    pub signers: Vec<SignerView>,
    /// The tags, as they came.
    pub tags: Value,
    /// Where invitations lead: 0 to the list, 1 to the order.
    pub link_type: u8,
    /// What else was wanted.
    pub options: Vec<OptionView>,
    /// The document; of several, the first.
    pub document: DocumentView,
    /// Why it was cancelled, where told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
}

/// A person, as in the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonView {
    /// `INTERNAL`, `EXTERNAL`, or `SYSTEM` for a signer that is no person, which only other dialects can ask for.
    pub source: &'static str,
    /// The directory's entry, the personal number, or the organization; none where only the attributes tell who it is.
    pub identifier: Option<String>,
    /// The name, where the directory has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The id by which the service itself knows the person, for `POST /anonymize`.
    #[serde(rename = "internalId", skip_serializing_if = "Option::is_none")]
    pub internal_id: Option<String>,
    /// `mail` and `mobile`, each an object with `value`.
    pub attributes: Map<String, Value>,
}

/// A signer and what the signer did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignerView {
    /// Who; none once erased.
    #[serde(flatten)]
    pub person: Option<PersonView>,
    /// `WAITING`, `PENDING`, `SIGNED`, `REJECTED` or `NOT_NEEDED`.
    pub status: &'static str,
    /// Since when the signer may sign, or when the signer signed or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Why the signer refused, where told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One `option`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: bool,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// The file's name.
    pub file_name: Option<String>,
    /// SHA-256 of the file as uploaded.
    pub sha256: Option<Sha256>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its pages, once it has been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// What signers should know before they sign.
    pub findings: Vec<Finding>,
}

/// What the creator sees of an order. `ids` knows the ids of people.
pub fn order(order: &Order, now: Timestamp, zone: &TimeZone, ids: &dyn Fn(&Person) -> Option<String>) -> OrderView {
    let failure = match &order.state {
        OrderState::Failed { code, reason, .. } => Some(Failure { code: code.clone(), reason: reason.clone() }),
        _ => None,
    };
    OrderView {
        id: order.id.to_string(),
        state: state(order, now),
        due_date: due_date::format(order.deadline, zone),
        created: order.created_at,
        ended: order.state.ended_at(),
        erased: order.erased_at,
        failure,
        content: order.erased_at.is_none().then(|| content(order, ids)).flatten(),
    }
}

/// None only where an order has no document, which none has.
fn content(order: &Order, ids: &dyn Fn(&Person) -> Option<String>) -> Option<Content> {
    let cancel_reason = match &order.state {
        OrderState::Cancelled { reason, .. } => reason.as_ref().map(|reason| reason.as_str().to_owned()),
        _ => None,
    };
    Some(Content {
        title: order.title.as_str().to_owned(),
        description: order.description.as_str().to_owned(),
        solicitor: order.creator.as_ref().map(|creator| person(creator, ids)),
        signers: order.signers.iter().map(|one| signer(one, ids)).collect(),
        tags: order.tags.clone(),
        link_type: match order.options.link {
            LinkTarget::List => 0,
            LinkTarget::Order => 1,
        },
        options: vec![OptionView { name: "notifyAllSigners", value: order.options.tell_signers }],
        document: document(order.documents.first()?),
        cancel_reason,
    })
}

fn person(person: &Person, ids: &dyn Fn(&Person) -> Option<String>) -> PersonView {
    let internal_id = ids(person);
    let (source, identifier) = match (&person.directory, &person.national_id) {
        (Some(key), _) => ("INTERNAL", Some(key.as_str().to_owned())),
        (None, number) => ("EXTERNAL", number.as_ref().map(|number| number.as_str().to_owned())),
    };
    let mut attributes = Map::new();
    if let Some(email) = &person.email {
        attributes.insert("mail".to_owned(), json!({"value": email.as_str()}));
    }
    if let Some(mobile) = &person.mobile {
        attributes.insert("mobile".to_owned(), json!({"value": mobile.as_str()}));
    }
    PersonView { source, identifier, name: person.name.as_ref().map(|name| name.as_str().to_owned()), internal_id, attributes }
}

fn signer(signer: &Signer, ids: &dyn Fn(&Person) -> Option<String>) -> SignerView {
    let person = match &signer.party {
        Party::Person(one) => Some(person(one, ids)),
        Party::System(system) => Some(PersonView {
            source: "SYSTEM",
            identifier: Some(system.organization.as_str().to_owned()),
            name: None,
            internal_id: None,
            attributes: Map::new(),
        }),
        Party::Erased => None,
    };
    let (status, time, reason) = match &signer.status {
        SignerStatus::Waiting => ("WAITING", None, None),
        SignerStatus::Open { since } => ("PENDING", Some(*since), None),
        SignerStatus::Signed(signature) => ("SIGNED", Some(signature.at), None),
        SignerStatus::Declined { at, reason } => ("REJECTED", Some(*at), reason.as_ref().map(|reason| reason.as_str().to_owned())),
        SignerStatus::NotNeeded => ("NOT_NEEDED", None, None),
    };
    SignerView { person, status, time, reason }
}

fn document(document: &Document) -> DocumentView {
    let file_name = document.file_name.as_ref().map(|name| name.as_str().to_owned());
    match &document.state {
        DocumentState::Ready(facts) => DocumentView {
            file_name,
            sha256: Some(facts.sha256),
            size: Some(facts.size),
            pages: Some(facts.pages),
            findings: facts.findings.clone(),
        },
        DocumentState::Awaited | DocumentState::Refused(_) => {
            DocumentView { file_name, sha256: document.announced.sha256, size: document.announced.size, pages: None, findings: Vec::new() }
        }
        DocumentState::Erased { sha256 } => {
            DocumentView { file_name: None, sha256: *sha256, size: None, pages: None, findings: Vec::new() }
        }
    }
}
