//! Text from outside, parsed once: trimmed, bounded, free of control characters.

use std::fmt;

/// Text of `MIN` to `MAX` characters (Unicode scalar values), trimmed, without control characters other than line breaks and tabs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// The title of an order or a document: 1 to 200 characters.
pub type Title = Text<1, 200>;
/// A description or message to signers: up to 4,000 characters.
pub type Description = Text<0, 4000>;
/// Why somebody declined or cancelled: 1 to 1,000 characters.
pub type Reason = Text<1, 1000>;
/// A person's or organization's name: 1 to 200 characters.
pub type Name = Text<1, 200>;
/// The name of a file as the caller knows it: 1 to 255 characters.
pub type FileName = Text<1, 255>;

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Fewer characters than asked for.
    #[error("must have at least {min} character(s)")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters than allowed.
    #[error("must have at most {max} characters, has {found}")]
    TooLong {
        /// The greatest number of characters.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// A control character, which no title or name needs and which spoils logs, headers and PDF text.
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Trims and checks.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = raw.trim();
        let found = text.chars().count();
        if found < MIN {
            return Err(TextError::TooShort { min: MIN });
        }
        if found > MAX {
            return Err(TextError::TooLong { max: MAX, found });
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Text<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Titles, names and reasons can be personal data, so `{:?}` shows their length only.
impl<const MIN: usize, const MAX: usize> fmt::Debug for Text<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        for (raw, expected) in [
            ("  A title ", Ok("A title")),
            ("", Err(TextError::TooShort { min: 1 })),
            ("   ", Err(TextError::TooShort { min: 1 })),
            ("a\u{0}b", Err(TextError::ControlCharacter)),
            ("two\nlines", Ok("two\nlines")),
            ("Ærø Ελλάδα", Ok("Ærø Ελλάδα")),
        ] {
            assert_eq!(Title::parse(raw).as_ref().map(Title::as_str), expected.as_ref().copied(), "{raw:?}");
        }
        assert_eq!(Title::parse(&"å".repeat(201)), Err(TextError::TooLong { max: 200, found: 201 }));
        assert!(Title::parse(&"å".repeat(200)).is_ok());
    }
}
