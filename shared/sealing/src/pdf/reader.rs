//! Reads the few objects that are needed, where they stand, under one budget.

use std::collections::HashMap;
use std::rc::Rc;

use crate::limits::{Budget, Limits};
use crate::pdf::filters;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::parser::{Parser, Stop};
use crate::pdf::xref::{Entry, Xref};
use crate::refusal::{Damage, Refusal};
use crate::source::ReadAt;

/// How far from the start the header may be (ISO 32000-1, annex H, note 13).
const HEADER_WINDOW: usize = 1024;
/// How much of the end is searched for `startxref`.
const TAIL_WINDOW: u64 = 4096;
/// How much may follow `%%EOF` when it is not white space.
const TRAILING_BYTES: usize = 1024;
/// The longest text of one object; streams come on top.
const MAX_TEXT: u64 = 8 << 20;
/// The longest stream that is read, before it is decoded. Only tables of objects are.
const MAX_STREAM: u64 = 16 << 20;
/// Decoded object streams are kept up to this many bytes.
const MAX_HELD: usize = 8 << 20;
/// The most objects in one stream.
const MAX_OBJECTS_IN_STREAM: usize = 200_000;

/// The file's bytes, counted from the header, under the budget.
pub(crate) struct Bytes<'a> {
    source: &'a dyn ReadAt,
    len: u64,
    /// Bytes before `%PDF-`. Offsets in the file count from there.
    pub(crate) header: u64,
    pub(crate) budget: Budget,
}

/// A stream with its decoded data.
pub(crate) struct StreamObject {
    pub(crate) dictionary: Dictionary,
    pub(crate) data: Vec<u8>,
}

/// An object as it stands in the file.
pub(crate) struct Found {
    pub(crate) id: Id,
    pub(crate) object: Object,
    /// The offset of a stream's data.
    pub(crate) data: Option<u64>,
    /// Behind the object, or behind the dictionary and the keyword of a stream.
    pub(crate) end: u64,
}

/// An object with what tells it from another version of itself.
pub(crate) struct Loaded {
    pub(crate) object: Object,
    pub(crate) is_stream: bool,
    /// The offset from the header, unless it stands in an object stream.
    pub(crate) offset: Option<u64>,
}

impl<'a> Bytes<'a> {
    /// Finds the header. Returns its version too, such as `(1, 7)`.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<(Self, (u8, u8)), Refusal> {
        let len = source.len();
        if len == 0 {
            return Err(Refusal::Empty);
        }
        let mut bytes = Self { source, len, header: 0, budget: Budget::new(limits) };
        let head = bytes.up_to(0, HEADER_WINDOW as u64)?;
        let (header, version) = find_header(&head).ok_or(Refusal::NotAPdf)?;
        bytes.header = header as u64;
        Ok((bytes, version))
    }

    /// The last bytes of the file.
    fn tail(&mut self) -> Result<Vec<u8>, Refusal> {
        let count = TAIL_WINDOW.min(self.len_from_header());
        self.at(self.len_from_header() - count, count)
    }

    pub(crate) fn len_of_file(&self) -> u64 {
        self.len
    }

    pub(crate) fn len_from_header(&self) -> u64 {
        self.len - self.header
    }

    /// `count` bytes from an offset, all of them.
    pub(crate) fn at(&mut self, offset: u64, count: u64) -> Result<Vec<u8>, Refusal> {
        let window = self.up_to(offset, count)?;
        if window.len() as u64 == count { Ok(window) } else { Err(Damage("it ends too early").into()) }
    }

    /// Up to `count` bytes from an offset; fewer at the end of the file.
    pub(crate) fn up_to(&mut self, offset: u64, count: u64) -> Result<Vec<u8>, Refusal> {
        let start = self.header.checked_add(offset).filter(|start| *start < self.len);
        let Some(start) = start else {
            return Ok(Vec::new());
        };
        let count = count.min(self.len - start);
        self.budget.spend_bytes(count)?;
        let mut window = vec![0; usize::try_from(count).map_err(|_| Refusal::OverBudget)?];
        let mut filled = 0;
        while filled < window.len() {
            match self.source.read_at(start + filled as u64, &mut window[filled..]) {
                Ok(0) => return Err(Refusal::Unreadable(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Refusal::Unreadable(error)),
            }
        }
        Ok(window)
    }

    /// Parses at an offset, with as much of the file as it takes.
    pub(crate) fn parse_at<T>(
        &mut self,
        offset: u64,
        mut parse: impl FnMut(&mut Parser<'_>, &mut Budget) -> Result<T, Stop>,
    ) -> Result<T, Refusal> {
        let mut count = 512;
        loop {
            let window = self.up_to(offset, count)?;
            let is_last = (window.len() as u64) < count;
            match parse(&mut Parser::new(&window, is_last), &mut self.budget) {
                Ok(value) => return Ok(value),
                Err(Stop::Refused(refusal)) => return Err(refusal),
                Err(Stop::NeedMore) if is_last => return Err(Damage("it ends too early").into()),
                Err(Stop::NeedMore) if count >= MAX_TEXT => return Err(Refusal::OverBudget),
                Err(Stop::NeedMore) => count *= 4,
            }
        }
    }

    pub(crate) fn object_at(&mut self, offset: u64) -> Result<Found, Refusal> {
        self.parse_at(offset, |parser, budget| {
            let (number, generation) = (parser.unsigned()?, parser.unsigned()?);
            let id = match (number.map(u32::try_from), generation.map(u16::try_from)) {
                (Some(Ok(number)), Some(Ok(generation))) if parser.keyword("obj")? => Id::new(number, generation),
                _ => return Err(Refusal::from(Damage("an object is not where the file says")).into()),
            };
            let object = parser.object(budget)?;
            let mut data = None;
            if matches!(object, Object::Dictionary(_)) && parser.keyword("stream")? {
                parser.end_of_stream_keyword()?;
                data = Some(offset + parser.position() as u64);
            }
            Ok(Found { id, object, data, end: offset + parser.position() as u64 })
        })
    }

    /// The stream at an offset. Its length must be written in its dictionary, as cross-reference streams need it.
    pub(crate) fn stream_at(&mut self, offset: u64) -> Result<StreamObject, Refusal> {
        match self.object_at(offset)? {
            Found { object: Object::Dictionary(dictionary), data: Some(start), .. } => {
                let length = dictionary.get("Length").and_then(Object::as_integer);
                self.stream_data(dictionary, start, length)
            }
            _ => Err(Damage("its cross-reference section is not where the file says").into()),
        }
    }

    fn stream_data(&mut self, dictionary: Dictionary, start: u64, length: Option<i64>) -> Result<StreamObject, Refusal> {
        let raw = self.raw_stream_data(start, length)?;
        let data = filters::decode(&dictionary, raw, &mut self.budget)?;
        Ok(StreamObject { dictionary, data })
    }

    fn raw_stream_data(&mut self, start: u64, length: Option<i64>) -> Result<Vec<u8>, Refusal> {
        const BROKEN: Damage = Damage("a stream has a wrong length");
        let length = length.and_then(|length| u64::try_from(length).ok()).ok_or(BROKEN)?;
        if length > self.len {
            return Err(BROKEN.into());
        }
        if length > MAX_STREAM {
            return Err(Refusal::OverBudget);
        }
        let raw = self.at(start, length)?;
        let ends = self.parse_at(start + length, |parser, _| parser.keyword("endstream"))?;
        if ends { Ok(raw) } else { Err(BROKEN.into()) }
    }
}

/// An object stream (ISO 32000-1, 7.5.7), decoded, with the place of each object.
pub(crate) struct ObjectStream {
    data: Vec<u8>,
    /// The objects' numbers in the sequence of the stream.
    pub(crate) numbers: Vec<u32>,
    places: HashMap<u32, usize>,
}

/// A document that is open.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: Bytes<'a>,
    pub(crate) xref: Xref,
    pub(crate) startxref: u64,
    /// The version in the header, such as `(1, 7)`.
    pub(crate) header_version: (u8, u8),
    /// False when the last line has no end, so that an increment must begin with one.
    pub(crate) ends_with_eol: bool,
    object_streams: HashMap<u32, Rc<ObjectStream>>,
}

impl<'a> Reader<'a> {
    /// Reads the tail and the cross-reference chain.
    pub(crate) fn open(source: &'a dyn ReadAt, limits: &Limits) -> Result<Self, Refusal> {
        let (mut bytes, header_version) = Bytes::open(source, limits)?;
        let tail = bytes.tail()?;
        let startxref = find_startxref(&tail)?;
        let ends_with_eol = matches!(tail.last(), Some(b'\n' | b'\r'));
        if startxref >= bytes.len_from_header() {
            return Err(Damage("its cross-reference section is not where the file says").into());
        }
        let xref = Xref::read(&mut bytes, startxref)?;
        Ok(Self { bytes, xref, startxref, header_version, ends_with_eol, object_streams: HashMap::new() })
    }

    /// The newest trailer.
    pub(crate) fn trailer(&self) -> &Dictionary {
        &self.xref.newest().trailer
    }

    /// An indirect object; null when there is none (7.3.10).
    pub(crate) fn object(&mut self, id: Id) -> Result<Object, Refusal> {
        match self.xref.find(&mut self.bytes, id.number)? {
            Entry::Free => Ok(Object::Null),
            Entry::At { offset, generation } => {
                if generation != id.generation {
                    return Ok(Object::Null);
                }
                Ok(self.checked(id, offset)?.object)
            }
            Entry::In { stream } => self.object_in_stream(id, stream),
        }
    }

    /// What an object is after following references.
    pub(crate) fn resolve(&mut self, object: &Object) -> Result<Object, Refusal> {
        let mut object = object.clone();
        for _ in 0..32 {
            match object {
                Object::Reference(id) => object = self.object(id)?,
                direct => return Ok(direct),
            }
        }
        Err(Damage("its references form a loop").into())
    }

    /// An entry of a dictionary after following references; null when absent.
    pub(crate) fn entry(&mut self, dictionary: &Dictionary, key: &str) -> Result<Object, Refusal> {
        match dictionary.get(key) {
            Some(value) => self.resolve(value),
            None => Ok(Object::Null),
        }
    }

    /// Reads what a document can be sealed without: with a part of what is left of the budget, and `None` where it is damaged or
    /// costs more. A source that fails is an error all the same.
    pub(crate) fn if_readable<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        let rest = self.bytes.budget.split_off(4);
        let outcome = read(self);
        self.bytes.budget.merge(rest);
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error @ Refusal::Unreadable(_)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// An object as it was without the `newer` newest sections; null when there was none.
    pub(crate) fn load(&mut self, id: Id, newer: usize) -> Result<Loaded, Refusal> {
        let nothing = Loaded { object: Object::Null, is_stream: false, offset: None };
        match self.xref.find_from(&mut self.bytes, id.number, newer)? {
            Entry::At { offset, generation } if generation == id.generation => {
                let Found { object, data, .. } = self.checked(id, offset)?;
                Ok(Loaded { object, is_stream: data.is_some(), offset: Some(offset) })
            }
            Entry::In { stream } => Ok(Loaded { object: self.object_in_stream(id, stream)?, ..nothing }),
            Entry::At { .. } | Entry::Free => Ok(nothing),
        }
    }

    fn checked(&mut self, id: Id, offset: u64) -> Result<Found, Refusal> {
        let found = self.bytes.object_at(offset)?;
        if found.id == id { Ok(found) } else { Err(Damage("an object is not where the file says").into()) }
    }

    /// A stream with its decoded data.
    pub(crate) fn stream(&mut self, id: Id) -> Result<StreamObject, Refusal> {
        match self.xref.find(&mut self.bytes, id.number)? {
            Entry::At { offset, generation } if generation == id.generation => self.stream_object(id, offset),
            _ => Err(Damage("a stream is missing").into()),
        }
    }

    /// The version of a stream that stands at an offset.
    pub(crate) fn stream_object(&mut self, id: Id, offset: u64) -> Result<StreamObject, Refusal> {
        match self.checked(id, offset)? {
            Found { object: Object::Dictionary(dictionary), data: Some(start), .. } => {
                let length = match dictionary.get("Length") {
                    Some(Object::Reference(length)) => self.length_object(*length)?,
                    Some(direct) => direct.as_integer(),
                    None => None,
                };
                self.bytes.stream_data(dictionary, start, length)
            }
            _ => Err(Damage("a stream is missing").into()),
        }
    }

    /// An indirect length. It must stand by itself: looking into an object stream for it could go round in circles.
    fn length_object(&mut self, id: Id) -> Result<Option<i64>, Refusal> {
        match self.xref.find(&mut self.bytes, id.number)? {
            Entry::At { offset, .. } => Ok(self.checked(id, offset)?.object.as_integer()),
            _ => Ok(None),
        }
    }

    fn object_in_stream(&mut self, id: Id, stream: u32) -> Result<Object, Refusal> {
        let container = self.object_stream(stream)?;
        // An object in a stream has generation 0; one that is not there is null.
        if id.generation == 0 { self.object_of(&container, id.number) } else { Ok(Object::Null) }
    }

    /// An object stream. Those read last are kept, as what is asked for next often stands in the same one.
    pub(crate) fn object_stream(&mut self, number: u32) -> Result<Rc<ObjectStream>, Refusal> {
        if let Some(known) = self.object_streams.get(&number) {
            return Ok(Rc::clone(known));
        }
        let held: usize = self.object_streams.values().map(|stream| stream.data.len()).sum();
        if held > MAX_HELD {
            self.object_streams.clear();
        }
        let stream = Rc::new(self.load_object_stream(number)?);
        self.object_streams.insert(number, Rc::clone(&stream));
        Ok(stream)
    }

    /// The object of that number in an object stream; null when there is none.
    pub(crate) fn object_of(&mut self, stream: &ObjectStream, number: u32) -> Result<Object, Refusal> {
        let Some(text) = stream.places.get(&number).and_then(|place| stream.data.get(*place..)) else {
            return Ok(Object::Null);
        };
        match Parser::new(text, true).object(&mut self.bytes.budget) {
            Ok(object) => Ok(object),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::NeedMore) => Err(Damage("it ends too early").into()),
        }
    }

    fn load_object_stream(&mut self, number: u32) -> Result<ObjectStream, Refusal> {
        const BROKEN: Damage = Damage("an object stream cannot be read");
        // A stream in a stream is forbidden (7.5.7); refusing it also ends every loop.
        let Entry::At { offset, generation } = self.xref.find(&mut self.bytes, number)? else {
            return Err(BROKEN.into());
        };
        let StreamObject { dictionary, data } = self.stream_object(Id::new(number, generation), offset)?;
        let whole = |key: &str| dictionary.get(key).and_then(Object::as_integer).and_then(|value| usize::try_from(value).ok());
        let is_object_stream = dictionary.get("Type").is_some_and(|kind| kind.is_name("ObjStm"));
        let (true, Some(count), Some(first)) = (is_object_stream, whole("N"), whole("First")) else {
            return Err(BROKEN.into());
        };
        let mut numbers = Vec::new();
        let mut places = HashMap::new();
        let mut parser = Parser::new(data.get(..first).ok_or(BROKEN)?, true);
        for _ in 0..count {
            self.bytes.budget.spend_work(1)?;
            let (Ok(Some(number)), Ok(Some(place))) = (parser.unsigned(), parser.unsigned()) else {
                return Err(BROKEN.into());
            };
            let number = u32::try_from(number).map_err(|_| BROKEN)?;
            let place = usize::try_from(place).ok().and_then(|place| first.checked_add(place)).ok_or(BROKEN)?;
            places.entry(number).or_insert(place);
            numbers.push(number);
            if numbers.len() > MAX_OBJECTS_IN_STREAM {
                return Err(Refusal::OverBudget);
            }
        }
        Ok(ObjectStream { data, numbers, places })
    }
}

/// The header's place and version.
fn find_header(head: &[u8]) -> Option<(usize, (u8, u8))> {
    let start = head.windows(5).position(|window| window == b"%PDF-")?;
    let digit = |at: usize| head.get(start + at).filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0');
    match (digit(5), head.get(start + 6), digit(7)) {
        (Some(major), Some(b'.'), Some(minor)) => Some((start, (major, minor))),
        _ => None,
    }
}

/// Whether the file tells at its end that it ends there.
pub(crate) fn says_where_it_ends(bytes: &mut Bytes<'_>) -> Result<bool, Refusal> {
    let tail = bytes.tail()?;
    Ok(find_startxref(&tail).is_ok())
}

/// The number behind the last `startxref`, which `%%EOF` must follow.
fn find_startxref(tail: &[u8]) -> Result<u64, Refusal> {
    let last = |word: &[u8], text: &[u8]| text.windows(word.len()).rposition(|window| window == word);
    let eof = last(b"%%EOF", tail).ok_or(Refusal::Truncated)?;
    let after = &tail[eof + 5..];
    let is_padding = after.iter().all(|byte| crate::pdf::parser::is_space(*byte));
    if !is_padding && (after.len() > TRAILING_BYTES || last(b"obj", after).is_some()) {
        // Something was being appended when the file was cut off.
        return Err(Refusal::Truncated);
    }
    let keyword = last(b"startxref", &tail[..eof]).ok_or(Refusal::Truncated)?;
    let mut parser = Parser::new(&tail[keyword + 9..], true);
    match parser.unsigned() {
        Ok(Some(offset)) if keyword + 9 + parser.position() <= eof => Ok(offset),
        _ => Err(Damage("its end does not say where the cross-reference section is").into()),
    }
}
