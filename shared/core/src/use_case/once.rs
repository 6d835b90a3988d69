//! Requests that count once, however often they are sent.
//!
//! Whoever sends a request under an idempotency key may send it again for at least 24 hours, and is answered by what came of it the first
//! time. The record of a key is stored in the transaction of what was done under it, so that there is never one without the other: what
//! was cut off before that commit is done by the repeat, and of two at the same moment the later one finds the record of the first. So
//! there is no attempt that is half done and that others would have to wait for.
//!
//! A record names the order and no more: the answer is made again from the order. Personal data and links are in no record.

use crate::id::{ClientId, OrderId, Sha256, SignerIndex};
use crate::order::Order;
use crate::ports::{Entropy, Orders, PortError};
use crate::refusal::Refusal;
use crate::root_key::{Mark, RootKey};
use crate::transition::{Change, Idempotency};
use crate::use_case::Error;
use crate::use_case::update::ROUNDS;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// An idempotency key with what was requested under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose it is: another client's key of the same name is another key.
    pub client: ClientId,
    /// The key, as the client sent it.
    pub key: String,
    /// SHA-256 over the request.
    pub fingerprint: Sha256,
}

impl IdempotencyKey {
    /// What is remembered: that this was done, to that order, and by or about that signer.
    pub(crate) fn record(&self, order: Option<OrderId>, signer: Option<SignerIndex>) -> Idempotency {
        let Self { client, key, fingerprint } = self.clone();
        Idempotency { client, key, fingerprint, order, signer }
    }

    /// What tells the request from every other one, in one value.
    pub(crate) fn mark(&self) -> Sha256 {
        Sha256::of(format!("{} {} {}", self.client, self.key, self.fingerprint).as_bytes())
    }

    /// The key of one part of the request. No client can send it, for the blank in it.
    #[must_use]
    pub fn part(&self, number: usize) -> Self {
        Self { key: format!("{} {number}", self.key), ..self.clone() }
    }
}

/// What was done under a key, if anything was, and if the request was the same.
pub async fn earlier<P: Orders>(ports: &P, key: &IdempotencyKey) -> Result<Option<Idempotency>, Error> {
    let record = ports.idempotency(&key.client, &key.key).await?;
    match record {
        Some(record) if record.fingerprint != key.fingerprint => Err(Refusal::IdempotencyMismatch.into()),
        record => Ok(record),
    }
}

/// Notes what is requested under a key, before something that may be done again without harm. A crash after this leaves a key that is
/// good for this request only, and the repeat does it.
pub async fn remember<P: Orders>(ports: &P, key: Option<&IdempotencyKey>, order: Option<OrderId>) -> Result<(), Error> {
    let Some(key) = key else { return Ok(()) };
    if earlier(ports, key).await?.is_some() {
        return Ok(());
    }
    match ports.remember(&key.record(order, None)).await {
        // The same key at the same moment: of another request, this is the one that is refused.
        Err(PortError::Conflict) => earlier(ports, key).await.map(drop),
        other => Ok(other?),
    }
}

/// [`crate::use_case::update::update`], once for each key. `decide` names the signer whom the answer will be about, if any. Answers the
/// order as committed, or as it is now where it was done before.
pub async fn update_once<P: Orders>(
    ports: &P,
    key: Option<&IdempotencyKey>,
    id: OrderId,
    mut decide: impl FnMut(Order) -> Result<(Change, Option<SignerIndex>), Refusal> + Send,
) -> Result<(Order, Option<SignerIndex>), Error> {
    for _ in 0..ROUNDS {
        let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
        // Looked up after the order was read: what the same request did before that is no reason for a refusal then.
        if let Some(key) = key
            && let Some(record) = earlier(ports, key).await?
        {
            let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
            return Ok((order, record.signer));
        }
        let (mut change, signer) = decide(order)?;
        change.idempotency = key.map(|key| key.record(Some(id), signer));
        match ports.commit(&change).await {
            Ok(()) => return Ok((change.order, signer)),
            Err(PortError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PortError::Conflict.into())
}

/// The secret of a new handle or link. Under a key it follows from the key, so that a repeat can tell it again although nobody keeps it.
pub fn secret<P: Entropy>(ports: &P, root: &RootKey, key: Option<&IdempotencyKey>) -> String {
    match key {
        Some(IdempotencyKey { client, key, fingerprint }) => root.mark(Mark::Handle, &format!("{fingerprint}/{client}/{key}")),
        None => URL_SAFE_NO_PAD.encode(ports.array::<32>()),
    }
}
