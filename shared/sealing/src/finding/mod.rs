//! What a document contains that signers and auditors should know of.

mod actions;
mod collect;
mod content;
mod look;
mod standing;
mod trace;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use collect::collect;
pub(crate) use standing::standings;

/// Something in a document that does not forbid sealing but belongs into the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// The file came with a broken list of its objects, which was replaced ([`crate::repair`]).
    Repaired,
    /// Scripts in the catalog's name tree or behind an action.
    JavaScript,
    /// Something happens when the document is opened.
    OpenAction,
    /// Actions hang on the document's events (`/AA`).
    AdditionalActions,
    /// An action starts a program.
    Launch,
    /// An action sends form data to an address.
    SubmitForm,
    /// Files are embedded.
    EmbeddedFiles,
    /// Layers can be switched on and off.
    OptionalContent,
    /// There is a form that can be filled in.
    Form,
    /// Usage rights that end with any change; they are dropped.
    UsageRights,
    /// A table and a stream describe the objects; readers may see different ones.
    HybridFile,
    /// Bytes stand before the header.
    BytesBeforeHeader,
    /// Only the first pages were examined; the rest would have cost too much.
    PartlyExamined {
        /// How many pages were examined.
        pages: u32,
    },
    /// A form leaves it to each viewer how its fields look (`/NeedAppearances`).
    NeedsAppearances,
    /// A field shows another text than it holds; a viewer that draws it anew will show the latter.
    FieldShowsOtherText,
    /// Fields or annotations lie above one another.
    OverlappingFields,
    /// An image or a field lies above text.
    CoveredText,
    /// Pages, fonts or content are there that nothing refers to, and that a later change could bring to light.
    UnusedContent,
    /// Parts of what is shown are not in the file.
    ExternalContent,
    /// Fonts are missing, so that each viewer chooses its own.
    FontsNotEmbedded,
    /// Not every object was looked at; the rest would have cost too much.
    PartlyTraced,
    /// An earlier signature.
    EarlierSignature {
        /// The field's name.
        field: String,
        /// What can be said of it.
        standing: Standing,
    },
}

/// What can be said of an earlier signature without knowing whom to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds for what it covers, and what came after it is what it permits.
    Intact,
    /// It holds, and something was changed afterwards that it does not permit.
    ChangedSince,
    /// It does not hold.
    Broken,
    /// Its kind is not known here, or judging it would have cost too much.
    NotJudged,
}

impl Finding {
    /// The codes of all findings that there can be, for whoever has words of their own for them.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        std::iter::successors(Some(Self::Repaired), Self::next).map(|finding| finding.code())
    }

    /// Every kind of finding after one other, so that a new kind does not compile until it has its place here.
    fn next(&self) -> Option<Self> {
        let earlier = |standing| Some(Self::EarlierSignature { field: String::new(), standing });
        match self {
            Self::Repaired => Some(Self::JavaScript),
            Self::JavaScript => Some(Self::OpenAction),
            Self::OpenAction => Some(Self::AdditionalActions),
            Self::AdditionalActions => Some(Self::Launch),
            Self::Launch => Some(Self::SubmitForm),
            Self::SubmitForm => Some(Self::EmbeddedFiles),
            Self::EmbeddedFiles => Some(Self::OptionalContent),
            Self::OptionalContent => Some(Self::Form),
            Self::Form => Some(Self::UsageRights),
            Self::UsageRights => Some(Self::HybridFile),
            Self::HybridFile => Some(Self::BytesBeforeHeader),
            Self::BytesBeforeHeader => Some(Self::PartlyExamined { pages: 0 }),
            Self::PartlyExamined { .. } => Some(Self::NeedsAppearances),
            Self::NeedsAppearances => Some(Self::FieldShowsOtherText),
            Self::FieldShowsOtherText => Some(Self::OverlappingFields),
            Self::OverlappingFields => Some(Self::CoveredText),
            Self::CoveredText => Some(Self::UnusedContent),
            Self::UnusedContent => Some(Self::ExternalContent),
            Self::ExternalContent => Some(Self::FontsNotEmbedded),
            Self::FontsNotEmbedded => Some(Self::PartlyTraced),
            Self::PartlyTraced => earlier(Standing::Intact),
            Self::EarlierSignature { standing: Standing::Intact, .. } => earlier(Standing::ChangedSince),
            Self::EarlierSignature { standing: Standing::ChangedSince, .. } => earlier(Standing::Broken),
            Self::EarlierSignature { standing: Standing::Broken, .. } => earlier(Standing::NotJudged),
            Self::EarlierSignature { standing: Standing::NotJudged, .. } => None,
        }
    }

    /// A stable name for machines; the same as in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::JavaScript => "java-script",
            Self::OpenAction => "open-action",
            Self::AdditionalActions => "additional-actions",
            Self::Launch => "launch",
            Self::SubmitForm => "submit-form",
            Self::EmbeddedFiles => "embedded-files",
            Self::OptionalContent => "optional-content",
            Self::Form => "form",
            Self::UsageRights => "usage-rights",
            Self::HybridFile => "hybrid-file",
            Self::BytesBeforeHeader => "bytes-before-header",
            Self::PartlyExamined { .. } => "partly-examined",
            Self::NeedsAppearances => "needs-appearances",
            Self::FieldShowsOtherText => "field-shows-other-text",
            Self::OverlappingFields => "overlapping-fields",
            Self::CoveredText => "covered-text",
            Self::UnusedContent => "unused-content",
            Self::ExternalContent => "external-content",
            Self::FontsNotEmbedded => "fonts-not-embedded",
            Self::PartlyTraced => "partly-traced",
            Self::EarlierSignature { standing: Standing::Intact, .. } => "earlier-signature",
            Self::EarlierSignature { standing: Standing::ChangedSince, .. } => "earlier-signature-changed-since",
            Self::EarlierSignature { standing: Standing::Broken, .. } => "earlier-signature-broken",
            Self::EarlierSignature { standing: Standing::NotJudged, .. } => "earlier-signature-not-judged",
        }
    }
}

/// A sentence for the people who are asked to sign.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repaired => "The document came as a damaged file, which was repaired before anybody saw it.",
            Self::JavaScript => "The document contains scripts, which can change what is shown.",
            Self::OpenAction => "Something happens by itself when the document is opened.",
            Self::AdditionalActions => "Parts of the document react to what the reader does.",
            Self::Launch => "The document can start a program.",
            Self::SubmitForm => "The document can send what is filled in to an address.",
            Self::EmbeddedFiles => "Other files are embedded in the document.",
            Self::OptionalContent => "Parts of the document can be shown and hidden.",
            Self::Form => "The document has a form that can be filled in.",
            Self::UsageRights => "The document grants usage rights, which end with any signature.",
            Self::HybridFile => "The document describes its content twice; programs may read it differently.",
            Self::BytesBeforeHeader => "Data stands before the beginning of the document.",
            Self::PartlyExamined { pages } => return write!(f, "Only the first {pages} pages were searched for scripts and actions."),
            Self::NeedsAppearances => "Each program decides by itself how the document's form looks.",
            Self::FieldShowsOtherText => "A field of the form shows another text than it holds; another program may show that instead.",
            Self::OverlappingFields => "Parts of the document lie above one another; something may be hidden below.",
            Self::CoveredText => "An image or a field covers text; something may be hidden below.",
            Self::UnusedContent => "The document contains content that it does not show.",
            Self::ExternalContent => "Parts of what the document shows are fetched from elsewhere.",
            Self::FontsNotEmbedded => "Fonts are missing in the document; its letters may look different elsewhere.",
            Self::PartlyTraced => "The document has so many parts that not all of them were looked at.",
            Self::EarlierSignature { field, standing } => {
                let rest = match standing {
                    Standing::Intact => "that signature is intact",
                    Standing::ChangedSince => "the document was changed since in a way which that signature does not permit",
                    Standing::Broken => "that signature is broken",
                    Standing::NotJudged => "whether that signature is intact was not examined",
                };
                return write!(f, "The document was signed before, in the field {field}; {rest}.");
            }
        })
    }
}
