//! An answer over HTTP, as the functions give it.

use crate::causes::Causes;
use lambda_http::http::header::{HeaderName, HeaderValue};
use lambda_http::http::{HeaderMap, StatusCode, header};
use segl_core::ports::PortError;
use segl_core::use_case::Error;
use segl_dialects::problem::{self, Problem};
use serde::Serialize;

use crate::authentication::Denied;
use crate::call::Call;

/// The greatest file that is answered in the body; a larger one is fetched from storage by redirect (303). The platform's limit is
/// 6 MB, of which base64 uses a third.
pub const MAX_INLINE: u64 = 4 * 1024 * 1024;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        let mut headers = HeaderMap::new();
        // Everything that is answered concerns somebody's order.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Self { status, headers, body: Vec::new() }
    }

    /// An answer with a body.
    pub fn with_body(status: StatusCode, media_type: &str, body: Vec<u8>) -> Self {
        Self { body, ..Self::empty(status) }.header(header::CONTENT_TYPE, media_type)
    }

    /// A JSON answer.
    pub fn json<T: Serialize>(status: StatusCode, view: &T) -> Self {
        Self::with_body(status, "application/json", segl_dialects::json::write(view))
    }

    /// Plain text.
    pub fn text(status: StatusCode, text: &str) -> Self {
        Self::with_body(status, "text/plain; charset=utf-8", text.as_bytes().to_vec())
    }

    /// A file for saving.
    pub fn file(media_type: &str, file_name: &str, body: Vec<u8>) -> Self {
        Self::with_body(StatusCode::OK, media_type, body).header(header::CONTENT_DISPOSITION, &attachment(file_name))
    }

    /// "See other": fetch it there, with GET and without credentials.
    pub fn see_other(url: &str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).header(header::LOCATION, url)
    }

    /// A problem, in the form of the dialect to which the path belongs.
    pub fn problem(call: &Call, problem: &Problem) -> Self {
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let reply = match call.path.first().map(String::as_str) {
            Some("orders" | "anonymize") => Self::with_body(status, "application/json", segl_dialects::automation::error::body(problem)),
            Some("zgw") => Self::with_body(status, problem::MEDIA_TYPE, segl_dialects::zgw::error::body(problem, &call.id)),
            _ => Self::with_body(status, problem::MEDIA_TYPE, problem.body()),
        };
        let reply = problem.headers().into_iter().fold(reply, |reply, (name, value)| reply.header(HeaderName::from_static(name), &value));
        match problem.bearer_challenge().filter(|_| call.has_bearer_token()) {
            Some(challenge) => reply.header(header::WWW_AUTHENTICATE, &challenge),
            None => reply,
        }
    }

    /// The answer, or the problem in its place.
    pub fn or_problem(call: &Call, outcome: Result<Self, Problem>) -> Self {
        outcome.unwrap_or_else(|problem| Self::problem(call, &problem))
    }

    /// With a header field. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// For the runtime.
    pub fn into_lambda(self) -> lambda_http::Response<lambda_http::Body> {
        let text = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_text);
        let body = match String::from_utf8(self.body) {
            Ok(body) if body.is_empty() => lambda_http::Body::Empty,
            Ok(body) if text => lambda_http::Body::Text(body),
            Ok(body) => lambda_http::Body::Binary(body.into_bytes()),
            Err(bytes) => lambda_http::Body::Binary(bytes.into_bytes()),
        };
        let mut response = lambda_http::Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// `Content-Disposition` (RFC 6266) for saving under a name: an ASCII one, and the true one by RFC 8187.
pub fn attachment(file_name: &str) -> String {
    use std::fmt::Write as _;
    let plain: String =
        file_name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type.contains("json")
}

/// What a caller is told when a use case failed. The cause is logged here, once, where it leaves the service.
pub fn told(error: &Error) -> Problem {
    if let Error::Port(error) = error {
        log(error);
    }
    Problem::from(error)
}

/// What a caller is told who is not let in.
pub fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::NoCredential => Problem::no_credential(),
        Denied::BadCredential => Problem::invalid_credential(),
        Denied::TooManyFailures(delay) => Problem::too_many_failures(delay),
        Denied::Port(error) => told(&Error::Port(error)),
    }
}

/// For the log: a port failed, and the caller is told something else.
pub fn log(error: &PortError) {
    tracing::error!(error = %Causes(error), "a service behind this one failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        assert_eq!(attachment("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(
            attachment("x\"\r\nSet-Cookie: æ"),
            "attachment; filename=\"x___Set-Cookie_ _\"; filename*=UTF-8''x%22%0D%0ASet-Cookie%3A%20%C3%A6"
        );
    }
}
