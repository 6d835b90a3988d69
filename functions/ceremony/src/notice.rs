//! Pages that are about no order, or about one of which nothing may be told.

use lambda_http::http::StatusCode;
use segl_core::order::OrderState;
use segl_wording::Words;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No such link, or it has lapsed, or it was made for somebody else.
    Unknown,
    /// A link that opens once was opened before, elsewhere.
    Used,
    /// The order's documents were removed.
    Removed,
    /// Too many wrong codes.
    Blocked,
    /// The order has ended; who asks has not shown who it is.
    Ended(Ending),
    /// The signer's turn has not come.
    NotYet,
    /// The form was not the page's own.
    Malformed,
    /// A log-in was not completed, or its answer belongs to no log-in of this browser.
    NotLoggedIn,
    /// Too many calls.
    SlowDown,
    /// Something does not answer just now.
    Busy,
    /// Something is broken.
    Broken,
}

/// How an order ended that nobody can sign any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody declined.
    Declined,
    /// The sender took it back.
    TakenBack,
    /// Its time is over.
    TimeOver,
    /// It cannot be completed.
    Failed,
}

impl Ending {
    /// How the order ended, if it did and was not accepted.
    pub fn of(state: &OrderState) -> Option<Self> {
        match state {
            OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. } | OrderState::Accepted { .. } => None,
            OrderState::Rejected { .. } => Some(Self::Declined),
            OrderState::Cancelled { .. } => Some(Self::TakenBack),
            OrderState::Expired { .. } => Some(Self::TimeOver),
            OrderState::Failed { .. } => Some(Self::Failed),
        }
    }

    /// In words.
    pub fn text(self, words: &Words) -> &'static str {
        match self {
            Self::Declined => words.others_declined,
            Self::TakenBack => words.taken_back,
            Self::TimeOver => words.time_over,
            Self::Failed => words.failed,
        }
    }
}

impl Notice {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Used | Self::Removed | Self::Ended(_) => StatusCode::GONE,
            Self::Blocked => StatusCode::FORBIDDEN,
            Self::NotYet => StatusCode::CONFLICT,
            Self::Malformed | Self::NotLoggedIn => StatusCode::BAD_REQUEST,
            Self::SlowDown => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Heading and text.
    pub fn text(self, words: &Words) -> (&'static str, &'static str) {
        match self {
            Self::Unknown => (words.unknown_heading, words.unknown_text),
            Self::Used => (words.used_heading, words.used_text),
            Self::Removed => (words.removed_heading, words.removed_text),
            Self::Blocked => (words.blocked_heading, words.blocked_text),
            Self::Ended(ending) => (words.ended_heading, ending.text(words)),
            Self::NotYet => (words.ended_heading, words.not_yet),
            Self::Malformed => (words.malformed_heading, words.malformed_text),
            Self::NotLoggedIn => (words.not_logged_in_heading, words.not_logged_in_text),
            Self::SlowDown | Self::Busy => (words.busy_heading, words.busy_text),
            Self::Broken => (words.broken_heading, words.broken_text),
        }
    }
}
