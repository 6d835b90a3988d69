//! Kinds of problem: code, status and title go together.

/// A kind of problem. Codes are stable names; additions are fine, a change of meaning is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The body is no JSON.
    MalformedJson,
    /// The body is no form.
    MalformedForm,
    /// A member of the request is wrong.
    InvalidRequest,
    /// Who calls is not known.
    Unauthenticated,
    /// The client may not do this at all.
    PrivilegeMissing,
    /// No such order, or one of another organization.
    NotFound,
    /// No resource has this path.
    NoSuchRoute,
    /// The order has no such document.
    NoSuchDocument,
    /// The order has no such signer.
    NoSuchSigner,
    /// No such webhook, or one of another client.
    NoSuchWebhook,
    /// The resource does not know the method.
    MethodNotAllowed,
    /// The documents have not all been read yet.
    DocumentsAwaited,
    /// An earlier group signs first.
    NotYourTurn,
    /// The sealed document is not there yet.
    NotAccepted,
    /// The list of signers is empty and cannot be closed.
    NobodyAsked,
    /// The order is being sealed.
    BeingSealed,
    /// Nothing of the order may be removed.
    OrderHeld,
    /// The person has orders that are not over.
    PersonPending,
    /// Only the client that created the order may do this.
    NotCreator,
    /// There is no checkpoint of that day.
    NoCheckpoint,
    /// The deadline has passed.
    DeadlinePassed,
    /// The order has ended, or all have signed.
    OrderClosed,
    /// The signer has already decided.
    AlreadyDecided,
    /// What the signer saw is not what the order holds.
    DigestsDiffer,
    /// Too many wrong codes were entered for the signer.
    SignerBlocked,
    /// It was done a moment ago, or too often.
    TooSoon,
    /// The order is not one of the direct flow.
    NotDirect,
    /// Others changed the order at the same time, again and again.
    ChangedMeanwhile,
    /// Documents and personal data were removed.
    Erased,
    /// The body is too large.
    BodyTooLarge,
    /// The body has another media type than the resource takes.
    UnsupportedMediaType,
    /// The idempotency key was used for something else.
    IdempotencyMismatch,
    /// Whoever calls from there failed too often to prove who it is.
    TooManyFailures,
    /// The service is at fault, and trying again does not help.
    Internal,
    /// Something that the service needs does not answer.
    Unavailable,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 35] = [
        Self::MalformedJson,
        Self::MalformedForm,
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::PrivilegeMissing,
        Self::NotFound,
        Self::NoSuchRoute,
        Self::NoSuchDocument,
        Self::NoSuchSigner,
        Self::NoSuchWebhook,
        Self::MethodNotAllowed,
        Self::DocumentsAwaited,
        Self::NotYourTurn,
        Self::NotAccepted,
        Self::NobodyAsked,
        Self::BeingSealed,
        Self::OrderHeld,
        Self::PersonPending,
        Self::NotCreator,
        Self::NoCheckpoint,
        Self::DeadlinePassed,
        Self::OrderClosed,
        Self::AlreadyDecided,
        Self::DigestsDiffer,
        Self::SignerBlocked,
        Self::TooSoon,
        Self::NotDirect,
        Self::ChangedMeanwhile,
        Self::Erased,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::IdempotencyMismatch,
        Self::TooManyFailures,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The HTTP status (RFC 9110, 15).
    ///
    /// `DigestsDiffer` is 409: the request is well formed and would have been right for other content, and the caller can mend it by
    /// reading the order again, which is how RFC 9110, 15.5.10 describes a conflict. `IdempotencyMismatch` is 422, as the draft for
    /// the Idempotency-Key header has it.
    pub fn status(self) -> u16 {
        match self {
            Self::MalformedJson | Self::MalformedForm | Self::InvalidRequest => 400,
            Self::Unauthenticated => 401,
            Self::PrivilegeMissing | Self::NotCreator => 403,
            Self::NotFound | Self::NoSuchRoute | Self::NoSuchDocument | Self::NoSuchSigner | Self::NoSuchWebhook | Self::NoCheckpoint => {
                404
            }
            Self::MethodNotAllowed => 405,
            Self::DocumentsAwaited
            | Self::NotYourTurn
            | Self::NotAccepted
            | Self::NobodyAsked
            | Self::BeingSealed
            | Self::OrderHeld
            | Self::PersonPending
            | Self::DeadlinePassed
            | Self::OrderClosed
            | Self::AlreadyDecided
            | Self::DigestsDiffer
            | Self::SignerBlocked
            | Self::NotDirect
            | Self::ChangedMeanwhile => 409,
            Self::Erased => 410,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyMismatch => 422,
            Self::TooSoon | Self::TooManyFailures => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// Stable name for programs. Kinds that stand for a refusal of the domain have its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed-json",
            Self::MalformedForm => "malformed-form",
            Self::InvalidRequest => "invalid-request",
            Self::Unauthenticated => "unauthenticated",
            Self::PrivilegeMissing => "privilege-missing",
            Self::NotFound => "not-found",
            Self::NoSuchRoute => "no-such-route",
            Self::NoSuchDocument => "no-such-document",
            Self::NoSuchSigner => "no-such-signer",
            Self::NoSuchWebhook => "no-such-webhook",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::DocumentsAwaited => "documents-awaited",
            Self::NotYourTurn => "not-your-turn",
            Self::NotAccepted => "not-accepted",
            Self::NobodyAsked => "nobody-asked",
            Self::BeingSealed => "being-sealed",
            Self::OrderHeld => "order-held",
            Self::PersonPending => "person-pending",
            Self::NotCreator => "not-creator",
            Self::NoCheckpoint => "no-such-checkpoint",
            Self::DeadlinePassed => "deadline-passed",
            Self::OrderClosed => "order-closed",
            Self::AlreadyDecided => "already-decided",
            Self::DigestsDiffer => "digests-differ",
            Self::SignerBlocked => "signer-blocked",
            Self::TooSoon => "too-soon",
            Self::NotDirect => "not-direct",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::Erased => "erased",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::IdempotencyMismatch => "idempotency-mismatch",
            Self::TooManyFailures => "too-many-failures",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The kind in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "The body is not JSON",
            Self::MalformedForm => "The body is not multipart/form-data",
            Self::InvalidRequest => "The request is not valid",
            Self::Unauthenticated => "Who calls is not known",
            Self::PrivilegeMissing => "The client lacks a privilege",
            Self::NotFound => "No such order",
            Self::NoSuchRoute => "No such resource",
            Self::NoSuchDocument => "No such document",
            Self::NoSuchSigner => "No such signer",
            Self::NoSuchWebhook => "No such webhook",
            Self::MethodNotAllowed => "The resource does not know this method",
            Self::DocumentsAwaited => "The documents are not all there yet",
            Self::NotYourTurn => "An earlier group signs first",
            Self::NotAccepted => "The sealed document is not there yet",
            Self::NobodyAsked => "Nobody has been asked to sign yet",
            Self::BeingSealed => "The order is being sealed",
            Self::OrderHeld => "The order is held",
            Self::PersonPending => "The person has orders that are not over",
            Self::NotCreator => "The order was created by another client",
            Self::NoCheckpoint => "No such checkpoint",
            Self::DeadlinePassed => "The deadline has passed",
            Self::OrderClosed => "The order cannot be changed any more",
            Self::AlreadyDecided => "The signer has already decided",
            Self::DigestsDiffer => "The digests are not those of the documents",
            Self::SignerBlocked => "The signer is blocked",
            Self::TooSoon => "It was done a moment ago, or too often",
            Self::NotDirect => "The order is not one of the direct flow",
            Self::ChangedMeanwhile => "The order was changed by others at the same time",
            Self::Erased => "The documents have been removed",
            Self::BodyTooLarge => "The request is too large",
            Self::UnsupportedMediaType => "The media type is not supported",
            Self::IdempotencyMismatch => "The idempotency key was used for something else",
            Self::TooManyFailures => "Too many bad credentials from this address",
            Self::Internal => "The service is at fault",
            Self::Unavailable => "The service cannot answer at the moment",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_titles_are_unique() {
        assert_eq!(Kind::ALL.map(Kind::code).into_iter().collect::<BTreeSet<_>>().len(), Kind::ALL.len());
        assert_eq!(Kind::ALL.map(Kind::title).into_iter().collect::<BTreeSet<_>>().len(), Kind::ALL.len());
    }
}
