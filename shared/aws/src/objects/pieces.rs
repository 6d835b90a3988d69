//! Storing an object whose bytes come one piece after the other.

use segl_core::document::ObjectVersion;
use segl_core::ports::{Answer, Objects as _, Pieces};
use segl_core::storage_key::StorageKey;

use super::upload::{Condition, Upload};
use crate::error::unavailable;
use crate::store::Store;

/// How much is held before it goes out as a part. 10,000 parts of it are more than an object may have.
const PART: usize = 8 * 1024 * 1024;

/// What fits one part goes in one request; the rest part by part.
///
/// A crash on the way leaves an upload that never becomes an object; the bucket's life-cycle rule for incomplete uploads removes it.
pub(super) async fn put_pieces<S: Pieces>(store: &Store, key: &StorageKey, pieces: &mut S) -> Answer<ObjectVersion> {
    let first = gather(pieces).await?;
    if first.len() < PART {
        return store.put(key, first).await;
    }
    let mut upload = Upload::begin(store, key, Condition::Anything).await?;
    match fill(&mut upload, first, pieces).await {
        Ok(()) => upload.complete().await,
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

async fn fill<S: Pieces>(upload: &mut Upload<'_>, mut part: Vec<u8>, pieces: &mut S) -> Answer<()> {
    loop {
        let is_last = part.len() < PART;
        if !part.is_empty() {
            upload.add(part).await?;
        }
        if is_last {
            return Ok(());
        }
        part = gather(pieces).await?;
    }
}

/// A whole part, or what is left.
async fn gather<S: Pieces>(pieces: &mut S) -> Answer<Vec<u8>> {
    let mut part = Vec::new();
    while part.len() < PART
        && let Some(piece) = pieces.next().await.map_err(|error| unavailable("the source of an object", error))?
    {
        part.extend(piece);
    }
    Ok(part)
}
