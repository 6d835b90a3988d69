//! What the case system is told: the id of its transaction, and how far it is.

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::document::{Document, DocumentState};
use segl_core::order::{Order, OrderState};
use segl_core::signer::{Signer, SignerStatus};
use serde::Serialize;

/// The answer to the trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "OndertekentransactieGestart")]
pub struct StartedView {
    /// The id of the transaction, as it stands in the notification later.
    pub transaction_id: String,
}

/// How far a transaction is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "OndertekentransactieStatus")]
pub struct TransactionView {
    /// The id of the transaction.
    pub transaction_id: String,
    /// How far it is, for programs.
    pub status: Status,
    /// How far it is, in a sentence for an official.
    pub voortgang: String,
    /// Until when it can be signed.
    pub vervaldatum: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub einddatum: Option<Timestamp>,
    /// The documents.
    pub documenten: Vec<DocumentView>,
    /// The signers, in the sequence in which they sign.
    pub ondertekenaars: Vec<SignerView>,
}

/// How far a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The documents are fetched and read.
    DocumentenOphalen,
    /// Signers are asked.
    Ondertekenen,
    /// All have signed; the documents are sealed.
    Verzegelen,
    /// The signed documents go back, and the case system is told.
    Terugschrijven,
    /// All is done.
    Voltooid,
    /// It ended without signed documents.
    Afgebroken,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DocumentStatus")]
pub struct DocumentView {
    /// Its title.
    pub titel: String,
    /// Whether it is here: `wordt_opgehaald`, `gereed`, `geweigerd` or `verwijderd`.
    pub status: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reden: Option<String>,
}

/// A signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "OndertekenaarStatus")]
pub struct SignerView {
    /// The turn, from 1, without gaps.
    pub beurt: u32,
    /// How far: `wacht`, `gevraagd`, `ondertekend`, `geweigerd` or `niet_nodig`.
    pub status: &'static str,
}

/// An order as the case system sees it at `now`. `told` is whether the register has been told how it ended; `broken_off` is why it is told
/// that signing was broken off, which it can be though everyone signed: where documents cannot go back.
pub fn transaction(order: &Order, told: bool, broken_off: Option<&str>, now: Timestamp) -> TransactionView {
    let status = match (&order.state, broken_off) {
        (OrderState::Accepted { .. }, Some(_)) => Status::Afgebroken,
        _ => status(order, told, now),
    };
    TransactionView {
        transaction_id: order.id.to_string(),
        status,
        voortgang: progress(order, status, broken_off),
        vervaldatum: order.deadline,
        einddatum: order.state.ended_at(),
        documenten: order.documents.iter().map(document).collect(),
        ondertekenaars: order.signers.iter().map(signer).collect(),
    }
}

fn status(order: &Order, told: bool, now: Timestamp) -> Status {
    match &order.state {
        OrderState::Drafting { .. } | OrderState::Pending { .. } if now >= order.deadline => Status::Afgebroken,
        OrderState::Drafting { .. } => Status::DocumentenOphalen,
        OrderState::Pending { .. } => Status::Ondertekenen,
        OrderState::Sealing { .. } => Status::Verzegelen,
        OrderState::Accepted { .. } if told => Status::Voltooid,
        OrderState::Accepted { .. } => Status::Terugschrijven,
        OrderState::Rejected { .. } | OrderState::Cancelled { .. } | OrderState::Expired { .. } | OrderState::Failed { .. } => {
            Status::Afgebroken
        }
    }
}

fn progress(order: &Order, status: Status, broken_off: Option<&str>) -> String {
    let signed = order.signers.iter().filter(|signer| matches!(signer.status, SignerStatus::Signed(_))).count();
    let all = order.signers.len();
    match (status, &order.state) {
        (Status::DocumentenOphalen, _) => "De documenten worden opgehaald.".to_owned(),
        (Status::Ondertekenen, _) => format!("Al ondertekend: {signed} van {all}."),
        (Status::Verzegelen, _) => "Iedereen heeft ondertekend. De documenten worden verzegeld.".to_owned(),
        (Status::Terugschrijven, _) => "De ondertekende documenten worden teruggezet in de zaak.".to_owned(),
        (Status::Voltooid, _) => "Klaar. De ondertekende documenten staan in de zaak.".to_owned(),
        (Status::Afgebroken, OrderState::Rejected { .. }) => "Gestopt. Iemand wil niet ondertekenen.".to_owned(),
        (Status::Afgebroken, OrderState::Cancelled { .. }) => "Gestopt. Het verzoek is ingetrokken.".to_owned(),
        (Status::Afgebroken, OrderState::Failed { reason, .. }) => format!("Gestopt. Een document kan niet worden ondertekend. {reason}"),
        (Status::Afgebroken, OrderState::Accepted { .. }) => format!("Gestopt. {}", broken_off.unwrap_or_default()),
        (Status::Afgebroken, _) => "Gestopt. Niet iedereen heeft op tijd ondertekend.".to_owned(),
    }
}

fn document(document: &Document) -> DocumentView {
    let (status, reason) = match &document.state {
        DocumentState::Awaited => ("wordt_opgehaald", None),
        DocumentState::Ready(_) => ("gereed", None),
        DocumentState::Refused(refusal) => ("geweigerd", Some(refusal.text.clone())),
        DocumentState::Erased { .. } => ("verwijderd", None),
    };
    DocumentView { titel: document.title.as_str().to_owned(), status, reden: reason }
}

fn signer(signer: &Signer) -> SignerView {
    let status = match signer.status {
        SignerStatus::Waiting => "wacht",
        SignerStatus::Open { .. } => "gevraagd",
        SignerStatus::Signed(_) => "ondertekend",
        SignerStatus::Declined { .. } => "geweigerd",
        SignerStatus::NotNeeded => "niet_nodig",
    };
    SignerView { beurt: u32::from(signer.group.0) + 1, status }
}
