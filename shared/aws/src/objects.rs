//! Objects in the bucket.

mod append;
mod disposition;
mod list;
mod pieces;
mod purge;
mod upload;

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, MetadataDirective};
use jiff::{SignedDuration, Timestamp};
use segl_core::document::ObjectVersion;
use segl_core::id::OrderId;
use segl_core::ports::{Answer, ObjectHead, Objects, Pieces, PortError};
use segl_core::storage_key::StorageKey;

use crate::error::{code, port_error, rejected, status, unavailable};
use crate::store::Store;
use disposition::attachment;

/// The service's name in errors.
const S3: &str = "S3";

impl Objects for Store {
    async fn put(&self, key: &StorageKey, bytes: Vec<u8>) -> Answer<ObjectVersion> {
        self.send_put(self.put_request(key, bytes)).await
    }

    /// A try that took effect without an answer is repeated by the SDK and then conflicts with itself. Names of this kind hold the id
    /// of one attempt, so that its maker finds its own object there.
    async fn put_new(&self, key: &StorageKey, bytes: Vec<u8>) -> Answer<ObjectVersion> {
        self.send_put(self.put_request(key, bytes).if_none_match("*")).await
    }

    async fn put_pieces<S: Pieces>(&self, key: &StorageKey, pieces: &mut S) -> Answer<ObjectVersion> {
        pieces::put_pieces(self, key, pieces).await
    }

    async fn head(&self, key: &StorageKey) -> Answer<Option<ObjectHead>> {
        self.head_version(key, None).await
    }

    async fn read(&self, key: &StorageKey, version: Option<&str>, limit: u64) -> Answer<Option<Vec<u8>>> {
        let Some(mut object) = self.open(key, version).await? else { return Ok(None) };
        let too_large = || rejected(S3, "the object is larger than its reader allows");
        let announced = length(object.content_length);
        if announced > limit {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(announced).map_err(|error| rejected(S3, error))?);
        while let Some(piece) = object.body.next().await {
            let piece = piece.map_err(|error| unavailable(S3, error))?;
            if bytes.len() as u64 + piece.len() as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Some(bytes))
    }

    async fn read_range(&self, key: &StorageKey, version: &str, range: Range<u64>) -> Answer<Vec<u8>> {
        // No bytes cannot be asked for.
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else { return Ok(Vec::new()) };
        let request = self.s3.get_object().bucket(&self.bucket).key(key.to_string()).version_id(version);
        match request.range(format!("bytes={}-{last}", range.start)).send().await {
            Ok(mut object) => {
                // A server may send everything all the same (RFC 9110, 14.2); that of the laptop does for versions.
                let number = |count: u64| usize::try_from(count).map_err(|error| unavailable(S3, error));
                let mut before = number(if object.content_range().is_none() { range.start } else { 0 })?;
                let mut wanted = number(range.end - range.start)?;
                let mut bytes = Vec::new();
                while wanted > 0
                    && let Some(piece) = object.body.next().await
                {
                    let piece = piece.map_err(|error| unavailable(S3, error))?;
                    let skipped = before.min(piece.len());
                    let taken = wanted.min(piece.len() - skipped);
                    bytes.extend_from_slice(&piece[skipped..skipped + taken]);
                    (before, wanted) = (before - skipped, wanted - taken);
                }
                Ok(bytes)
            }
            // The object ends before.
            Err(error) if status(&error) == Some(416) => Ok(Vec::new()),
            Err(error) if is_missing(&error) => Err(rejected(S3, "no such version")),
            Err(error) => Err(port_error(S3, error)),
        }
    }

    async fn stream<S>(&self, key: &StorageKey, version: &str, mut sink: S) -> Answer<()>
    where
        S: FnMut(&[u8]) -> std::io::Result<()> + Send,
    {
        let mut object = self.open(key, Some(version)).await?.ok_or_else(|| rejected(S3, "no such version"))?;
        while let Some(piece) = object.body.next().await {
            let piece = piece.map_err(|error| unavailable(S3, error))?;
            sink(&piece).map_err(|error| unavailable("the reader of an object", error))?;
        }
        Ok(())
    }

    async fn append_to_copy(&self, from: &StorageKey, version: &ObjectVersion, suffix: Vec<u8>, to: &StorageKey) -> Answer<ObjectVersion> {
        append::append_to_copy(self, from, version, suffix, to).await
    }

    async fn announce_again(&self, key: &StorageKey) -> Answer<()> {
        let copied = self
            .s3
            .copy_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .copy_source(format!("{}/{key}", self.bucket))
            // S3 refuses to copy an object onto itself that stays the same in every respect; replacing what is said of it is enough.
            .metadata_directive(MetadataDirective::Replace)
            .content_type(key.media_type())
            .send()
            .await;
        match copied {
            Err(error) if is_missing(&error) => Ok(()),
            other => other.map(drop).map_err(|error| port_error(S3, error)),
        }
    }

    async fn listed(&self, order: OrderId) -> Answer<Vec<(StorageKey, Timestamp)>> {
        list::list(self, order).await
    }

    async fn purge(&self, order: OrderId) -> Answer<()> {
        for prefix in StorageKey::prefixes(order) {
            purge::remove_versions(self, &prefix, |_| true).await?;
        }
        Ok(())
    }

    async fn purge_evidence(&self, order: OrderId) -> Answer<()> {
        purge::remove_versions(self, &StorageKey::evidence(order), |_| true).await
    }

    async fn purge_copies(&self, order: OrderId) -> Answer<()> {
        for prefix in StorageKey::copies(order) {
            purge::remove_versions(self, &prefix, |_| true).await?;
        }
        Ok(())
    }

    async fn remove(&self, key: &StorageKey) -> Answer<()> {
        let name = key.to_string();
        // `originals/x/1` is the beginning of `originals/x/10`, too.
        purge::remove_versions(self, &name, |found| found == name).await
    }

    async fn retire(&self, key: &StorageKey) -> Answer<()> {
        // Without a version, the store of versions puts a marker on top and removes nothing.
        let request = self.s3.delete_object().bucket(&self.bucket).key(key.to_string());
        request.send().await.map(drop).map_err(|error| port_error(S3, error))
    }

    /// Lapses no later than the function's own credentials do.
    async fn upload_url(&self, key: &StorageKey, valid: SignedDuration) -> Answer<String> {
        let request = self.s3.put_object().bucket(&self.bucket).key(key.to_string());
        let presigned = request.presigned(lapsing(valid)?).await.map_err(|error| port_error(S3, error))?;
        Ok(presigned.uri().to_owned())
    }

    /// Lapses no later than the function's own credentials do.
    async fn download_url(&self, key: &StorageKey, version: &str, file_name: &str, valid: SignedDuration) -> Answer<String> {
        let request = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .version_id(version)
            .response_content_type(key.media_type())
            .response_content_disposition(attachment(file_name));
        let presigned = request.presigned(lapsing(valid)?).await.map_err(|error| port_error(S3, error))?;
        Ok(presigned.uri().to_owned())
    }
}

impl Store {
    fn put_request(&self, key: &StorageKey, bytes: Vec<u8>) -> PutObjectFluentBuilder {
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(key.to_string())
            .content_type(key.media_type())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .body(ByteStream::from(bytes))
    }

    async fn send_put(&self, request: PutObjectFluentBuilder) -> Answer<ObjectVersion> {
        let stored = request.send().await.map_err(conflict_or)?;
        object_version(stored.version_id, stored.e_tag)
    }

    async fn head_version(&self, key: &StorageKey, version: Option<&str>) -> Answer<Option<ObjectHead>> {
        let request = self.s3.head_object().bucket(&self.bucket).key(key.to_string()).set_version_id(version.map(str::to_owned));
        match request.send().await {
            Ok(head) => {
                let size = length(head.content_length);
                Ok(Some(ObjectHead { version: object_version(head.version_id, head.e_tag)?, size }))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(port_error(S3, error)),
        }
    }

    async fn open(&self, key: &StorageKey, version: Option<&str>) -> Answer<Option<GetObjectOutput>> {
        let request = self.s3.get_object().bucket(&self.bucket).key(key.to_string()).set_version_id(version.map(str::to_owned));
        match request.send().await {
            Ok(object) => Ok(Some(object)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(port_error(S3, error)),
        }
    }
}

fn object_version(version: Option<String>, etag: Option<String>) -> Answer<ObjectVersion> {
    match (version, etag) {
        (Some(version), Some(etag)) => Ok(ObjectVersion { version, etag }),
        _ => Err(rejected(S3, "the bucket keeps no versions; switch versioning on")),
    }
}

/// S3 answers no negative lengths; one that it leaves out counts as nothing.
fn length(raw: Option<i64>) -> u64 {
    raw.and_then(|length| u64::try_from(length).ok()).unwrap_or(0)
}

/// No such object or version. S3 says so only to those who may list the bucket; others are told that access is denied.
fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    status(error) == Some(404) && code(error) != Some("NoSuchBucket")
}

/// The condition of a write did not hold (412), or somebody else is writing under the same name right now (409).
fn conflict_or<E>(error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match status(&error) {
        Some(409 | 412) => PortError::Conflict,
        _ => port_error(S3, error),
    }
}

fn lapsing(valid: SignedDuration) -> Answer<PresigningConfig> {
    let valid = Duration::try_from(valid).map_err(|error| rejected(S3, error))?;
    PresigningConfig::expires_in(valid).map_err(|error| rejected(S3, error))
}
