//! A new object in parts.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use segl_core::document::ObjectVersion;
use segl_core::ports::Answer;
use segl_core::storage_key::StorageKey;

use super::{S3, conflict_or, object_version};
use crate::error::{port_error, rejected};
use crate::store::Store;

/// S3 takes no smaller part but as the last one of an upload.
pub(super) const LEAST_PART: u64 = 5 * 1024 * 1024;

/// What must lie under the name for the new object to take its place.
pub(super) enum Condition {
    /// Whatever lies there.
    Anything,
    /// Nothing may lie there.
    Nothing,
    /// The bytes of this entity tag.
    Still(String),
}

impl Condition {
    /// That of an object which is made of another: it takes the place of the other alone.
    pub(super) fn of(from: &StorageKey, version: &ObjectVersion, to: &StorageKey) -> Self {
        if from == to { Self::Still(version.etag.clone()) } else { Self::Nothing }
    }
}

/// An upload that is under way.
pub(super) struct Upload<'a> {
    store: &'a Store,
    to: String,
    condition: Condition,
    id: String,
    parts: Vec<CompletedPart>,
}

impl<'a> Upload<'a> {
    /// Begins an upload. It is no object before it is complete.
    pub(super) async fn begin(store: &'a Store, to: &StorageKey, condition: Condition) -> Answer<Self> {
        let begun = store
            .s3
            .create_multipart_upload()
            .bucket(&store.bucket)
            .key(to.to_string())
            .content_type(to.media_type())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .send()
            .await
            .map_err(|error| port_error(S3, error))?;
        let id = begun.upload_id.ok_or_else(|| rejected(S3, "an upload without an id was begun"))?;
        Ok(Self { store, to: to.to_string(), condition, id, parts: Vec::new() })
    }

    /// Adds a part that S3 copies by itself.
    pub(super) async fn copy(&mut self, from: &StorageKey, version: &ObjectVersion, first: u64, last: u64) -> Answer<()> {
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
        let (etag, sha256) = copied.copy_part_result.map(|result| (result.e_tag, result.checksum_sha256)).unwrap_or_default();
        self.note(etag, sha256);
        Ok(())
    }

    /// Adds a part.
    pub(super) async fn add(&mut self, bytes: Vec<u8>) -> Answer<()> {
        let added = self
            .store
            .s3
            .upload_part()
            .bucket(&self.store.bucket)
            .key(&self.to)
            .upload_id(&self.id)
            .part_number(self.next())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| port_error(S3, error))?;
        self.note(added.e_tag, added.checksum_sha256);
        Ok(())
    }

    /// Makes the parts an object. What is left over after a failure costs money until a life-cycle rule removes it, and nothing else.
    pub(super) async fn complete(self) -> Answer<ObjectVersion> {
        let request = self
            .store
            .s3
            .complete_multipart_upload()
            .bucket(&self.store.bucket)
            .key(&self.to)
            .upload_id(&self.id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(self.parts)).build());
        let request = match &self.condition {
            Condition::Nothing => request.if_none_match("*"),
            Condition::Still(etag) => request.if_match(etag),
            Condition::Anything => request,
        };
        let made = request.send().await.map_err(conflict_or)?;
        object_version(made.version_id, made.e_tag)
    }

    /// What is left over costs money and nothing else, so a failure here changes nothing.
    pub(super) async fn abort(self) {
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
