//! Making checkpoints: one for each day that is over.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::json;

use crate::checkpoint::{Checkpoint, Previous, Published, TYP, leaf, root};
use crate::id::OrderId;
use crate::jwk::PublicKey;
use crate::jws;
use crate::ports::{AGENDA_SHARDS, Clock, Heads, Objects, PortError, SigningKey};
use crate::storage_key::StorageKey;
use crate::use_case::Error;

/// How long after midnight a day is over: clocks differ a little, and a commit may be under way.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// So many days back a missing checkpoint is made up for; heads are kept longer.
const MAKE_UP_DAYS: i64 = 60;
/// How many heads are read at a time.
const PAGE: usize = 1000;
/// The greatest checkpoint that is read: ten million trails.
const MAX_CHECKPOINT: u64 = 1 << 30;

/// Makes the checkpoints that are due and missing, oldest first, and answers their days. Nearly always there are none, which costs one look
/// into storage.
///
/// A checkpoint is written once. Of two that make the same one at the same time, the first counts; a crash before it leaves nothing.
pub async fn make_due<P: Heads + Objects + Clock, K: SigningKey>(ports: &P, key: &K) -> Result<Vec<Date>, Error> {
    let newest = last_day(ports.now());
    let mut missing = Vec::new();
    let mut previous = None;
    let mut day = newest;
    for _ in 0..MAKE_UP_DAYS {
        if ports.head(&StorageKey::Checkpoint(day)).await?.is_some() {
            if !missing.is_empty() {
                previous = Some(read(ports, day).await?);
            }
            break;
        }
        missing.push(day);
        day = day.saturating_sub(1.day());
    }
    // A service that never made one begins with yesterday.
    if previous.is_none() {
        missing.truncate(1);
    }
    for day in missing.iter().rev() {
        previous = Some(make(ports, key, *day, previous).await?);
    }
    missing.reverse();
    Ok(missing)
}

/// The last day that is over.
pub(crate) fn last_day(now: Timestamp) -> Date {
    (now - GRACE).to_zoned(TimeZone::UTC).date().saturating_sub(1.day())
}

async fn make<P: Heads + Objects + Clock, K: SigningKey>(
    ports: &P,
    key: &K,
    day: Date,
    previous: Option<Previous>,
) -> Result<Previous, Error> {
    let leaves = leaves(ports, day).await?;
    let checkpoint = Checkpoint { format: 1, day, made_at: ports.now(), count: leaves.len() as u64, root: root(&leaves), previous };
    let wrong = |error: crate::jwk::NotP256| PortError::Rejected { service: "the token key", source: error.into() };
    let kid = PublicKey::from_p256_info(&key.public_key().await?).map_err(wrong)?.thumbprint();
    let header = json!({"alg": "ES256", "typ": TYP, "kid": kid});
    let published = Published { checkpoint: jws::sign(key, &header, &json!(checkpoint)).await?, leaves };
    let bytes = serde_json::to_vec(&published).expect("text and digests, which JSON can express");
    match ports.put_new(&StorageKey::Checkpoint(day), bytes).await {
        Ok(_) => Ok(Previous { day, sha256: published.digest() }),
        // Somebody else was first, or this very call was, and its answer was lost.
        Err(PortError::Conflict) => read(ports, day).await,
        Err(error) => Err(error.into()),
    }
}

/// The leaves of a day, in the sequence of shards and order ids.
async fn leaves<P: Heads>(ports: &P, day: Date) -> Result<Vec<crate::id::Sha256>, Error> {
    let mut leaves = Vec::new();
    for shard in 0..AGENDA_SHARDS {
        let mut after: Option<OrderId> = None;
        loop {
            let page = ports.heads(day, shard, after, PAGE).await?;
            leaves.extend(page.iter().map(|(order, head)| leaf(*order, *head)));
            after = page.last().map(|(order, _)| *order);
            if page.len() < PAGE {
                break;
            }
        }
    }
    Ok(leaves)
}

async fn read<P: Objects>(ports: &P, day: Date) -> Result<Previous, Error> {
    let key = StorageKey::Checkpoint(day);
    let corrupt = |source: crate::ports::Cause| PortError::Corrupt { key: key.to_string(), source };
    let bytes = ports.read(&key, None, MAX_CHECKPOINT).await?.ok_or_else(|| corrupt("a checkpoint is gone".into()))?;
    let published: Published = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.into()))?;
    Ok(Previous { day, sha256: published.digest() })
}
