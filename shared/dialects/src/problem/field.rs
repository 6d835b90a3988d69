//! Errors at one place of a request.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong at one place of a request. Exactly one of `pointer`, `parameter` and `field` tells where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body; empty for the body as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The name of a parameter of the path or query, or of a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The name of a form field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl FieldError {
    /// At a place in a JSON body.
    pub fn pointer(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, field: None, detail: detail.to_string() }
    }

    /// At a parameter of the path or query, or a header.
    pub fn parameter(name: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: None, parameter: Some(name.into()), field: None, detail: detail.to_string() }
    }

    /// At a form field.
    pub fn field(name: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: None, parameter: None, field: Some(name.into()), detail: detail.to_string() }
    }

    /// Where: the pointer or the name.
    pub fn place(&self) -> &str {
        [&self.pointer, &self.parameter, &self.field].into_iter().flatten().next().map_or("", String::as_str)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            "" => f.write_str(&self.detail),
            place => write!(f, "{place}: {}", self.detail),
        }
    }
}

/// Collects errors, so that a caller is told of all of them at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Notes an error.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// The value, or none after noting that the member at `pointer` is wrong.
    pub fn take<T, E: ToString>(&mut self, pointer: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.0.push(FieldError::pointer(pointer, error))).ok()
    }

    /// The value, or none after noting that the form field `name` is wrong.
    pub fn take_field<T, E: ToString>(&mut self, name: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.0.push(FieldError::field(name, error))).ok()
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was noted.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}
