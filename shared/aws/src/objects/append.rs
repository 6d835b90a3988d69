//! Writing a new object made of another and of a suffix, without the other's bytes passing through here.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use segl_core::document::ObjectVersion;
use segl_core::ports::{Answer, Objects as _, PortError};
use segl_core::storage_key::StorageKey;

use super::{S3, conflict_or, object_version};
use crate::error::{port_error, rejected};
use crate::store::Store;

/// S3 takes no smaller part but as the last one of an upload.
const LEAST_PART: u64 = 5 * 1024 * 1024;

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
        };
    }
    let begun = store
        .s3
        .create_multipart_upload()
        .bucket(&store.bucket)
        .key(to.to_string())
        .content_type(to.media_type())
        .send()
        .await
        .map_err(|error| port_error(S3, error))?;
    let id = begun.upload_id.ok_or_else(|| rejected(S3, "an upload without an id was begun"))?;
    let upload = Upload { store, to: to.to_string(), condition: Condition::of(from, version, to), id, parts: Vec::new() };
    match upload.run(from, version, found.size, suffix).await {
        Ok(made) => Ok(made),
        Err((upload, error)) => {
            upload.abort().await;
            Err(error)
        }
    }
}

/// What must lie under the name for the new object to take its place.
enum Condition {
    Nothing,
    /// The bytes of this entity tag.
    Still(String),
}

impl Condition {
    fn of(from: &StorageKey, version: &ObjectVersion, to: &StorageKey) -> Self {
        if from == to { Self::Still(version.etag.clone()) } else { Self::Nothing }
    }
}

struct Upload<'a> {
    store: &'a Store,
    to: String,
    condition: Condition,
    id: String,
    parts: Vec<CompletedPart>,
}

impl<'a> Upload<'a> {
    async fn run(
        mut self,
        from: &StorageKey,
        version: &ObjectVersion,
        size: u64,
        suffix: Vec<u8>,
    ) -> Result<ObjectVersion, (Self, PortError)> {
        match self.try_run(from, version, size, suffix).await {
            Ok(made) => Ok(made),
            Err(error) => Err((self, error)),
        }
    }

    async fn try_run(&mut self, from: &StorageKey, version: &ObjectVersion, size: u64, suffix: Vec<u8>) -> Answer<ObjectVersion> {
        for (first, last) in parts(size) {
            self.copy(from, version, first, last).await?;
        }
        if !suffix.is_empty() {
            self.add(suffix).await?;
        }
        self.complete().await
    }

    async fn copy(&mut self, from: &StorageKey, version: &ObjectVersion, first: u64, last: u64) -> Answer<()> {
        let copied = self
            .store
            .s3
            .upload_part_copy()
            .bucket(&self.store.bucket)
            .key(&self.to)
            .upload_id(&self.id)
            .part_number(self.next())
            .copy_source(format!("{}/{from}?versionId={}", self.store.bucket, version.version))
            .copy_source_if_match(&version.etag)
            .copy_source_range(format!("bytes={first}-{last}"))
            .send()
            .await
            .map_err(conflict_or)?;
        self.note(copied.copy_part_result.and_then(|result| result.e_tag), None);
        Ok(())
    }

    async fn add(&mut self, suffix: Vec<u8>) -> Answer<()> {
        let added = self
            .store
            .s3
            .upload_part()
            .bucket(&self.store.bucket)
            .key(&self.to)
            .upload_id(&self.id)
            .part_number(self.next())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .body(ByteStream::from(suffix))
            .send()
            .await
            .map_err(|error| port_error(S3, error))?;
        self.note(added.e_tag, added.checksum_sha256);
        Ok(())
    }

    async fn complete(&self) -> Answer<ObjectVersion> {
        let request = self
            .store
            .s3
            .complete_multipart_upload()
            .bucket(&self.store.bucket)
            .key(&self.to)
            .upload_id(&self.id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(self.parts.clone())).build());
        let request = match &self.condition {
            Condition::Nothing => request.if_none_match("*"),
            Condition::Still(etag) => request.if_match(etag),
        };
        let made = request.send().await.map_err(conflict_or)?;
        object_version(made.version_id, made.e_tag)
    }

    /// What is left over costs money and nothing else, so a failure here changes nothing.
    async fn abort(self) {
        let request = self.store.s3.abort_multipart_upload().bucket(&self.store.bucket).key(&self.to).upload_id(&self.id);
        if let Err(error) = request.send().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "an unfinished upload is left to the life-cycle rule");
        }
    }

    /// The number of the next part. S3 counts from 1 to 10,000; at our size of parts that is more than an object may have.
    fn next(&self) -> i32 {
        i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX)
    }

    fn note(&mut self, etag: Option<String>, sha256: Option<String>) {
        let number = self.next();
        self.parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).set_checksum_sha256(sha256).build());
    }
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
