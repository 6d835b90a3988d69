//! Pages for when there is nothing to show.

use lambda_http::http::StatusCode;
use segl_core::language::Language;
use segl_core::use_case::Error;
use segl_dialects::problem::Problem;
use segl_lambda::reply::told;
use segl_wording::{sender_words, words};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No such page or order; or another organization's.
    Nothing,
    /// Logging in failed.
    LogInFailed,
    /// Logged in, and may not do this.
    Stranger,
    /// The form was not the page's own.
    Malformed,
    /// Something does not answer just now.
    Busy,
    /// Something is broken.
    Broken,
}

impl Notice {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Nothing => StatusCode::NOT_FOUND,
            Self::LogInFailed | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Stranger => StatusCode::FORBIDDEN,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Heading and text.
    pub fn text(self, language: Language) -> (&'static str, &'static str) {
        let (own, words) = (sender_words(language), words(language));
        match self {
            Self::Nothing => (own.nothing_heading, own.nothing_text),
            Self::LogInFailed => (own.failed_heading, own.failed_text),
            Self::Stranger => (own.failed_heading, own.stranger_text),
            Self::Malformed => (words.malformed_heading, words.malformed_text),
            Self::Busy => (words.busy_heading, words.busy_text),
            Self::Broken => (words.broken_heading, words.broken_text),
        }
    }
}

impl From<Error> for Notice {
    fn from(error: Error) -> Self {
        Self::from(&told(&error))
    }
}

impl From<segl_core::ports::PortError> for Notice {
    fn from(error: segl_core::ports::PortError) -> Self {
        Error::from(error).into()
    }
}

impl From<&Problem> for Notice {
    fn from(problem: &Problem) -> Self {
        match problem.status() {
            403 => Self::Stranger,
            404 => Self::Nothing,
            503 => Self::Busy,
            status if status < 500 => Self::Malformed,
            _ => Self::Broken,
        }
    }
}
