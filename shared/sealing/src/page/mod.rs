//! The page behind a document which tells who signed it.

pub(crate) mod font;
mod labels;
pub(crate) mod layout;
pub(crate) mod outline;
pub(crate) mod paint;
mod qr;
pub(crate) mod spans;
pub(crate) mod text;

use jiff::Timestamp;

pub use labels::PageLabels;
pub(crate) use layout::{Area, FrameLine, HEIGHT, INNER, Layout, WIDTH, arrange, frame, local_time, utc_time};
pub(crate) use paint::{COLOR_SPACE, color_space, num, paint_frame, paint_pages};

/// The content of the signature page. Long lists flow to further pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignaturePage {
    /// The heading, for example the order's title.
    pub title: String,
    /// The order's id as the sender knows it.
    pub order: String,
    /// Who had the documents signed.
    pub organization: Option<String>,
    /// The documents that were signed.
    pub documents: Vec<SignedDocument>,
    /// Who signed, in the order in which they signed.
    pub signers: Vec<SignerEntry>,
    /// Decisions and remarks, one per line.
    pub decisions: Vec<String>,
    /// Where the result can be checked; printed as a QR code and as text.
    pub link: Option<String>,
    /// The language of the text, a BCP 47 tag such as `en`.
    pub language: String,
    /// The words printed on the page.
    pub labels: PageLabels,
}

/// One signed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDocument {
    /// Its title or file name.
    pub title: String,
    /// SHA-256 of the file that the signers saw.
    pub sha256: [u8; 32],
}

/// One signer and what is known about the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerEntry {
    /// The signer's name.
    pub name: String,
    /// Roles, one per line, for example `Chair of the board`.
    pub roles: Vec<String>,
    /// The organization signed for.
    pub organization: Option<SignerOrganization>,
    /// How the signer was identified or how the signature was made, for example `BankID`.
    pub method: String,
    /// When the signature was made.
    pub time: Timestamp,
    /// The zone in which the time is printed beside UTC, an IANA name such as `Europe/Oslo`. A zone that is not known
    /// leaves UTC alone.
    pub time_zone: String,
    /// What the means of identification said about the signer.
    pub claims: Vec<IdentityClaim>,
}

/// An organization with its register number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerOrganization {
    /// Its name.
    pub name: String,
    /// Its number in a register, for example `DK01234567`.
    pub number: Option<String>,
}

/// One fact about a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityClaim {
    /// What the fact is, for example `Date of birth`.
    pub label: String,
    /// The fact.
    pub value: String,
}
