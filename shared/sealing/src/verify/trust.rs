//! From a signer's certificate to a trust anchor (RFC 5280, section 6, without policies and name constraints).

use der::Encode;
use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::cms::signature::Scheme;

/// How many certificates may stand between a signer and an anchor.
const MAX_PATH: usize = 8;

/// Whether a certificate leads to a trust anchor. Revocation is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It does, and every certificate on the way was valid at the claimed time.
    Trusted {
        /// The anchor's subject.
        anchor: String,
    },
    /// It does not.
    Untrusted(Distrust),
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// The signature could not be judged so far.
    NotJudged,
    /// No anchor is above it.
    NoPath,
    /// A certificate on the way was not valid at the claimed time.
    NotValidThen,
    /// The signature claims no time.
    NoTime,
    /// The certificate is not for signatures.
    KeyUsage,
}

impl Certificate {
    /// Whether it leads to one of `anchors` through `others`, and every certificate on the way was valid at `time`. For what was signed
    /// by something else than a PDF signature.
    pub fn trust(&self, others: &[Self], anchors: &[Self], time: Timestamp) -> Trust {
        judge(self, others, anchors, Some(time))
    }
}

/// Looks for a path through `others` to one of `anchors`.
pub(super) fn judge(signer: &Certificate, others: &[Certificate], anchors: &[Certificate], time: Option<Timestamp>) -> Trust {
    let Some(time) = time else {
        return Trust::Untrusted(Distrust::NoTime);
    };
    if !signer.may_sign() {
        return Trust::Untrusted(Distrust::KeyUsage);
    }
    let mut current = signer;
    for _ in 0..MAX_PATH {
        if !current.is_valid_at(time) {
            return Trust::Untrusted(Distrust::NotValidThen);
        }
        let anchor = anchors.iter().find(|anchor| *anchor == current || issued(anchor, current));
        if let Some(anchor) = anchor {
            let is_valid = anchor.is_valid_at(time);
            return if is_valid { Trust::Trusted { anchor: anchor.subject() } } else { Trust::Untrusted(Distrust::NotValidThen) };
        }
        match others.iter().find(|other| *other != current && issued(other, current)) {
            Some(issuer) => current = issuer,
            None => break,
        }
    }
    Trust::Untrusted(Distrust::NoPath)
}

/// True when `issuer` may issue certificates and signed this one.
fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    if !issuer.is_named_issuer_of(certificate) || !issuer.may_issue() {
        return false;
    }
    let parsed = &certificate.parsed;
    // The algorithm stands twice and must be the same (RFC 5280, 4.1.1.2).
    if parsed.signature_algorithm != parsed.tbs_certificate.signature {
        return false;
    }
    let Some(scheme) = issuer.key_kind().and_then(|key| Scheme::of_identifier(&parsed.signature_algorithm, None, key)) else {
        return false;
    };
    match (parsed.tbs_certificate.to_der(), parsed.signature.as_bytes()) {
        (Ok(message), Some(signature)) => scheme.verifies(issuer, &message, signature),
        _ => false,
    }
}
