//! Writing a new object made of another and of a suffix, without the other's bytes passing through here.

use segl_core::document::ObjectVersion;
use segl_core::ports::{Answer, Objects as _, PortError};
use segl_core::storage_key::StorageKey;

use super::S3;
use super::upload::{Condition, LEAST_PART, Upload};
use crate::error::rejected;
use crate::store::Store;

/// Copied within one request. S3 takes up to 5 GiB, and takes the longer for it.
const PART: u64 = 128 * 1024 * 1024;

/// What is small is read and written; the rest is copied part by part by S3 itself.
///
/// A crash on the way leaves an upload that never becomes an object; the bucket's life-cycle rule for incomplete uploads removes it.
pub(super) async fn append_to_copy(
    store: &Store,
    from: &StorageKey,
    version: &ObjectVersion,
    suffix: Vec<u8>,
    to: &StorageKey,
) -> Answer<ObjectVersion> {
    let found = store.head_version(from, Some(&version.version)).await?.ok_or_else(|| rejected(S3, "no such version"))?;
    if found.version.etag != version.etag {
        return Err(PortError::Conflict);
    }
    if found.size < LEAST_PART {
        let whole = store.read(from, Some(&version.version), LEAST_PART).await?;
        let mut whole = whole.ok_or_else(|| rejected(S3, "no such version"))?;
        whole.extend(suffix);
        return match Condition::of(from, version, to) {
            Condition::Nothing => store.put_new(to, whole).await,
            Condition::Still(etag) => store.send_put(store.put_request(to, whole).if_match(etag)).await,
            Condition::Anything => store.put(to, whole).await,
        };
    }
    let mut upload = Upload::begin(store, to, Condition::of(from, version, to)).await?;
    match fill(&mut upload, from, version, found.size, suffix).await {
        Ok(()) => upload.complete().await,
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

async fn fill(upload: &mut Upload<'_>, from: &StorageKey, version: &ObjectVersion, size: u64, suffix: Vec<u8>) -> Answer<()> {
    for (first, last) in parts(size) {
        upload.copy(from, version, first, last).await?;
    }
    if suffix.is_empty() { Ok(()) } else { upload.add(suffix).await }
}

/// The parts, as first and last byte, in which an object of `size` bytes is copied: none below the least size.
fn parts(size: u64) -> Vec<(u64, u64)> {
    let mut parts = Vec::new();
    let mut first = 0;
    while first < size {
        let rest = size - first;
        // What would be left over must not be too small to be a part of its own.
        let length = if rest < PART + LEAST_PART { rest } else { PART };
        parts.push((first, first + length - 1));
        first += length;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_object_and_none_is_too_small(size in LEAST_PART..20 * PART) {
            let parts = parts(size);
            let mut next = 0;
            for (first, last) in parts {
                prop_assert_eq!(first, next);
                let length = last + 1 - first;
                prop_assert!((LEAST_PART..PART + LEAST_PART).contains(&length), "{}", length);
                next = last + 1;
            }
            prop_assert_eq!(next, size);
        }
    }

    #[test]
    fn sizes_around_a_part_are_cut_as_they_should() {
        for (size, count) in [(LEAST_PART, 1), (PART, 1), (PART + LEAST_PART - 1, 1), (PART + LEAST_PART, 2), (2 * PART + 1, 2)] {
            assert_eq!(parts(size).len(), count, "{size}");
        }
    }
}
