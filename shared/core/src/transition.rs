//! Transitions: what may happen to an order.
//!
//! A transition consumes the order, takes the time and a command, and gives a [`Change`], which is stored in one transaction, or a
//! refusal, after which nothing has happened.

mod ending;
mod people;
mod removal;
mod roster;
mod sealing;

use jiff::Timestamp;

use std::collections::BTreeMap;

use crate::commitment::{self, Salt};
use crate::document::{DocumentFacts, DocumentRefusal, DocumentState, Hindrance, SealedDocument};
use crate::event::{Actor, Event, What};
use crate::extension::Extended;
use crate::id::{ClientId, DocumentIndex, GroupIndex, OrderId, Sha256, SignerIndex};
use crate::new_order::RECHECK_DOCUMENTS_AFTER;
use crate::order::{Order, OrderData, OrderState, Roster, is_complete, members};
use crate::refusal::Refusal;
use crate::signer::{Act, Method, Party, Signature, SignerStatus};
use crate::task::{Consumer, Task, TaskKind};
use crate::text::Reason;
use crate::webhook::Topic;

pub use people::PeopleCommand;

/// The most that a signer's claims may have, in bytes of UTF-8: fifty signers must fit one item of the table.
const MAX_CLAIMS: usize = 2048;
/// The most that a signer's own signature and its key may have, for the same reason: enough for RSA with 4096 bits.
const MAX_JWS: usize = 2560;

/// What one transition did: all of it is stored, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The order as it is now, with its new version.
    pub order: Order,
    /// The version that must be stored for this change to apply; none when the order is new.
    pub expected: Option<u64>,
    /// The lines that the audit trail gains.
    pub events: Vec<Event>,
    /// The side effects that are owed from now on.
    pub tasks: Vec<Task>,
    /// The tasks that are over, each of which must still be open for this change to apply.
    pub done: Vec<Task>,
    /// What makes a repeated request the same request.
    pub idempotency: Option<Idempotency>,
}

impl Change {
    /// Lets something else happen at the same moment, to be stored in the same transaction.
    pub fn and(self, actor: Actor, now: Timestamp, command: Command) -> Result<Self, Refusal> {
        let Self { order, expected, mut events, mut tasks, mut done, idempotency } = self;
        let mut next = Transition::begin(order, actor, now);
        // One commit counts once.
        next.order.version = next.expected;
        next.run(command)?;
        let then = next.finish()?;
        events.extend(then.events);
        tasks.extend(then.tasks);
        done.extend(then.done);
        Ok(Self { order: then.order, expected, events, tasks, done, idempotency })
    }
}

/// Remembers what a client did under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client.
    pub client: ClientId,
    /// Its key.
    pub key: String,
    /// SHA-256 over what was requested.
    pub fingerprint: Sha256,
    /// The order that came of it, or that was changed; none where the request was about several.
    pub order: Option<OrderId>,
    /// The signer whom it was about, where the answer needs it.
    pub signer: Option<SignerIndex>,
}

/// What may happen to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A document arrived and can be sealed.
    DocumentReady {
        /// Which.
        document: DocumentIndex,
        /// What was found out about it.
        facts: DocumentFacts,
    },
    /// A document arrived and can never be sealed.
    DocumentRefused {
        /// Which.
        document: DocumentIndex,
        /// Why.
        refusal: DocumentRefusal,
    },
    /// A document can never be fetched from the register in which it lies.
    NotFetched {
        /// Which.
        document: DocumentIndex,
        /// Why.
        refusal: DocumentRefusal,
        /// The task that this ends.
        task: Task,
    },
    /// Storage was asked for missing documents; ask again later.
    DocumentsLookedFor,
    /// A further signer is asked, while the list is open.
    AddSigner(NewSigner),
    /// Nobody else will be asked: once all have signed, the order is complete.
    CloseRoster,
    /// A signer signs.
    Sign {
        /// Who.
        signer: SignerIndex,
        /// How, and what.
        act: Act,
    },
    /// A signer declines.
    Decline {
        /// Who.
        signer: SignerIndex,
        /// How the signer was recognised.
        method: Method,
        /// Why, where told.
        reason: Option<Reason>,
    },
    /// The creator takes the order back.
    Cancel {
        /// Why, where told.
        reason: Option<Reason>,
    },
    /// The deadline has passed.
    Expire,
    /// The documents are sealed.
    Sealed {
        /// The results, in the order's sequence.
        sealed: Vec<SealedDocument>,
        /// The task that this fulfils.
        task: Task,
    },
    /// The documents could not be sealed yet.
    Hindered(Hindrance),
    /// The documents can never be sealed.
    CannotSeal {
        /// Why.
        refusal: DocumentRefusal,
        /// The task that this ends.
        task: Task,
    },
    /// Sealed documents were extended: to a higher level, or by a newer time-stamp.
    Extended {
        /// What came of it, for each document of the order in sequence.
        extended: Vec<Extended>,
        /// The task that this fulfils or brings forward: [`TaskKind::Upgrade`] or [`TaskKind::Renew`].
        task: Task,
    },
    /// A message task is over.
    MessageSent {
        /// The task.
        task: Task,
        /// The channels used: `email`, `sms`; none when there was nothing left to say.
        channels: Vec<String>,
    },
    /// A message task was given up.
    MessageFailed {
        /// The task.
        task: Task,
    },
    /// Something about how people sign.
    People(PeopleCommand),
    /// Remove documents and personal data, cancelling first where still pending.
    Erase,
    /// Remove the personal data of single people, once the order has ended. Documents and signatures stay.
    Anonymise {
        /// Which of the signers.
        signers: Vec<SignerIndex>,
        /// Whether the creator, too.
        creator: bool,
        /// The commitments to those of the clerks.
        clerks: Vec<Sha256>,
    },
    /// Keep everything, whatever retention or anybody says, until released.
    Hold,
    /// A hold is over.
    ReleaseHold,
    /// A file of evidence of the order as it stands is wanted.
    MakeEvidence,
    /// What attempts left behind that do not count is gone from storage.
    Tidied {
        /// For when that was planned. Where it was planned anew in the meantime, that stays.
        at: Timestamp,
        /// Whether something may still come to its end.
        again: bool,
    },
    /// The objects are gone from storage.
    Purged {
        /// The task that this fulfils.
        task: Task,
    },
    /// The file of evidence is in storage.
    EvidenceMade {
        /// The task that this fulfils.
        task: Task,
    },
}

/// A signer who is added to an order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSigner {
    /// Who.
    pub party: Party,
    /// In whose turn the signer signs; that of the last group where none. One after the last makes a new group.
    pub group: Option<GroupIndex>,
    /// Claims that the signature must bring.
    pub required_claims: BTreeMap<String, String>,
    /// Fresh random bytes.
    pub salt: Salt,
}

impl Order {
    /// Lets something happen to the order at `now`.
    pub fn apply(self, actor: Actor, now: Timestamp, command: Command) -> Result<Change, Refusal> {
        let mut next = Transition::begin(self, actor, now);
        next.run(command)?;
        next.finish()
    }
}

/// What a signature may bring along must fit an order's item.
pub(crate) fn check_act(act: &Act) -> Result<(), Refusal> {
    let claimed: usize = act.claims.iter().map(|(name, value)| name.len() + value.len()).sum();
    if claimed > MAX_CLAIMS {
        return Err(Refusal::invalid("/claims", format!("must have at most {MAX_CLAIMS} bytes together, names included")));
    }
    if act.jws.as_ref().is_some_and(|jws| jws.size() > MAX_JWS) {
        return Err(Refusal::invalid("/jws", format!("must have at most {MAX_JWS} bytes together with its key")));
    }
    Ok(())
}

/// The task that tells others of an event, where it concerns them.
pub(crate) fn announcement_owed(event: &Event) -> Option<Task> {
    Topic::of(&event.what).map(|_| Task::new(event.order, TaskKind::Announce(event.seq), event.at))
}

/// An order while it changes.
struct Transition {
    order: OrderData,
    expected: u64,
    actor: Actor,
    now: Timestamp,
    events: Vec<Event>,
    tasks: Vec<Task>,
    done: Vec<Task>,
}

impl Transition {
    fn begin(order: Order, actor: Actor, now: Timestamp) -> Self {
        let expected = order.version;
        let mut order = order.into_data();
        order.version += 1;
        Self { order, expected, actor, now, events: Vec::new(), tasks: Vec::new(), done: Vec::new() }
    }

    fn finish(self) -> Result<Change, Refusal> {
        let Self { mut order, expected, events, tasks, done, .. } = self;
        if !matches!(order.state, OrderState::Pending { .. }) {
            order.reminders.clear();
        }
        let order = Order::restore(order).expect("transitions keep the rules of `order::check`; property tests run them all");
        Ok(Change { order, expected: Some(expected), events, tasks, done, idempotency: None })
    }

    fn run(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::DocumentReady { document, facts } => self.document_ready(document, facts),
            Command::DocumentRefused { document, refusal } => self.document_refused(document, refusal),
            Command::NotFetched { document, refusal, task } => {
                self.document_refused(document, refusal)?;
                self.done.push(task.done());
                Ok(())
            }
            Command::DocumentsLookedFor => {
                self.drafting()?;
                self.order.state = OrderState::Drafting { recheck_at: self.now + RECHECK_DOCUMENTS_AFTER };
                Ok(())
            }
            Command::AddSigner(new) => self.add_signer(new),
            Command::CloseRoster => self.close_roster(),
            Command::Sign { signer, act } => self.sign(signer, act),
            Command::Decline { signer, method, reason } => self.decline(signer, method, reason),
            Command::Cancel { reason } => self.cancel(reason),
            Command::Expire => self.expire(),
            Command::Sealed { sealed, task } => self.sealed(sealed, task),
            Command::Hindered(hindrance) => self.hindered(hindrance),
            Command::CannotSeal { refusal, task } => {
                self.sealing()?;
                self.done.push(task.done());
                self.fail(refusal);
                Ok(())
            }
            Command::Extended { extended, task } => self.extended(extended, task),
            Command::MessageSent { task, channels } => {
                self.message_sent(task, channels);
                Ok(())
            }
            Command::MessageFailed { task } => {
                self.record(What::DeliveryFailed { task: task.kind.to_string() });
                self.done.push(task);
                Ok(())
            }
            Command::People(command) => self.people(command),
            Command::Erase => self.erase(),
            Command::Anonymise { signers, creator, clerks } => self.anonymise(signers, creator, &clerks),
            Command::Hold => self.hold(),
            Command::ReleaseHold => self.release_hold(),
            Command::MakeEvidence => {
                self.owe(TaskKind::Evidence);
                Ok(())
            }
            Command::Tidied { at, again } => {
                self.tidied(at, again);
                Ok(())
            }
            Command::Purged { task } | Command::EvidenceMade { task } => {
                self.done.push(task.done());
                Ok(())
            }
        }
    }

    fn document_ready(&mut self, index: DocumentIndex, facts: DocumentFacts) -> Result<(), Refusal> {
        self.awaited(index)?;
        self.record(What::DocumentReady {
            document: index,
            sha256: facts.sha256,
            size: facts.size,
            pages: facts.pages,
            findings: facts.findings.iter().map(|finding| finding.code.clone()).collect(),
            repaired_from: facts.repaired_from,
            images: facts.preview.map(|preview| preview.sha256),
        });
        self.order.documents[index.as_usize()].state = DocumentState::Ready(facts);
        if self.order.documents.iter().all(|document| document.facts().is_some()) {
            self.open_group(GroupIndex(0));
        }
        Ok(())
    }

    fn document_refused(&mut self, index: DocumentIndex, refusal: DocumentRefusal) -> Result<(), Refusal> {
        self.awaited(index)?;
        self.record(What::DocumentRefused { document: index, refusal: refusal.clone() });
        self.order.documents[index.as_usize()].state = DocumentState::Refused(refusal.clone());
        self.fail(refusal);
        // Nobody will read what can never be sealed. What is held is kept all the same.
        if self.order.held_since.is_none() {
            self.owe(TaskKind::Purge);
        }
        Ok(())
    }

    fn sign(&mut self, signer: SignerIndex, act: Act) -> Result<(), Refusal> {
        self.may_decide(signer)?;
        let shown: Option<Vec<Sha256>> = self.order.documents.iter().map(|document| document.facts().map(|facts| facts.sha256)).collect();
        if shown.as_ref() != Some(&act.digests) {
            return Err(Refusal::DigestsDiffer);
        }
        // Page images are shown by the ceremony; a system reads the documents themselves.
        if !act.images.is_empty() && act.images != self.order.images() {
            return Err(Refusal::DigestsDiffer);
        }
        check_act(&act)?;
        let one = &mut self.order.signers[signer.as_usize()];
        if let Party::Person(person) = &one.party
            && !person.accepts(&act.method)
        {
            return Err(Refusal::invalid("/method", "is not how this signer must show who it is"));
        }
        if let Some((name, value)) = one.required_claims.iter().find(|(name, value)| act.claims.get(*name) != Some(value)) {
            return Err(Refusal::invalid("/claims", format!("must have {name}={value}, which the creator requires")));
        }
        let group = one.group;
        let party = one.party.commitment(&one.salt).ok_or(Refusal::Erased)?;
        let what = What::Signed {
            signer,
            party,
            method: act.method.clone(),
            claims: commitment::commit(&one.salt, &act.claims),
            digests: act.digests.clone(),
            images: act.images.clone(),
            jws: act.jws.as_ref().map(|jws| jws.digest()),
        };
        let Act { method, claims, digests, images, address, jws } = act;
        one.status = SignerStatus::Signed(Signature { at: self.now, method, claims, digests, images, address, jws });
        self.record(what);
        if is_complete(&self.order, group) {
            self.release(|signer| signer.group == group);
            let next = GroupIndex(group.0 + 1);
            if next.as_usize() < self.order.groups.len() {
                self.open_group(next);
            } else if self.order.roster == Roster::Closed {
                self.everyone_signed();
            }
        }
        Ok(())
    }

    fn everyone_signed(&mut self) {
        self.record_as_service(What::EveryoneSigned {});
        self.order.state = OrderState::Sealing { since: self.now, hindrance: None };
        self.owe(TaskKind::Seal);
    }

    fn decline(&mut self, signer: SignerIndex, method: Method, reason: Option<Reason>) -> Result<(), Refusal> {
        let group = self.may_decide(signer)?;
        let one = &mut self.order.signers[signer.as_usize()];
        let party = one.party.commitment(&one.salt).ok_or(Refusal::Erased)?;
        let committed = reason.as_ref().map(|reason| commitment::commit(&one.salt, &reason.as_str()));
        one.status = SignerStatus::Declined { at: self.now, reason };
        self.record(What::Declined { signer, party, method, reason: committed });
        let can_still_sign = members(&self.order.signers, group)
            .filter(|signer| matches!(signer.status, SignerStatus::Signed(_) | SignerStatus::Open { .. }))
            .count();
        if can_still_sign < usize::from(self.order.groups[group.as_usize()].quorum) {
            self.record_as_service(What::Rejected {});
            self.end(OrderState::Rejected { at: self.now, by: signer });
        }
        Ok(())
    }

    fn cancel(&mut self, reason: Option<Reason>) -> Result<(), Refusal> {
        match &self.order.state {
            OrderState::Drafting { .. } | OrderState::Pending { .. } => {
                self.record(What::Cancelled {});
                self.end(OrderState::Cancelled { at: self.now, reason });
                Ok(())
            }
            state => Err(Refusal::Closed(state.name())),
        }
    }

    fn expire(&mut self) -> Result<(), Refusal> {
        match &self.order.state {
            OrderState::Drafting { .. } | OrderState::Pending { .. } if self.now >= self.order.signing_deadline() => {
                if matches!(self.order.state, OrderState::Drafting { .. }) {
                    self.record(What::DocumentsMissing {});
                }
                self.record(What::Expired {});
                self.end(OrderState::Expired { at: self.now });
                Ok(())
            }
            state => Err(Refusal::Closed(state.name())),
        }
    }

    fn message_sent(&mut self, task: Task, channels: Vec<String>) {
        if !channels.is_empty() {
            self.record(match task.kind {
                TaskKind::Invite(signer) => What::Invited { signer, channels },
                TaskKind::Remind(signer) | TaskKind::RemindBySms(signer) => What::Reminded { signer, channels },
                kind => What::OutcomeSent { task: kind.to_string(), channels },
            });
        }
        self.done.push(task.done());
    }

    /// The checks that signing and declining share. Answers the signer's group.
    fn may_decide(&self, signer: SignerIndex) -> Result<GroupIndex, Refusal> {
        let one = self.order.signers.get(signer.as_usize()).ok_or(Refusal::NoSuchSigner)?;
        if matches!(one.status, SignerStatus::Signed(_) | SignerStatus::Declined { .. }) {
            return Err(Refusal::AlreadyDecided(signer));
        }
        match self.order.state {
            OrderState::Drafting { .. } | OrderState::Pending { .. } if self.now >= self.order.signing_deadline() => {
                Err(Refusal::DeadlinePassed(self.order.signing_deadline()))
            }
            _ if one.access.blocked_at.is_some() => Err(Refusal::Blocked(signer)),
            OrderState::Drafting { .. } => Err(Refusal::DocumentsAwaited),
            OrderState::Pending { .. } => match one.status {
                SignerStatus::Open { .. } => Ok(one.group),
                SignerStatus::Waiting => Err(Refusal::NotYourTurn),
                _ => Err(Refusal::Closed("signed by enough of this group")),
            },
            _ => Err(Refusal::Closed(self.order.state.name())),
        }
    }

    fn awaited(&self, document: DocumentIndex) -> Result<(), Refusal> {
        self.drafting()?;
        match self.order.documents.get(document.as_usize()).map(|document| &document.state) {
            Some(DocumentState::Awaited) => Ok(()),
            Some(_) => Err(Refusal::Closed("in possession of this document")),
            None => Err(Refusal::NoSuchDocument),
        }
    }

    fn drafting(&self) -> Result<(), Refusal> {
        match self.order.state {
            OrderState::Drafting { .. } => Ok(()),
            _ => Err(Refusal::Closed(self.order.state.name())),
        }
    }

    fn open_group(&mut self, group: GroupIndex) {
        self.order.state = OrderState::Pending { group };
        let signers = (0..).map(SignerIndex).zip(&self.order.signers);
        let its: Vec<_> = signers.filter(|(_, signer)| signer.group == group).map(|(index, _)| index).collect();
        // While nobody has been asked there is no group to tell of: the first signer who is added opens it.
        if !its.is_empty() {
            self.record_as_service(What::GroupOpened { group });
        }
        for signer in &its {
            self.open_signer(*signer);
        }
        // Last of all: the signature may complete the group.
        for signer in its {
            self.sign_ahead(signer);
        }
    }

    /// A signature that was given ahead takes effect. Where the documents are not those that it names, it is nothing, and the signer may
    /// still sign.
    fn sign_ahead(&mut self, signer: SignerIndex) {
        let Some(act) = self.order.signers[signer.as_usize()].ahead.take() else { return };
        let actor = std::mem::replace(&mut self.actor, Actor::Signer { signer });
        let _ = self.sign(signer, *act);
        self.actor = actor;
    }

    /// A signer's turn has come.
    fn open_signer(&mut self, index: SignerIndex) {
        let signer = &mut self.order.signers[index.as_usize()];
        signer.status = SignerStatus::Open { since: self.now };
        // In the direct flow the sender brings its signers along.
        let is_told = self.order.ceremony.direct.is_none();
        if is_told && matches!(&signer.party, Party::Person(person) if person.is_reachable()) {
            self.owe(TaskKind::Invite(index));
        }
        self.plan_reminders();
    }

    fn owe(&mut self, kind: TaskKind) {
        let mut task = Task::new(self.order.id, kind, self.now);
        if kind.consumer() == Consumer::Expire {
            // No stream wakes `expire`: the agenda finds this at its next look.
            task.due = Some(self.now);
        }
        self.tasks.push(task);
    }

    fn record(&mut self, what: What) {
        let actor = self.actor.clone();
        self.record_as(actor, what);
    }

    /// Records what follows from an act and is not itself the actor's doing.
    fn record_as_service(&mut self, what: What) {
        self.record_as(Actor::Service, what);
    }

    fn record_as(&mut self, actor: Actor, what: What) {
        let event = self.order.chain.append(self.order.id, self.now, actor, what);
        self.tasks.extend(announcement_owed(&event));
        self.events.push(event);
    }
}
