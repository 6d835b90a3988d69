//! What a broken document turned out to have.

use std::collections::{BTreeMap, BTreeSet};

use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::xref::MAX_OBJECT_NUMBER;
use crate::refusal::{Damage, Refusal};
use crate::repair::{MAX_OBJECTS, NO_CATALOG};

/// The objects of a document and where they stand.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) objects: BTreeMap<u32, Place>,
    /// Streams with objects in them, in the sequence in which they stand in the file. Some may have been replaced since.
    pub(super) object_streams: Vec<Id>,
    /// The trailers that name a catalog, in sequence; cross-reference streams are trailers, too.
    trailers: Vec<Dictionary>,
    /// The objects that are catalogs.
    catalogs: BTreeSet<u32>,
    /// The objects that others refer to.
    referred: Numbers,
    /// Nothing says where the file ends, so that more may have followed.
    pub(super) is_cut_off: bool,
    /// Bytes before the header. Offsets count from there.
    pub(super) header: u64,
    /// What [`Found::close`] chose.
    pub(super) trailer: Dictionary,
}

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At an offset from the header.
    At { offset: u64, generation: u16 },
    /// In an object stream, as its object of that index.
    In { stream: u32, index: u32 },
}

impl Found {
    pub(super) fn new(header: u64, is_cut_off: bool) -> Self {
        Self { header, is_cut_off, ..Self::default() }
    }

    /// Notes an object that was found behind all others. `object` is `None` where it cannot be read.
    pub(super) fn note(&mut self, number: u32, place: Place, object: Option<&Object>) -> Result<(), Refusal> {
        if u64::from(number) > MAX_OBJECT_NUMBER {
            return Err(Damage("it has more objects than a PDF can have").into());
        }
        match (self.objects.insert(number, place), place) {
            (None, _) => {}
            // The later one of two counts for all readers, unless it looks like the older one.
            (Some(Place::At { generation: before, .. }), Place::At { generation, .. }) if generation >= before && object.is_some() => {}
            (Some(Place::In { stream: before, .. }), Place::In { stream, .. }) if before != stream && object.is_some() => {}
            _ => return Err(Refusal::Ambiguous("one of its objects is there twice")),
        }
        if self.objects.len() > MAX_OBJECTS {
            return Err(Refusal::OverBudget);
        }
        self.catalogs.remove(&number);
        if let Some(object) = object {
            if is_signature(object) {
                return Err(Refusal::BrokenAndSigned);
            }
            if is_catalog(object) {
                self.catalogs.insert(number);
            }
            self.refer(object);
        }
        Ok(())
    }

    /// Notes a trailer or the dictionary of a cross-reference stream.
    pub(super) fn note_trailer(&mut self, trailer: Dictionary) -> Result<(), Refusal> {
        if trailer.get("Encrypt").is_some() {
            return Err(Refusal::Encrypted);
        }
        if trailer.get("Root").is_some() {
            self.trailers.push(trailer);
        }
        if self.trailers.len() > 10_000 { Err(Refusal::OverBudget) } else { Ok(()) }
    }

    /// Chooses the catalog and makes sure that nothing was lost.
    pub(super) fn close(&mut self) -> Result<(), Refusal> {
        let root = self.root()?;
        let newest = self.trailers.last();
        let mut trailer = Dictionary::new().with("Root", root);
        if let Some(info @ Object::Reference(id)) = newest.and_then(|newest| newest.get("Info"))
            && self.objects.contains_key(&id.number)
        {
            trailer.set("Info", info.clone());
        }
        if let Some(id @ Object::Array(parts)) = newest.and_then(|newest| newest.get("ID"))
            && matches!(parts[..], [Object::String(_), Object::String(_)])
        {
            trailer.set("ID", id.clone());
        }
        if self.is_cut_off && self.referred.iter().any(|number| !self.objects.contains_key(&number)) {
            return Err(Refusal::Truncated);
        }
        self.trailer = trailer;
        Ok(())
    }

    /// The catalog that the trailers name. Where they name none that is one, the only one that there is.
    fn root(&self) -> Result<Id, Refusal> {
        let named: BTreeSet<Id> = self.trailers.iter().filter_map(|trailer| trailer.get("Root")?.as_reference()).collect();
        let mut usable = named.iter().filter(|id| self.catalogs.contains(&id.number));
        let number = match (usable.next(), usable.next()) {
            (Some(id), None) => id.number,
            (Some(_), Some(_)) => return Err(Refusal::Ambiguous("it has several catalogs")),
            (None, _) => {
                let mut catalogs = self.catalogs.iter();
                match (catalogs.next(), catalogs.next()) {
                    (Some(only), None) => *only,
                    (Some(_), Some(_)) => return Err(Refusal::Ambiguous("it has several catalogs")),
                    (None, _) => return Err(NO_CATALOG.into()),
                }
            }
        };
        match self.objects.get(&number) {
            Some(Place::At { generation, .. }) => Ok(Id::new(number, *generation)),
            Some(Place::In { .. }) => Ok(Id::new(number, 0)),
            None => Err(NO_CATALOG.into()),
        }
    }

    fn refer(&mut self, object: &Object) {
        // The parser bounds how deep an object is.
        match object {
            Object::Reference(id) => self.referred.insert(id.number),
            Object::Array(items) => items.iter().for_each(|item| self.refer(item)),
            Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| self.refer(value)),
            _ => {}
        }
    }
}

fn is_catalog(object: &Object) -> bool {
    object
        .as_dictionary()
        .is_some_and(|dictionary| dictionary.get("Type").is_some_and(|kind| kind.is_name("Catalog")) && dictionary.get("Pages").is_some())
}

/// A signature dictionary, or something with one in it (ISO 32000-1, table 252).
fn is_signature(object: &Object) -> bool {
    match object {
        Object::Dictionary(dictionary) => {
            let is_named = dictionary.get("Type").is_some_and(|kind| kind.is_name("Sig") || kind.is_name("DocTimeStamp"));
            dictionary.get("ByteRange").is_some()
                || (is_named && dictionary.get("Contents").is_some())
                || dictionary.iter().any(|(_, value)| is_signature(value))
        }
        Object::Array(items) => items.iter().any(is_signature),
        _ => false,
    }
}

/// A set of object numbers: a bit for each, a megabyte at most.
#[derive(Debug, Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn insert(&mut self, number: u32) {
        let word = number as usize / 64;
        // A reference to a number that no object can have refers to nothing.
        if u64::from(number) <= MAX_OBJECT_NUMBER {
            if word >= self.0.len() {
                self.0.resize(word + 1, 0);
            }
            self.0[word] |= 1 << (number % 64);
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0u32..).zip(&self.0).filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
    }
}
