//! Refusals: what the rules do not allow, grouped by who must act.

use jiff::Timestamp;

use crate::client::Privilege;
use crate::id::SignerIndex;

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// The caller must send something else.
    Caller,
    /// The caller may do this, but not yet.
    NotReady,
    /// The order has moved on; the caller should look at it again.
    Conflict,
    /// Nobody's fault; the same request may succeed later.
    Retry,
    /// What is stored makes no sense; an operator must look.
    Corrupt,
}

/// Something that the rules do not allow. The order stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such order, or one of another organization: the two must not be told apart.
    #[error("there is no such order")]
    NotFound,
    /// The client may not do this at all.
    #[error("the client lacks the privilege {0}")]
    PrivilegeMissing(Privilege),
    /// A field of the request is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Where, as a JSON Pointer (RFC 6901) into the request, or the name of a form field.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The documents have not all been read yet.
    #[error("the order's documents are still being read")]
    DocumentsAwaited,
    /// An earlier group must sign first.
    #[error("it is not this signer's turn yet: an earlier group signs first")]
    NotYourTurn,
    /// The seal is not there yet.
    #[error("the order is not accepted yet, so there is no sealed document")]
    NotAccepted,
    /// The deadline has passed.
    #[error("the deadline of the order has passed ({0})")]
    DeadlinePassed(Timestamp),
    /// The list of signers cannot be closed while it is empty.
    #[error("nobody has been asked to sign yet")]
    NobodyAsked,
    /// The order has ended, or all have signed.
    #[error("the order is {0} and cannot be changed in this way any more")]
    Closed(&'static str),
    /// This signer has already decided.
    #[error("signer {0} has already signed or declined")]
    AlreadyDecided(SignerIndex),
    /// Not one of the order's signers.
    #[error("the order has no such signer")]
    NoSuchSigner,
    /// No such webhook, or one of another client: the two must not be told apart.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// Not one of the order's documents.
    #[error("the order has no such document")]
    NoSuchDocument,
    /// What the signer saw is not what the order holds.
    #[error("the digests are not those of the order's documents: read the documents again before signing")]
    DigestsDiffer,
    /// Documents and personal data were removed.
    #[error("the documents of this order have been removed")]
    Erased,
    /// The order must end before it can be removed.
    #[error("the order is being sealed; remove it when that is done")]
    BeingSealed,
    /// Nothing of the order may be removed.
    #[error("the order is held since {0}: nothing of it is removed before the hold is released")]
    Held(Timestamp),
    /// A person is anonymised only when all that concerns the person is over.
    #[error("the person has orders that are not over: cancel or delete them first")]
    PersonPending,
    /// There is no checkpoint of that day.
    #[error("there is no checkpoint of this day: each is made when its day (UTC) is over")]
    NoCheckpoint,
    /// Only the client that created the order may do this.
    #[error("only the client that created the order may read its evidence")]
    NotCreator,
    /// Too many wrong codes were entered for this signer.
    #[error("signer {0} is blocked after too many wrong codes; the sender can unblock the signer")]
    Blocked(SignerIndex),
    /// A code was sent a moment ago, or too many were.
    #[error("the next code can be asked for at {0}")]
    TooSoon(Timestamp),
    /// The order is not one whose signers come from the sender.
    #[error("the order was not created for the direct flow: it has no addresses to send signers back to")]
    NotDirect,
    /// The idempotency key was used for something else.
    #[error("this idempotency key was used with another request")]
    IdempotencyMismatch,
}

impl Refusal {
    /// Who must act.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NotFound
            | Self::PrivilegeMissing(_)
            | Self::Invalid { .. }
            | Self::NoSuchSigner
            | Self::NoSuchDocument
            | Self::NoSuchWebhook
            | Self::DigestsDiffer
            | Self::NotDirect
            | Self::NotCreator
            | Self::NoCheckpoint
            | Self::IdempotencyMismatch => Remedy::Caller,
            Self::DocumentsAwaited | Self::NotYourTurn | Self::NotAccepted | Self::BeingSealed | Self::TooSoon(_) => Remedy::NotReady,
            Self::NobodyAsked
            | Self::DeadlinePassed(_)
            | Self::Closed(_)
            | Self::AlreadyDecided(_)
            | Self::Blocked(_)
            | Self::Erased
            | Self::Held(_)
            | Self::PersonPending => Remedy::Conflict,
        }
    }

    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::PrivilegeMissing(_) => "privilege-missing",
            Self::Invalid { .. } => "invalid-request",
            Self::DocumentsAwaited => "documents-awaited",
            Self::NotYourTurn => "not-your-turn",
            Self::NotAccepted => "not-accepted",
            Self::NobodyAsked => "nobody-asked",
            Self::DeadlinePassed(_) => "deadline-passed",
            Self::Closed(_) => "order-closed",
            Self::AlreadyDecided(_) => "already-decided",
            Self::NoSuchSigner => "no-such-signer",
            Self::NoSuchDocument => "no-such-document",
            Self::NoSuchWebhook => "no-such-webhook",
            Self::DigestsDiffer => "digests-differ",
            Self::Erased => "erased",
            Self::BeingSealed => "being-sealed",
            Self::Held(_) => "order-held",
            Self::PersonPending => "person-pending",
            Self::NotCreator => "not-creator",
            Self::NoCheckpoint => "no-such-checkpoint",
            Self::Blocked(_) => "signer-blocked",
            Self::TooSoon(_) => "too-soon",
            Self::NotDirect => "not-direct",
            Self::IdempotencyMismatch => "idempotency-mismatch",
        }
    }

    /// A field that is wrong.
    pub fn invalid(field: impl Into<String>, problem: impl ToString) -> Self {
        Self::Invalid { field: field.into(), problem: problem.to_string() }
    }
}
