//! What may change in `/DSS` after a signature: more certificates and revocation data, and nothing else in their guise.

use std::collections::{BTreeMap, BTreeSet};

use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::verify::changes::changed_keys;
use crate::verify::validation_data::Kind;

/// How many entries of `/VRI` are looked at.
const MAX_ENTRIES: usize = 500;

/// The objects of a document's store in an earlier revision. Only what belonged to the store then is taken for a part of it now: an
/// object that calls itself one may be anything.
#[derive(Debug, Default)]
pub(super) struct StoreObjects {
    store: Option<Id>,
    arrays: BTreeMap<Id, Kind>,
    /// `/VRI` itself.
    index: Option<Id>,
    /// Its entries, and the arrays of those.
    entries: BTreeSet<Id>,
}

impl StoreObjects {
    /// Finds them without the `newer` newest sections.
    pub(super) fn of_revision(reader: &mut Reader<'_>, newer: usize) -> Result<Self, Refusal> {
        let mut objects = Self::default();
        let root = reader.xref.sections[newer].trailer.get("Root").and_then(Object::as_reference);
        let Some(Object::Dictionary(catalog)) = root.map(|root| reader.load(root, newer)).transpose()?.map(|loaded| loaded.object) else {
            return Ok(objects);
        };
        let (id, Some(store)) = held(reader, &catalog, "DSS", newer)? else {
            return Ok(objects);
        };
        objects.store = id;
        for kind in Kind::ALL {
            objects.arrays.extend(store.get(kind.key()).and_then(Object::as_reference).map(|id| (id, kind)));
        }
        let (id, index) = held(reader, &store, "VRI", newer)?;
        objects.index = id;
        for (_, entry) in index.iter().flat_map(Dictionary::iter).take(MAX_ENTRIES) {
            objects.entries.extend(entry.as_reference());
        }
        Ok(objects)
    }

    /// Whether a change of this object only adds to the store; `None` when it is no part of it.
    pub(super) fn permits(&self, reader: &mut Reader<'_>, id: Id, old: &Object, new: &Object) -> Result<Option<bool>, Refusal> {
        if let Some(kind) = self.arrays.get(&id) {
            return Ok(Some(only_adds(reader, *kind, old, new)?));
        }
        let (Object::Dictionary(old), Object::Dictionary(new)) = (old, new) else {
            return Ok(None);
        };
        let changed = changed_keys(old, new);
        if self.store == Some(id) {
            return Ok(Some(changed.iter().all(|key| matches!(key.as_str(), "Certs" | "OCSPs" | "CRLs" | "VRI" | "Type"))));
        }
        if self.index == Some(id) {
            // An entry's name is the SHA-1 of a signature.
            let is_name = |key: &String| key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
            return Ok(Some(changed.iter().all(|key| key == "Type" || is_name(key))));
        }
        let is_entry = self.entries.contains(&id);
        Ok(is_entry.then(|| changed.iter().all(|key| matches!(key.as_str(), "Cert" | "OCSP" | "CRL" | "TU" | "TS" | "Type"))))
    }
}

/// A dictionary of an earlier revision, with its object where it has one.
fn held(reader: &mut Reader<'_>, parent: &Dictionary, key: &str, newer: usize) -> Result<(Option<Id>, Option<Dictionary>), Refusal> {
    let id = parent.get(key).and_then(Object::as_reference);
    let object = match id {
        Some(id) => Some(reader.load(id, newer)?.object),
        None => parent.get(key).cloned(),
    };
    match object {
        Some(Object::Dictionary(dictionary)) => Ok((id, Some(dictionary))),
        _ => Ok((id, None)),
    }
}

/// True when all that is new in an array is a stream of its kind. Without this the array could be that of a page's contents, too.
fn only_adds(reader: &mut Reader<'_>, kind: Kind, old: &Object, new: &Object) -> Result<bool, Refusal> {
    let (Some(old), Some(new)) = (old.as_array(), new.as_array()) else {
        return Ok(false);
    };
    for item in new.iter().filter(|item| !old.contains(item)) {
        if !kind.is_of(reader, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}
