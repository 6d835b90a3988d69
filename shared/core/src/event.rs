//! The audit trail: events in a hash chain.
//!
//! Each event's hash is SHA-256 over the canonical JSON (RFC 8785) of the event without its hash, and the event holds the hash of
//! the one before. Who changes, drops, adds or swaps an event breaks the chain at that place. People appear as salted commitments
//! only ([`crate::commitment`]), so that erasing personal data leaves the chain whole.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ceremony::Channel;
use crate::commitment::canonical_json;
use crate::document::{DocumentRefusal, Level, Uploaded};
use crate::id::{ClientId, DocumentIndex, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::signer::Method;

/// One line of an order's audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The order.
    pub order: OrderId,
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What happened.
    pub what: What,
    /// The hash of the event before; of the first one, 32 zero bytes.
    pub previous: Sha256,
    /// The hash of this event.
    pub hash: Sha256,
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// The service itself.
    Service,
    /// An API client.
    Client {
        /// Which.
        client: ClientId,
    },
    /// Somebody who logged in and acts as an API client.
    Clerk {
        /// As which.
        client: ClientId,
        /// Commitment to who that is.
        clerk: Sha256,
    },
    /// A signer.
    Signer {
        /// Which.
        signer: SignerIndex,
    },
}

impl Actor {
    /// The commitment to the person who acted as an API client, where one did.
    pub fn clerk(&self) -> Option<&Sha256> {
        match self {
            Self::Clerk { clerk, .. } => Some(clerk),
            Self::Service | Self::Client { .. } | Self::Signer { .. } => None,
        }
    }
}

/// What happened. Additions to this list are fine; the meaning of a variant never changes, because old chains must verify.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum What {
    /// The order was created.
    Created {
        /// The organization whose order it is.
        organization: OrganizationId,
        /// Commitments to the signers, in the order's sequence.
        signers: Vec<Sha256>,
        /// How many documents are awaited.
        documents: u16,
        /// Until when it can be signed.
        deadline: Timestamp,
        /// What in the request could not be used and was left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    /// A document arrived and can be sealed.
    DocumentReady {
        /// Which.
        document: DocumentIndex,
        /// Its SHA-256.
        sha256: Sha256,
        /// Its size in bytes.
        size: u64,
        /// Its number of pages.
        pages: u32,
        /// The codes of what inspection found.
        findings: Vec<String>,
        /// What was uploaded, where that was a damaged file and was repaired.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repaired_from: Option<Uploaded>,
        /// SHA-256 of the list of its page images, where there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        images: Option<Sha256>,
    },
    /// A document arrived and can never be sealed.
    DocumentRefused {
        /// Which.
        document: DocumentIndex,
        /// Why.
        refusal: DocumentRefusal,
    },
    /// The documents never came.
    DocumentsMissing {},
    /// A group's turn has come.
    GroupOpened {
        /// Which.
        group: GroupIndex,
    },
    /// A signer was told of the order.
    Invited {
        /// Who.
        signer: SignerIndex,
        /// By which channels: `email`, `sms`.
        channels: Vec<String>,
    },
    /// A message could not be delivered, and will not be tried again.
    DeliveryFailed {
        /// The task that gave up.
        task: String,
    },
    /// A signer signed.
    Signed {
        /// Who.
        signer: SignerIndex,
        /// Commitment to who that is.
        party: Sha256,
        /// How the signer was recognised.
        method: Method,
        /// Commitment to the claims.
        claims: Sha256,
        /// What was signed.
        digests: Vec<Sha256>,
        /// The page images that were shown, where any were.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<Sha256>,
        /// SHA-256 of the signature that the signer made with a key of its own, where it handed one in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jws: Option<Sha256>,
    },
    /// A one-time code was sent.
    CodeSent {
        /// To whom.
        signer: SignerIndex,
        /// How.
        channel: Channel,
    },
    /// A code was entered that was not the one sent.
    CodeWrong {
        /// For whom.
        signer: SignerIndex,
    },
    /// The right code was entered.
    CodeConfirmed {
        /// By whom.
        signer: SignerIndex,
    },
    /// Somebody who had the signer's address logged in, and was not the signer. Who it was is not kept.
    LogInRefused {
        /// For whom.
        signer: SignerIndex,
        /// The id of the provider at which it was.
        provider: String,
    },
    /// Too many wrong codes: the signer is kept out until the sender says otherwise.
    Blocked {
        /// Who.
        signer: SignerIndex,
    },
    /// The sender lets a blocked signer try again.
    Unblocked {
        /// Who.
        signer: SignerIndex,
    },
    /// A signer saw the order for the first time.
    Opened {
        /// Who.
        signer: SignerIndex,
    },
    /// A signer fetched a document for the first time.
    Read {
        /// Who.
        signer: SignerIndex,
        /// Which.
        document: DocumentIndex,
    },
    /// The sender had signers reminded. That messages went out is an event of its own.
    ReminderRequested {
        /// Whom; all whose turn it is where none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer: Option<SignerIndex>,
    },
    /// A signer was reminded.
    Reminded {
        /// Who.
        signer: SignerIndex,
        /// By which channels: `email`, `sms`.
        channels: Vec<String>,
    },
    /// The sender gave more time.
    DeadlineExtended {
        /// Until when it can be signed now.
        deadline: Timestamp,
    },
    /// The sender corrected who a signer is, or how to reach the signer.
    SignerCorrected {
        /// Which.
        signer: SignerIndex,
        /// Commitment to who that is now.
        party: Sha256,
    },
    /// A signer declined.
    Declined {
        /// Who.
        signer: SignerIndex,
        /// Commitment to who that is.
        party: Sha256,
        /// How the signer was recognised.
        method: Method,
        /// Commitment to the reason, where one was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Sha256>,
    },
    /// A further signer was asked.
    SignerAdded {
        /// Which.
        signer: SignerIndex,
        /// Commitment to who that is.
        party: Sha256,
        /// In whose turn the signer signs.
        group: GroupIndex,
    },
    /// Nobody else will be asked.
    RosterClosed {},
    /// All signatures are there.
    EveryoneSigned {},
    /// A document was sealed.
    Sealed {
        /// Which.
        document: DocumentIndex,
        /// SHA-256 of the sealed file.
        sha256: Sha256,
        /// The level reached.
        level: Level,
    },
    /// A sealed document was replaced by one that says the same on a higher level. It begins with the bytes of the one before.
    SealUpgraded {
        /// Which.
        document: DocumentIndex,
        /// SHA-256 of the sealed file as it is now.
        sha256: Sha256,
        /// The level reached.
        level: Level,
    },
    /// A sealed document was replaced by one with a newer time-stamp. It begins with the bytes of the one before.
    SealRenewed {
        /// Which.
        document: DocumentIndex,
        /// SHA-256 of the sealed file as it is now.
        sha256: Sha256,
        /// When its newest time-stamp lapses.
        lapses_at: Timestamp,
    },
    /// The order ended well.
    Accepted {},
    /// The order ended because too many declined.
    Rejected {},
    /// The order was cancelled.
    Cancelled {},
    /// The deadline passed.
    Expired {},
    /// The order can never be sealed.
    Failed {
        /// Stable name of the reason.
        code: String,
    },
    /// The recipient was told how the order ended.
    OutcomeSent {
        /// The task that did so.
        task: String,
        /// By which channels: `email`, `sms`.
        channels: Vec<String>,
    },
    /// Documents and personal data were removed.
    Erased {},
    /// The personal data of single people was removed. Documents stay.
    Anonymised {
        /// Which of the signers.
        signers: Vec<SignerIndex>,
        /// Whether the creator, too.
        creator: bool,
        /// The commitments to those who acted as a client.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clerks: Vec<Sha256>,
    },
    /// Nothing of the order may be removed from now on.
    Held {},
    /// Things may be removed again.
    HoldReleased {},
}

/// The head of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// How many events there are.
    pub seq: u64,
    /// The hash of the last one.
    pub hash: Sha256,
}

impl ChainHead {
    /// The head before any event.
    pub const EMPTY: Self = Self { seq: 0, hash: Sha256([0; 32]) };

    /// Makes the next event and moves on.
    pub fn append(&mut self, order: OrderId, at: Timestamp, actor: Actor, what: What) -> Event {
        let mut event = Event { order, seq: self.seq + 1, at, actor, what, previous: self.hash, hash: self.hash };
        event.hash = event.computed_hash();
        *self = Self { seq: event.seq, hash: event.hash };
        event
    }
}

impl Event {
    /// What the hash of this event must be.
    pub fn computed_hash(&self) -> Sha256 {
        /// All of an event but its hash.
        #[derive(Serialize)]
        struct Hashed<'a> {
            order: OrderId,
            seq: u64,
            at: Timestamp,
            actor: &'a Actor,
            what: &'a What,
            previous: Sha256,
        }
        let Self { order, seq, at, actor, what, previous, hash: _ } = self;
        let hashed = Hashed { order: *order, seq: *seq, at: *at, actor, what, previous: *previous };
        Sha256::of(&canonical_json(&hashed))
    }
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An event is missing, repeated or out of its place.
    #[error("event {expected} is missing: found event {found} in its place")]
    Gap {
        /// The event that should be here.
        expected: u64,
        /// The one that is.
        found: u64,
    },
    /// An event was altered, or belongs to another order.
    #[error("event {0} was altered")]
    Altered(u64),
    /// The chain is shorter or longer than its head says.
    #[error("the chain does not end at its head")]
    WrongHead,
}

/// Checks a whole chain against its head.
pub fn verify_chain(order: OrderId, events: &[Event], head: &ChainHead) -> Result<(), BrokenChain> {
    let mut before = ChainHead::EMPTY;
    for event in events {
        let expected = before.seq + 1;
        if event.seq != expected {
            return Err(BrokenChain::Gap { expected, found: event.seq });
        }
        if event.order != order || event.previous != before.hash || event.hash != event.computed_hash() {
            return Err(BrokenChain::Altered(event.seq));
        }
        before = ChainHead { seq: event.seq, hash: event.hash };
    }
    if before == *head { Ok(()) } else { Err(BrokenChain::WrongHead) }
}
