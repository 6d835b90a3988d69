//! Errors of the token endpoint (RFC 6749, 5.2).

use jiff::SignedDuration;
use serde::Serialize;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// Which error.
    pub code: Code,
    /// A sentence for who writes the client.
    pub description: String,
    /// After how long the same request may succeed.
    pub retry_after: Option<SignedDuration>,
}

/// The errors that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A parameter is missing, is there twice, or is malformed.
    InvalidRequest,
    /// The client did not prove who it is.
    InvalidClient,
    /// Another grant than client credentials.
    UnsupportedGrantType,
    /// More than the client may do, or nothing that is known.
    InvalidScope,
    /// Failed too often just now.
    SlowDown,
    /// Something that the service needs does not answer.
    TemporarilyUnavailable,
    /// The service is at fault.
    ServerError,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    error_description: &'a str,
}

impl OAuthError {
    /// An error with its sentence.
    pub fn new(code: Code, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// A parameter that is wrong.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// Whoever it is has not proved it. What is wrong is not told.
    pub fn invalid_client() -> Self {
        Self::new(Code::InvalidClient, "the client is not known, or did not prove who it is")
    }

    /// The same request may succeed after this long.
    #[must_use]
    pub fn retry_after(self, delay: SignedDuration) -> Self {
        Self { retry_after: Some(delay), ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self.code {
            Code::InvalidRequest | Code::UnsupportedGrantType | Code::InvalidScope => 400,
            Code::InvalidClient => 401,
            Code::SlowDown => 429,
            Code::ServerError => 500,
            Code::TemporarilyUnavailable => 503,
        }
    }

    /// The headers that go with it.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let challenge =
            (self.code == Code::InvalidClient).then(|| ("www-authenticate", r#"Basic realm="segl", charset="UTF-8""#.to_owned()));
        let retry = self.retry_after.map(|delay| ("retry-after", (delay.as_secs() + i64::from(delay.subsec_nanos() > 0)).to_string()));
        challenge.into_iter().chain(retry).collect()
    }

    /// The body, JSON.
    pub fn body(&self) -> Vec<u8> {
        crate::json::write(&Body { error: self.code.as_str(), error_description: &self.description })
    }
}

impl Code {
    /// The name on the wire. `slow_down` is that of RFC 8628, 3.5, the last two are those of RFC 6749, 4.1.2.1.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::SlowDown => "slow_down",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}
