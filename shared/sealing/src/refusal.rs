//! Why a document cannot be sealed.

use std::io;

use thiserror::Error;

/// A document that cannot be sealed, told so that its sender can act.
///
/// `Display` is a sentence for an end user: what is the matter and what to do. [`Refusal::code`] is for machines and
/// never changes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No bytes.
    #[error("The file is empty. Upload the document again.")]
    Empty,
    /// No `%PDF-` header near the start (ISO 32000-1, 7.5.2).
    #[error("The file is not a PDF. Save or print the document as PDF and upload that.")]
    NotAPdf,
    /// No `startxref` and `%%EOF` at the end (ISO 32000-1, 7.5.5).
    #[error("The end of the file is missing; it was probably cut off on its way. Upload the document again.")]
    Truncated,
    /// The document has an `/Encrypt` entry, with or without a password to open it.
    #[error("The document is protected by a password or by permissions. Remove the protection and upload it again.")]
    Encrypted,
    /// Certified with DocMDP P = 1 (ISO 32000-1, 12.8.2.2): nothing may be added.
    #[error(
        "The document is certified and its author allows no changes, so no signature can be added. Ask the author for a version which allows signing."
    )]
    CertifiedNoChanges,
    /// An earlier signature locks the document (`/Lock` or FieldMDP, ISO 32000-1, 12.7.4.5 and 12.8.2.4).
    #[error(
        "An earlier signature locks the document, so no further signature can be added. Ask the earlier signer for a version which allows signing."
    )]
    LockedBySignature,
    /// An XFA form (ISO 32000-1, 12.7.8): what it shows is decided by the viewer.
    #[error("The document is an XFA form, whose content can change after signing. Print it to PDF and upload that.")]
    Xfa,
    /// The file breaks the rules of PDF in a part that sealing needs.
    #[error("The PDF is damaged: {0}. Open it in a PDF program, save or print it as a new PDF and upload that.")]
    BrokenStructure(Damage),
    /// The file is broken, and it carries a signature, which any repair would call into question.
    #[error("The PDF is damaged and was signed before, so it cannot be repaired. Ask for an undamaged copy and upload that.")]
    BrokenAndSigned,
    /// The file uses a feature that is allowed but not read here.
    #[error("The PDF uses a technique that cannot be sealed: {0}. Print it to PDF and upload that.")]
    Unsupported(&'static str),
    /// Different readers could show different content.
    #[error("The PDF can be read in two ways: {0}. Print it to PDF and upload that.")]
    Ambiguous(&'static str),
    /// Reading took more than the limits allow.
    #[error("The PDF is too complex to be examined. Print it to PDF and upload that.")]
    OverBudget,
    /// The bytes are not those that were hashed, or the medium failed. The sender can do nothing; try again.
    #[error("The document could not be read. Try again later.")]
    Unreadable(#[source] io::Error),
}

impl Refusal {
    /// A stable name for machines, for example in an API's answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAPdf => "not-a-pdf",
            Self::Truncated => "truncated",
            Self::Encrypted => "encrypted",
            Self::CertifiedNoChanges => "certified-no-changes",
            Self::LockedBySignature => "locked-by-signature",
            Self::Xfa => "xfa",
            Self::BrokenStructure(_) => "broken-structure",
            Self::BrokenAndSigned => "broken-and-signed",
            Self::Unsupported(_) => "unsupported",
            Self::Ambiguous(_) => "ambiguous",
            Self::OverBudget => "over-budget",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Which part of a PDF is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Damage(pub(crate) &'static str);

impl From<Damage> for Refusal {
    fn from(damage: Damage) -> Self {
        Self::BrokenStructure(damage)
    }
}
