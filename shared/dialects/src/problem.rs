//! Problems: every error that a caller can get, with its HTTP status (RFC 9457, problem details for HTTP APIs).
//!
//! [`Problem`] is what all dialects answer; how it is written differs: [`Problem::document`] is `application/problem+json`, and
//! [`crate::automation::error`] has that dialect's own form. [`refused`] holds the one mapping from the domain's errors.

pub mod field;
pub mod kind;
pub mod refused;

use jiff::SignedDuration;
use schemars::JsonSchema;
use segl_core::client::Privilege;
use serde::{Deserialize, Serialize};

pub use field::{FieldError, FieldErrors};
pub use kind::Kind;

/// The media type of a problem document (RFC 9457, 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error as a caller is told of it. It holds nothing of the service's insides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which error; gives status, code and title.
    pub kind: Kind,
    /// This occurrence in a sentence: what is wrong, and what would be right.
    pub detail: String,
    /// Where in the request, when that can be said.
    pub errors: Vec<FieldError>,
    /// After how long the same request may succeed.
    pub retry_after: Option<SignedDuration>,
    /// The methods that the resource knows; for [`Kind::MethodNotAllowed`].
    pub allow: Vec<&'static str>,
    /// What the client lacks; for [`Kind::PrivilegeMissing`].
    pub lacks: Option<Privilege>,
}

/// A problem as it stands on the wire (RFC 9457, 3.1), with extension members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemDocument {
    /// A URI that names the kind of problem, `urn:segl:problem:` and the code. It is a name and leads nowhere.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind of problem in a few words; the same for each occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time, and what would be right.
    pub detail: String,
    /// The kind of problem as a stable name for programs.
    pub code: String,
    /// The members of the request that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// After how many seconds the same request may succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after: None, allow: Vec::new(), lacks: None }
    }

    /// Members of the request are wrong. `errors` should not be empty.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            many => format!("{} members of the request are wrong", many.len()),
        };
        Self { errors, ..Self::new(Kind::InvalidRequest, detail) }
    }

    /// The request says nothing of who calls.
    pub fn no_credential() -> Self {
        Self::new(
            Kind::Unauthenticated,
            "send an API key in the header X-API-Key, or client id and secret by HTTP Basic, or a bearer token, or use a client certificate",
        )
    }

    /// The request names a caller and does not prove it. Which part is wrong is not told.
    pub fn invalid_credential() -> Self {
        Self::new(Kind::Unauthenticated, "the credential is not valid")
    }

    /// Too many callers from there could not prove who they are, just now.
    pub fn too_many_failures(delay: SignedDuration) -> Self {
        Self::new(Kind::TooManyFailures, "credentials from this address were wrong too often; correct them and wait").retry_after(delay)
    }

    /// The body has another media type than the resource takes.
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(Kind::UnsupportedMediaType, format!("the Content-Type must be {expected}"))
    }

    /// The body is larger than `limit` bytes.
    pub fn body_too_large(limit: usize) -> Self {
        Self::new(Kind::BodyTooLarge, format!("the request may have at most {limit} bytes; {}", crate::content::UPLOAD_INSTEAD))
    }

    /// No resource has this path.
    pub fn no_such_route() -> Self {
        Self::new(Kind::NoSuchRoute, "no resource has this path")
    }

    /// The resource is there and does not know the method.
    pub fn method_not_allowed(allow: Vec<&'static str>) -> Self {
        Self { detail: format!("use {}", allow.join(" or ")), allow, ..Self::new(Kind::MethodNotAllowed, "") }
    }

    /// The same request may succeed after this long.
    #[must_use]
    pub fn retry_after(mut self, delay: SignedDuration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The headers that go with the problem, without the content type.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if self.kind == Kind::Unauthenticated {
            // RFC 9110, 11.6.1: one field may hold several challenges.
            headers.push(("www-authenticate", r#"Basic realm="segl", charset="UTF-8", Bearer realm="segl""#.to_owned()));
        }
        if let Some(seconds) = self.retry_seconds() {
            headers.push(("retry-after", seconds.to_string()));
        }
        if !self.allow.is_empty() {
            headers.push(("allow", self.allow.join(", ")));
        }
        headers
    }

    /// The challenge to a caller who sent a bearer token (RFC 6750, 3): that it is no good, or which scope it lacks. It takes the place
    /// of the general one.
    pub fn bearer_challenge(&self) -> Option<String> {
        match (self.kind, self.lacks) {
            (Kind::Unauthenticated, _) => Some(
                r#"Basic realm="segl", charset="UTF-8", Bearer realm="segl", error="invalid_token", error_description="the token is not valid""#
                    .to_owned(),
            ),
            (Kind::PrivilegeMissing, Some(lacks)) => {
                Some(format!(r#"Bearer realm="segl", error="insufficient_scope", scope="{lacks}""#))
            }
            _ => None,
        }
    }

    /// The problem as it stands on the wire.
    pub fn document(&self) -> ProblemDocument {
        ProblemDocument {
            type_uri: format!("urn:segl:problem:{}", self.kind.code()),
            title: self.kind.title().to_owned(),
            status: self.status(),
            detail: self.detail.clone(),
            code: self.kind.code().to_owned(),
            errors: self.errors.clone(),
            retry_after: self.retry_seconds(),
        }
    }

    /// The body of the answer, of [`MEDIA_TYPE`].
    pub fn body(&self) -> Vec<u8> {
        crate::json::write(&self.document())
    }

    fn retry_seconds(&self) -> Option<u64> {
        // Rounded up: whoever waits so long has waited long enough.
        self.retry_after.map(|delay| u64::try_from(delay.as_secs() + i64::from(delay.subsec_nanos() > 0)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_go_with_the_kind() {
        let names = |problem: Problem| problem.headers().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Problem::no_credential()), ["www-authenticate"]);
        assert_eq!(names(Problem::no_such_route()), [""; 0]);
        let wrong_method = Problem::method_not_allowed(vec!["GET", "POST"]);
        assert_eq!(wrong_method.headers(), [("allow", "GET, POST".to_owned())]);
        assert_eq!((wrong_method.status(), wrong_method.detail.as_str()), (405, "use GET or POST"));
        let later = Problem::new(Kind::Unavailable, "later").retry_after(SignedDuration::from_secs(5));
        assert_eq!(later.headers(), [("retry-after", "5".to_owned())]);
    }

    #[test]
    fn a_document_has_the_members_of_the_standard() {
        let problem = Problem::invalid(vec![FieldError::pointer("/documents/0/title", "must have at least 1 character(s)")]);
        let document: serde_json::Value = serde_json::from_slice(&problem.body()).unwrap();
        assert_eq!(
            document,
            serde_json::json!({
                "type": "urn:segl:problem:invalid-request",
                "title": "The request is not valid",
                "status": 400,
                "detail": "/documents/0/title: must have at least 1 character(s)",
                "code": "invalid-request",
                "errors": [{"pointer": "/documents/0/title", "detail": "must have at least 1 character(s)"}],
            })
        );
    }
}
