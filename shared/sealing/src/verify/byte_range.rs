//! What a signature covers (ISO 32000-1, 12.8.1).

use crate::cms::hash::ContentHasher;
use crate::form::SignedField;
use crate::pdf::object::Object;
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::source::ReadAt;

/// The longest `/Contents` that is read.
const MAX_GAP: u64 = 8 << 20;

/// A `/ByteRange` that leaves out exactly the `/Contents` of its dictionary.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByteRange {
    gap_start: u64,
    gap_end: u64,
    rest: u64,
}

impl ByteRange {
    pub(super) fn read(reader: &mut Reader<'_>, field: &SignedField) -> Result<Option<Self>, Refusal> {
        let signature = &field.signature;
        let numbers = reader.entry(signature, "ByteRange")?;
        let whole = |object: &Object| object.as_integer().and_then(|number| u64::try_from(number).ok());
        let numbers: Vec<u64> = numbers.as_array().unwrap_or_default().iter().filter_map(whole).collect();
        let [0, gap_start, gap_end, rest] = numbers[..] else {
            return Ok(None);
        };
        let range = Self { gap_start, gap_end, rest };
        let fits = gap_end.checked_add(rest).is_some_and(|end| end <= reader.bytes.len_of_file());
        let is_readable = gap_start >= reader.bytes.header && gap_start < gap_end && gap_end - gap_start <= MAX_GAP;
        if !is_readable || !fits {
            return Ok(None);
        }
        if let Some(id) = field.signature_id {
            // The dictionary must stand in what it covers, just before the gap.
            let offset = reader.load(id, 0)?.offset;
            if offset.is_none_or(|offset| reader.bytes.header + offset >= gap_start) {
                return Ok(None);
            }
        }
        // What is left out must be the hexadecimal string and nothing else, or content could hide there.
        let gap = reader.bytes.at(gap_start - reader.bytes.header, gap_end - gap_start)?;
        let [b'<', hex @ .., b'>'] = gap.as_slice() else {
            return Ok(None);
        };
        let contents = std::str::from_utf8(hex).ok().and_then(crate::hex::decode);
        let own = signature.get("Contents").and_then(Object::as_string);
        Ok((contents.as_deref() == own && own.is_some()).then_some(range))
    }

    /// Feeds what is covered.
    pub(super) fn hash(&self, source: &dyn ReadAt, hasher: &mut ContentHasher) -> Result<(), Refusal> {
        hash(source, 0..self.gap_start, hasher)?;
        hash(source, self.gap_end..self.end(), hasher)
    }

    pub(super) fn end(&self) -> u64 {
        self.gap_end + self.rest
    }
}

fn hash(source: &dyn ReadAt, range: std::ops::Range<u64>, hasher: &mut ContentHasher) -> Result<(), Refusal> {
    let mut chunk = vec![0; 64 * 1024];
    let mut at = range.start;
    while at < range.end {
        let wanted = usize::try_from(range.end - at).map_or(chunk.len(), |left| left.min(chunk.len()));
        match source.read_at(at, &mut chunk[..wanted]) {
            Ok(0) => return Err(Refusal::Unreadable(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                at += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::Unreadable(error)),
        }
    }
    Ok(())
}
