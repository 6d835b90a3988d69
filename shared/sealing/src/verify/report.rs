//! What is known of a document's signatures.

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::cms::parsed::ContainerError;
use crate::cms::time_stamp::TimeStampError;
use crate::verify::changes::Change;
use crate::verify::revocation::Revocation;
use crate::verify::time_stamps::{ProvenTime, TimeStampReport};
use crate::verify::trust::Trust;

/// What is known of a document's signatures.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The signatures and document time-stamps, in the order of their fields.
    pub signatures: Vec<SignatureReport>,
    /// Signatures beyond the first hundred, which were not judged.
    pub not_judged: usize,
    /// Certificates and revocation data of the file that could not be used.
    pub unusable_data: usize,
    /// Until when the file can be judged as it was now: when the newest good time-stamp lapses, or without one the first
    /// certificate of a signature. `None` when nothing is trusted.
    pub judgeable_until: Option<Timestamp>,
}

impl Report {
    /// True when there is a signature, all signatures and document time-stamps are intact, valid and trusted, what came after each
    /// was permitted, and nothing but validation data came after the last.
    pub fn is_good(&self) -> bool {
        let each = self.signatures.iter().all(SignatureReport::is_good);
        let covered = self.signatures.iter().any(SignatureReport::covers_the_document);
        let signed = self.signatures.iter().any(|signature| signature.kind != SignatureKind::DocumentTimeStamp);
        self.not_judged == 0 && each && covered && signed
    }
}

/// What is known of one signature, or of one document time-stamp.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignatureReport {
    /// The field's name.
    pub field: String,
    /// What the signature is for.
    pub kind: SignatureKind,
    /// The bytes that it covers are those that were signed.
    pub intact: bool,
    /// It was made with the key of its certificate.
    pub valid: bool,
    /// Whether the certificate leads to a trust anchor at [`judged_at`](Self::judged_at).
    pub trusted: Trust,
    /// How much of the file it covers.
    pub coverage: Coverage,
    /// What was changed after it.
    pub changes: Vec<Change>,
    /// The signer's certificate.
    pub certificate: Option<Certificate>,
    /// `/M`: the time that the signer claims.
    pub claimed_time: Option<Timestamp>,
    /// The earliest time by which it is proved to have existed.
    pub proven_time: Option<ProvenTime>,
    /// The moment at which its certificate was judged: the proven time of a signature, or the moment of judging when nothing is
    /// proved; the moment that the next good document time-stamp proves, for a document time-stamp.
    pub judged_at: Timestamp,
    /// What the file tells of the revocation of the signer's certificate and its issuers.
    pub revocation: Revocation,
    /// The time-stamps over the signature's value; for a document time-stamp that one.
    pub time_stamps: Vec<TimeStampReport>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// The signature has the form of PAdES B-B (ETSI EN 319 142-1, 6.3), time-stamps and validation data left aside.
    pub is_baseline: bool,
    /// The level that it has: what is in the file, and holds.
    pub level: Option<Level>,
    /// Why it could not be judged; `intact` and `valid` are false then.
    pub problem: Option<Problem>,
}

impl SignatureReport {
    /// True when it is intact, valid and trusted, all that came after it was permitted, and none of its time-stamps is broken.
    /// A time-stamp that is not trusted does no harm: it proves nothing.
    pub fn is_good(&self) -> bool {
        let whole = self.time_stamps.iter().all(|stamp| stamp.intact && stamp.valid);
        self.intact && self.valid && matches!(self.trusted, Trust::Trusted { .. }) && self.permits_changes() && whole
    }

    /// True when all that was changed after it is what it leaves open.
    pub fn permits_changes(&self) -> bool {
        let permits_forms = !matches!(self.kind, SignatureKind::Certification { level: 1 });
        self.changes.iter().all(|change| change.is_permitted(permits_forms))
    }

    /// True when it covers the file, or all but certificates and revocation data, which prove themselves.
    fn covers_the_document(&self) -> bool {
        match self.coverage {
            Coverage::WholeFile => true,
            Coverage::Revision { .. } => self.changes == [Change::ValidationData],
            Coverage::Broken => false,
        }
    }
}

/// What a signature is for (ISO 32000-1, 12.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// The author's signature, which says what may still change.
    Certification {
        /// DocMDP's `/P`: 1 nothing, 2 form filling and signing, 3 annotations too.
        level: i64,
    },
    /// Any other signature.
    Approval,
    /// A document time-stamp.
    DocumentTimeStamp,
}

/// A level of PAdES baseline signatures (ETSI EN 319 142-1, 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A signature of the right form.
    BB,
    /// Its time is proved.
    BT,
    /// All certificates and revocation data are in the file.
    BLT,
    /// A document time-stamp covers them.
    BLTA,
}

impl Level {
    /// The name, such as `B-LT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BB => "B-B",
            Self::BT => "B-T",
            Self::BLT => "B-LT",
            Self::BLTA => "B-LTA",
        }
    }
}

/// How much of the file a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All but the signature itself.
    WholeFile,
    /// An earlier revision; this many bytes follow.
    Revision {
        /// Bytes after the end of what is covered.
        bytes_after: u64,
    },
    /// The byte range is not one that covers a revision; the signature says nothing about the document.
    Broken,
}

/// Why a signature could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// `/ByteRange` does not leave out exactly `/Contents`.
    #[error("the byte range does not leave out exactly the signature")]
    ByteRange,
    /// The format is not a detached CMS signature.
    #[error("the format {0} is not supported")]
    Format(String),
    /// The container.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The document time-stamp.
    #[error(transparent)]
    TimeStamp(TimeStampError),
}
