//! The document security store, `/DSS` (ISO 32000-2, 12.8.4.3; ETSI EN 319 142-1, 5.4): certificates and revocation data.

use crate::certificate::Certificate;
use crate::inspect::optional_dictionary;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::revocation::{OcspResponse, RevocationList};
use crate::verify::effort::Effort;

/// How many streams of each kind are read. A file that is renewed every few years for centuries has less.
const MAX_STREAMS: usize = 500;

/// What the store holds.
#[derive(Debug, Default)]
pub(super) struct ValidationData {
    pub(super) certificates: Vec<Certificate>,
    pub(super) responses: Vec<Stored<OcspResponse>>,
    pub(super) lists: Vec<Stored<RevocationList>>,
    /// Streams that cannot be read, hold something else, or are too many.
    pub(super) unusable: usize,
    /// What may still be spent on judging by them.
    pub(super) effort: Effort,
}

/// Something of the store, with the place in the file at which it stands. What a signature covers ends before or after it.
#[derive(Debug)]
pub(super) struct Stored<T> {
    pub(super) value: T,
    pub(super) offset: u64,
}

/// The three arrays of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Certificates,
    Responses,
    Lists,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Certificates, Self::Responses, Self::Lists];

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Certificates => "Certs",
            Self::Responses => "OCSPs",
            Self::Lists => "CRLs",
        }
    }

    /// True when an item of an array is a stream of this kind.
    pub(super) fn is_of(self, reader: &mut Reader<'_>, item: &Object) -> Result<bool, Refusal> {
        let der = stream(reader, item)?.map(|(der, _)| der);
        Ok(der.is_some_and(|der| match self {
            Self::Certificates => Certificate::from_der(&der).is_ok(),
            Self::Responses => OcspResponse::read(&der).is_ok(),
            Self::Lists => RevocationList::read(&der).is_ok(),
        }))
    }
}

impl ValidationData {
    /// Reads the store of the newest revision, to which later ones only add.
    ///
    /// # Errors
    /// A [`Refusal`] when the document cannot be read or the budget is spent. A stream that cannot be read is counted.
    pub(super) fn read(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Self, Refusal> {
        let mut data = Self::default();
        let Some(store) = optional_dictionary(reader, catalog, "DSS")? else {
            return Ok(data);
        };
        for Stored { value, .. } in data.streams(reader, &store, Kind::Certificates, |der| Certificate::from_der(der).ok())? {
            data.certificates.push(value);
        }
        data.responses = data.streams(reader, &store, Kind::Responses, |der| OcspResponse::read(der).ok())?;
        data.lists = data.streams(reader, &store, Kind::Lists, |der| RevocationList::read(der).ok())?;
        Ok(data)
    }

    fn streams<T>(
        &mut self,
        reader: &mut Reader<'_>,
        store: &Dictionary,
        kind: Kind,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<Stored<T>>, Refusal> {
        let items = match reader.entry(store, kind.key())? {
            Object::Array(items) => items,
            Object::Null => return Ok(Vec::new()),
            _ => {
                self.unusable += 1;
                return Ok(Vec::new());
            }
        };
        self.unusable += items.len().saturating_sub(MAX_STREAMS);
        let mut stored = Vec::new();
        for item in items.iter().take(MAX_STREAMS) {
            match stream(reader, item)?.and_then(|(der, offset)| Some(Stored { value: parse(&der)?, offset })) {
                Some(usable) => stored.push(usable),
                None => self.unusable += 1,
            }
        }
        Ok(stored)
    }
}

/// A stream's data and place in the file; `None` when it is damaged.
fn stream(reader: &mut Reader<'_>, item: &Object) -> Result<Option<(Vec<u8>, u64)>, Refusal> {
    let Some(id) = item.as_reference() else {
        return Ok(None);
    };
    let read = reader.stream(id).and_then(|stream| Ok((stream.data, reader.load(id, 0)?.offset)));
    match read {
        Ok((data, Some(offset))) => Ok(Some((data, offset + reader.bytes.header))),
        Ok((_, None)) => Ok(None),
        // The rest of the document is to be judged all the same.
        Err(Refusal::BrokenStructure(_) | Refusal::Unsupported(_)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
