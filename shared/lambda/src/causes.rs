//! Errors in logs: with all their causes, once, where they leave the function.

use std::error::Error;
use std::fmt;

/// An error and its causes in one line.
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut shown = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // A transparent wrapper says the same as what it wraps.
            if text != shown {
                write!(f, ": {text}")?;
                shown = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use segl_core::ports::PortError;
    use segl_core::use_case;

    use super::*;

    #[test]
    fn causes_are_told_once() {
        let error = use_case::Error::from(PortError::Unavailable { service: "S3", source: "timed out".into() });
        assert_eq!(Causes(&error).to_string(), "S3 did not answer: timed out");
    }
}
