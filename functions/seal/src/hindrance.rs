//! What an order that cannot be sealed yet waits for, in words for its creator.

use jiff::Timestamp;
use segl_core::document::Hindrance;
use segl_core::ports::PortError;
use segl_core::use_case::Error;
use segl_sealing::{CertificateError, SealError};

use crate::SealFailure;

/// The hindrance behind a failure that may pass, or that the operator can mend.
pub(crate) fn hindrance(failure: &SealFailure, now: Timestamp) -> Hindrance {
    let told = |code: &str, text: &str| Hindrance { code: code.to_owned(), text: text.to_owned() };
    match failure {
        SealFailure::NoCertificate => told("certificate-missing", "No certificate of the seal is installed."),
        SealFailure::OtherKey => told("certificate-of-other-key", "The certificate of the seal is not for the configured key."),
        SealFailure::Certificate(error) | SealFailure::Sealing(SealError::Certificate(error)) => certificate(error, now),
        SealFailure::Anchors(_) => told("anchors-unusable", "The certificates of the time-stamp authorities cannot be read."),
        SealFailure::UseCase(Error::Port(PortError::Unavailable { service, .. })) => {
            Hindrance { code: "service-unavailable".to_owned(), text: format!("{service} does not answer.") }
        }
        SealFailure::UseCase(Error::Port(PortError::Corrupt { .. })) => {
            told("storage-corrupt", "What is stored of the order is not as it was written, or its audit trail does not verify.")
        }
        SealFailure::Plan(..) => told("plan-unusable", "What was prepared for the seal when the document arrived cannot be used."),
        SealFailure::Composed { .. } | SealFailure::Sealing(_) => {
            told("check-failed", "The sealed document did not pass the check before its release.")
        }
        // Evidence is a task of its own, and no order waits for it.
        SealFailure::Bundle(_) | SealFailure::Compose(_) | SealFailure::Refused(_) => {
            told("evidence-unusable", "The evidence cannot be made.")
        }
        SealFailure::UseCase(_) | SealFailure::NoSigner => told("internal", "The service failed to seal; its log says why."),
    }
}

fn certificate(error: &CertificateError, now: Timestamp) -> Hindrance {
    let (code, text) = match error {
        CertificateError::NotValid { until, .. } if now > *until => {
            ("certificate-expired", format!("The certificate of the seal expired at {until}."))
        }
        CertificateError::NotValid { from, .. } => {
            ("certificate-not-yet-valid", format!("The certificate of the seal is not valid before {from}."))
        }
        _ => ("certificate-unusable", "The certificate of the seal cannot be used.".to_owned()),
    };
    Hindrance { code: code.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use segl_core::id::DocumentIndex;

    use super::*;

    #[test]
    fn each_failure_names_who_must_act() {
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
        let validity = |from: &str, until: &str| CertificateError::NotValid {
            from: from.parse().expect("a time"),
            until: until.parse().expect("a time"),
        };
        let past = || validity("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        let silent = PortError::Unavailable { service: "KMS", source: "timed out".into() };
        for (failure, code) in [
            (SealFailure::NoCertificate, "certificate-missing"),
            (SealFailure::OtherKey, "certificate-of-other-key"),
            (SealFailure::Certificate(CertificateError::KeyUsage), "certificate-unusable"),
            (SealFailure::Certificate(past()), "certificate-expired"),
            (SealFailure::Sealing(past().into()), "certificate-expired"),
            (SealFailure::Sealing(validity("2027-01-01T00:00:00Z", "2029-01-01T00:00:00Z").into()), "certificate-not-yet-valid"),
            (SealFailure::Sealing(SealError::WrongSignature), "check-failed"),
            (SealFailure::Anchors(CertificateError::Missing), "anchors-unusable"),
            (silent.into(), "service-unavailable"),
            (SealFailure::Plan(DocumentIndex(0), None), "plan-unusable"),
        ] {
            assert_eq!(hindrance(&failure, now).code, code, "{failure:?}");
        }
    }
}
