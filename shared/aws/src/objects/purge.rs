//! Removing objects with all their versions, so that nothing of them is left.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use segl_core::ports::Answer;

use super::S3;
use crate::error::{port_error, rejected, unavailable};
use crate::store::Store;

/// Removes every version and every delete marker of the objects whose name begins with `prefix` and that are `wanted`.
///
/// A crash on the way leaves the rest; whoever comes again removes it.
pub(super) async fn remove_versions(store: &Store, prefix: &str, wanted: impl Fn(&str) -> bool) -> Answer<()> {
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let page = store
            .s3
            .list_object_versions()
            .bucket(&store.bucket)
            .prefix(prefix)
            .set_key_marker(key_marker)
            .set_version_id_marker(version_marker)
            .send()
            .await
            .map_err(|error| port_error(S3, error))?;
        let versions = page.versions.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
        let markers = page.delete_markers.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
        let mut doomed = Vec::new();
        for (key, version) in versions.chain(markers) {
            let Some(key) = key.filter(|key| wanted(key)) else { continue };
            doomed.push(ObjectIdentifier::builder().key(key).set_version_id(version).build().map_err(|error| rejected(S3, error))?);
        }
        remove(store, doomed).await?;
        if !page.is_truncated.unwrap_or(false) {
            return Ok(());
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

/// A page of a listing has at most 1,000 entries, which is what one request may remove.
async fn remove(store: &Store, doomed: Vec<ObjectIdentifier>) -> Answer<()> {
    if doomed.is_empty() {
        return Ok(());
    }
    let delete = Delete::builder().set_objects(Some(doomed)).quiet(true).build().map_err(|error| rejected(S3, error))?;
    let answer = store.s3.delete_objects().bucket(&store.bucket).delete(delete).send().await.map_err(|error| port_error(S3, error))?;
    // The answer is a success even where single entries failed.
    match answer.errors.unwrap_or_default().first() {
        None => Ok(()),
        Some(first) => {
            let code = first.code.clone().unwrap_or_default();
            if code == "AccessDenied" { Err(rejected(S3, NotRemoved(code))) } else { Err(unavailable(S3, NotRemoved(code))) }
        }
    }
}

/// An entry of a request to remove objects failed.
#[derive(Debug, thiserror::Error)]
#[error("an object was not removed: {0}")]
struct NotRemoved(String);
