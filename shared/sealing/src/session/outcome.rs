//! What came out of a session.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::certificate::Certificate;
use crate::hex;
use crate::plan::Plan;
use crate::session::{FetchFailure, Purpose};
use crate::verify::Level;

/// What is appended to the document, and how far it goes. Every revision in it was read again before.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// All revisions that were added. Empty when an extension found nothing to add.
    pub increment: Vec<u8>,
    /// `/ByteRange` of the seal; `None` for an extension.
    pub byte_range: Option<[u64; 4]>,
    /// The file's length in bytes.
    pub total_len: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The level reached.
    pub level: Level,
    /// Why it is less than was asked for. For a renewal: why there is none, though the level remains.
    pub shortfall: Option<Shortfall>,
    /// When the certificate of the newest time-stamp lapses; renewal is due before.
    pub lapses: Option<Timestamp>,
    /// For what comes later.
    pub plan: SealedPlan,
}

/// All that a later extension needs to know of a sealed document. As confidential as the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedPlan {
    pub(super) plan: Plan,
    #[serde(with = "level")]
    pub(super) level: Level,
    /// The signers whose validation data are not in the document yet.
    pub(super) due: Vec<Kept>,
    /// Certificates for their paths.
    pub(super) issuers: Vec<Kept>,
    /// SHA-256 of what the document's store holds from us.
    pub(super) stored: Vec<String>,
    /// When the certificate of the newest time-stamp lapses.
    pub(super) lapses: Option<Timestamp>,
}

impl SealedPlan {
    /// The level that the document has.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The document's length in bytes.
    pub fn document_len(&self) -> u64 {
        self.plan.prefix.len
    }

    /// SHA-256 of the document.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.plan.prefix.sha256
    }
}

/// A certificate, stored as the hex of its DER.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept(pub(super) Certificate);

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.der()))
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let der = hex::decode(&String::deserialize(deserializer)?);
        let certificate = der.and_then(|der| Certificate::from_der(&der).ok());
        certificate.map(Self).ok_or_else(|| serde::de::Error::custom("a certificate of the plan cannot be read"))
    }
}

/// Levels are stored by their names.
mod level {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::verify::Level;

    pub(super) fn serialize<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(level.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
        let name = String::deserialize(deserializer)?;
        let mut levels = [Level::BB, Level::BT, Level::BLT, Level::BLTA].into_iter();
        levels.find(|level| level.name() == name).ok_or_else(|| serde::de::Error::custom("no such level"))
    }
}

/// Why a level was not reached: what was tried last, and everything that went wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// What is missing.
    pub missing: Missing,
    /// Who failed, in the order of trial.
    pub failures: Vec<Failure>,
}

/// What keeps a document from a level.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// No authority is named.
    NoAuthority,
    /// No authority gave a time-stamp that holds.
    TimeStamp,
    /// The issuer of a certificate is not known.
    Issuer(String),
    /// The status of a certificate is not to be had.
    Revocation(String),
    /// A certificate was revoked.
    Revoked(String),
    /// There is more to be fetched than is reasonable.
    TooMuch,
}

/// One try that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was asked for.
    pub purpose: Purpose,
    /// Whom.
    pub url: String,
    /// Why it was of no use.
    pub cause: Cause,
}

/// Why an answer was of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// There was none.
    #[error(transparent)]
    Fetch(#[from] FetchFailure),
    /// It is not what was asked for.
    #[error("answered with something that cannot be read")]
    Unreadable,
    /// The authority refuses, with this `PKIStatus` (RFC 3161, 2.4.2).
    #[error("refused with status {0}")]
    Refused(u8),
    /// The token's nonce is not that of the request.
    #[error("answered with a wrong nonce")]
    Nonce,
    /// The token is for something else.
    #[error("answered with a time-stamp of something else")]
    Imprint,
    /// The token is of another policy than was asked for.
    #[error("answered under another policy")]
    Policy,
    /// The token's signature or its certificate does not hold.
    #[error("answered with a time-stamp that does not hold")]
    NotGenuine,
    /// The token's time is not now.
    #[error("answered with a time that is not now")]
    Time,
    /// The authority's certificate does not lead to one of its anchors.
    #[error("has a certificate that is not trusted")]
    Untrusted,
    /// The token outgrew every gap that was made for it.
    #[error("answered with a time-stamp of another size each time")]
    Size,
    /// The answer does not tell the status of the certificate, or is not to be believed.
    #[error("did not tell the status of the certificate")]
    NoStatus,
    /// The answer is out of date.
    #[error("answered with something out of date")]
    Stale,
    /// None of the certificates in the answer is the issuer's.
    #[error("answered with another certificate")]
    OtherCertificate,
}

impl Shortfall {
    /// A word for machines.
    pub fn code(&self) -> &'static str {
        match self.missing {
            Missing::NoAuthority => "no-time-stamp-authority",
            Missing::TimeStamp => "time-stamp-unavailable",
            Missing::Issuer(_) => "issuer-unknown",
            Missing::Revocation(_) => "revocation-unavailable",
            Missing::Revoked(_) => "certificate-revoked",
            Missing::TooMuch => "too-much-validation-data",
        }
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.missing {
            Missing::NoAuthority => f.write_str("no time-stamp authority is named")?,
            Missing::TimeStamp => f.write_str("no time-stamp authority gave a time-stamp that holds")?,
            Missing::Issuer(subject) => write!(f, "the issuer of {subject} is not known")?,
            Missing::Revocation(subject) => write!(f, "the status of {subject} is not to be had")?,
            Missing::Revoked(subject) => write!(f, "{subject} was revoked")?,
            Missing::TooMuch => f.write_str("there are too many certificates to ask about")?,
        }
        self.failures.iter().try_for_each(|failure| write!(f, "; {} {}", failure.url, failure.cause))
    }
}
