//! Paths of requests: their segments and the identifiers in them.

use jiff::civil::Date;
use segl_core::id::{DocumentIndex, OrderId, SignerIndex};
use segl_core::webhook::EndpointId;

use crate::problem::{FieldError, Problem};

/// The segments of a path, or none where it does not begin with `/`. One trailing slash counts for nothing.
pub(crate) fn segments(path: &str) -> Option<Vec<&str>> {
    let path = path.strip_prefix('/')?;
    Some(path.strip_suffix('/').unwrap_or(path).split('/').collect())
}

/// The id of an order.
pub(crate) fn order_id(raw: &str) -> Result<OrderId, Problem> {
    raw.parse().map_err(|error| Problem::invalid(vec![FieldError::parameter("order_id", error)]))
}

/// The id of a webhook.
pub(crate) fn endpoint_id(raw: &str) -> Result<EndpointId, Problem> {
    raw.parse().map_err(|error| Problem::invalid(vec![FieldError::parameter("webhook_id", error)]))
}

/// The number of a signer.
pub(crate) fn signer_index(raw: &str) -> Result<SignerIndex, Problem> {
    index(raw)
        .map(SignerIndex)
        .ok_or_else(|| Problem::invalid(vec![FieldError::parameter("signer", "must be the number of a signer, counted from 0")]))
}

/// The number of a document.
pub(crate) fn document_index(raw: &str) -> Result<DocumentIndex, Problem> {
    index(raw)
        .map(DocumentIndex)
        .ok_or_else(|| Problem::invalid(vec![FieldError::parameter("document", "must be the number of a document, counted from 0")]))
}

/// A day, as in `2026-11-25`.
pub(crate) fn day(raw: &str) -> Result<Date, Problem> {
    let day = raw.parse().ok().filter(|day: &Date| day.to_string() == raw);
    day.ok_or_else(|| Problem::invalid(vec![FieldError::parameter("day", "must be a day such as 2026-11-25")]))
}

fn index(raw: &str) -> Option<u16> {
    let digits = (1..=5).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit());
    raw.parse().ok().filter(|_| digits)
}

/// A parameter of the query that is true or false.
pub(crate) fn flag(name: &str, raw: &str) -> Result<bool, FieldError> {
    match raw {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(FieldError::parameter(name, "must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_and_nothing_is_guessed() {
        assert_eq!(segments("/v1/orders"), Some(vec!["v1", "orders"]));
        assert_eq!(segments("/v1/orders/"), Some(vec!["v1", "orders"]));
        assert_eq!(segments("/"), Some(vec![""]));
        assert_eq!(segments("v1"), None);
        assert_eq!(document_index("0"), Ok(DocumentIndex(0)));
        for bad in ["", "-1", "+1", "x", "70000", "000001"] {
            assert_eq!(document_index(bad).map_err(|problem| problem.status()), Err(400), "{bad}");
        }
        assert_eq!(order_id("1").map_err(|problem| problem.status()), Err(400));
    }
}
