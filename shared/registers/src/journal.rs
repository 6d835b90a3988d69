//! What a write-back knows about itself. Stored before each request that changes something; a crash goes on from here.

use segl_core::id::DocumentIndex;
use serde::{Deserialize, Serialize};

use crate::trouble::Trouble;

/// How far a write-back is. Serialises to JSON; what is in it is technical, and nobody's personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// The number of the organization that is responsible for the case (RSIN), once the case was read and found open.
    pub organization: Option<String>,
    /// How far each document is.
    pub documents: Vec<Progress>,
    /// How far the evidence document is; nothing where none is wanted.
    pub evidence: Option<Evidence>,
    /// Why it ended without everything being written. Locks may still be owed then.
    pub ended: Option<Trouble>,
    /// Documents whose lock could not be released in the end.
    #[serde(default)]
    pub left_locked: Vec<DocumentIndex>,
}

/// How far a document is. Each step but the first and the last names a request; what follows from it when there is no answer is
/// [`Progress::in_doubt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "step")]
pub enum Progress {
    /// The newest version is looked at. Nothing of ours is in the register.
    Looking,
    /// A lock is asked for.
    Locking,
    /// A lock was asked for, and whether we have it is not known: the document is looked at.
    LookingForLock,
    /// A lock that must be ours, whose identifier we do not have, is taken off.
    Freeing,
    /// The newest version is looked at again, now that nobody else can change it.
    Checking {
        /// Our lock.
        lock: String,
    },
    /// The new version is written.
    Writing {
        /// Our lock.
        lock: String,
        /// The version that was the newest before.
        before: u32,
    },
    /// Whether the new version was written is not known: the document is looked at.
    LookingForVersion {
        /// Our lock.
        lock: String,
        /// The version that was the newest before.
        before: u32,
    },
    /// The parts of a large document are sent.
    Uploading {
        /// Our lock.
        lock: String,
        /// The new version.
        version: u32,
        /// What is still to be sent.
        parts: Vec<Part>,
    },
    /// Which parts have arrived is not known: the document is looked at.
    LookingForParts {
        /// Our lock.
        lock: String,
        /// The new version.
        version: u32,
    },
    /// The lock is released.
    Unlocking {
        /// Our lock.
        lock: String,
        /// The new version, where one was written.
        version: Option<u32>,
    },
    /// The new version is read back.
    Verifying {
        /// The new version.
        version: u32,
    },
    /// The new version is in the register, and is what we sent.
    Written {
        /// The new version.
        version: u32,
    },
    /// The new version is in the register, and could not be read back before it was given up.
    Unverified {
        /// The new version.
        version: u32,
    },
}

/// A part of a large document that is still to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it goes.
    pub url: String,
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// How far the evidence document is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "step")]
pub enum Evidence {
    /// It is looked for: it may have been created before.
    Searching,
    /// It is created.
    Creating,
    /// The register said that it has one of this identification; it is looked for once more.
    SearchingAgain,
    /// It is related to the case.
    Relating {
        /// Its address.
        url: String,
    },
    /// It is there and belongs to the case.
    Done {
        /// Its address.
        url: String,
    },
}

impl Journal {
    /// Nothing was done yet.
    pub fn new(documents: usize, evidence: bool) -> Self {
        Self {
            organization: None,
            documents: vec![Progress::Looking; documents],
            evidence: evidence.then_some(Evidence::Searching),
            ended: None,
            left_locked: Vec::new(),
        }
    }

    /// The journal when the answer to what was under way is not known.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.documents = self.documents.into_iter().map(Progress::in_doubt).collect();
        self.evidence = self.evidence.map(Evidence::in_doubt);
        self
    }
}

impl Progress {
    /// Where to look when the answer is not known. Looking again and releasing again are harmless.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        match self {
            Self::Locking | Self::Freeing => Self::LookingForLock,
            Self::Writing { lock, before } => Self::LookingForVersion { lock, before },
            Self::Uploading { lock, version, .. } => Self::LookingForParts { lock, version },
            other => other,
        }
    }

    /// Whether the register may hold a lock of ours.
    pub fn may_hold_lock(&self) -> bool {
        !matches!(self, Self::Looking | Self::Verifying { .. } | Self::Written { .. } | Self::Unverified { .. })
    }

    /// Whether nothing is under way.
    pub(crate) fn is_at_rest(&self) -> bool {
        matches!(self, Self::Looking | Self::Written { .. } | Self::Unverified { .. })
    }
}

impl Evidence {
    pub(crate) fn in_doubt(self) -> Self {
        match self {
            Self::Creating | Self::SearchingAgain => Self::Searching,
            // A relation that is there already is answered as such.
            other => other,
        }
    }
}
