//! Documents of an order.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AttemptId, DocumentIndex, Sha256};
use crate::text::{FileName, Title};

/// One file of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What signers see it called.
    pub title: Title,
    /// What the creator's file was called.
    pub file_name: Option<FileName>,
    /// What the creator said the file would be; checked when it arrives.
    pub announced: Announced,
    /// Whether it is here.
    pub state: DocumentState,
}

/// What is known of a file before it arrives. A file that differs is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Announced {
    /// Its SHA-256.
    pub sha256: Option<Sha256>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// Whether a document is here, and what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentState {
    /// Not uploaded, or not read yet.
    Awaited,
    /// Read, found fit to be sealed, and from now on this version of this object and no other.
    Ready(DocumentFacts),
    /// Can never be sealed.
    Refused(DocumentRefusal),
    /// Removed from storage. The digest stays, so that a copy kept elsewhere can still be recognised.
    Erased {
        /// What its SHA-256 was, where it had been read.
        sha256: Option<Sha256>,
    },
}

/// What ingest found out about a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentFacts {
    /// SHA-256 of the whole file.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size: u64,
    /// Number of pages.
    pub pages: u32,
    /// The stored object.
    pub object: ObjectVersion,
    /// What the creator uploaded, where that was a damaged file and was repaired: the stored object is those bytes and more behind them.
    pub repaired_from: Option<Uploaded>,
    /// What signers should know before they sign: scripts, forms, embedded files, earlier signatures.
    pub findings: Vec<Finding>,
    /// Images of its pages, where they could be made.
    pub preview: Option<Preview>,
}

/// Images of a document's pages, which signers look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// How many pages have an image, from the first on.
    pub pages: u32,
    /// SHA-256 of the list that names each image by its SHA-256: one digest stands for all that is shown.
    pub sha256: Sha256,
}

/// A file as its creator sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// One version of one stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The version id that storage gave.
    pub version: String,
    /// The entity tag (RFC 9110, 8.8.3) of that version, with its quotes.
    pub etag: String,
}

/// Something in a document that a signer should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name for programs, e.g. `javascript`.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// Why a document can never be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRefusal {
    /// Stable name for programs, e.g. `encrypted`.
    pub code: String,
    /// A sentence for people that says what to do about it.
    pub text: String,
}

/// A sealed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDocument {
    /// Which of the order's documents.
    pub document: DocumentIndex,
    /// The attempt whose object counts.
    pub attempt: AttemptId,
    /// That object's version.
    pub object: ObjectVersion,
    /// SHA-256 of the sealed file.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// The level reached.
    pub level: Level,
    /// Why that is less than the order asks for, where it is.
    pub shortfall: Option<Shortfall>,
    /// When its newest time-stamp can no longer be checked, unless it is renewed before; none without a time-stamp.
    pub lapses_at: Option<Timestamp>,
}

/// Why a seal is of a lower level than asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// Stable name for programs, e.g. `no-time-stamp`.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// What keeps a seal from being made, until somebody acts or a service answers again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindrance {
    /// Stable name for programs, e.g. `certificate-expired`.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// PAdES baseline levels (ETSI EN 319 142-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Signed.
    #[serde(rename = "B-B")]
    BB,
    /// And time-stamped.
    #[serde(rename = "B-T")]
    BT,
    /// And with all that validation needs.
    #[serde(rename = "B-LT")]
    BLt,
    /// And archived under a further time-stamp.
    #[serde(rename = "B-LTA")]
    BLta,
}

/// Not the name of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be B-B, B-T, B-LT or B-LTA")]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(raw: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.as_str() == raw).ok_or(UnknownLevel)
    }
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::BB, Self::BT, Self::BLt, Self::BLta];

    /// The level's name in the standard.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BB => "B-B",
            Self::BT => "B-T",
            Self::BLt => "B-LT",
            Self::BLta => "B-LTA",
        }
    }
}

impl Document {
    /// A document that is awaited.
    pub fn awaited(title: Title, file_name: Option<FileName>, announced: Announced) -> Self {
        Self { title, file_name, announced, state: DocumentState::Awaited }
    }

    /// The facts, once it is ready.
    pub fn facts(&self) -> Option<&DocumentFacts> {
        match &self.state {
            DocumentState::Ready(facts) => Some(facts),
            _ => None,
        }
    }
}
