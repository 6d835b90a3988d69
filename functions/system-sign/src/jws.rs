//! The signature that a system made with a key of its own.

use segl_core::client::Client;
use segl_core::order::Order;
use segl_core::refusal::Refusal;
use segl_core::signer::Jws;
use segl_dialects::problem::{FieldError, Problem};
use segl_tokens::detached;

/// Verifies it with the keys that the client registered. It is kept with the key that made it: the client may register others later.
pub fn verified(order: &Order, client: &Client, detached: &str) -> Result<Jws, Problem> {
    let payload = order.signing_payload().ok_or_else(|| Problem::from(&Refusal::DocumentsAwaited))?;
    let key = detached::verify(detached, &payload, &client.keys);
    let key = key.map_err(|error| Problem::invalid(vec![FieldError::pointer("/jws", error)]))?;
    Ok(Jws { detached: detached.to_owned(), jwk: key.to_jwk() })
}
