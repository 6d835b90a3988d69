//! What was changed after a signature: objects that were written again in later sections.

use std::collections::BTreeSet;

use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::{Loaded, Reader};
use crate::pdf::xref::Entry;
use crate::refusal::Refusal;
use crate::verify::metadata;
use crate::verify::store_changes::StoreObjects;

/// A change in a later revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Change {
    /// A signature, or an empty field for one, was added.
    SignatureAdded,
    /// A document time-stamp was added.
    TimeStampAdded,
    /// Certificates and revocation data were added (`/DSS`).
    ValidationData,
    /// Metadata or the version of the document changed.
    Metadata,
    /// A field of a form was filled in or cleared.
    FormFilled,
    /// Annotations were added, changed or removed.
    Annotations,
    /// Pages were added or removed.
    Pages,
    /// The content of a page or something else that is shown changed.
    Content,
    /// Something in the catalog changed, such as layers, actions or attachments.
    Catalog,
    /// Bytes follow that belong to no revision.
    LooseBytes,
}

impl Change {
    /// True for what a certification or an approval leaves open (ISO 32000-1, table 254, P = 2).
    pub(super) fn is_permitted(self, permits_forms: bool) -> bool {
        match self {
            // Neither says anything new (EN 319 142-1, 5.4 and 5.5).
            Self::ValidationData | Self::TimeStampAdded => true,
            Self::SignatureAdded | Self::FormFilled | Self::Metadata => permits_forms,
            Self::Annotations | Self::Pages | Self::Content | Self::Catalog | Self::LooseBytes => false,
        }
    }
}

/// Compares the document as it is with what it was when its first `end` bytes were all of it.
pub(super) fn after(reader: &mut Reader<'_>, end: u64) -> Result<Vec<Change>, Refusal> {
    let end = end.saturating_sub(reader.bytes.header);
    let newer = reader.xref.sections.iter().take_while(|section| section.offset >= end).count();
    if newer == 0 || newer == reader.xref.sections.len() {
        return Ok(vec![Change::LooseBytes]);
    }
    let store = StoreObjects::of_revision(reader, newer)?;
    let mut changes = BTreeSet::new();
    let root = |index: usize| reader.xref.sections[index].trailer.get("Root").cloned();
    if root(0) != root(newer) {
        changes.insert(Change::Catalog);
    }
    for id in rewritten(reader, newer)? {
        let before = reader.load(id, newer)?;
        let now = reader.load(id, 0)?;
        if let Some(only_adds) = store.permits(reader, id, &before.object, &now.object)? {
            changes.insert(if only_adds { Change::ValidationData } else { Change::Content });
            continue;
        }
        if let Some(change) = compare(reader, id, &before, &now, newer)? {
            changes.extend(change);
        }
    }
    Ok(changes.into_iter().collect())
}

/// The objects that stand in the newer sections and existed before, or whose number was free.
///
/// A number beyond the earlier size is new. That something referred to it all the time would show only by reading the whole
/// document, which is not done.
fn rewritten(reader: &mut Reader<'_>, newer: usize) -> Result<BTreeSet<Id>, Refusal> {
    let ranges: Vec<(u64, u64)> = reader.xref.sections[..newer].iter().flat_map(|section| section.ranges()).collect();
    let size = reader.xref.sections[newer].trailer.get("Size").and_then(Object::as_integer).unwrap_or(0);
    let mut ids = BTreeSet::new();
    for (first, count) in ranges {
        for number in first..first + count {
            reader.bytes.budget.spend_work(1)?;
            let number = u32::try_from(number).map_err(|_| Refusal::OverBudget)?;
            match reader.xref.find_from(&mut reader.bytes, number, newer)? {
                Entry::Free if number == 0 || i64::from(number) >= size => {}
                Entry::Free => {
                    ids.insert(Id::new(number, 0));
                }
                Entry::At { generation, .. } => {
                    ids.insert(Id::new(number, generation));
                }
                Entry::In { .. } => {
                    ids.insert(Id::new(number, 0));
                }
            }
        }
    }
    Ok(ids)
}

fn compare(reader: &mut Reader<'_>, id: Id, before: &Loaded, now: &Loaded, newer: usize) -> Result<Option<Vec<Change>>, Refusal> {
    if before.offset.is_some() && before.offset == now.offset {
        return Ok(None);
    }
    let (Object::Dictionary(old), Object::Dictionary(new)) = (&before.object, &now.object) else {
        return compare_plain(reader, id, &before.object, &now.object);
    };
    if before.is_stream || now.is_stream {
        let is_structure =
            |dictionary: &Dictionary| dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef") || kind.is_name("ObjStm"));
        // It must have been metadata before, too: anything may call itself so.
        let is_metadata = [old, new].iter().all(|dictionary| dictionary.get("Type").is_some_and(|kind| kind.is_name("Metadata")));
        return Ok(match (is_structure(old) && is_structure(new), is_metadata) {
            (true, _) => None,
            (false, true) if metadata::say_the_same(reader, id, before, now)? => None,
            (false, true) => Some(vec![Change::Metadata]),
            (false, false) => Some(vec![Change::Content]),
        });
    }
    let changed: Vec<String> = changed_keys(old, new);
    if changed.is_empty() {
        return Ok(None);
    }
    let root = reader.trailer().get("Root").and_then(Object::as_reference);
    let info = reader.xref.sections[newer].trailer.get("Info").and_then(Object::as_reference);
    let is_kind = |kind: &str| new.get("Type").or(old.get("Type")).is_some_and(|name| name.is_name(kind));
    if root == Some(id) {
        return Ok(Some(compare_catalog(reader, old, new, &changed, newer)?));
    }
    if info == Some(id) {
        // These two say only what wrote the file last, and when.
        let by_the_way = changed.iter().all(|key| matches!(key.as_str(), "ModDate" | "Producer"));
        return Ok((!by_the_way).then(|| vec![Change::Metadata]));
    }
    if new.get("Fields").is_some() && !is_kind("Page") {
        return Ok(Some(compare_form(reader, old, new)?));
    }
    if is_kind("Pages") {
        let same = changed.iter().all(|key| key == "Parent");
        return Ok((!same).then(|| vec![Change::Pages]));
    }
    if is_kind("Page") && changed == ["Annots"] {
        let (was, is) = (reader.entry(old, "Annots")?, reader.entry(new, "Annots")?);
        return compare_plain(reader, id, &was, &is);
    }
    if new.get("FT").is_some() || new.get("Subtype").is_some_and(|kind| kind.is_name("Widget")) {
        let shows_value = |key: &String| matches!(key.as_str(), "V" | "AS" | "AP" | "MK" | "DA" | "F" | "M");
        return Ok(Some(vec![if changed.iter().all(shows_value) { Change::FormFilled } else { Change::Annotations }]));
    }
    if is_kind("Annot") {
        return Ok(Some(vec![Change::Annotations]));
    }
    Ok(Some(vec![Change::Content]))
}

/// Arrays of fields and annotations may grow by fields for signatures.
fn compare_plain(reader: &mut Reader<'_>, _id: Id, old: &Object, new: &Object) -> Result<Option<Vec<Change>>, Refusal> {
    if old == new {
        return Ok(None);
    }
    let empty = Object::Array(Vec::new());
    let old = if *old == Object::Null { &empty } else { old };
    let (Some(was), Some(is)) = (old.as_array(), new.as_array()) else {
        return Ok(Some(vec![Change::Content]));
    };
    match is.strip_prefix(was) {
        Some(added) => {
            let mut changes = Vec::new();
            for item in added {
                let Object::Dictionary(field) = reader.resolve(item)? else {
                    return Ok(Some(vec![Change::Content]));
                };
                let is_signature = field.get("FT").is_some_and(|kind| kind.is_name("Sig"));
                if !is_signature {
                    let is_annotation = field.get("Subtype").is_some();
                    return Ok(Some(vec![if is_annotation { Change::Annotations } else { Change::Content }]));
                }
                let is_stamp = match reader.entry(&field, "V")? {
                    Object::Dictionary(value) => reader.entry(&value, "SubFilter")?.is_name("ETSI.RFC3161"),
                    _ => false,
                };
                changes.push(if is_stamp { Change::TimeStampAdded } else { Change::SignatureAdded });
            }
            Ok(Some(changes))
        }
        None => Ok(Some(vec![Change::Content])),
    }
}

fn compare_catalog(
    reader: &mut Reader<'_>,
    old: &Dictionary,
    new: &Dictionary,
    changed: &[String],
    newer: usize,
) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::new();
    for key in changed {
        match key.as_str() {
            // Extensions are named, not used, there (ISO 32000-1, 7.12); those of validation data come with them.
            "DSS" | "Extensions" => changes.push(Change::ValidationData),
            "Version" | "Metadata" => changes.push(Change::Metadata),
            "AcroForm" => {
                let before = match old.get("AcroForm") {
                    Some(Object::Reference(id)) => reader.load(*id, newer)?.object,
                    Some(direct) => direct.clone(),
                    None => Object::Dictionary(Dictionary::new()),
                };
                match (before, reader.entry(new, "AcroForm")?) {
                    (Object::Dictionary(before), Object::Dictionary(now)) => changes.extend(compare_form(reader, &before, &now)?),
                    _ => changes.push(Change::Catalog),
                }
            }
            "Pages" => changes.push(Change::Pages),
            _ => changes.push(Change::Catalog),
        }
    }
    Ok(changes)
}

fn compare_form(reader: &mut Reader<'_>, old: &Dictionary, new: &Dictionary) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::new();
    for key in changed_keys(old, new) {
        match key.as_str() {
            "SigFlags" => {}
            "Fields" => {
                let was = old.get("Fields").cloned().unwrap_or(Object::Array(Vec::new()));
                let is = new.get("Fields").cloned().unwrap_or(Object::Null);
                let (was, is) = (reader.resolve(&was)?, reader.resolve(&is)?);
                changes.extend(compare_plain(reader, Id::new(0, 0), &was, &is)?.unwrap_or_default());
            }
            "DR" | "DA" | "NeedAppearances" => changes.push(Change::FormFilled),
            _ => changes.push(Change::Content),
        }
    }
    Ok(changes)
}

pub(super) fn changed_keys(old: &Dictionary, new: &Dictionary) -> Vec<String> {
    let keys: BTreeSet<String> = old.iter().chain(new.iter()).map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect();
    keys.into_iter().filter(|key| old.get(key) != new.get(key)).collect()
}
