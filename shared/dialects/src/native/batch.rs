//! `POST /v1/orders:batch`: many orders in one request, each with an outcome of its own.

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::id::{ClientId, Sha256};
use segl_core::offer::Offer;
use segl_core::use_case::once::IdempotencyKey;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json::Object;
use crate::native::request::{self, Parsed};
use crate::native::view::OrderView;
use crate::problem::{FieldError, Problem, ProblemDocument};

/// The most orders of one batch.
pub const MAX: usize = 100;

/// Orders to be created. All of it must fit one request (6 MB); larger documents are uploaded afterwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchRequest {
    orders: Vec<Object<Entry>>,
}

/// One order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    idempotency_key: Option<String>,
    /// Read by itself: what is wrong with one order does not concern the others.
    order: Box<RawValue>,
}

/// The outcome of each order, in the sequence of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BatchResult")]
pub struct BatchView {
    /// The outcomes.
    pub results: Vec<OutcomeView>,
}

/// What became of one order: exactly one of `order` and `problem` is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BatchOutcome")]
pub struct OutcomeView {
    /// The status that the order would have had as a request by itself.
    pub status: u16,
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderView>,
    /// Why there is none. Pointers lead into this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemDocument>,
}

impl OutcomeView {
    /// From the outcome.
    pub fn new(outcome: Result<OrderView, Problem>) -> Self {
        match outcome {
            Ok(order) => Self { status: 201, order: Some(order), problem: None },
            Err(problem) => Self { status: problem.status(), order: None, problem: Some(problem.document()) },
        }
    }
}

/// One order of a batch, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct One {
    /// The order.
    pub parsed: Parsed,
    /// What makes a repeat the same order.
    pub idempotency: Option<IdempotencyKey>,
}

/// Reads a batch: for each order what was understood, or what is wrong with it.
///
/// # Errors
/// Where the batch itself is wrong; nothing of it is done then.
pub fn parse(
    body: &[u8],
    client: &ClientId,
    now: Timestamp,
    max_inline: usize,
    offer: Offer,
) -> Result<Vec<Result<One, Problem>>, Problem> {
    let BatchRequest { orders } = crate::json::read(body)?;
    if !(1..=MAX).contains(&orders.len()) {
        return Err(Problem::invalid(vec![FieldError::pointer("/orders", format!("must be 1 to {MAX} orders"))]));
    }
    // Of two orders under one key the second would be the first one again, whatever it says.
    let mut keys = std::collections::BTreeSet::new();
    let given = |(number, Object(one)): (usize, &'_ Object<Entry>)| one.idempotency_key.clone().map(|key| (number, key));
    for (number, key) in orders.iter().enumerate().filter_map(given) {
        if !keys.insert(key) {
            let pointer = format!("/orders/{number}/idempotency_key");
            return Err(Problem::invalid(vec![FieldError::pointer(pointer, "stands at another order of this batch, too")]));
        }
    }
    Ok(orders.into_iter().map(|Object(one)| entry(&one, client, now, max_inline, offer)).collect())
}

fn entry(entry: &Entry, client: &ClientId, now: Timestamp, max_inline: usize, offer: Offer) -> Result<One, Problem> {
    let text = entry.order.get().as_bytes();
    let idempotency = match &entry.idempotency_key {
        Some(key) if request::is_key(key) => {
            Some(IdempotencyKey { client: client.clone(), key: key.clone(), fingerprint: Sha256::of(text) })
        }
        Some(_) => return Err(Problem::invalid(vec![FieldError::pointer("/idempotency_key", request::BAD_KEY)])),
        None => None,
    };
    Ok(One { parsed: request::parse(text, now, max_inline, offer)?, idempotency })
}

/// The schema of a batch. That of an order stands by itself.
pub(crate) fn schema() -> serde_json::Value {
    serde_json::json!({
        "type": "object",
        "description": "Orders to be created, each with an outcome of its own. All of it must fit one request (6 MB).",
        "required": ["orders"],
        "additionalProperties": false,
        "properties": {"orders": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX,
            "items": {
                "type": "object",
                "required": ["order"],
                "additionalProperties": false,
                "properties": {
                    "idempotency_key": {
                        "type": ["string", "null"],
                        "pattern": "^[!-~]{1,255}$",
                        "description": "Makes a repeat of the same order the same order, for 24 hours at least.",
                    },
                    "order": {"$ref": "#/components/schemas/NewOrder"},
                },
            },
        }},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::offer;

    fn now() -> Timestamp {
        "2030-06-01T08:00:00Z".parse().unwrap()
    }

    fn client() -> ClientId {
        "client-a".parse().unwrap()
    }

    const GOOD: &str =
        r#"{"title": "T", "documents": [{"title": "D", "size": 5}], "signers": [{"type": "system", "organization": "DK01234567"}]}"#;

    #[test]
    fn one_wrong_order_does_not_spoil_the_others() {
        let body =
            format!(r#"{{"orders": [{{"order": {GOOD}}}, {{"order": {{"title": ""}}}}, {{"idempotency_key": "a b", "order": {GOOD}}}]}}"#);
        let read = parse(body.as_bytes(), &client(), now(), 1000, offer()).unwrap();
        let codes: Vec<_> = read.iter().map(|one| one.as_ref().map(|_| ()).map_err(|problem| problem.errors[0].place())).collect();
        assert_eq!(codes, [Ok(()), Err("/documents"), Err("/idempotency_key")]);
    }

    #[test]
    fn a_batch_is_bounded_and_strict() {
        let many = |count: usize| format!(r#"{{"orders": [{}]}}"#, vec![format!(r#"{{"order": {GOOD}}}"#); count].join(","));
        assert_eq!(parse(many(MAX).as_bytes(), &client(), now(), 1000, offer()).unwrap().len(), MAX);
        let twice = format!(r#"{{"orders": [{{"idempotency_key": "k", "order": {GOOD}}}, {{"idempotency_key": "k", "order": {GOOD}}}]}}"#);
        for (body, place) in [
            (many(0), "/orders"),
            (many(MAX + 1), "/orders"),
            ("{}".to_owned(), "/orders"),
            (r#"{"orders": [{}]}"#.to_owned(), "/orders/0/order"),
            (r#"{"orders": [["k", {}]]}"#.to_owned(), "/orders/0"),
            (r#"{"orders": [], "x": 1}"#.to_owned(), "/x"),
            (twice, "/orders/1/idempotency_key"),
        ] {
            assert_eq!(parse(body.as_bytes(), &client(), now(), 1000, offer()).unwrap_err().errors[0].place(), place);
        }
    }
}
