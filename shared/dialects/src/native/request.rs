//! `POST /v1/orders`: from JSON to a new order.
//!
//! [`wire`] is the shape; its errors have a place each. Then the values are checked, and all that are wrong are told at once.

pub(crate) mod parse;
mod seal;
#[cfg(test)]
mod tests;
pub mod wire;

use jiff::Timestamp;
use segl_core::id::{ClientId, Sha256};
use segl_core::new_order::NewOrder;
use segl_core::offer::Offer;
use segl_core::use_case::once::IdempotencyKey;

use crate::problem::{FieldError, Problem};

/// How long an order can be signed where the request says nothing: 30 days.
pub const DEFAULT_DAYS: i64 = 30;

/// The longest time until a deadline, and the longest retention: some 100 years.
pub const MAX_DAYS: i64 = 36_500;

/// A request for an order, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The order.
    pub order: NewOrder,
    /// The content of each document, or none where it will be uploaded.
    pub contents: Vec<Option<Vec<u8>>>,
}

/// Reads the body of `POST /v1/orders`. `max_inline` is the most bytes that all inline documents may have together, usually
/// [`crate::content::MAX_INLINE`]; `offer` the levels that the service offers.
///
/// # Errors
/// [`crate::problem::Kind::MalformedJson`]; [`crate::problem::Kind::InvalidRequest`] with a JSON Pointer for each wrong member;
/// [`crate::problem::Kind::BodyTooLarge`] when the inline documents are too large together.
pub fn parse(body: &[u8], now: Timestamp, max_inline: usize, offer: Offer) -> Result<Parsed, Problem> {
    parse::order(crate::json::read(body)?, now, max_inline, offer)
}

/// What an idempotency key must be.
pub(crate) const BAD_KEY: &str = "must be 1 to 255 visible ASCII characters";

/// Whether this can be an idempotency key.
pub(crate) fn is_key(raw: &str) -> bool {
    (1..=255).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic())
}

/// Reads the header `Idempotency-Key` of a client. The fingerprint is SHA-256 over the request, so that the same key with another one is
/// noticed.
pub fn idempotency_key(raw: &str, client: &ClientId, fingerprint: Sha256) -> Result<IdempotencyKey, Problem> {
    if is_key(raw) {
        Ok(IdempotencyKey { client: client.clone(), key: raw.to_owned(), fingerprint })
    } else {
        Err(Problem::invalid(vec![FieldError::parameter("Idempotency-Key", BAD_KEY)]))
    }
}
