//! The evidence of an order in one piece: who was asked and what each did, when, how and from where; what was signed, and what was found
//! in it; which messages went out; the whole audit trail, and the openings of its commitments.
//!
//! Whoever has a bundle can check it without the service ([`Bundle::check`]): everything that it tells of must be what the trail's hashes
//! cover. What the trail does not cover (titles, addresses on the network) is covered by the seal over the file that holds the bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clerk::KnownClerk;
use crate::commitment::{Salt, commit};
use crate::document::{DocumentState, Finding, Level, Uploaded};
use crate::event::{BrokenChain, ChainHead, Event, What, verify_chain};
use crate::id::{ClientId, DocumentIndex, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::order::{Order, OrderState};
use crate::signer::{Jws, Method, Party, Signer, SignerStatus};

/// The name of the file that holds a bundle, in a PDF and in an archive.
pub const FILE_NAME: &str = "evidence-bundle.json";
/// The version of this format.
pub const FORMAT: u32 = 1;

/// The evidence of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// The version of this format.
    pub format: u32,
    /// The order.
    pub order: OrderId,
    /// Whose order it is.
    pub organization: OrganizationId,
    /// The API client that created it.
    pub created_by: ClientId,
    /// What is to be signed.
    pub title: String,
    /// How far the order is.
    pub state: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when it can be, or could be, signed.
    pub deadline: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When documents and personal data were removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// The documents.
    pub documents: Vec<DocumentEvidence>,
    /// The signers.
    pub signers: Vec<SignerEvidence>,
    /// Who logged in and acted as a client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clerks: Vec<ClerkEvidence>,
    /// Everything that happened.
    pub audit_trail: Trail,
}

/// What is known of one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentEvidence {
    /// What signers saw it called.
    pub title: String,
    /// SHA-256 of the file that was signed, once it had been read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its number of pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// What was uploaded, where that was a damaged file and was repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_from: Option<Uploaded>,
    /// What inspection found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The sealed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedEvidence>,
}

/// What is known of a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEvidence {
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// The level reached.
    pub level: Level,
}

/// What is known of one signer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignerEvidence {
    /// In whose turn the signer signs.
    pub group: GroupIndex,
    /// `person`, `system` or `erased`.
    pub kind: String,
    /// Who it is, in the form that the trail's commitments are over; none once erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Value>,
    /// What they are salted with, in hexadecimal digits: it opens them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Sha256>,
    /// What the signer did.
    pub act: ActEvidence,
}

/// What is known of one clerk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClerkEvidence {
    /// Who it is, in the form that the trail's commitment is over.
    pub clerk: Value,
    /// What it is salted with, in hexadecimal digits: it opens the commitment.
    pub salt: Sha256,
}

/// What a signer did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum ActEvidence {
    /// Nothing yet, or nothing any more.
    Undecided,
    /// Signed.
    Signed {
        /// When.
        at: Timestamp,
        /// How the signer was recognised.
        method: Method,
        /// What was claimed of the signer, or of the rule by which a system signed.
        claims: BTreeMap<String, String>,
        /// What was signed.
        digests: Vec<Sha256>,
        /// The page images that were shown.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<Sha256>,
        /// From where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
        /// The signer's own signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jws: Option<Jws>,
    },
    /// Declined.
    Declined {
        /// When.
        at: Timestamp,
        /// Why, where told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// An audit trail with its head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// The hash of the last event: each event's `hash` is SHA-256 over its canonical JSON (RFC 8785) without `hash`.
    pub head: Sha256,
    /// The events.
    pub events: Vec<Event>,
}

/// Why a bundle does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBundle {
    /// It was written in a format that is not known here.
    #[error("its format {0} is not known to this program")]
    Format(u32),
    /// The chain of events is broken.
    #[error(transparent)]
    Chain(#[from] BrokenChain),
    /// The chain is whole, and is not the trail of an order.
    #[error("its events are not those of one order from its creation on")]
    Trail,
    /// What it tells of the order is not what the events tell.
    #[error("its {0} is not what the events tell")]
    Order(&'static str),
    /// What it tells of a document is not what the events tell.
    #[error("what it tells of document {0} is not what the events tell")]
    Document(DocumentIndex),
    /// Who acted as a client is not whom the events name.
    #[error("the people whom it names as acting for a client are not those whom the events name")]
    Clerks,
    /// What it tells of a signer is not what the events tell.
    #[error("what it tells of signer {0} is not what the events tell")]
    Signer(SignerIndex),
}

impl Bundle {
    /// The evidence of an order. `events` are its whole trail.
    pub fn new(order: &Order, events: Vec<Event>) -> Self {
        Self {
            format: FORMAT,
            order: order.id,
            organization: order.organization.clone(),
            created_by: order.created_by.clone(),
            title: order.title.to_string(),
            state: order.state.name().to_owned(),
            created_at: order.created_at,
            deadline: order.deadline,
            ended_at: order.state.ended_at(),
            erased_at: order.erased_at,
            documents: order.documents().map(|(index, _)| DocumentEvidence::new(order, index)).collect(),
            signers: order.signers.iter().map(SignerEvidence::new).collect(),
            // Whoever did nothing that the trail tells of is no part of the evidence.
            clerks: order.clerks.iter().filter(|known| has_acted(known, &events)).map(ClerkEvidence::new).collect(),
            audit_trail: Trail { head: order.chain.hash, events },
        }
    }

    /// The signers with their indexes.
    pub fn signers(&self) -> impl Iterator<Item = (SignerIndex, &SignerEvidence)> {
        (0..).map(SignerIndex).zip(&self.signers)
    }

    /// Checks that the trail is whole, and that what the bundle tells is what the trail tells.
    pub fn check(&self) -> Result<(), BadBundle> {
        if self.format != FORMAT {
            return Err(BadBundle::Format(self.format));
        }
        let events = &self.audit_trail.events;
        verify_chain(self.order, events, &ChainHead { seq: events.len() as u64, hash: self.audit_trail.head })?;
        let told = Told::by(events).ok_or(BadBundle::Trail)?;
        let rule = |holds: bool, what| if holds { Ok(()) } else { Err(BadBundle::Order(what)) };
        rule(self.organization == told.organization, "organization")?;
        rule(self.created_at == told.created_at, "time of creation")?;
        rule(self.deadline == told.deadline, "deadline")?;
        rule(told.end.is_none_or(|(state, at)| self.state == state && self.ended_at == Some(at)), "end")?;
        rule(told.end.is_some() == self.ended_at.is_some(), "end")?;
        rule(self.erased_at == told.erased_at, "time of removal")?;
        rule(self.documents.len() == usize::from(told.documents), "number of documents")?;
        rule(self.signers.len() == told.signers.len(), "number of signers")?;
        for (index, document) in (0..).map(DocumentIndex).zip(&self.documents) {
            if !document.holds(told.ready.get(&index), told.sealed.get(&index), self.erased_at.is_some()) {
                return Err(BadBundle::Document(index));
            }
        }
        for ((index, signer), told) in self.signers().zip(&told.signers) {
            if !signer.holds(told, self.erased_at.is_some()) {
                return Err(BadBundle::Signer(index));
            }
        }
        let named: BTreeSet<_> = self.clerks.iter().map(ClerkEvidence::commitment).collect();
        // Whom events name is named here, but for those who were removed; and nobody else is.
        let has_all = self.erased_at.is_some() || told.clerks.iter().all(|clerk| named.contains(clerk) || told.anonymised.contains(clerk));
        if has_all && named.is_subset(&told.clerks) { Ok(()) } else { Err(BadBundle::Clerks) }
    }
}

fn has_acted(known: &KnownClerk, events: &[Event]) -> bool {
    let commitment = known.commitment();
    events.iter().any(|event| event.actor.clerk() == Some(&commitment))
}

impl DocumentEvidence {
    fn new(order: &Order, index: DocumentIndex) -> Self {
        let document = &order.documents[index.as_usize()];
        let facts = document.facts();
        let sealed = match &order.state {
            OrderState::Accepted { sealed, .. } => sealed.get(index.as_usize()),
            _ => None,
        };
        Self {
            title: document.title.to_string(),
            sha256: match &document.state {
                DocumentState::Erased { sha256 } => *sha256,
                _ => facts.map(|facts| facts.sha256),
            },
            size: facts.map(|facts| facts.size),
            pages: facts.map(|facts| facts.pages),
            repaired_from: facts.and_then(|facts| facts.repaired_from),
            findings: facts.map(|facts| facts.findings.clone()).unwrap_or_default(),
            sealed: sealed.map(|sealed| SealedEvidence { sha256: sealed.sha256, size: sealed.size, level: sealed.level }),
        }
    }

    /// Of a document that was removed, digests are left, and nothing else need be told of it.
    fn holds(&self, ready: Option<&Ready<'_>>, sealed: Option<&(Sha256, Level)>, erased: bool) -> bool {
        let read = match ready {
            None => self.sha256.is_none(),
            Some(ready) => {
                let codes = self.findings.iter().map(|finding| &finding.code);
                let facts = (self.size, self.pages, self.repaired_from) == (Some(ready.size), Some(ready.pages), ready.repaired_from);
                self.sha256 == Some(ready.sha256) && (erased || (facts && codes.eq(ready.findings)))
            }
        };
        read && self.sealed.map(|sealed| (sealed.sha256, sealed.level)).as_ref() == sealed
    }
}

impl ClerkEvidence {
    fn new(known: &KnownClerk) -> Self {
        let clerk = serde_json::to_value(&known.clerk).expect("clerks have string keys only, which JSON can express");
        Self { clerk, salt: Sha256(known.salt.0) }
    }

    /// The commitment by which events name the clerk.
    pub fn commitment(&self) -> Sha256 {
        commit(&Salt(self.salt.0), &self.clerk)
    }
}

impl SignerEvidence {
    fn new(signer: &Signer) -> Self {
        let (kind, party) = match &signer.party {
            Party::Person(person) => ("person", Some(serde_json::to_value(person))),
            Party::System(system) => ("system", Some(serde_json::to_value(system))),
            Party::Erased => ("erased", None),
        };
        let party = party.map(|party| party.expect("people and systems have string keys only, which JSON can express"));
        Self {
            group: signer.group,
            kind: kind.to_owned(),
            salt: party.is_some().then_some(Sha256(signer.salt.0)),
            party,
            act: match &signer.status {
                SignerStatus::Signed(signature) => ActEvidence::Signed {
                    at: signature.at,
                    method: signature.method.clone(),
                    claims: signature.claims.clone(),
                    digests: signature.digests.clone(),
                    images: signature.images.clone(),
                    address: signature.address,
                    jws: signature.jws.clone(),
                },
                SignerStatus::Declined { at, reason } => {
                    ActEvidence::Declined { at: *at, reason: reason.as_ref().map(ToString::to_string) }
                }
                SignerStatus::Waiting | SignerStatus::Open { .. } | SignerStatus::NotNeeded => ActEvidence::Undecided,
            },
        }
    }

    /// Of a signer who was anonymised, commitments are left that nobody can open any more. What a signer brought along goes with the person,
    /// or with the order's documents.
    fn holds(&self, told: &ToldSigner<'_>, erased: bool) -> bool {
        let removed = erased || self.kind == "erased";
        let salt = match (&self.salt, &self.party) {
            (Some(salt), Some(_)) => Some(Salt(salt.0)),
            (None, None) if self.kind == "erased" => None,
            _ => return false,
        };
        let opens = |commitment: Sha256, value: &dyn Fn(&Salt) -> Sha256| salt.as_ref().is_none_or(|salt| value(salt) == commitment);
        if !opens(told.party, &|salt| commit(salt, &self.party)) {
            return false;
        }
        match (&self.act, told.act) {
            (ActEvidence::Undecided, None) => true,
            (ActEvidence::Signed { at, method, claims, digests, images, jws, address: _ }, Some(event)) => {
                let What::Signed { method: how, claims: claimed, digests: signed, images: shown, jws: own, .. } = &event.what else {
                    return false;
                };
                let brought = opens(*claimed, &|salt| commit(salt, claims)) && jws.as_ref().map(Jws::digest) == *own;
                (*at, method, digests, images) == (event.at, how, signed, shown)
                    && (brought || (removed && claims.is_empty() && jws.is_none()))
            }
            (ActEvidence::Declined { at, reason }, Some(event)) => {
                let What::Declined { reason: committed, .. } = &event.what else { return false };
                let said = match (reason, committed) {
                    (Some(reason), Some(committed)) => opens(*committed, &|salt| commit(salt, reason)),
                    (None, committed) => committed.is_none() || removed,
                    (Some(_), None) => false,
                };
                *at == event.at && said
            }
            _ => false,
        }
    }
}

/// What a trail tells by itself.
struct Told<'a> {
    organization: OrganizationId,
    created_at: Timestamp,
    deadline: Timestamp,
    documents: u16,
    end: Option<(&'static str, Timestamp)>,
    erased_at: Option<Timestamp>,
    ready: BTreeMap<DocumentIndex, Ready<'a>>,
    sealed: BTreeMap<DocumentIndex, (Sha256, Level)>,
    signers: Vec<ToldSigner<'a>>,
    clerks: BTreeSet<Sha256>,
    anonymised: BTreeSet<Sha256>,
}

struct Ready<'a> {
    sha256: Sha256,
    size: u64,
    pages: u32,
    findings: &'a [String],
    repaired_from: Option<Uploaded>,
}

struct ToldSigner<'a> {
    /// The latest commitment.
    party: Sha256,
    /// The event by which the signer signed or declined.
    act: Option<&'a Event>,
}

impl<'a> Told<'a> {
    /// None where the trail does not begin with the creation of an order, or tells of signers whom it never named.
    fn by(events: &'a [Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let What::Created { organization, signers, documents, deadline, .. } = &first.what else { return None };
        let mut told = Self {
            organization: organization.clone(),
            created_at: first.at,
            deadline: *deadline,
            documents: *documents,
            end: None,
            erased_at: None,
            ready: BTreeMap::new(),
            sealed: BTreeMap::new(),
            signers: signers.iter().map(|party| ToldSigner { party: *party, act: None }).collect(),
            clerks: BTreeSet::new(),
            anonymised: BTreeSet::new(),
        };
        told.clerks.extend(first.actor.clerk());
        for event in rest {
            told.hear(event)?;
        }
        Some(told)
    }

    fn hear(&mut self, event: &'a Event) -> Option<()> {
        self.clerks.extend(event.actor.clerk());
        let ends = |name| Some((name, event.at));
        match &event.what {
            What::DocumentReady { document, sha256, size, pages, findings, repaired_from, .. } => {
                let ready = Ready { sha256: *sha256, size: *size, pages: *pages, findings, repaired_from: *repaired_from };
                self.ready.insert(*document, ready);
            }
            What::DeadlineExtended { deadline } => self.deadline = self.deadline.max(*deadline),
            What::SignerAdded { signer, party, .. } if signer.as_usize() == self.signers.len() => {
                self.signers.push(ToldSigner { party: *party, act: None });
            }
            What::SignerAdded { .. } => return None,
            What::SignerCorrected { signer, party } => self.signers.get_mut(signer.as_usize())?.party = *party,
            What::Signed { signer, party, .. } | What::Declined { signer, party, .. } => {
                let one = self.signers.get_mut(signer.as_usize())?;
                if one.party != *party {
                    return None;
                }
                one.act = Some(event);
            }
            What::Sealed { document, sha256, level } | What::SealUpgraded { document, sha256, level } => {
                self.sealed.insert(*document, (*sha256, *level));
            }
            What::SealRenewed { document, sha256, .. } => self.sealed.get_mut(document)?.0 = *sha256,
            What::Accepted {} => self.end = ends("accepted"),
            What::Rejected {} => self.end = ends("rejected"),
            What::Cancelled {} => self.end = ends("cancelled"),
            What::Expired {} => self.end = ends("expired"),
            What::Failed { .. } => self.end = ends("failed"),
            What::Anonymised { clerks, .. } => self.anonymised.extend(clerks),
            What::Erased {} => self.erased_at = Some(event.at),
            _ => {}
        }
        Some(())
    }
}
