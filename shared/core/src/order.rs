//! What an order is: its data, its states, and what can be read off it. What may happen to it is in [`crate::transition`].

mod objects;

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};

use crate::ceremony::Ceremony;
use crate::clerk::{KnownClerk, MAX_CLERKS};
use crate::client::Client;
use crate::commitment::canonical_json;
use crate::document::{Document, DocumentFacts, DocumentState, Hindrance, SealedDocument};
use crate::event::ChainHead;
use crate::id::{ClientId, DocumentIndex, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::refusal::Refusal;
use crate::reminder::Reminder;
use crate::seal_terms::SealTerms;
use crate::signer::{Party, Person, Signature, Signer, SignerStatus};
use crate::text::{Description, Reason, Title};

/// The most documents that an order may have.
pub const MAX_DOCUMENTS: usize = 20;
/// The most signers that an order may have: inviting them all, with the events that go with it, must fit one transaction of 100 items.
pub const MAX_SIGNERS: usize = 50;

/// A signing order in a possible state. Its data can be read through `Deref` and changed by transitions only.
#[derive(Debug, Clone, PartialEq)]
pub struct Order(OrderData);

/// The data of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderData {
    /// The id.
    pub id: OrderId,
    /// Counts commits, from 1; each commit is conditional on the one before.
    pub version: u64,
    /// Whose order it is.
    pub organization: OrganizationId,
    /// The API client that created it.
    pub created_by: ClientId,
    /// The wire format in which it was created.
    pub dialect: Dialect,
    /// What is to be signed.
    pub title: Title,
    /// A message to the signers.
    pub description: Description,
    /// The person on whose behalf it was created ("solicitor", "eigenaar"); told how it ends.
    pub creator: Option<Person>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// How long documents and personal data are kept after the end; for ever where none.
    pub retention: Option<SignedDuration>,
    /// What the creator chose.
    pub options: Options,
    /// How people sign.
    pub ceremony: Ceremony,
    /// Labels of the creator's own, returned as they came.
    pub tags: serde_json::Value,
    /// The documents.
    pub documents: Vec<Document>,
    /// The groups, in the sequence in which they sign.
    pub groups: Vec<Group>,
    /// The signers of all groups.
    pub signers: Vec<Signer>,
    /// Whether further signers may come.
    pub roster: Roster,
    /// How far the order is.
    pub state: OrderState,
    /// The head of the audit trail.
    pub chain: ChainHead,
    /// The reminders that are planned for those whose turn it is, earliest first.
    pub reminders: Vec<Reminder>,
    /// Who logged in and acted as a client; none of them once erased.
    pub clerks: Vec<KnownClerk>,
    /// When documents and personal data were removed.
    pub erased_at: Option<Timestamp>,
    /// Since when nothing may be removed, where it is held (legal hold).
    pub held_since: Option<Timestamp>,
    /// When storage is to be tidied: objects removed to which the order does not refer. None where there is nothing to expect.
    pub tidy_at: Option<Timestamp>,
}

/// What the creator of an order may choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Send the sealed document to signers, too.
    pub tell_signers: bool,
    /// Where an invitation's link leads.
    pub link: LinkTarget,
    /// What is asked of the seal.
    pub seal: SealTerms,
}

/// Whether the list of an order's signers is complete.
///
/// Some creators know all signers beforehand, others ask one after the other while the first have signed already. With an open list,
/// signatures do not complete the order; that takes the creator's word that nobody else will be asked. Without it, an order would be
/// sealed between its first signature and the request for the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Roster {
    /// Nobody is added any more.
    #[default]
    Closed,
    /// Signers may be added. All of them must sign: a quorum of an unknown number means nothing.
    Open,
}

/// Where an invitation's link leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkTarget {
    /// To the list of what the person has to sign.
    List,
    /// To the order itself.
    #[default]
    Order,
}

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Our own.
    Native,
    /// The Swedish automation API.
    Automation,
    /// The Danish workflow API, with system signatures.
    Workflow,
    /// The signing trigger of Dutch case management.
    Zgw,
}

/// Signers who may sign at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// How many of them must sign.
    pub quorum: u16,
    /// How long the group may take once its turn has come, where less than the order's deadline allows.
    pub time: Option<SignedDuration>,
}

/// How far an order is. Each state has the data that only it has.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderState {
    /// Documents are awaited.
    Drafting {
        /// When to look whether a document came of which nobody told us.
        recheck_at: Timestamp,
    },
    /// Signatures are awaited.
    Pending {
        /// The group whose turn it is.
        group: GroupIndex,
    },
    /// All have signed; the seal is awaited.
    Sealing {
        /// When the last signature came.
        since: Timestamp,
        /// Why the last attempt made no seal, where one failed.
        hindrance: Option<Hindrance>,
    },
    /// Sealed.
    Accepted {
        /// When.
        at: Timestamp,
        /// The sealed documents, in the order's sequence.
        sealed: Vec<SealedDocument>,
    },
    /// Too many declined.
    Rejected {
        /// When.
        at: Timestamp,
        /// Who declined last.
        by: SignerIndex,
    },
    /// Taken back.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why, where told.
        reason: Option<Reason>,
    },
    /// Not signed in time.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Can never be sealed.
    Failed {
        /// When.
        at: Timestamp,
        /// Stable name of the reason.
        code: String,
        /// A sentence for people.
        reason: String,
    },
}

impl OrderState {
    /// The state's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Drafting { .. } => "drafting",
            Self::Pending { .. } => "pending",
            Self::Sealing { .. } => "sealing",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Cancelled { .. } => "cancelled",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
        }
    }

    /// When the order ended, if it has.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Drafting { .. } | Self::Pending { .. } | Self::Sealing { .. } => None,
            Self::Accepted { at, .. }
            | Self::Rejected { at, .. }
            | Self::Cancelled { at, .. }
            | Self::Expired { at }
            | Self::Failed { at, .. } => Some(*at),
        }
    }
}

/// What has to happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextAction {
    /// These documents must be uploaded, or are being read.
    Documents(Vec<DocumentIndex>),
    /// These signers may sign now.
    Signatures(Vec<SignerIndex>),
    /// All who were asked have signed: the creator must ask further signers, or say that there are none.
    Signers,
    /// The seal is under way.
    Seal,
    /// Nothing: the order has ended.
    Nothing,
}

/// Proof that everyone who had to sign has signed. Only [`Order::everyone_signed`] makes it, so that sealing anything else does not compile.
#[derive(Debug, Clone, Copy)]
pub struct EveryoneSigned<'a> {
    order: &'a Order,
    since: Timestamp,
}

impl<'a> EveryoneSigned<'a> {
    /// The order.
    pub fn order(&self) -> &'a Order {
        self.order
    }

    /// When the last signature came.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Who signed, and how.
    pub fn signatures(&self) -> impl Iterator<Item = (SignerIndex, &'a Signer, &'a Signature)> {
        self.order.signers().filter_map(|(index, signer)| match &signer.status {
            SignerStatus::Signed(signature) => Some((index, signer, signature)),
            _ => None,
        })
    }

    /// The documents with what ingest found out about them.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentIndex, &'a Document, &'a DocumentFacts)> {
        self.order.documents().filter_map(|(index, document)| document.facts().map(|facts| (index, document, facts)))
    }
}

/// Why data cannot be an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("impossible order: {0}")]
pub struct Impossible(pub(crate) &'static str);

impl Deref for Order {
    type Target = OrderData;

    fn deref(&self) -> &OrderData {
        &self.0
    }
}

impl Order {
    /// Takes data from storage back in, if it can be an order.
    pub fn restore(data: OrderData) -> Result<Self, Impossible> {
        check(&data)?;
        Ok(Self(data))
    }

    /// Gives the data away, for a transition.
    pub(crate) fn into_data(self) -> OrderData {
        self.0
    }

    /// The signers with their indexes.
    pub fn signers(&self) -> impl Iterator<Item = (SignerIndex, &Signer)> {
        (0..).map(SignerIndex).zip(&self.signers)
    }

    /// The documents with their indexes.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentIndex, &Document)> {
        (0..).map(DocumentIndex).zip(&self.documents)
    }

    /// One signer.
    pub fn signer(&self, index: SignerIndex) -> Result<&Signer, Refusal> {
        self.signers.get(index.as_usize()).ok_or(Refusal::NoSuchSigner)
    }

    /// One document.
    pub fn document(&self, index: DocumentIndex) -> Result<&Document, Refusal> {
        self.documents.get(index.as_usize()).ok_or(Refusal::NoSuchDocument)
    }

    /// The facts of a document that can be handed out: read, and not removed since.
    pub fn readable_document(&self, index: DocumentIndex) -> Result<(&Document, &DocumentFacts), Refusal> {
        let document = self.document(index)?;
        match &document.state {
            DocumentState::Ready(facts) => Ok((document, facts)),
            DocumentState::Awaited => Err(Refusal::DocumentsAwaited),
            DocumentState::Refused(_) => Err(Refusal::NoSuchDocument),
            DocumentState::Erased { .. } => Err(Refusal::Erased),
        }
    }

    /// A sealed document that can be handed out.
    pub fn sealed_document(&self, index: DocumentIndex) -> Result<&SealedDocument, Refusal> {
        self.document(index)?;
        if self.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        match &self.state {
            OrderState::Accepted { sealed, .. } => sealed.iter().find(|sealed| sealed.document == index).ok_or(Refusal::NoSuchDocument),
            OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. } => Err(Refusal::NotAccepted),
            ended => Err(Refusal::Closed(ended.name())),
        }
    }

    /// The system as which a client signs: the one who may sign now, else the first who is one at all. One that is bound to this very
    /// client goes before one that any client of the organization may sign as.
    pub fn system_signer(&self, client: &Client) -> Option<(SignerIndex, &Signer)> {
        let mine = || self.signers().filter(|(_, signer)| signer.party.is_system_of(client));
        let open = || mine().filter(|(_, signer)| matches!(signer.status, SignerStatus::Open { .. }));
        let bound = |(_, signer): &(SignerIndex, &Signer)| matches!(&signer.party, Party::System(system) if system.client.is_some());
        open().find(bound).or_else(|| open().next()).or_else(|| mine().next())
    }

    /// What a system signs that signs with a key of its own: the canonical JSON (RFC 8785) of the order's id and its documents' digests.
    /// The id is part of it, so that the signature cannot be shown for another order about the same documents. None while any document
    /// is not read.
    pub fn signing_payload(&self) -> Option<Vec<u8>> {
        self.digests().map(|digests| signing_payload(self.id, &digests))
    }

    /// The digests of the documents in the order's sequence; none while any document is not read.
    pub fn digests(&self) -> Option<Vec<Sha256>> {
        self.documents.iter().map(|document| document.facts().map(|facts| facts.sha256)).collect()
    }

    /// The proof that sealing asks for.
    pub fn everyone_signed(&self) -> Option<EveryoneSigned<'_>> {
        match self.state {
            OrderState::Sealing { since, .. } => Some(EveryoneSigned { order: self, since }),
            _ => None,
        }
    }

    /// What keeps the seal from being made, as far as an attempt has found out.
    pub fn hindrance(&self) -> Option<&Hindrance> {
        match &self.state {
            OrderState::Sealing { hindrance, .. } => hindrance.as_ref(),
            _ => None,
        }
    }

    /// What has to happen next.
    pub fn next_action(&self) -> NextAction {
        match &self.state {
            OrderState::Drafting { .. } => NextAction::Documents(
                self.documents().filter(|(_, document)| document.state == DocumentState::Awaited).map(|(index, _)| index).collect(),
            ),
            OrderState::Pending { .. } => {
                let open = self.signers().filter(|(_, signer)| matches!(signer.status, SignerStatus::Open { .. }));
                let open: Vec<_> = open.map(|(index, _)| index).collect();
                if open.is_empty() { NextAction::Signers } else { NextAction::Signatures(open) }
            }
            OrderState::Sealing { .. } => NextAction::Seal,
            _ => NextAction::Nothing,
        }
    }

    /// When time itself changes something about this order: a deadline, a look for documents, the end of retention.
    pub fn next_due(&self) -> Option<Timestamp> {
        match &self.state {
            OrderState::Drafting { recheck_at } => Some((*recheck_at).min(self.deadline)),
            OrderState::Pending { .. } => {
                let deadline = self.signing_deadline();
                Some(self.reminders.first().map_or(deadline, |reminder| reminder.at.min(deadline)))
            }
            OrderState::Sealing { .. } => None,
            _ if self.erased_at.is_none() && self.held_since.is_none() => self.retained_until().into_iter().chain(self.tidy_at).min(),
            _ => None,
        }
    }

    /// When retention ends of an order that has ended; never where nothing was settled.
    pub fn retained_until(&self) -> Option<Timestamp> {
        self.state.ended_at().zip(self.retention).map(|(at, retention)| at + retention)
    }
}

impl OrderData {
    /// The digests of the page images that signers are shown, of the documents that have any.
    pub fn images(&self) -> Vec<Sha256> {
        let previews = self.documents.iter().filter_map(|document| document.facts()?.preview);
        previews.map(|preview| preview.sha256).collect()
    }

    /// Until when those can sign whose turn it is: the order's deadline, or the end of their group's time where that is sooner.
    pub fn signing_deadline(&self) -> Timestamp {
        let OrderState::Pending { group } = self.state else { return self.deadline };
        let opened = members(&self.signers, group).find_map(|signer| match signer.status {
            SignerStatus::Open { since } => Some(since),
            _ => None,
        });
        let time = self.groups.get(group.as_usize()).and_then(|group| group.time);
        let end = opened.zip(time).and_then(|(since, time)| since.checked_add(time).ok());
        end.map_or(self.deadline, |end| end.min(self.deadline))
    }
}

impl Dialect {
    /// Every dialect there is.
    pub const ALL: [Self; 4] = [Self::Native, Self::Automation, Self::Workflow, Self::Zgw];

    /// The dialect's name in configuration and storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Automation => "automation",
            Self::Workflow => "workflow",
            Self::Zgw => "zgw",
        }
    }
}

/// See [`Order::signing_payload`]; for who has the order's id and digests, and not the order.
pub fn signing_payload(order: OrderId, digests: &[Sha256]) -> Vec<u8> {
    #[derive(serde::Serialize)]
    struct Payload<'a> {
        order: OrderId,
        digests: &'a [Sha256],
    }
    canonical_json(&Payload { order, digests })
}

/// The members of a group, of all signers.
pub(crate) fn members(signers: &[Signer], group: GroupIndex) -> impl Iterator<Item = &Signer> {
    signers.iter().filter(move |signer| signer.group == group)
}

/// Whether a group has the signatures that it needs.
pub(crate) fn is_complete(data: &OrderData, group: GroupIndex) -> bool {
    let signed = members(&data.signers, group).filter(|signer| matches!(signer.status, SignerStatus::Signed(_))).count();
    data.groups.get(group.as_usize()).is_some_and(|group| signed >= usize::from(group.quorum))
}

/// The rules that hold in every state. Property tests show that no sequence of commands breaks them.
fn check(data: &OrderData) -> Result<(), Impossible> {
    let rule = |holds: bool, broken: &'static str| if holds { Ok(()) } else { Err(Impossible(broken)) };
    rule(data.version >= 1 && data.chain.seq >= 1, "it was never committed")?;
    rule((1..=MAX_DOCUMENTS).contains(&data.documents.len()), "number of documents")?;
    let open_ended = data.roster == Roster::Open;
    rule((usize::from(!open_ended)..=MAX_SIGNERS).contains(&data.signers.len()), "number of signers")?;
    rule(open_ended || !data.groups.is_empty(), "no group")?;
    rule(data.signers.iter().all(|signer| signer.group.as_usize() < data.groups.len()), "a signer of no group")?;
    let groups = || (0..).map(GroupIndex).zip(&data.groups);
    rule(
        groups().all(|(index, group)| (1..=members(&data.signers, index).count()).contains(&usize::from(group.quorum))),
        "a quorum that no group can have",
    )?;
    rule(
        !open_ended || groups().all(|(index, group)| usize::from(group.quorum) == members(&data.signers, index).count()),
        "a quorum of who knows how many",
    )?;
    let nobody = |unwanted: fn(&SignerStatus) -> bool| !data.signers.iter().any(|signer| unwanted(&signer.status));
    let undecided = |status: &SignerStatus| matches!(status, SignerStatus::Open { .. } | SignerStatus::Waiting);
    let all_ready = data.documents.iter().all(|document| document.facts().is_some());
    rule(data.reminders.is_empty() || matches!(data.state, OrderState::Pending { .. }), "reminders for nobody")?;
    rule(data.reminders.is_sorted(), "reminders out of sequence")?;
    rule(data.erased_at.is_none() || data.state.ended_at().is_some(), "erased before it ended")?;
    rule(data.erased_at.is_none() || data.held_since.is_none(), "erased and held")?;
    rule(data.clerks.len() <= MAX_CLERKS, "number of clerks")?;
    rule(data.erased_at.is_none() || data.clerks.is_empty(), "erased with clerks")?;
    rule(data.tidy_at.is_none() || (data.state.ended_at().is_some() && data.erased_at.is_none()), "to be tidied before it ended")?;
    match &data.state {
        OrderState::Drafting { .. } => {
            rule(data.documents.iter().any(|document| document.state == DocumentState::Awaited), "drafting without awaited documents")?;
            rule(nobody(|status| *status != SignerStatus::Waiting), "a signer who acted before the documents were there")
        }
        OrderState::Pending { group } => {
            rule(all_ready, "pending with documents missing")?;
            let nobody_asked_yet = open_ended && data.groups.is_empty() && group.0 == 0;
            rule(group.as_usize() < data.groups.len() || nobody_asked_yet, "pending for a group that does not exist")?;
            for (index, quorum) in groups().map(|(index, group)| (index, usize::from(group.quorum))) {
                let count =
                    |wanted: fn(&SignerStatus) -> bool| members(&data.signers, index).filter(|signer| wanted(&signer.status)).count();
                let open = count(|status| matches!(status, SignerStatus::Open { .. }));
                let signed = count(|status| matches!(status, SignerStatus::Signed(_)));
                let waiting = count(|status| *status == SignerStatus::Waiting);
                match index.cmp(group) {
                    std::cmp::Ordering::Less => rule(signed >= quorum && open == 0 && waiting == 0, "an earlier group is not complete")?,
                    std::cmp::Ordering::Equal => {
                        let more_may_come = open_ended && index.as_usize() + 1 == data.groups.len() && signed == quorum;
                        let more_may_sign = signed < quorum && signed + open >= quorum;
                        rule(waiting == 0 && (more_may_sign || more_may_come), "the group whose turn it is can do nothing")?
                    }
                    std::cmp::Ordering::Greater => {
                        rule(waiting == members(&data.signers, index).count(), "a later group has begun")?;
                    }
                }
            }
            Ok(())
        }
        OrderState::Sealing { .. } => {
            rule(all_ready, "sealing with documents missing")?;
            rule(!open_ended, "sealing while signers may come")?;
            rule(nobody(undecided) && groups().all(|(index, _)| is_complete(data, index)), "sealing before everyone signed")
        }
        OrderState::Accepted { sealed, .. } => {
            rule(!open_ended, "accepted while signers may come")?;
            rule(nobody(undecided) && groups().all(|(index, _)| is_complete(data, index)), "accepted before everyone signed")?;
            rule(
                sealed.len() == data.documents.len()
                    && (0..).map(DocumentIndex).zip(sealed).all(|(index, sealed)| sealed.document == index),
                "accepted without a seal on each document",
            )
        }
        OrderState::Rejected { by, .. } => {
            let decliner = data.signers.get(by.as_usize()).map(|signer| &signer.status);
            rule(matches!(decliner, Some(SignerStatus::Declined { .. })), "rejected by nobody")?;
            rule(nobody(undecided), "ended with signers who may still sign")
        }
        OrderState::Cancelled { .. } | OrderState::Expired { .. } | OrderState::Failed { .. } => {
            rule(nobody(undecided), "ended with signers who may still sign")
        }
    }
}
