//! From bytes to objects (ISO 32000-1, 7.2 and 7.3).
//!
//! The parser works on a window of the file. When the window ends inside an object it says [`Stop::NeedMore`], and the
//! reader tries again with a larger window.

use crate::limits::Budget;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::refusal::{Damage, Refusal};

/// The most parts of one object. A page tree without levels and the longest arrays in use have a fraction of that.
const MAX_PARTS: usize = 200_000;

/// Why no object was parsed.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The window ends before the object does.
    NeedMore,
    /// The object cannot be read whatever follows.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

fn broken<T>(what: &'static str) -> Result<T, Stop> {
    Err(Stop::Refused(Damage(what).into()))
}

/// White space (table 1).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// Neither white space nor a delimiter (table 2).
pub(crate) fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// Parses one object that fills the text; `None` when it does not.
pub(crate) fn parse_whole(text: &[u8]) -> Option<Object> {
    let mut budget = Budget::new(&crate::limits::Limits::default());
    let mut parser = Parser::new(text, true);
    let object = parser.object(&mut budget).ok()?;
    parser.skip_space().ok()?;
    (parser.position() == text.len()).then_some(object)
}

/// A cursor over a window.
pub(crate) struct Parser<'a> {
    window: &'a [u8],
    at: usize,
    /// The window reaches the end of the file, so that its end ends a token.
    is_last: bool,
    /// How many parts of objects were parsed.
    parts: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(window: &'a [u8], is_last: bool) -> Self {
        Self { window, at: 0, is_last, parts: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Result<Option<u8>, Stop> {
        match self.window.get(self.at) {
            Some(byte) => Ok(Some(*byte)),
            None if self.is_last => Ok(None),
            None => Err(Stop::NeedMore),
        }
    }

    fn next(&mut self) -> Result<u8, Stop> {
        match self.peek()? {
            Some(byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => broken("an object is cut off"),
        }
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) -> Result<(), Stop> {
        while let Some(byte) = self.peek()? {
            if byte == b'%' {
                while !matches!(self.peek()?, None | Some(b'\r' | b'\n')) {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Takes `word` when it comes next and ends there.
    pub(crate) fn keyword(&mut self, word: &str) -> Result<bool, Stop> {
        self.skip_space()?;
        let start = self.at;
        if self.regular()? == word.as_bytes() {
            return Ok(true);
        }
        self.at = start;
        Ok(false)
    }

    /// The regular characters that come next.
    fn regular(&mut self) -> Result<&'a [u8], Stop> {
        let start = self.at;
        while self.peek()?.is_some_and(is_regular) {
            self.at += 1;
        }
        Ok(&self.window[start..self.at])
    }

    /// A whole number without sign that comes next.
    pub(crate) fn unsigned(&mut self) -> Result<Option<u64>, Stop> {
        self.skip_space()?;
        let start = self.at;
        let value = parse_unsigned(self.regular()?);
        if value.is_none() {
            self.at = start;
        }
        Ok(value)
    }

    /// After the keyword `stream`: its data start behind CR LF or LF (7.3.8.1). A lone CR is accepted, as most readers do.
    pub(crate) fn end_of_stream_keyword(&mut self) -> Result<(), Stop> {
        while matches!(self.peek()?, Some(b' ')) {
            self.at += 1;
        }
        if self.peek()? == Some(b'\r') {
            self.at += 1;
        }
        if self.peek()? == Some(b'\n') {
            self.at += 1;
        }
        Ok(())
    }

    /// In content: the operator that comes next, if one does; empty at the end.
    pub(crate) fn operator(&mut self) -> Result<Option<&'a [u8]>, Stop> {
        self.skip_space()?;
        let Some(first) = self.peek()? else { return Ok(Some(b"")) };
        let is_operand = matches!(first, b'/' | b'(' | b'[' | b'<' | b'0'..=b'9' | b'+' | b'-' | b'.')
            || [&b"true"[..], b"false", b"null"].iter().any(|word| self.window[self.at..].starts_with(word));
        if is_operand { Ok(None) } else { self.regular().map(Some) }
    }

    /// In content: one operand. Each counts for itself.
    pub(crate) fn operand(&mut self, budget: &mut Budget) -> Result<Object, Stop> {
        self.parts = 0;
        self.object(budget)
    }

    /// Parses one object.
    pub(crate) fn object(&mut self, budget: &mut Budget) -> Result<Object, Stop> {
        self.nested(budget, 0)
    }

    fn nested(&mut self, budget: &mut Budget, depth: usize) -> Result<Object, Stop> {
        self.parts += 1;
        if depth > budget.depth || self.parts > MAX_PARTS {
            return Err(Refusal::OverBudget.into());
        }
        budget.spend_work(1)?;
        self.skip_space()?;
        match self.peek()? {
            None => broken("an object is cut off"),
            Some(b'/') => Ok(Object::Name(self.name()?)),
            Some(b'(') => self.literal_string(),
            Some(b'[') => self.array(budget, depth),
            Some(b'<') => {
                self.at += 1;
                if self.peek()? == Some(b'<') {
                    self.at += 1;
                    Ok(Object::Dictionary(self.dictionary(budget, depth)?))
                } else {
                    self.hex_string()
                }
            }
            Some(b'0'..=b'9' | b'+' | b'-' | b'.') => self.number_or_reference(),
            Some(_) => match self.regular()? {
                b"true" => Ok(Object::Boolean(true)),
                b"false" => Ok(Object::Boolean(false)),
                b"null" => Ok(Object::Null),
                _ => broken("an object has a word that PDF does not know"),
            },
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, Stop> {
        self.at += 1;
        let raw = self.regular()?;
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let [first, tail @ ..] = rest {
            rest = tail;
            if let (b'#', [high, low, after @ ..]) = (*first, tail)
                && let (Some(high), Some(low)) = (crate::hex::digit(*high), crate::hex::digit(*low))
            {
                name.push(high << 4 | low);
                rest = after;
            } else {
                name.push(*first);
            }
        }
        Ok(name)
    }

    fn literal_string(&mut self) -> Result<Object, Stop> {
        self.at += 1;
        let mut bytes = Vec::new();
        let mut open = 1usize;
        loop {
            match self.next()? {
                b'(' => {
                    open += 1;
                    bytes.push(b'(');
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(Object::String(bytes));
                    }
                    bytes.push(b')');
                }
                b'\r' => {
                    // Any end of line in a string stands for a line feed (7.3.4.2).
                    if self.peek()? == Some(b'\n') {
                        self.at += 1;
                    }
                    bytes.push(b'\n');
                }
                b'\\' => self.escape(&mut bytes)?,
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Stop> {
        match self.next()? {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\n' => {}
            b'\r' => {
                if self.peek()? == Some(b'\n') {
                    self.at += 1;
                }
            }
            digit @ b'0'..=b'7' => {
                let mut value = u16::from(digit - b'0');
                for _ in 0..2 {
                    match self.peek()? {
                        Some(digit @ b'0'..=b'7') => {
                            self.at += 1;
                            value = value * 8 + u16::from(digit - b'0');
                        }
                        _ => break,
                    }
                }
                // High-order overflow is ignored (7.3.4.2).
                bytes.push((value & 0xff) as u8);
            }
            other => bytes.push(other),
        }
        Ok(())
    }

    fn hex_string(&mut self) -> Result<Object, Stop> {
        let mut bytes = Vec::new();
        let mut half = None;
        loop {
            let byte = self.next()?;
            if byte == b'>' {
                // A missing last digit is a zero (7.3.4.3).
                bytes.extend(half.map(|high: u8| high << 4));
                return Ok(Object::String(bytes));
            }
            if is_space(byte) {
                continue;
            }
            let Some(digit) = crate::hex::digit(byte) else {
                return broken("a hexadecimal string has other characters");
            };
            match half.take() {
                Some(high) => bytes.push(high << 4 | digit),
                None => half = Some(digit),
            }
        }
    }

    fn array(&mut self, budget: &mut Budget, depth: usize) -> Result<Object, Stop> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space()?;
            if self.peek()? == Some(b']') {
                self.at += 1;
                return Ok(Object::Array(items));
            }
            items.push(self.nested(budget, depth + 1)?);
        }
    }

    fn dictionary(&mut self, budget: &mut Budget, depth: usize) -> Result<Dictionary, Stop> {
        let mut dictionary = Dictionary::new();
        loop {
            self.skip_space()?;
            match self.next()? {
                b'>' => {
                    return if self.next()? == b'>' { Ok(dictionary) } else { broken("a dictionary does not end") };
                }
                b'/' => {
                    self.at -= 1;
                    let key = self.name()?;
                    let value = self.nested(budget, depth + 1)?;
                    // Looking for the key costs as many steps as there are entries.
                    budget.spend_work(dictionary.len() as u64 / 16)?;
                    if value == Object::Null {
                        // An entry that is null is one that is absent (7.3.7).
                        continue;
                    }
                    let same = value.clone();
                    if dictionary.insert(key, value).is_some_and(|before| before != same) {
                        // Readers differ in which of two equal keys counts.
                        return Err(Refusal::Ambiguous("a dictionary has the same key twice").into());
                    }
                }
                _ => return broken("a dictionary has a key that is not a name"),
            }
        }
    }

    fn number_or_reference(&mut self) -> Result<Object, Stop> {
        let first = self.regular()?;
        let after_first = self.at;
        if let Some(number) = parse_unsigned(first).and_then(|number| u32::try_from(number).ok())
            && let Some(id) = self.rest_of_reference(number)?
        {
            return Ok(Object::Reference(id));
        }
        self.at = after_first;
        number(first)
    }

    /// After a whole number: `G R`, which makes it a reference.
    fn rest_of_reference(&mut self, number: u32) -> Result<Option<Id>, Stop> {
        self.skip_space()?;
        if !self.peek()?.is_some_and(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let Some(generation) = parse_unsigned(self.regular()?).and_then(|value| u16::try_from(value).ok()) else {
            return Ok(None);
        };
        self.skip_space()?;
        if self.peek()? != Some(b'R') || self.regular()? != b"R" {
            return Ok(None);
        }
        Ok(Some(Id::new(number, generation)))
    }
}

fn number(digits: &[u8]) -> Result<Object, Stop> {
    let Ok(text) = std::str::from_utf8(digits) else {
        return broken("a number has other characters");
    };
    if let Ok(value) = text.parse::<i64>() {
        return Ok(Object::Integer(value));
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_real = body.bytes().any(|byte| byte.is_ascii_digit())
        && body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && body.bytes().filter(|byte| *byte == b'.').count() <= 1;
    if is_real { Ok(Object::Real(text.to_owned())) } else { broken("a number has other characters") }
}

/// Digits alone as a number.
pub(crate) fn parse_unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
