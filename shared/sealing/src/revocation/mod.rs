//! Revocation: whether an issuer took a certificate back. OCSP responses (RFC 6960) and revocation lists (RFC 5280, 5) are read and
//! judged for one certificate; where a certificate says they are to be had is told as well. Nothing is fetched here.

mod crl;
mod ocsp;
mod request;
mod sources;

use der::{Decode, Header, Reader, SliceReader, Tag};
use jiff::Timestamp;
use thiserror::Error;

use crate::certificate::Certificate;

pub use crl::RevocationList;
pub use ocsp::OcspResponse;
pub(crate) use request::ocsp_request;
pub use sources::Sources;

/// What an issuer says about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: Status,
    /// `thisUpdate`: the moment at which the status was known to be so.
    pub since: Timestamp,
    /// `nextUpdate`: when newer information is due; `None` where that is not said.
    pub until: Option<Timestamp>,
    /// The delegate that signed, where it was not the issuer itself.
    pub delegate: Option<Certificate>,
}

impl Answer {
    /// True when the answer is fresh at a time: given before it, and not overdue for a newer one.
    pub fn is_fresh_at(&self, time: Timestamp) -> bool {
        self.since <= time && self.until.is_none_or(|until| time <= until)
    }
}

/// Whether a certificate was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It was not.
    Good,
    /// It was.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why, where that is said.
        reason: Option<Reason>,
    },
    /// Nobody knows.
    Unknown,
}

/// Why a certificate was taken back (RFC 5280, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No particular one.
    Unspecified,
    /// The holder's key is known to others, or may be.
    KeyCompromise,
    /// An issuer's key is.
    CaCompromise,
    /// Name or other facts have changed.
    AffiliationChanged,
    /// There is a newer certificate.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// Suspended for now.
    CertificateHold,
    /// A privilege was taken away.
    PrivilegeWithdrawn,
    /// An attribute authority's key is known to others.
    AaCompromise,
}

impl Reason {
    fn of(code: x509_cert::ext::pkix::CrlReason) -> Self {
        use x509_cert::ext::pkix::CrlReason;
        match code {
            // `removeFromCRL` stands in delta lists only, which are refused.
            CrlReason::Unspecified | CrlReason::RemoveFromCRL => Self::Unspecified,
            CrlReason::KeyCompromise => Self::KeyCompromise,
            CrlReason::CaCompromise => Self::CaCompromise,
            CrlReason::AffiliationChanged => Self::AffiliationChanged,
            CrlReason::Superseded => Self::Superseded,
            CrlReason::CessationOfOperation => Self::CessationOfOperation,
            CrlReason::CertificateHold => Self::CertificateHold,
            CrlReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            CrlReason::AaCompromise => Self::AaCompromise,
        }
    }
}

/// Revocation data that say nothing about a certificate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Not DER, or not what it should be.
    #[error("the revocation data cannot be read")]
    Encoding(#[from] der::Error),
    /// The responder did not answer the question: its `responseStatus` (RFC 6960, 4.2.1).
    #[error("the responder gave no answer: {0}")]
    NoAnswer(&'static str),
    /// It is about other certificates.
    #[error("the revocation data are not about this certificate")]
    OtherCertificate,
    /// Neither the issuer nor a delegate of it signed.
    #[error("the revocation data are not signed by the certificate's issuer")]
    Signature,
    /// It covers only part of what could be said: a delta, an indirect or a partial list.
    #[error("the revocation list is of a kind that is not supported: {0}")]
    Partial(&'static str),
    /// An extension that must be understood is not.
    #[error("the revocation data have the critical extension {0}, which is not supported")]
    Critical(der::asn1::ObjectIdentifier),
}

/// Where the first element of a SEQUENCE is: what is signed in a list or a response. Its bytes are taken as they came, so that no
/// other way of encoding them matters.
fn first_part(der: &[u8]) -> Result<std::ops::Range<usize>, der::Error> {
    let mut reader = SliceReader::new(der)?;
    let header = Header::decode(&mut reader)?;
    header.tag.assert_eq(Tag::Sequence)?;
    let start = usize::try_from(reader.position())?;
    let part = reader.tlv_bytes()?;
    Ok(start..start + part.len())
}
