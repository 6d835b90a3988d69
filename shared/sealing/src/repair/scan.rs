//! Reads a whole file and notes every object that stands by itself.

use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::{Bytes, says_where_it_ends};
use crate::refusal::Refusal;
use crate::repair::found::{Found, Place};
use crate::repair::marks::{Kind, Mark, Window, find};
use crate::source::ReadAt;

/// How many streams may have a length of their own.
const MAX_DEFERRED: usize = 400_000;

/// Finds the objects that stand by themselves, and the trailers.
pub(super) fn scan(source: &dyn ReadAt, limits: &Limits) -> Result<Found, Refusal> {
    let (mut file, _) = Bytes::open(source, limits)?;
    let is_cut_off = !says_where_it_ends(&mut file)?;
    let found = Found::new(file.header, is_cut_off);
    let mut scan = Scan { found, inside_until: 0, deferred: Vec::new(), last: None, has_ends: true };
    let mut window = Window::default();
    let mut from = 0;
    while let Some(mark) = window.next_mark(&mut file, from)? {
        file.budget.spend_work(1)?;
        scan.take(&mut file, mark)?;
        from = mark.end;
    }
    scan.check_end()?;
    scan.check_deferred(&mut file)?;
    Ok(scan.found)
}

struct Scan {
    found: Found,
    /// Where the last object's text or data end. Marks before that are part of it, and belong to nobody.
    inside_until: u64,
    /// Streams whose length stands elsewhere: where their data start, and the length's object.
    deferred: Vec<(u64, Id)>,
    /// Whether the last object could be read to its end.
    last: Option<bool>,
    /// There is an `endstream` in the part of the file that was not read yet, as far as is known.
    has_ends: bool,
}

/// An object as it was read.
enum Taken {
    Whole,
    CutOff,
}

impl Scan {
    fn take(&mut self, file: &mut Bytes<'_>, mark: Mark) -> Result<(), Refusal> {
        if mark.start < self.inside_until {
            // A file within the file, or a trap: readers that look for objects line by line would take it.
            return if mark.begins_line { Err(Refusal::Ambiguous("an object stands in another one's data")) } else { Ok(()) };
        }
        match mark.kind {
            Kind::Trailer => match readable(file.parse_at(mark.end, |parser, budget| parser.object(budget)))? {
                Some(Object::Dictionary(trailer)) => self.found.note_trailer(trailer),
                _ => Ok(()),
            },
            Kind::Object { number } => {
                let taken = self.take_object(file, mark, number)?;
                self.last = Some(matches!(taken, Taken::Whole));
                Ok(())
            }
        }
    }

    fn take_object(&mut self, file: &mut Bytes<'_>, mark: Mark, number: u32) -> Result<Taken, Refusal> {
        let Some(found) = readable(file.object_at(mark.start))? else {
            // Readers may make something of it; its generation is as good as any.
            self.found.note(number, Place::At { offset: mark.start, generation: 0 }, None)?;
            return Ok(Taken::CutOff);
        };
        let place = Place::At { offset: mark.start, generation: found.id.generation };
        let Some(data) = found.data else {
            self.inside_until = found.end;
            self.found.note(number, place, Some(&found.object))?;
            return Ok(Taken::Whole);
        };
        let end = self.end_of_data(file, &found.object, data)?;
        self.inside_until = end.unwrap_or(data);
        let is =
            |name: &str| found.object.as_dictionary().and_then(|dictionary| dictionary.get("Type")).is_some_and(|kind| kind.is_name(name));
        if is("XRef") {
            // What it says of the objects is what is broken; what it says of the document counts.
            if let Object::Dictionary(dictionary) = found.object {
                self.found.note_trailer(dictionary)?;
            }
        } else {
            if is("ObjStm") {
                self.found.object_streams.push(found.id);
            }
            self.found.note(number, place, Some(&found.object))?;
        }
        Ok(if end.is_some() { Taken::Whole } else { Taken::CutOff })
    }

    /// Where a stream's data end: where its length says, if the stream ends there, else before the next `endstream`.
    fn end_of_data(&mut self, file: &mut Bytes<'_>, object: &Object, data: u64) -> Result<Option<u64>, Refusal> {
        match object.as_dictionary().and_then(|dictionary: &Dictionary| dictionary.get("Length")) {
            Some(Object::Integer(length)) => {
                let end = u64::try_from(*length).ok().and_then(|length| data.checked_add(length));
                if let Some(end) = end
                    && ends_at(file, end)?
                {
                    return Ok(Some(end));
                }
            }
            Some(Object::Reference(length)) => {
                self.deferred.push((data, *length));
                if self.deferred.len() > MAX_DEFERRED {
                    return Err(Refusal::OverBudget);
                }
            }
            _ => {}
        }
        if !self.has_ends {
            return Ok(None);
        }
        let end = find(file, data, b"endstream")?;
        self.has_ends = end.is_some();
        Ok(end)
    }

    /// What was cut off within its last object has lost content.
    fn check_end(&self) -> Result<(), Refusal> {
        if self.found.is_cut_off && self.last == Some(false) { Err(Refusal::Truncated) } else { Ok(()) }
    }

    /// Now that all objects are known, so are the lengths that are objects: no object may stand within such a stream either.
    fn check_deferred(&self, file: &mut Bytes<'_>) -> Result<(), Refusal> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        let offset = |place: &Place| match place {
            Place::At { offset, .. } => Some(*offset),
            Place::In { .. } => None,
        };
        let mut offsets: Vec<u64> = self.found.objects.values().filter_map(offset).collect();
        offsets.sort_unstable();
        for (data, length) in &self.deferred {
            let Some(Place::At { offset, .. }) = self.found.objects.get(&length.number) else { continue };
            let length = readable(file.object_at(*offset))?.and_then(|found| found.object.as_integer());
            let Some(end) = length.and_then(|length| data.checked_add(u64::try_from(length).ok()?)) else { continue };
            let first = offsets.partition_point(|offset| offset < data);
            if offsets.get(first).is_some_and(|offset| *offset < end) && ends_at(file, end)? {
                return Err(Refusal::Ambiguous("an object stands in another one's data"));
            }
        }
        Ok(())
    }
}

fn ends_at(file: &mut Bytes<'_>, end: u64) -> Result<bool, Refusal> {
    Ok(end < file.len_from_header() && readable(file.parse_at(end, |parser, _| parser.keyword("endstream")))?.unwrap_or(false))
}

/// `None` for what is broken; an error where looking on makes no sense.
fn readable<T>(outcome: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => Err(refusal),
        Err(_) => Ok(None),
    }
}
