//! What is asked of a seal.

use jiff::Timestamp;

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::SealCertificate;
use crate::marks::Mark;
use crate::page::{PageLabels, SignaturePage};

/// Everything that one seal says. With the same plan and the same request the increment is the same, byte for byte.
#[derive(Debug, Clone)]
pub struct SealRequest {
    /// The time of sealing, written as `/M`.
    pub time: Timestamp,
    /// Why the document is sealed (`/Reason`).
    pub reason: Option<String>,
    /// The name of who seals (`/Name`).
    pub name: Option<String>,
    /// What the reader of the document sees.
    pub appearance: Appearance,
    /// Marks of people, each at its spot; those whose spot the plan does not have are left out.
    pub marks: Vec<Mark>,
    /// Files that go into the document, such as the evidence.
    pub attachments: Vec<Attachment>,
    /// The certificate of the seal and its chain.
    pub certificate: SealCertificate,
    /// How the key signs.
    pub algorithm: SignatureAlgorithm,
}

/// What the seal looks like.
#[derive(Debug, Clone)]
pub enum Appearance {
    /// Pages behind the document that tell who signed what. Refused where [`crate::Plan::permits`] says
    /// [`crate::Permits::SignatureOnly`].
    Page(Box<SignaturePage>),
    /// A frame on a page of the document that names the seal and the time. Refused where [`crate::Plan::permits_stamp`] says no.
    Stamp(Box<Stamp>),
    /// Nothing on any page.
    Invisible,
    /// In the empty field of this name, one of [`crate::Plan::empty_signature_fields`], which keeps the look that its author
    /// gave it.
    Field(String),
}

/// A frame on a page that is there, and where it stands. It covers what the page shows there.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Which page.
    pub page: StampPage,
    /// Where on it.
    pub position: Position,
    /// The organization below the name of who seals.
    pub organization: Option<String>,
    /// The zone in which the time is shown beside UTC, an IANA name such as `Europe/Oslo`. A zone that is not known leaves UTC
    /// alone.
    pub time_zone: String,
    /// The language of the words, a BCP 47 tag such as `en`.
    pub language: String,
    /// The words.
    pub labels: PageLabels,
}

/// Which page a stamp is put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampPage {
    /// The first.
    First,
    /// The last.
    Last,
}

/// Where a stamp stands, as the reader sees the page: cropped and turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// In the upper left corner.
    TopLeft,
    /// In the upper right corner.
    TopRight,
    /// In the lower left corner.
    BottomLeft,
    /// In the lower right corner.
    BottomRight,
    /// With its upper left corner this many points from the page's. It is moved where it would leave the page.
    At {
        /// To the right.
        x: f32,
        /// Downward.
        y: f32,
    },
}

/// A file embedded in the document (ISO 32000-1, 7.11.4; `/AF` as in ISO 32000-2, 14.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file's name, for example `evidence.json`.
    pub name: String,
    /// The media type, for example `application/json`.
    pub media_type: String,
    /// What the file is, for people.
    pub description: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// How the file relates to the document.
    pub relationship: Relationship,
}

/// `/AFRelationship` (ISO 32000-2, table 43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// The document was made from this file.
    Source,
    /// Data behind what the document shows.
    Data,
    /// The same content in another form.
    Alternative,
    /// Belongs to the document without being its source or its data.
    Supplement,
    /// None of these.
    Unspecified,
}

impl Relationship {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Data => "Data",
            Self::Alternative => "Alternative",
            Self::Supplement => "Supplement",
            Self::Unspecified => "Unspecified",
        }
    }
}
