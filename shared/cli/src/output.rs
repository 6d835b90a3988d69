//! Results on standard output: text for people, or JSON.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Error;

/// Where results go, and in which form.
pub struct Output<'a> {
    json: bool,
    to: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// Results go to `to`.
    pub fn new(json: bool, to: &'a mut dyn Write) -> Self {
        Self { json, to }
    }

    /// Shows a result: its `Display` form, or indented JSON.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be written. A reader who has seen enough and closed the pipe is no error.
    pub fn show<T: Serialize + Display>(&mut self, result: &T) -> Result<(), Error> {
        let written = if self.json { self.write_json(result) } else { writeln!(self.to, "{result}") };
        match written.and_then(|()| self.to.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
            _ => Ok(()),
        }
    }

    /// Tells programs of an error. People read it on standard error.
    pub fn error(&mut self, error: &Error) {
        if self.json {
            let body = serde_json::json!({ "error": { "code": error.code(), "message": error.with_causes() } });
            // The exit code and standard error tell it as well.
            let _ = self.write_json(&body);
        }
    }

    fn write_json<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.to, value)?;
        writeln!(self.to)
    }
}

/// Text from a document, fit for a terminal: characters that steer the terminal or turn the direction of writing are shown by their
/// numbers, so that a document cannot forge what is said about it.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            let steers = character.is_control()
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            if steers { write!(f, "{}", character.escape_unicode())? } else { f.write_char(character)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_cannot_steer_the_terminal() {
        let cases = [
            ("Ødegård & Sønner", "Ødegård & Sønner"),
            ("יעל", "יעל"),
            ("\u{1b}[2Jgood\n", "\\u{1b}[2Jgood\\u{a}"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ];
        for (text, expected) in cases {
            assert_eq!(Plain(text).to_string(), expected);
        }
    }
}
