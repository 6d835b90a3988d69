//! The one mapping from the domain's errors to problems.

use jiff::SignedDuration;
use segl_core::ports::PortError;
use segl_core::refusal::Refusal;
use segl_core::use_case::Error;

use crate::problem::{FieldError, Kind, Problem};

/// Documents are usually read within seconds.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(2);
/// So is the seal.
const SEALED_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// People and other organizations take their time.
const OTHERS_SIGN_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// Whoever was first is done within a second.
const CHANGED_AFTER: SignedDuration = SignedDuration::from_secs(1);
/// Services that do not answer are back, or throttling is over.
const BACK_AFTER: SignedDuration = SignedDuration::from_secs(5);

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Port(error) => error.into(),
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let kind = match refusal {
            Refusal::NotFound => Kind::NotFound,
            Refusal::PrivilegeMissing(_) => Kind::PrivilegeMissing,
            Refusal::Invalid { field, problem } => {
                return Self::invalid(vec![FieldError::pointer(field, problem)]);
            }
            Refusal::DocumentsAwaited => Kind::DocumentsAwaited,
            Refusal::NotYourTurn => Kind::NotYourTurn,
            Refusal::NotAccepted => Kind::NotAccepted,
            Refusal::NobodyAsked => Kind::NobodyAsked,
            Refusal::DeadlinePassed(_) => Kind::DeadlinePassed,
            Refusal::Closed(_) => Kind::OrderClosed,
            Refusal::AlreadyDecided(_) => Kind::AlreadyDecided,
            Refusal::NoSuchSigner => Kind::NoSuchSigner,
            Refusal::NoSuchDocument => Kind::NoSuchDocument,
            Refusal::NoSuchWebhook => Kind::NoSuchWebhook,
            Refusal::DigestsDiffer => Kind::DigestsDiffer,
            Refusal::Blocked(_) => Kind::SignerBlocked,
            Refusal::TooSoon(_) => Kind::TooSoon,
            Refusal::NotDirect => Kind::NotDirect,
            Refusal::Erased => Kind::Erased,
            Refusal::BeingSealed => Kind::BeingSealed,
            Refusal::Held(_) => Kind::OrderHeld,
            Refusal::PersonPending => Kind::PersonPending,
            Refusal::NotCreator => Kind::NotCreator,
            Refusal::NoCheckpoint => Kind::NoCheckpoint,
            Refusal::IdempotencyMismatch => Kind::IdempotencyMismatch,
        };
        let retry_after = match refusal {
            Refusal::DocumentsAwaited => Some(READ_AGAIN_AFTER),
            Refusal::NotAccepted | Refusal::NotYourTurn => Some(OTHERS_SIGN_AFTER),
            Refusal::BeingSealed => Some(SEALED_AFTER),
            Refusal::TooSoon(_) => Some(OTHERS_SIGN_AFTER),
            _ => None,
        };
        let lacks = match refusal {
            Refusal::PrivilegeMissing(privilege) => Some(*privilege),
            _ => None,
        };
        Self { retry_after, lacks, ..Self::new(kind, refusal.to_string()) }
    }
}

/// What failed outside is for the log; the caller is told what to do.
impl From<&PortError> for Problem {
    fn from(error: &PortError) -> Self {
        match error {
            PortError::Conflict | PortError::AlreadyDone => {
                Self::new(Kind::ChangedMeanwhile, "others changed the order at the same time; send the request again")
                    .retry_after(CHANGED_AFTER)
            }
            PortError::Unavailable { .. } => {
                Self::new(Kind::Unavailable, "something that the service needs does not answer; send the request again")
                    .retry_after(BACK_AFTER)
            }
            PortError::Rejected { .. } | PortError::Corrupt { .. } => {
                Self::new(Kind::Internal, "the service failed; its operator can find out why by the request id")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use segl_core::client::Privilege;
    use segl_core::id::SignerIndex;
    use segl_core::refusal::Remedy;

    use super::*;

    #[test]
    fn each_refusal_has_its_status_and_keeps_its_code() {
        for (refusal, status, retries) in [
            (Refusal::NotFound, 404, false),
            (Refusal::PrivilegeMissing(Privilege::WorkflowRead), 403, false),
            (Refusal::invalid("/title", "no"), 400, false),
            (Refusal::DocumentsAwaited, 409, true),
            (Refusal::NotYourTurn, 409, true),
            (Refusal::NotAccepted, 409, true),
            (Refusal::BeingSealed, 409, true),
            (Refusal::Held(Timestamp::UNIX_EPOCH), 409, false),
            (Refusal::PersonPending, 409, false),
            (Refusal::NotCreator, 403, false),
            (Refusal::NoCheckpoint, 404, false),
            (Refusal::DeadlinePassed(Timestamp::UNIX_EPOCH), 409, false),
            (Refusal::NobodyAsked, 409, false),
            (Refusal::Closed("accepted"), 409, false),
            (Refusal::AlreadyDecided(SignerIndex(1)), 409, false),
            (Refusal::NoSuchSigner, 404, false),
            (Refusal::NoSuchDocument, 404, false),
            (Refusal::DigestsDiffer, 409, false),
            (Refusal::Erased, 410, false),
            (Refusal::Blocked(SignerIndex(1)), 409, false),
            (Refusal::TooSoon(Timestamp::UNIX_EPOCH), 429, true),
            (Refusal::NotDirect, 409, false),
            (Refusal::IdempotencyMismatch, 422, false),
        ] {
            let problem = Problem::from(&Error::from(refusal.clone()));
            assert_eq!((problem.status(), problem.retry_after.is_some()), (status, retries), "{refusal}");
            assert_eq!(problem.kind.code(), refusal.code());
            assert_eq!(problem.retry_after.is_some(), refusal.remedy() == Remedy::NotReady, "{refusal}");
            assert!(problem.detail.contains(&refusal.to_string()), "{refusal}");
        }
    }

    #[test]
    fn nothing_of_the_inside_gets_out() {
        let cause = || Box::new(std::io::Error::other("table segl-prod-7")) as segl_core::ports::Cause;
        for (error, status) in [
            (PortError::Conflict, 409),
            (PortError::AlreadyDone, 409),
            (PortError::Unavailable { service: "DynamoDB", source: cause() }, 503),
            (PortError::Rejected { service: "S3", source: cause() }, 500),
            (PortError::Corrupt { key: "ORDER#1".to_owned(), source: cause() }, 500),
        ] {
            let problem = Problem::from(&Error::from(error));
            assert_eq!(problem.status(), status);
            assert_eq!(problem.retry_after.is_some(), status != 500);
            let body = String::from_utf8(problem.body()).unwrap();
            for inside in ["DynamoDB", "S3", "segl-prod", "ORDER#"] {
                assert!(!body.contains(inside), "{body}");
            }
        }
    }
}
