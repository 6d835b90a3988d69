//! The chain of cross-reference sections (ISO 32000-1, 7.5.4 and 7.5.8), newest first.
//!
//! Rows are looked up where they stand; a table of a million rows is not loaded, and a `/Size` of two thousand million
//! costs nothing.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::parser::{Parser, Stop, is_space};
use crate::pdf::reader::{Bytes, StreamObject};
use crate::refusal::{Damage, Refusal};

/// The largest object number that readers in use support (ISO 32000-1, annex C).
pub(crate) const MAX_OBJECT_NUMBER: u64 = 8_388_607;

/// The most bytes of sections that are kept in memory; tables of the usual form stay where they are.
const MAX_HELD: usize = 16 << 20;

/// How a section is written. An increment uses the kind of the section before it, as some readers insist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum XrefKind {
    Table,
    Stream,
}

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    /// At an offset from the header.
    At {
        offset: u64,
        generation: u16,
    },
    /// In an object stream.
    In {
        stream: u32,
    },
}

/// One section with its trailer.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) kind: XrefKind,
    /// The offset from the header at which the section starts.
    pub(crate) offset: u64,
    pub(crate) trailer: Dictionary,
    rows: Rows,
    /// The stream of a hybrid file (7.5.8.4), which completes the table.
    hybrid: Option<Rows>,
}

#[derive(Debug)]
enum Rows {
    Table(Vec<TablePart>),
    Stream { parts: Vec<StreamPart>, widths: [usize; 3], data: Vec<u8> },
}

#[derive(Debug)]
struct TablePart {
    first: u64,
    count: u64,
    rows: TableRows,
}

#[derive(Debug)]
enum TableRows {
    /// Rows of exactly 20 bytes from an offset in the file.
    InFile(u64),
    /// Rows of another length, read one by one.
    Loaded(Vec<Entry>),
}

#[derive(Debug)]
struct StreamPart {
    first: u64,
    count: u64,
    /// The part's first row in the data.
    row: u64,
}

/// All sections of a file.
#[derive(Debug)]
pub(crate) struct Xref {
    pub(crate) sections: Vec<Section>,
}

impl Xref {
    /// Follows the chain from the newest section.
    pub(crate) fn read(bytes: &mut Bytes<'_>, startxref: u64) -> Result<Self, Refusal> {
        let mut sections: Vec<Section> = Vec::new();
        let mut seen = HashSet::new();
        let mut held = 0;
        let mut next = Some(startxref);
        while let Some(offset) = next {
            bytes.budget.spend_work(10)?;
            if !seen.insert(offset) {
                return Err(Damage("its cross-reference sections form a loop").into());
            }
            let section = Section::read(bytes, offset)?;
            next = match section.trailer.get("Prev") {
                None => None,
                Some(previous) => Some(offset_of(previous)?),
            };
            held += section.held();
            if held > MAX_HELD {
                return Err(Refusal::OverBudget);
            }
            sections.push(section);
        }
        let xref = Self { sections };
        xref.check_hybrids(bytes)?;
        Ok(xref)
    }

    /// In a hybrid file a reader that knows streams and one that does not must find the same objects, or none: otherwise they
    /// would show different documents.
    fn check_hybrids(&self, bytes: &mut Bytes<'_>) -> Result<(), Refusal> {
        for (index, section) in self.sections.iter().enumerate() {
            let Some(stream) = &section.hybrid else { continue };
            for (first, count) in stream.ranges() {
                for number in first..first + count {
                    let number = u32::try_from(number).map_err(|_| Refusal::OverBudget)?;
                    let Some(known @ (Entry::At { .. } | Entry::In { .. })) = stream.find(bytes, number)? else { continue };
                    let mut tables = self.sections[index..].iter().filter(|section| section.kind == XrefKind::Table);
                    let in_table = tables.find_map(|section| section.rows.find(bytes, number).transpose()).transpose()?;
                    if in_table.is_some_and(|entry| entry != Entry::Free && entry != known) {
                        return Err(Refusal::Ambiguous("two lists of its objects contradict one another"));
                    }
                }
            }
        }
        Ok(())
    }

    /// The newest section.
    pub(crate) fn newest(&self) -> &Section {
        &self.sections[0]
    }

    /// One more than the highest object number that any section speaks of.
    pub(crate) fn size(&self) -> Result<u64, Refusal> {
        let mut size = 1;
        for section in &self.sections {
            let declared = section.trailer.get("Size").and_then(Object::as_integer);
            let Some(declared) = declared.and_then(|size| u64::try_from(size).ok()) else {
                return Err(Damage("its trailer has no size").into());
            };
            size = size.max(declared).max(section.rows.end());
            if let Some(rows) = &section.hybrid {
                size = size.max(rows.end());
            }
        }
        if size > MAX_OBJECT_NUMBER {
            return Err(Damage("its trailer claims more objects than a PDF can have").into());
        }
        Ok(size)
    }

    /// Where an object is, by the newest section that knows it.
    pub(crate) fn find(&self, bytes: &mut Bytes<'_>, number: u32) -> Result<Entry, Refusal> {
        self.find_from(bytes, number, 0)
    }

    /// Where an object was, leaving out the `newer` newest sections.
    pub(crate) fn find_from(&self, bytes: &mut Bytes<'_>, number: u32, newer: usize) -> Result<Entry, Refusal> {
        for section in &self.sections[newer.min(self.sections.len())..] {
            let own = section.rows.find(bytes, number)?;
            match (own, &section.hybrid) {
                (Some(entry), None) => return Ok(entry),
                (Some(entry), Some(_)) if entry != Entry::Free => return Ok(entry),
                (own, Some(rows)) => match (rows.find(bytes, number)?, own) {
                    (Some(entry), _) | (None, Some(entry)) => return Ok(entry),
                    (None, None) => {}
                },
                (None, None) => {}
            }
        }
        Ok(Entry::Free)
    }
}

impl Section {
    /// True for a table that is completed by a stream (7.5.8.4).
    pub(crate) fn is_hybrid(&self) -> bool {
        self.hybrid.is_some()
    }

    /// The ranges of object numbers that the section speaks of: first and count.
    pub(crate) fn ranges(&self) -> Vec<(u64, u64)> {
        let mut ranges = self.rows.ranges();
        if let Some(rows) = &self.hybrid {
            ranges.extend(rows.ranges());
        }
        ranges
    }

    /// How many bytes of memory the section takes.
    fn held(&self) -> usize {
        size_of::<Self>() + self.rows.held() + self.hybrid.as_ref().map_or(0, Rows::held)
    }

    fn read(bytes: &mut Bytes<'_>, offset: u64) -> Result<Self, Refusal> {
        let table_at =
            bytes.parse_at(offset, |parser, _| Ok(if parser.keyword("xref")? { Some(parser.position() as u64) } else { None }))?;
        match table_at {
            Some(length) => Self::read_table(bytes, offset, offset + length),
            None => {
                let StreamObject { dictionary, data, .. } = bytes.stream_at(offset)?;
                if !dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef")) {
                    return Err(Damage("its cross-reference section is not where the file says").into());
                }
                let rows = Rows::from_stream(&dictionary, data, bytes)?;
                Ok(Self { kind: XrefKind::Stream, offset, trailer: dictionary, rows, hybrid: None })
            }
        }
    }

    fn read_table(bytes: &mut Bytes<'_>, offset: u64, mut at: u64) -> Result<Self, Refusal> {
        let mut parts = Vec::new();
        let trailer = loop {
            bytes.budget.spend_work(5)?;
            match bytes.parse_at(at, table_head)? {
                Head::Trailer(trailer) => break trailer,
                Head::Part { first, count, length } => {
                    let start = at + length;
                    let (rows, end) = table_rows(bytes, start, count)?;
                    parts.push(TablePart { first, count, rows });
                    at = end;
                }
            }
        };
        let rows = Rows::Table(parts);
        let hybrid = match trailer.get("XRefStm") {
            None => None,
            Some(place) => {
                let StreamObject { dictionary, data, .. } = bytes.stream_at(offset_of(place)?)?;
                Some(Rows::from_stream(&dictionary, data, bytes)?)
            }
        };
        Ok(Self { kind: XrefKind::Table, offset, trailer, rows, hybrid })
    }
}

/// An offset that a trailer gives.
fn offset_of(value: &Object) -> Result<u64, Refusal> {
    let offset = value.as_integer().and_then(|value| u64::try_from(value).ok());
    offset.ok_or_else(|| Damage("its cross-reference sections do not follow one another").into())
}

/// What stands between the parts of a table.
enum Head {
    Trailer(Dictionary),
    Part { first: u64, count: u64, length: u64 },
}

fn table_head(parser: &mut Parser<'_>, budget: &mut crate::limits::Budget) -> Result<Head, Stop> {
    const BROKEN: Damage = Damage("its cross-reference table cannot be read");
    if parser.keyword("trailer")? {
        return match parser.object(budget)? {
            Object::Dictionary(trailer) => Ok(Head::Trailer(trailer)),
            _ => Err(Refusal::from(BROKEN).into()),
        };
    }
    match (parser.unsigned()?, parser.unsigned()?) {
        (Some(first), Some(count)) if first <= u64::from(u32::MAX) && count <= u64::from(u32::MAX) => {
            parser.skip_space()?;
            Ok(Head::Part { first, count, length: parser.position() as u64 })
        }
        _ => Err(Refusal::from(BROKEN).into()),
    }
}

/// Finds the rows of a part and where they end. Rows should have 20 bytes; where they do not, they are read one by one.
fn table_rows(bytes: &mut Bytes<'_>, start: u64, count: u64) -> Result<(TableRows, u64), Refusal> {
    const BROKEN: Damage = Damage("its cross-reference table cannot be read");
    if count == 0 {
        return Ok((TableRows::Loaded(Vec::new()), start));
    }
    let end = start + count * 20;
    if end <= bytes.len_from_header() && bytes.at(end - 20, 20).is_ok_and(|row| fixed_row(&row).is_some()) {
        let first = bytes.at(start, 20)?;
        // Whatever follows must not be a row any more: with rows of 19 or 21 bytes the last one would be misplaced.
        let follows = bytes.at(end, 20.min(bytes.len_from_header() - end))?;
        if fixed_row(&first).is_some() && fixed_row(&follows).is_none() {
            return Ok((TableRows::InFile(start), end));
        }
    }
    let mut entries = Vec::new();
    let mut at = start;
    for _ in 0..count {
        let (entry, length) = bytes.parse_at(at, |parser, budget| {
            budget.spend_work(1)?;
            let (offset, generation) = (parser.unsigned()?, parser.unsigned()?);
            let in_use = parser.keyword("n")?;
            let known = in_use || parser.keyword("f")?;
            match (offset, generation, known) {
                (Some(offset), Some(generation), true) => match row(offset, generation, in_use) {
                    Some(entry) => Ok((entry, parser.position() as u64)),
                    None => Err(Refusal::from(BROKEN).into()),
                },
                _ => Err(Refusal::from(BROKEN).into()),
            }
        })?;
        entries.push(entry);
        if entries.len() * size_of::<Entry>() > MAX_HELD {
            return Err(Refusal::OverBudget);
        }
        at += length;
    }
    Ok((TableRows::Loaded(entries), at))
}

/// A row of 20 bytes: `nnnnnnnnnn ggggg n` and two bytes of end of line.
fn fixed_row(row: &[u8]) -> Option<Entry> {
    let digits = |range: std::ops::Range<usize>| crate::pdf::parser::parse_unsigned(row.get(range)?);
    if row.len() != 20 || row[10] != b' ' || row[16] != b' ' || !is_space(row[18]) || !is_space(row[19]) {
        return None;
    }
    let offset = digits(0..10)?;
    let generation = digits(11..16)?;
    match row[17] {
        b'n' => self::row(offset, generation, true),
        b'f' => self::row(offset, generation, false),
        _ => None,
    }
}

/// What a row means. The generation of a free object is not looked at; some writers give one that is too large. No object
/// can stand where the header is, so that such a row is free too.
fn row(offset: u64, generation: u64, in_use: bool) -> Option<Entry> {
    if !in_use || offset == 0 {
        return Some(Entry::Free);
    }
    Some(Entry::At { offset, generation: u16::try_from(generation).ok()? })
}

impl Rows {
    fn from_stream(dictionary: &Dictionary, data: Vec<u8>, bytes: &mut Bytes<'_>) -> Result<Self, Refusal> {
        const BROKEN: Damage = Damage("its cross-reference stream cannot be read");
        let numbers = |key: &str| -> Option<Vec<u64>> {
            let items = dictionary.get(key)?.as_array()?;
            items.iter().map(|item| item.as_integer().and_then(|value| u64::try_from(value).ok())).collect()
        };
        let widths = numbers("W").ok_or(BROKEN)?;
        let [kind, second, third] = widths[..] else {
            return Err(BROKEN.into());
        };
        if kind > 8 || second > 8 || third > 8 || kind + second + third == 0 {
            return Err(BROKEN.into());
        }
        let width = kind + second + third;
        let index = match dictionary.get("Index") {
            Some(_) => numbers("Index").ok_or(BROKEN)?,
            None => vec![0, dictionary.get("Size").and_then(Object::as_integer).and_then(|size| u64::try_from(size).ok()).ok_or(BROKEN)?],
        };
        let rows = data.len() as u64 / width;
        let mut parts = Vec::new();
        let mut row = 0;
        for pair in index.chunks(2) {
            bytes.budget.spend_work(1)?;
            let [first, count] = *pair else {
                return Err(BROKEN.into());
            };
            // Rows that are promised but not there are absent.
            let count = count.min(rows - row);
            if first > u64::from(u32::MAX) {
                return Err(BROKEN.into());
            }
            parts.push(StreamPart { first, count, row });
            row += count;
        }
        Ok(Self::Stream { parts, widths: [kind as usize, second as usize, third as usize], data })
    }

    fn held(&self) -> usize {
        match self {
            Self::Table(parts) => parts
                .iter()
                .map(|part| match &part.rows {
                    TableRows::Loaded(entries) => entries.len() * size_of::<Entry>(),
                    TableRows::InFile(_) => size_of::<TablePart>(),
                })
                .sum(),
            Self::Stream { parts, data, .. } => data.len() + parts.len() * size_of::<StreamPart>(),
        }
    }

    /// One more than the highest object number.
    fn end(&self) -> u64 {
        self.ranges().into_iter().map(|(first, count)| first + count).max().unwrap_or(0)
    }

    fn ranges(&self) -> Vec<(u64, u64)> {
        match self {
            Self::Table(parts) => parts.iter().map(|part| (part.first, part.count)).collect(),
            Self::Stream { parts, .. } => parts.iter().map(|part| (part.first, part.count)).collect(),
        }
    }

    fn find(&self, bytes: &mut Bytes<'_>, number: u32) -> Result<Option<Entry>, Refusal> {
        let number = u64::from(number);
        match self {
            Self::Table(parts) => {
                bytes.budget.spend_work(1 + parts.len() as u64 / 8)?;
                let Some(part) = parts.iter().find(|part| part.first <= number && number - part.first < part.count) else {
                    return Ok(None);
                };
                let row = number - part.first;
                match &part.rows {
                    TableRows::Loaded(entries) => Ok(usize::try_from(row).ok().and_then(|row| entries.get(row)).copied()),
                    TableRows::InFile(start) => {
                        let row = bytes.at(start + row * 20, 20)?;
                        fixed_row(&row).map(Some).ok_or_else(|| Damage("its cross-reference table cannot be read").into())
                    }
                }
            }
            Self::Stream { parts, widths, data } => {
                bytes.budget.spend_work(1 + parts.len() as u64 / 8)?;
                let Some(part) = parts.iter().find(|part| part.first <= number && number - part.first < part.count) else {
                    return Ok(None);
                };
                stream_row(data, widths, part.row + number - part.first).map(Some)
            }
        }
    }
}

fn stream_row(data: &[u8], widths: &[usize; 3], row: u64) -> Result<Entry, Refusal> {
    const BROKEN: Damage = Damage("its cross-reference stream cannot be read");
    let width: usize = widths.iter().sum();
    let start = usize::try_from(row).ok().and_then(|row| row.checked_mul(width)).ok_or(BROKEN)?;
    let mut rest = start.checked_add(width).and_then(|end| data.get(start..end)).ok_or(BROKEN)?;
    let mut fields = [None; 3];
    for (field, width) in fields.iter_mut().zip(widths) {
        let (bytes, after) = rest.split_at(*width);
        rest = after;
        if *width > 0 {
            *field = Some(bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)));
        }
    }
    let [kind, second, third] = fields;
    // A type field of no width means type 1 (table 17).
    match kind.unwrap_or(1) {
        0 => Ok(Entry::Free),
        1 => Ok(Entry::At { offset: second.unwrap_or(0), generation: u16::try_from(third.unwrap_or(0)).map_err(|_| BROKEN)? }),
        2 => Ok(Entry::In { stream: u32::try_from(second.unwrap_or(0)).map_err(|_| BROKEN)? }),
        // Types to come are references to null (7.5.8.3).
        _ => Ok(Entry::Free),
    }
}
