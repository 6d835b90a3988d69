//! Looks through a whole file for the places where objects and trailers begin.

use memchr::{memchr2, memmem};

use crate::pdf::parser::{is_regular, is_space, parse_unsigned};
use crate::pdf::reader::Bytes;
use crate::refusal::Refusal;

/// How much of the file is looked through at a time.
const WINDOW: u64 = 256 * 1024;
/// The longest mark: number, generation and `obj` with generous spaces between them.
const LONGEST: usize = 64;

/// A place where something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) kind: Kind,
    /// The offset from the header of its first character.
    pub(super) start: u64,
    /// Behind its last character.
    pub(super) end: u64,
    /// Nothing but white space stands before it in its line.
    pub(super) begins_line: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `N G obj`
    Object { number: u32 },
    /// `trailer`
    Trailer,
}

/// A piece of the file.
#[derive(Default)]
pub(super) struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// The first mark whose keyword begins at `from` or later.
    pub(super) fn next_mark(&mut self, file: &mut Bytes<'_>, from: u64) -> Result<Option<Mark>, Refusal> {
        let mut from = from;
        while from < file.len_from_header() {
            let is_last = self.cover(file, from)?;
            // What begins near the end of the window is looked at in the next one, with all that belongs to it.
            let end = if is_last { self.bytes.len() } else { self.bytes.len() - LONGEST };
            let mut at = index(from - self.start);
            while at < end {
                let Some(found) = memchr2(b'o', b't', &self.bytes[at..end]) else { break };
                at += found;
                let mark = match self.bytes[at] {
                    b'o' => self.object(at),
                    _ => self.trailer(at),
                };
                if mark.is_some() {
                    return Ok(mark);
                }
                at += 1;
            }
            from = self.start + end as u64;
        }
        Ok(None)
    }

    /// Makes sure that the window has the offset, what may belong to it before and behind, and tells whether it reaches the end.
    fn cover(&mut self, file: &mut Bytes<'_>, offset: u64) -> Result<bool, Refusal> {
        let has_ahead = |window: &Self| {
            let end = window.start + window.bytes.len() as u64;
            offset + 2 * (LONGEST as u64) <= end || end == file.len_from_header()
        };
        let has_behind = self.start + LONGEST as u64 <= offset || self.start == 0;
        if self.start > offset || !has_behind || !has_ahead(self) {
            self.start = offset.saturating_sub(LONGEST as u64);
            self.bytes = file.up_to(self.start, WINDOW)?;
        }
        Ok(self.start + self.bytes.len() as u64 == file.len_from_header())
    }

    fn object(&self, at: usize) -> Option<Mark> {
        let end = self.word(at, b"obj")?;
        let (generation, at) = self.number_before(at)?;
        let (number, start) = self.number_before(at)?;
        let number = u32::try_from(number).ok().filter(|number| *number > 0)?;
        u16::try_from(generation).ok()?;
        Some(self.mark(Kind::Object { number }, start, end))
    }

    fn trailer(&self, at: usize) -> Option<Mark> {
        let end = self.word(at, b"trailer")?;
        let is_apart = at == 0 || !is_regular(self.bytes[at - 1]);
        is_apart.then(|| self.mark(Kind::Trailer, at, end))
    }

    /// The end of a word that stands there and ends there.
    fn word(&self, at: usize, word: &[u8]) -> Option<usize> {
        let end = at + word.len();
        let is_there = self.bytes.get(at..end) == Some(word);
        (is_there && self.bytes.get(end).is_none_or(|byte| !is_regular(*byte))).then_some(end)
    }

    /// A number with white space behind it, which ends at `end`; and where it starts.
    fn number_before(&self, end: usize) -> Option<(u64, usize)> {
        let least = end.saturating_sub(LONGEST / 2);
        let is = |at: usize, what: fn(u8) -> bool| at > least && what(self.bytes[at - 1]);
        let mut behind = end;
        while is(behind, is_space) {
            behind -= 1;
        }
        let mut start = behind;
        while is(start, |byte| byte.is_ascii_digit()) {
            start -= 1;
        }
        let is_apart = start == 0 || !is_regular(self.bytes[start - 1]) || self.bytes[..start].ends_with(b"endobj");
        if behind == end || !is_apart {
            return None;
        }
        Some((parse_unsigned(&self.bytes[start..behind])?, start))
    }

    fn mark(&self, kind: Kind, start: usize, end: usize) -> Mark {
        let before = self.bytes[..start].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | 0 | 0x0c));
        let begins_line = before.is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
        Mark { kind, start: self.start + start as u64, end: self.start + end as u64, begins_line }
    }
}

/// The offset of the next `word` that begins at `from` or later.
pub(super) fn find(file: &mut Bytes<'_>, from: u64, word: &[u8]) -> Result<Option<u64>, Refusal> {
    let (mut from, mut count) = (from, 1024);
    while from < file.len_from_header() {
        let window = file.up_to(from, count)?;
        if let Some(at) = memmem::find(&window, word) {
            return Ok(Some(from + at as u64));
        }
        if from + window.len() as u64 >= file.len_from_header() {
            break;
        }
        from += window.len() as u64 - word.len() as u64;
        count = WINDOW.min(count * 4);
    }
    Ok(None)
}

/// A distance within a window, which is in memory.
fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
