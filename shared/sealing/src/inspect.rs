//! Examines a document once, when it arrives: can it be sealed, and what must be known for that?

use std::collections::HashSet;

use crate::finding::{self, Finding};
use crate::form;
use crate::leaf::{self, End, LeafPage};
use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::plan::{EmbeddedFiles, Form, Held, Indirect, LastPage, PageRoot, Permits, Plan, TreeRoot};
use crate::prefix::PrefixDigest;
use crate::refusal::{Damage, Refusal};
use crate::source::ReadAt;
use crate::{archive, structure};

/// What is known of a document that can be sealed.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What sealing needs.
    pub plan: Plan,
    /// The number of pages that the document claims.
    pub pages: u32,
    /// The version of PDF, for example `1.7`.
    pub pdf_version: String,
    /// What a reader of the audit trail should know about the document.
    pub findings: Vec<Finding>,
}

/// Examines the document whose bytes `prefix` was made from.
///
/// Only the parts that sealing needs are read, under `limits`; the cost does not grow with the number of pages.
///
/// # Errors
/// A [`Refusal`] that tells the sender why the document cannot be sealed and what to do.
pub fn inspect(source: &dyn ReadAt, prefix: PrefixDigest, limits: &Limits) -> Result<Inspection, Refusal> {
    if source.len() != prefix.len {
        return Err(Refusal::Unreadable(std::io::Error::other("the document is not the one that was hashed")));
    }
    let mut reader = Reader::open(source, limits)?;
    if reader.xref.sections.iter().any(|section| section.trailer.get("Encrypt").is_some()) {
        return Err(Refusal::Encrypted);
    }
    let size = u32::try_from(reader.xref.size()?).map_err(|_| Refusal::OverBudget)?;
    let catalog = catalog(&mut reader)?;
    let version = version(&reader, &catalog.value);
    let pages = page_root(&mut reader, &catalog.value)?;
    let first_page = leaf::at_the_end(&mut reader, &pages, End::First)?;
    let last_page = match reader.if_readable(|reader| leaf::at_the_end(reader, &pages, End::Last))? {
        Some(last) if last.id == first_page.id => LastPage::First,
        Some(last) => LastPage::Other(Box::new(last)),
        None => LastPage::Unreadable,
    };
    let form = form::read(&mut reader, &catalog.value)?;
    check_roles(&catalog, &pages, &first_page, form.as_ref())?;
    let permissions = optional_dictionary(&mut reader, &catalog.value, "Perms")?;
    let form::SignatureFields { signed: signatures, empty, is_certified } =
        form::signatures(&mut reader, form.as_ref(), permissions.as_ref())?;
    let extensions = optional_dictionary(&mut reader, &catalog.value, "Extensions")?;
    let names = optional_dictionary(&mut reader, &catalog.value, "Names")?;
    let embedded_files = match &names {
        Some(names) => embedded_files(&mut reader, names)?,
        None => None,
    };
    let associated_files = match reader.entry(&catalog.value, "AF")? {
        Object::Array(items) => items,
        _ => Vec::new(),
    };
    let validation_store = validation_store(&mut reader, &catalog.value)?;
    let structure = reader.if_readable(|reader| structure::read(reader, &catalog.value))?.flatten();
    let archival = reader.if_readable(|reader| archive::claimed(reader, &catalog.value))?.flatten();
    let standings = finding::standings(source, signatures.len(), limits);
    let findings = finding::collect(&mut reader, &catalog.value, &pages, form.as_ref(), &signatures, &standings)?;
    let plan = Plan {
        header: reader.bytes.header,
        startxref: reader.startxref,
        xref: reader.xref.newest().kind,
        size,
        ends_with_eol: reader.ends_with_eol,
        version,
        trailer: kept_trailer(&mut reader)?,
        catalog,
        extensions,
        permissions,
        names,
        embedded_files,
        associated_files,
        first_page,
        last_page,
        form,
        empty_fields: empty,
        spots: Vec::new(),
        permits: if signatures.is_empty() { Permits::Everything } else { Permits::SignatureOnly },
        is_certified,
        structure,
        archival,
        validation_store,
        prefix,
        pages,
    };
    Ok(Inspection { pages: plan.pages.count, pdf_version: format!("{}.{}", version.0, version.1), findings, plan })
}

/// An increment writes each of these anew, so that none may be another one, too: of two versions of an object, one would be lost.
fn check_roles(catalog: &Indirect<Dictionary>, pages: &PageRoot, first: &LeafPage, form: Option<&Form>) -> Result<(), Refusal> {
    let of_form = form.map_or([None, None], |form| [form.id, form.fields.id]);
    let ids = [Some(catalog.id), Some(pages.id), Some(first.id), first.annotations.id].into_iter().chain(of_form);
    let mut seen = HashSet::new();
    if ids.flatten().all(|id| seen.insert(id.number)) { Ok(()) } else { Err(Damage("one of its objects stands for two").into()) }
}

pub(crate) fn catalog(reader: &mut Reader<'_>) -> Result<Indirect<Dictionary>, Refusal> {
    const BROKEN: Damage = Damage("its catalog is missing");
    let id = reader.trailer().get("Root").and_then(Object::as_reference).ok_or(BROKEN)?;
    match reader.object(id)? {
        Object::Dictionary(value) if value.get("Pages").is_some() => match value.get("Type") {
            Some(kind) if !kind.is_name("Catalog") => Err(BROKEN.into()),
            _ => Ok(Indirect { id, value }),
        },
        _ => Err(BROKEN.into()),
    }
}

/// The later of the header's and the catalog's version (ISO 32000-1, 7.2.2).
fn version(reader: &Reader<'_>, catalog: &Dictionary) -> (u8, u8) {
    let declared = catalog.get("Version").and_then(Object::as_name).and_then(|name| match name {
        [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => Some((major - b'0', minor - b'0')),
        _ => None,
    });
    declared.map_or(reader.header_version, |declared| declared.max(reader.header_version))
}

fn kept_trailer(reader: &mut Reader<'_>) -> Result<Dictionary, Refusal> {
    let trailer = reader.trailer().clone();
    let mut kept = Dictionary::new();
    for key in ["Root", "Info"] {
        if let Some(reference @ Object::Reference(_)) = trailer.get(key) {
            kept.set(key, reference.clone());
        }
    }
    // An indirect /ID is written directly, as ISO 32000-2 wants it.
    if let Object::Array(items) = reader.entry(&trailer, "ID")? {
        let parts: Vec<Object> = items.iter().map(|item| reader.resolve(item)).collect::<Result<_, _>>()?;
        if parts.len() == 2 && parts.iter().all(|part| part.as_string().is_some()) {
            kept.set("ID", parts);
        }
    }
    Ok(kept)
}

pub(crate) fn page_root(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<PageRoot, Refusal> {
    const BROKEN: Damage = Damage("its page tree cannot be read");
    let id = catalog.get("Pages").and_then(Object::as_reference).ok_or(BROKEN)?;
    let Object::Dictionary(dictionary) = reader.object(id)? else {
        return Err(BROKEN.into());
    };
    let Object::Array(kids) = reader.entry(&dictionary, "Kids")? else {
        return Err(BROKEN.into());
    };
    let count = reader.entry(&dictionary, "Count")?.as_integer().and_then(|count| u32::try_from(count).ok());
    match count {
        Some(count) if count > 0 && count < u32::MAX && !kids.is_empty() => Ok(PageRoot { id, dictionary, kids, count }),
        _ => Err(Damage("it has no pages").into()),
    }
}

/// An array with the place where it stands; empty when absent.
pub(crate) fn held_array(reader: &mut Reader<'_>, parent: &Dictionary, key: &str) -> Result<Held<Vec<Object>>, Refusal> {
    let id = parent.get(key).and_then(Object::as_reference);
    match reader.entry(parent, key)? {
        Object::Array(value) => Ok(Held { id, value }),
        _ => Ok(Held { id: None, value: Vec::new() }),
    }
}

pub(crate) fn optional_dictionary(reader: &mut Reader<'_>, parent: &Dictionary, key: &str) -> Result<Option<Dictionary>, Refusal> {
    match reader.entry(parent, key)? {
        Object::Dictionary(dictionary) => Ok(Some(dictionary)),
        _ => Ok(None),
    }
}

/// `/DSS` (ISO 32000-2, 12.8.4.3), to which a later revision adds.
fn validation_store(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Option<Held<Dictionary>>, Refusal> {
    let id = catalog.get("DSS").and_then(Object::as_reference);
    let Some(mut value) = optional_dictionary(reader, catalog, "DSS")? else {
        return Ok(None);
    };
    for key in ["Certs", "OCSPs", "CRLs"] {
        if value.get(key).is_some() {
            let items = held_array(reader, &value, key)?.value;
            value.set(key, items);
        }
    }
    Ok(Some(Held { id, value }))
}

fn embedded_files(reader: &mut Reader<'_>, names: &Dictionary) -> Result<Option<EmbeddedFiles>, Refusal> {
    const BROKEN: Damage = Damage("its list of embedded files cannot be read");
    let Some(root) = optional_dictionary(reader, names, "EmbeddedFiles")? else {
        return Ok(None);
    };
    if let Object::Array(kids) = reader.entry(&root, "Kids")? {
        let Some(last) = kids.last() else {
            return Ok(None);
        };
        // Every node below the root tells its least and greatest key.
        let Object::Dictionary(last) = reader.resolve(last)? else {
            return Err(BROKEN.into());
        };
        let limits = reader.entry(&last, "Limits")?;
        let last_key = limits.as_array().and_then(|limits| limits.last()).cloned().ok_or(BROKEN)?;
        let last_key = reader.resolve(&last_key)?;
        last_key.as_string().ok_or(BROKEN)?;
        return Ok(Some(EmbeddedFiles { root: TreeRoot::Kids(kids), last_key }));
    }
    let Object::Array(pairs) = reader.entry(&root, "Names")? else {
        return Ok(None);
    };
    let mut last_key: Option<Vec<u8>> = None;
    for pair in pairs.chunks(2) {
        let key = reader.resolve(&pair[0])?;
        let key = key.as_string().ok_or(BROKEN)?;
        if last_key.as_deref().is_none_or(|last| last < key) {
            last_key = Some(key.to_vec());
        }
    }
    Ok(last_key.map(|key| EmbeddedFiles { root: TreeRoot::Names(pairs), last_key: Object::String(key) }))
}
