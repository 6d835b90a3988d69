//! What must be known of a document to append to it.

use serde::{Deserialize, Serialize};

use crate::archive::PdfA;
use crate::increment::Revision;
use crate::leaf::LeafPage;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::xref::XrefKind;
use crate::prefix::PrefixDigest;
use crate::request::StampPage;
use crate::spot::Spot;
use crate::structure::StructureRoot;

/// Everything that an increment needs to know of the document before it: a few KB, whatever the document's size.
///
/// Made by [`crate::inspect`], stored with serde, used by [`Plan::prepare`]. It holds the document's last bytes and
/// parts of its structure, so it is as confidential as the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub(crate) prefix: PrefixDigest,
    /// Bytes before `%PDF-`; offsets in cross-reference sections count from there.
    pub(crate) header: u64,
    /// The offset of the newest cross-reference section.
    pub(crate) startxref: u64,
    pub(crate) xref: XrefKind,
    /// The first object number that is free.
    pub(crate) size: u32,
    /// The document's last line has an end.
    pub(crate) ends_with_eol: bool,
    pub(crate) version: (u8, u8),
    /// `/Root`, `/Info` and `/ID` of the newest trailer.
    pub(crate) trailer: Dictionary,
    pub(crate) catalog: Indirect<Dictionary>,
    /// `/Extensions`, `/Perms` and `/Names` of the catalog, wherever they stand.
    pub(crate) extensions: Option<Dictionary>,
    pub(crate) permissions: Option<Dictionary>,
    pub(crate) names: Option<Dictionary>,
    pub(crate) embedded_files: Option<EmbeddedFiles>,
    /// The catalog's `/AF`, wherever it stands.
    pub(crate) associated_files: Vec<Object>,
    pub(crate) pages: PageRoot,
    /// It carries the field of an invisible signature.
    pub(crate) first_page: LeafPage,
    pub(crate) last_page: LastPage,
    pub(crate) form: Option<Form>,
    pub(crate) empty_fields: Vec<EmptyField>,
    /// Where people's marks are put.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) spots: Vec<Spot>,
    pub(crate) permits: Permits,
    /// An earlier signature certifies the document.
    pub(crate) is_certified: bool,
    /// The structure tree, where the document is tagged.
    pub(crate) structure: Option<StructureRoot>,
    pub(crate) archival: Option<PdfA>,
    /// `/DSS` of the catalog with its arrays in place, wherever they stand.
    #[serde(default)]
    pub(crate) validation_store: Option<Held<Dictionary>>,
}

impl Plan {
    /// The plan for the next revision, once this increment stands behind the document.
    pub(crate) fn after(&self, increment: &[u8], revision: &Revision) -> Self {
        let mut next = self.clone();
        next.prefix = self.prefix.followed_by(increment);
        (next.startxref, next.size, next.ends_with_eol) = (revision.startxref, revision.size, true);
        next.trailer = revision.trailer.clone();
        next.permits = Permits::SignatureOnly;
        next.is_certified |= self.permits == Permits::Everything;
        let dictionary = |id: Id| revision.object(id).and_then(Object::as_dictionary).cloned();
        if let Some(catalog) = dictionary(self.catalog.id) {
            // What was written there stands in it, whatever stood elsewhere before.
            let entry = |key: &str| catalog.get(key).and_then(Object::as_dictionary).cloned();
            next.extensions = entry("Extensions").or(next.extensions);
            next.permissions = entry("Perms").or(next.permissions);
            if let Some(form) = entry("AcroForm") {
                next.form.get_or_insert_with(Form::empty).dictionary = form;
            }
            next.catalog.value = catalog;
        }
        if let Some(form) = &mut next.form {
            if let Some(written) = form.id.and_then(dictionary) {
                form.dictionary = written;
            }
            let direct = form.dictionary.get("Fields").and_then(Object::as_array);
            let fields = form.fields.id.map_or(direct, |id| revision.object(id).and_then(Object::as_array));
            if let Some(fields) = fields {
                form.fields.value = fields.to_vec();
            }
        }
        let page = &mut next.first_page;
        if let Some(written) = dictionary(page.id) {
            page.dictionary = written;
        }
        let direct = page.dictionary.get("Annots").and_then(Object::as_array);
        let annotations = page.annotations.id.map_or(direct, |id| revision.object(id).and_then(Object::as_array));
        if let Some(annotations) = annotations {
            page.annotations.value = annotations.to_vec();
        }
        // Marks come with the first seal.
        next.spots.clear();
        next.empty_fields.retain(|field| revision.object(field.id).is_none());
        next
    }

    /// What may be added to the document.
    pub fn permits(&self) -> Permits {
        self.permits
    }

    /// Whether files may be attached: not under an earlier signature, and not where PDF/A forbids it.
    pub fn permits_attachments(&self) -> bool {
        self.permits == Permits::Everything && self.archival.is_none_or(PdfA::permits_attachments)
    }

    /// Whether a stamp may be put on a page: not in a document that was certified before, in which viewers take a visible field
    /// that the certifier did not prepare for a change. Mere approvals leave room for it.
    pub fn permits_stamp(&self) -> bool {
        !self.is_certified
    }

    /// The part of PDF/A that the document claims to follow. What is added to it keeps to that part.
    pub fn archival(&self) -> Option<PdfA> {
        self.archival
    }

    /// Whether the document is tagged, so that what is added to it is tagged, too.
    pub fn is_tagged(&self) -> bool {
        self.structure.is_some()
    }

    pub(crate) fn page(&self, which: StampPage) -> Option<&LeafPage> {
        match (which, &self.last_page) {
            (StampPage::First, _) | (StampPage::Last, LastPage::First) => Some(&self.first_page),
            (StampPage::Last, LastPage::Other(page)) => Some(page),
            (StampPage::Last, LastPage::Unreadable) => None,
        }
    }

    /// The names of fields that the author prepared for signatures and that are empty: the first twenty without seed values
    /// and locks. See [`crate::Appearance::Field`].
    pub fn empty_signature_fields(&self) -> impl Iterator<Item = &str> {
        self.empty_fields.iter().map(|field| field.name.as_str())
    }

    /// The plan with the document hashed anew, for a key of another kind than it was hashed for; `None` when that is another document.
    pub fn with_prefix(self, prefix: PrefixDigest) -> Option<Self> {
        let is_same = prefix.sha256 == self.prefix.sha256 && prefix.len == self.prefix.len;
        is_same.then_some(Self { prefix, ..self })
    }

    /// SHA-256 of the original document.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.prefix.sha256
    }

    /// The original document's length in bytes.
    pub fn document_len(&self) -> u64 {
        self.prefix.len
    }
}

/// What may be added to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permits {
    /// No signature yet: pages, attachments and a certifying seal.
    Everything,
    /// Earlier signatures stand: a further signature, invisible or where [`Plan::permits_stamp`] says so as a stamp, and nothing
    /// else, because anything else would make viewers report the earlier ones as broken.
    SignatureOnly,
}

/// A value that is an object of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Indirect<T> {
    pub(crate) id: Id,
    pub(crate) value: T,
}

/// A value that stands in its parent or is an object of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Held<T> {
    /// `None` when it stands in its parent.
    pub(crate) id: Option<Id>,
    pub(crate) value: T,
}

/// The root of the page tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PageRoot {
    pub(crate) id: Id,
    pub(crate) dictionary: Dictionary,
    /// `/Kids`, wherever it stands.
    pub(crate) kids: Vec<Object>,
    pub(crate) count: u32,
}

/// The last page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LastPage {
    /// The document has one page.
    First,
    Other(Box<LeafPage>),
    /// The page tree is damaged there, which forbids a stamp on that page and nothing else.
    Unreadable,
}

/// The interactive form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) id: Option<Id>,
    pub(crate) dictionary: Dictionary,
    pub(crate) fields: Held<Vec<Object>>,
}

impl Form {
    /// A form that will stand in the catalog.
    fn empty() -> Self {
        Self { id: None, dictionary: Dictionary::new(), fields: Held { id: None, value: Vec::new() } }
    }
}

/// A field that waits for a signature.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EmptyField {
    /// The fully qualified name.
    pub(crate) name: String,
    pub(crate) id: Id,
    pub(crate) dictionary: Dictionary,
}

/// The name tree of embedded files (ISO 32000-1, 7.9.6).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EmbeddedFiles {
    /// `/Names` or `/Kids` of the root, wherever they stand.
    pub(crate) root: TreeRoot,
    /// The greatest key; new keys must come behind it.
    pub(crate) last_key: Object,
}

/// How the root of a name tree is built.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TreeRoot {
    Names(Vec<Object>),
    Kids(Vec<Object>),
}
