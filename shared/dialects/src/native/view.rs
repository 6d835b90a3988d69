//! What callers see of orders: from the domain to the shapes in [`wire`].

#[cfg(test)]
mod tests;
pub mod wire;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use segl_core::ceremony::Access;
use segl_core::document::{Document, DocumentState, Finding, Hindrance};
use segl_core::id::{DocumentIndex, OrderId, SignerIndex};
use segl_core::order::{NextAction, Order, OrderState};
use segl_core::seal_terms::{Corner, SealAppearance, SealTerms, StampPage, StampPlace};
use segl_core::signer::{Jws, Party, Person, Signer, SignerStatus};

use crate::native::request::wire::{AppearanceRequest, CornerName, StampPageName};

pub use wire::*;

/// The addresses to which documents that are still to be uploaded can be uploaded.
pub type Uploads = BTreeMap<DocumentIndex, UploadView>;

impl From<&Jws> for JwsView {
    fn from(jws: &Jws) -> Self {
        Self { detached: jws.detached.clone(), jwk: jws.jwk.clone() }
    }
}

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
        signing_deadline: order.signing_deadline(),
        ended_at: order.state.ended_at(),
        erased_at: order.erased_at,
        held_since: order.held_since,
        retention_days: order.retention.map(days),
        next_action,
        blocked_by,
        reason: reason(&order.state),
        seal: seal(order.options.seal),
        options: OptionsView { tell_signers: order.options.tell_signers },
        tags: order.tags.clone(),
        creator: order.creator.as_ref().map(person),
        documents: order.documents().map(|(index, document)| owned_document(order, index, document, uploads.remove(&index))).collect(),
        groups: groups(order),
        signers: order.signers().map(|(index, one)| signer(index, one)).collect(),
        links: Links {
            events: format!("{this}/events"),
            cancel: open.then(|| format!("{this}/cancel")),
            workflow_token: (matches!(order.state, OrderState::Accepted { .. }) && order.erased_at.is_none())
                .then(|| format!("{this}/workflow-token")),
            this,
        },
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
        OrderState::Drafting { .. } | OrderState::Pending { .. } if now >= order.signing_deadline() => OrderStateView::Expired,
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
        NextAction::Signers => (NextActionView::Signers, vec![BlockedBy::Creator {}]),
        NextAction::Seal => (NextActionView::Seal, vec![BlockedBy::Service { hindrance: order.hindrance().map(hindrance) }]),
        NextAction::Nothing => (NextActionView::None, Vec::new()),
    }
}

fn hindrance(found: &Hindrance) -> HindranceView {
    HindranceView { code: found.code.clone(), text: found.text.clone() }
}

fn hours(time: SignedDuration) -> u32 {
    u32::try_from(time.as_hours()).unwrap_or(u32::MAX)
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
    order
        .groups
        .iter()
        .enumerate()
        .map(|(number, group)| GroupView { quorum: group.quorum, hours_to_sign: group.time.map(hours), signers: members(number).collect() })
        .collect()
}

fn owned_document(order: &Order, index: DocumentIndex, one: &Document, upload: Option<UploadView>) -> DocumentView {
    let href = format!("{}/documents/{index}", address(order.id));
    let sealed = order.sealed_document(index).ok().map(|sealed| SealedView {
        sha256: sealed.sha256.to_string(),
        size: sealed.size,
        level: sealed.level.as_str().to_owned(),
        target_level: order.options.seal.level.as_str().to_owned(),
        shortfall: sealed.shortfall.as_ref().map(|why| ReasonView { code: Some(why.code.clone()), text: why.text.clone() }),
        lapses_at: sealed.lapses_at,
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
        repaired_from: None,
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
            repaired_from: facts.repaired_from.map(|file| UploadedView { sha256: file.sha256.to_string(), size: file.size }),
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

fn seal(terms: SealTerms) -> SealView {
    let (appearance, stamp) = match terms.appearance {
        SealAppearance::Page => (AppearanceRequest::Page, None),
        SealAppearance::None => (AppearanceRequest::None, None),
        SealAppearance::Stamp(StampPlace { page, corner }) => {
            let page = match page {
                StampPage::First => StampPageName::First,
                StampPage::Last => StampPageName::Last,
            };
            let corner = match corner {
                Corner::TopLeft => CornerName::TopLeft,
                Corner::TopRight => CornerName::TopRight,
                Corner::BottomLeft => CornerName::BottomLeft,
                Corner::BottomRight => CornerName::BottomRight,
            };
            (AppearanceRequest::Stamp, Some(StampView { page, corner }))
        }
    };
    SealView { level: terms.level.as_str().to_owned(), appearance, stamp }
}

pub(crate) fn finding(finding: &Finding) -> FindingView {
    FindingView { code: finding.code.clone(), text: finding.text.clone() }
}

fn signer(index: SignerIndex, signer: &Signer) -> SignerView {
    let (authentication, assurance) = match &signer.party {
        Party::Person(person) => (Some(person.authentication.as_str().to_owned()), person.assurance.map(|level| level.as_str().to_owned())),
        Party::System(_) | Party::Erased => (None, None),
    };
    let Access { opened_at, blocked_at, .. } = signer.access;
    SignerView {
        index: index.0,
        group: signer.group.0,
        party: party(&signer.party),
        status: status(&signer.status),
        authentication,
        assurance,
        opened_at,
        blocked_at,
    }
}

/// Who a signer is.
pub(crate) fn party(party: &Party) -> PartyView {
    match party {
        Party::Person(one) => PartyView::Person(person(one)),
        Party::System(system) => PartyView::System {
            organization: system.organization.as_str().to_owned(),
            client: system.client.as_ref().map(|client| client.as_str().to_owned()),
        },
        Party::Erased => PartyView::Erased {},
    }
}

/// A signer's status. The address from which somebody signed stays in the evidence.
pub(crate) fn status(status: &SignerStatus) -> StatusView {
    match status {
        SignerStatus::Waiting => StatusView::Waiting {},
        SignerStatus::Open { since } => StatusView::Open { since: *since },
        SignerStatus::Signed(signature) => StatusView::Signed {
            at: signature.at,
            method: signature.method.as_str().to_owned(),
            claims: signature.claims.clone(),
            jws: signature.jws.as_ref().map(JwsView::from),
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
        title: person.title.as_ref().map(|title| title.as_str().to_owned()),
        email: person.email.as_ref().map(|email| email.as_str().to_owned()),
        mobile: person.mobile.as_ref().map(|mobile| mobile.as_str().to_owned()),
        national_id: person.national_id.as_ref().map(|number| number.as_str().to_owned()),
        directory: person.directory.as_ref().map(|key| key.as_str().to_owned()),
    }
}
