//! Writes an incremental update (ISO 32000-1, 7.5.6): new objects, their cross-reference section, a trailer.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::xref::{MAX_OBJECT_NUMBER, XrefKind};

/// The largest offset that ten digits hold.
const MAX_TABLE_OFFSET: u64 = 9_999_999_999;

/// Why an increment cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Offsets have ten digits in a table.
    #[error("the document is too long for a cross-reference table")]
    Offset,
    /// Readers support object numbers up to 8,388,607.
    #[error("the document has too many objects")]
    Objects,
}

/// An increment while it is written.
pub(crate) struct Increment {
    out: Vec<u8>,
    /// The offset in the file of the increment's first byte.
    base: u64,
    /// The offset in the file of the header.
    header: u64,
    written: BTreeMap<u32, (u16, u64)>,
    /// The objects that were written, streams excepted: what the document looks like for the revision after this one.
    objects: BTreeMap<u32, Object>,
    next: u32,
}

/// What the next revision must know of this one.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) startxref: u64,
    pub(crate) size: u32,
    pub(crate) trailer: Dictionary,
    objects: BTreeMap<u32, Object>,
}

impl Revision {
    /// An object as this revision wrote it; `None` when it was left alone.
    pub(crate) fn object(&self, id: Id) -> Option<&Object> {
        self.objects.get(&id.number)
    }
}

impl Increment {
    /// Starts behind `base` bytes. `next` is the first free object number.
    pub(crate) fn new(base: u64, header: u64, next: u32, ends_with_eol: bool) -> Self {
        let out = if ends_with_eol { Vec::new() } else { vec![b'\n'] };
        Self { out, base, header, written: BTreeMap::new(), objects: BTreeMap::new(), next }
    }

    /// Takes an object number.
    pub(crate) fn new_id(&mut self) -> Id {
        let id = Id::new(self.next, 0);
        self.next += 1;
        id
    }

    /// The offset in the file of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.base + self.out.len() as u64
    }

    /// Writes an object under its number.
    pub(crate) fn put(&mut self, id: Id, object: &Object) {
        self.objects.insert(id.number, object.clone());
        self.put_with(id, |out| object.write(out));
    }

    /// Writes an object whose text comes from `write`.
    pub(crate) fn put_with(&mut self, id: Id, write: impl FnOnce(&mut Vec<u8>)) {
        self.written.insert(id.number, (id.generation, self.position() - self.header));
        self.out.extend_from_slice(format!("{id} obj\n").as_bytes());
        write(&mut self.out);
        self.out.extend_from_slice(b"\nendobj\n");
    }

    /// Writes a dictionary as a new object.
    pub(crate) fn add(&mut self, dictionary: Dictionary) -> Id {
        let id = self.new_id();
        self.put(id, &dictionary.into());
        id
    }

    /// Writes a compressed stream as a new object.
    pub(crate) fn add_stream(&mut self, mut dictionary: Dictionary, data: &[u8]) -> Id {
        let id = self.new_id();
        let compressed = deflate(data);
        dictionary.set("Filter", Object::name("FlateDecode"));
        dictionary.set("Length", compressed.len() as i64);
        self.put_with(id, |out| write_stream(&dictionary, &compressed, out));
        id
    }

    /// Writes the cross-reference section and the end of the file. `trailer` brings `/Root`, `/Info` and `/ID`.
    pub(crate) fn finish(mut self, kind: XrefKind, previous: u64, trailer: &Dictionary) -> Result<(Vec<u8>, Revision), TooLarge> {
        let xref_id = match kind {
            XrefKind::Table => None,
            XrefKind::Stream => Some(self.new_id()),
        };
        if u64::from(self.next) > MAX_OBJECT_NUMBER {
            return Err(TooLarge::Objects);
        }
        let place = self.position() - self.header;
        let revision = Revision { startxref: place, size: self.next, trailer: trailer.clone(), objects: std::mem::take(&mut self.objects) };
        let mut trailer = trailer.clone();
        trailer.set("Size", i64::from(self.next));
        trailer.set("Prev", Object::Integer(i64::try_from(previous).map_err(|_| TooLarge::Offset)?));
        match xref_id {
            None => self.write_table(place, &trailer)?,
            Some(id) => self.write_stream_section(id, place, trailer)?,
        }
        self.out.extend_from_slice(format!("startxref\n{place}\n%%EOF\n").as_bytes());
        Ok((self.out, revision))
    }

    /// The bytes of a whole new document (7.5.2): `header` must be as long as the base with which this began.
    pub(crate) fn finish_new(mut self, header: &[u8], trailer: &Dictionary) -> Result<Vec<u8>, TooLarge> {
        let place = self.position();
        if place > MAX_TABLE_OFFSET {
            return Err(TooLarge::Offset);
        }
        let mut trailer = trailer.clone();
        trailer.set("Size", i64::from(self.next));
        // All numbers from 1 on are in use, so that one subsection says it all (7.5.4).
        self.out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f\r\n", self.next).as_bytes());
        for (generation, offset) in self.written.values() {
            self.out.extend_from_slice(format!("{offset:010} {generation:05} n\r\n").as_bytes());
        }
        self.out.extend_from_slice(b"trailer\n");
        trailer.write(&mut self.out);
        self.out.extend_from_slice(format!("\nstartxref\n{place}\n%%EOF\n").as_bytes());
        Ok([header, &self.out].concat())
    }

    fn write_table(&mut self, place: u64, trailer: &Dictionary) -> Result<(), TooLarge> {
        if place > MAX_TABLE_OFFSET {
            return Err(TooLarge::Offset);
        }
        self.out.extend_from_slice(b"xref\n");
        for run in runs(&self.written) {
            self.out.extend_from_slice(format!("{} {}\n", run[0].0, run.len()).as_bytes());
            for (_, generation, offset) in run {
                self.out.extend_from_slice(format!("{offset:010} {generation:05} n\r\n").as_bytes());
            }
        }
        self.out.extend_from_slice(b"trailer\n");
        trailer.write(&mut self.out);
        self.out.push(b'\n');
        Ok(())
    }

    fn write_stream_section(&mut self, id: Id, place: u64, trailer: Dictionary) -> Result<(), TooLarge> {
        self.written.insert(id.number, (id.generation, place));
        let width = (8 - place.leading_zeros() as usize / 8).max(1);
        let mut index = Vec::new();
        let mut rows = Vec::new();
        for run in runs(&self.written) {
            index.push(Object::Integer(i64::from(run[0].0)));
            index.push(Object::Integer(run.len() as i64));
            for (_, generation, offset) in run {
                rows.push(1);
                rows.extend_from_slice(&offset.to_be_bytes()[8 - width..]);
                rows.extend_from_slice(&generation.to_be_bytes());
            }
        }
        let rows = deflate(&rows);
        let mut dictionary = trailer
            .with("Type", Object::name("XRef"))
            .with("W", vec![Object::Integer(1), Object::Integer(width as i64), Object::Integer(2)])
            .with("Index", index)
            .with("Filter", Object::name("FlateDecode"));
        dictionary.set("Length", rows.len() as i64);
        self.out.extend_from_slice(format!("{id} obj\n").as_bytes());
        write_stream(&dictionary, &rows, &mut self.out);
        self.out.extend_from_slice(b"\nendobj\n");
        Ok(())
    }
}

/// Objects in runs of consecutive numbers: number, generation, offset.
fn runs(written: &BTreeMap<u32, (u16, u64)>) -> Vec<Vec<(u32, u16, u64)>> {
    let mut runs: Vec<Vec<(u32, u16, u64)>> = Vec::new();
    for (&number, &(generation, offset)) in written {
        let row = (number, generation, offset);
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| last.0 + 1 == number) => run.push(row),
            _ => runs.push(vec![row]),
        }
    }
    runs
}

fn write_stream(dictionary: &Dictionary, data: &[u8], out: &mut Vec<u8>) {
    dictionary.write(out);
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a Vec cannot fail.
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("compressing into memory does no I/O")
}
