//! Writes the cross-reference section of a mended file (ISO 32000-1, 7.5.4 and 7.5.8).

use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::{Bytes, Reader};
use crate::refusal::{Damage, Refusal};
use crate::repair::found::{Found, Place};
use crate::source::ReadAt;

/// The comment before the section, so that whoever looks into the file finds what came from its sender.
const NOTE: &str = "% Repaired: the file came without what follows, with a length in bytes of ";
/// A number in the note has so many digits at most.
const NOTE_LEN: u64 = NOTE.len() as u64 + 21;

/// The section that lists what was found, to be appended to a file of `len` bytes. A table, or a stream where objects stand in streams.
pub(super) fn section(found: &Found, len: u64) -> Result<Vec<u8>, Refusal> {
    let mut out = format!("\n{NOTE}{len}\n").into_bytes();
    let start = len - found.header + out.len() as u64;
    let is_compressed = found.objects.values().any(|place| matches!(place, Place::In { .. }));
    if is_compressed {
        stream(found, start, &mut out)?
    } else {
        table(found, &mut out)?
    }
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    Ok(out)
}

/// Runs of numbers that follow one another: the first and the places.
fn runs(found: &Found) -> Vec<(u32, Vec<Place>)> {
    let mut runs: Vec<(u32, Vec<Place>)> = Vec::new();
    for (number, place) in &found.objects {
        match runs.last_mut() {
            Some((first, places)) if u64::from(*first) + places.len() as u64 == u64::from(*number) => places.push(*place),
            _ => runs.push((*number, vec![*place])),
        }
    }
    runs
}

fn size(found: &Found) -> i64 {
    found.objects.last_key_value().map_or(1, |(number, _)| i64::from(*number) + 1)
}

fn table(found: &Found, out: &mut Vec<u8>) -> Result<(), Refusal> {
    out.extend_from_slice(b"xref\n0 1\n0000000000 65535 f \n");
    for (first, places) in runs(found) {
        out.extend_from_slice(format!("{first} {}\n", places.len()).as_bytes());
        for place in places {
            let Place::At { offset, generation } = place else { continue };
            if offset > 9_999_999_999 {
                return Err(Damage("it is too large to be repaired").into());
            }
            out.extend_from_slice(format!("{offset:010} {generation:05} n \n").as_bytes());
        }
    }
    out.extend_from_slice(b"trailer\n");
    found.trailer.clone().with("Size", size(found)).write(out);
    out.push(b'\n');
    Ok(())
}

/// The stream is an object itself and lists itself. It is not compressed, so that the same file is mended the same way for ever.
fn stream(found: &Found, start: u64, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let own = u32::try_from(size(found)).map_err(|_| Refusal::OverBudget)?;
    let mut index: Vec<Object> = vec![0.into(), 1.into()];
    let mut rows = Vec::new();
    row(0, 0, u16::MAX, &mut rows);
    for (first, places) in runs(found) {
        index.extend([i64::from(first).into(), Object::Integer(places.len() as i64)]);
        for place in places {
            match place {
                Place::At { offset, generation } => row(1, offset, generation, &mut rows),
                Place::In { stream, index } => {
                    let index = u16::try_from(index).map_err(|_| Damage("an object stream cannot be read"))?;
                    row(2, u64::from(stream), index, &mut rows);
                }
            }
        }
    }
    index.extend([i64::from(own).into(), 1.into()]);
    row(1, start, 0, &mut rows);
    let dictionary = Dictionary::new()
        .with("Type", Object::name("XRef"))
        .with("Size", i64::from(own) + 1)
        .with("W", vec![1.into(), 5.into(), 2.into()])
        .with("Index", index)
        .with("Length", rows.len() as i64);
    let dictionary = found.trailer.iter().fold(dictionary, |mut dictionary, (key, value)| {
        dictionary.insert(key.to_vec(), value.clone());
        dictionary
    });
    out.extend_from_slice(format!("{own} 0 obj\n").as_bytes());
    dictionary.write(out);
    out.extend_from_slice(b"\nstream\n");
    out.append(&mut rows);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    Ok(())
}

/// A row of widths 1, 5 and 2: a terabyte of offsets.
fn row(kind: u8, second: u64, third: u16, rows: &mut Vec<u8>) {
    rows.push(kind);
    rows.extend_from_slice(&second.to_be_bytes()[3..]);
    rows.extend_from_slice(&third.to_be_bytes());
}

/// The length that the note before the newest section tells, if there is such a note.
pub(super) fn announced_len(source: &dyn ReadAt, limits: &Limits) -> Result<Option<u64>, Refusal> {
    let startxref = match Reader::open(source, limits) {
        Ok(reader) => reader.startxref,
        Err(refusal @ Refusal::Unreadable(_)) => return Err(refusal),
        Err(_) => return Ok(None),
    };
    let (mut file, _) = Bytes::open(source, limits)?;
    let before = NOTE_LEN.min(startxref);
    let text = file.at(startxref - before, before)?;
    let Some(at) = text.windows(NOTE.len()).rposition(|piece| piece == NOTE.as_bytes()) else { return Ok(None) };
    let digits = text[at + NOTE.len()..].strip_suffix(b"\n");
    // A line feed stands between what came and the note.
    let expected = file.header + startxref - before + at as u64;
    Ok(digits.and_then(crate::pdf::parser::parse_unsigned).filter(|len| len.checked_add(1) == Some(expected)))
}
