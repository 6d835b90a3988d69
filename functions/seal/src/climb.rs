//! From a plan to the level that was asked for: the sealing engine says what it needs, and here it gets it.

use segl_core::document::{Level, SealedDocument, Shortfall};
use segl_core::id::{AttemptId, DocumentIndex, OrderId, Sha256};
use segl_core::ports::SigningKey;
use segl_core::storage_key::StorageKey;
use segl_lambda::service::Storage;
use segl_sealing::{Certificate, Goal, Outcome, Session, Step};

use crate::fetch::{Fetcher, Patience};
use crate::{Helpers, Seal, SealFailure};

/// What a session is to reach, with nonces of its own.
pub(crate) fn goal<P: Storage, F>(ports: &P, helpers: &Helpers<F>, roots: &[Certificate], level: Level) -> Goal {
    Goal {
        level: match level {
            Level::BB => segl_sealing::Level::BB,
            Level::BT => segl_sealing::Level::BT,
            Level::BLt => segl_sealing::Level::BLT,
            Level::BLta => segl_sealing::Level::BLTA,
        },
        authorities: helpers.authorities.clone(),
        entropy: ports.array(),
        issuers: roots.to_vec(),
    }
}

/// Who answers a session that asks for a signature.
pub(crate) trait Signer: Sync {
    /// The signature over a digest.
    fn sign(&self, digest: &[u8]) -> impl Future<Output = Result<Vec<u8>, SealFailure>> + Send;
}

impl<K: SigningKey, T: Sync, F: Sync> Signer for Seal<K, T, F> {
    async fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, SealFailure> {
        Ok(self.key.sign(digest, self.algorithm).await?)
    }
}

/// Nobody: what is only extended asks for time-stamps and for nothing of the seal's key.
pub(crate) struct NoSigner;

impl Signer for NoSigner {
    async fn sign(&self, _digest: &[u8]) -> Result<Vec<u8>, SealFailure> {
        Err(SealFailure::NoSigner)
    }
}

/// Gives the session all that it asks for. Nothing is stored; a crash leaves nothing behind but signatures that nobody sees.
pub(crate) async fn climb<P: Storage, S: Signer, F: Fetcher>(
    ports: &P,
    signer: &S,
    patience: &mut Patience<'_, F>,
    mut session: Session,
) -> Result<Outcome, SealFailure> {
    loop {
        match session.step() {
            Step::Sign(to_be_signed) => {
                let signature = signer.sign(&to_be_signed.digest).await?;
                session.signed(&signature)?;
            }
            Step::Fetch(fetch) => {
                let answer = patience.fetch(&fetch).await;
                session.fetched(answer, ports.now())?;
            }
            Step::Done(outcome) => return Ok(*outcome),
        }
    }
}

/// Where a document lies to which something is appended.
pub(crate) struct Base<'a> {
    pub(crate) key: StorageKey,
    pub(crate) object: &'a segl_core::document::ObjectVersion,
}

/// Stores what came out under the keys of this attempt, and confirms that storage composed what was sealed.
///
/// A crash in here leaves objects that nobody refers to; the next attempt writes others.
pub(crate) async fn keep<P: Storage>(
    ports: &P,
    order: OrderId,
    index: DocumentIndex,
    attempt: &AttemptId,
    base: Base<'_>,
    outcome: Outcome,
) -> Result<SealedDocument, SealFailure> {
    let size = outcome.total_len;
    let plan = serde_json::to_vec(&outcome.plan).expect("a plan has string keys and finite numbers only, which JSON can express");
    ports.put(&StorageKey::SealedPlan(order, index, attempt.clone()), plan).await?;
    let key = StorageKey::Sealed(order, index, attempt.clone());
    // Copies exactly the version whose bytes were planned: with another entity tag it is refused.
    let object = ports.append_to_copy(&base.key, base.object, outcome.increment, &key).await?;
    let found = ports.head(&key).await?.filter(|head| head.version == object).map_or(0, |head| head.size);
    if found != size {
        return Err(SealFailure::Composed { found, expected: size });
    }
    Ok(SealedDocument {
        document: index,
        attempt: attempt.clone(),
        object,
        sha256: Sha256(outcome.sha256),
        size,
        level: match outcome.level {
            segl_sealing::Level::BB => Level::BB,
            segl_sealing::Level::BT => Level::BT,
            segl_sealing::Level::BLT => Level::BLt,
            segl_sealing::Level::BLTA => Level::BLta,
        },
        shortfall: outcome.shortfall.map(|shortfall| Shortfall { code: shortfall.code().to_owned(), text: shortfall.to_string() }),
        lapses_at: outcome.lapses,
    })
}
