//! Errors in the form of the ZGW standard: problem details (RFC 9457) with `code`, `instance` and, for input, `invalidParams`.

use serde::{Deserialize, Serialize};

use crate::problem::{FieldError, Kind, Problem};
use crate::zgw::request::MISSING;

/// An error on the wire: `Fout`, and `ValidatieFout` where it has [`ErrorBody::invalid_params`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Fout")]
pub struct ErrorBody {
    /// A name of the kind of error.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind of error for programs.
    pub code: String,
    /// The kind of error in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
    /// This very occurrence: the id under which it stands in the service's log.
    pub instance: String,
    /// What in the message is wrong.
    #[serde(default, rename = "invalidParams", skip_serializing_if = "Vec::is_empty")]
    pub invalid_params: Vec<InvalidParam>,
}

/// One thing that is wrong in the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "FieldValidationError")]
pub struct InvalidParam {
    /// Where, with dots: `ondertekenaars.0.authenticatie.waarde`.
    pub name: String,
    /// The kind of mistake for programs.
    pub code: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// A problem in this form. `request` is the id of the request, a UUID.
pub fn error(problem: &Problem, request: &str) -> ErrorBody {
    let (code, title) = words(problem.kind);
    let detail = if problem.errors.is_empty() { problem.detail.clone() } else { "Controleer de velden in invalidParams.".to_owned() };
    ErrorBody {
        type_uri: format!("urn:segl:problem:{}", problem.kind.code()),
        code: code.to_owned(),
        title: title.to_owned(),
        status: problem.status(),
        detail,
        instance: format!("urn:uuid:{request}"),
        invalid_params: problem.errors.iter().map(param).collect(),
    }
}

/// The body of the answer, of [`crate::problem::MEDIA_TYPE`].
pub fn body(problem: &Problem, request: &str) -> Vec<u8> {
    crate::json::write(&error(problem, request))
}

/// The codes of the standard where it has one, and titles in Dutch.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::InvalidRequest => ("invalid", "Ongeldige invoer."),
        Kind::MalformedJson => ("parse_error", "Ongeldige JSON."),
        Kind::Unauthenticated => ("not_authenticated", "Authenticatiegegevens zijn niet opgegeven of niet geldig."),
        Kind::PrivilegeMissing => ("permission_denied", "U hebt geen toestemming voor deze actie."),
        Kind::NotFound => ("not_found", "Niet gevonden."),
        Kind::MethodNotAllowed => ("method_not_allowed", "Methode niet toegestaan."),
        Kind::BodyTooLarge => ("payload_too_large", "Het bericht is te groot."),
        Kind::UnsupportedMediaType => ("unsupported_media_type", "Dit soort bericht wordt niet ondersteund."),
        Kind::TooManyFailures | Kind::TooSoon => ("throttled", "Te veel verzoeken. Probeer het later opnieuw."),
        Kind::IdempotencyMismatch => ("conflict", "De Idempotency-Key is al gebruikt voor een ander bericht."),
        Kind::Unavailable => ("service_unavailable", "De dienst is nu niet bereikbaar. Probeer het later opnieuw."),
        other => (other.code(), other.title()),
    }
}

fn param(error: &FieldError) -> InvalidParam {
    let name =
        error.pointer.as_deref().map_or_else(|| error.place().to_owned(), |pointer| pointer.trim_start_matches('/').replace('/', "."));
    let code = if error.detail == MISSING { "required" } else { "invalid" };
    InvalidParam { name, code: code.to_owned(), reason: error.detail.clone() }
}
