//! Errors of this dialect.
//!
//! What the original answers is not known, so this is the plainest thing that a program and a person can both read: `error` is the
//! stable code, `message` a sentence, `field` the form field that is wrong. Status and headers are those of the problem.

use serde::Serialize;

use crate::problem::{FieldError, Problem};

/// The media type of an error.
pub const MEDIA_TYPE: &str = "application/json";

/// An error on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// Stable name for programs.
    pub error: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
    /// The form field or parameter that is wrong; of several, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Everything that is wrong, where that is more than one thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorAt>,
}

/// One of several errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorAt {
    /// The form field or parameter.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// A problem in the words of this dialect.
pub fn error(problem: &Problem) -> ErrorBody {
    let errors: Vec<_> = problem.errors.iter().map(at).collect();
    let (message, field) = match errors.as_slice() {
        [] => (problem.detail.clone(), None),
        [one] => (format!("{}: {}", one.field, one.message), Some(one.field.clone())),
        [first, ..] => (problem.detail.clone(), Some(first.field.clone())),
    };
    let several = errors.len() > 1;
    ErrorBody { error: problem.kind.code(), message, field, errors: if several { errors } else { Vec::new() } }
}

/// The body of the answer, of [`MEDIA_TYPE`].
pub fn body(problem: &Problem) -> Vec<u8> {
    crate::json::write(&error(problem))
}

fn at(error: &FieldError) -> ErrorAt {
    let field = error.pointer.as_deref().map_or(error.place(), form_field).to_owned();
    ErrorAt { field, message: error.detail.clone() }
}

/// The form field from which a member of a new order came. The domain names members by JSON Pointer.
fn form_field(pointer: &str) -> &str {
    let first = pointer.split('/').nth(1).unwrap_or("");
    match first {
        "deadline" => "dueDate",
        "documents" => "upload",
        "groups" => "signers",
        "creator" => "solicitor",
        "options" => "option",
        "" => "body",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use segl_core::refusal::Refusal;

    use super::*;

    #[test]
    fn members_of_the_domain_get_the_name_of_the_form() {
        for (member, field) in [
            ("/deadline", "dueDate"),
            ("/documents", "upload"),
            ("/signers", "signers"),
            ("/groups/0/quorum", "signers"),
            ("/tags", "tags"),
            ("", "body"),
        ] {
            let body = error(&Problem::from(&Refusal::invalid(member, "is wrong")));
            assert_eq!((body.field.as_deref(), body.message), (Some(field), format!("{field}: is wrong")));
        }
    }

    #[test]
    fn one_error_is_short_and_several_are_listed() {
        let one = Problem::invalid(vec![FieldError::field("title", "is missing")]);
        assert_eq!(body(&one), br#"{"error":"invalid-request","message":"title: is missing","field":"title"}"#);
        let two = Problem::invalid(vec![FieldError::field("title", "is missing"), FieldError::field("dueDate", "is missing")]);
        let two = error(&two);
        assert_eq!((two.field.as_deref(), two.errors.len()), (Some("title"), 2));
        let none = error(&Problem::from(&Refusal::NotFound));
        assert_eq!((none.error, none.message.as_str(), none.field), ("not-found", "there is no such order", None));
    }
}
