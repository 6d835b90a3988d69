//! Files in and out: small ones in the answer, large ones by redirect to storage; addresses for those that are uploaded.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use segl_core::ports::PortError;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_dialects::native::view::UploadView;

use crate::reply::{MAX_INLINE, Reply};
use crate::service::Storage;

/// How long an address in storage is good. The caller follows it at once.
const VALID: SignedDuration = SignedDuration::from_mins(5);

/// Answers one version of an object as a file to save.
pub async fn reply<P: Storage>(ports: &P, key: &StorageKey, version: &str, size: u64, name: &str) -> Result<Reply, Error> {
    if size > MAX_INLINE {
        return Ok(Reply::see_other(&ports.download_url(key, version, name, VALID).await?));
    }
    let bytes = ports
        .read(key, Some(version), MAX_INLINE)
        .await?
        .ok_or_else(|| PortError::Corrupt { key: key.to_string(), source: "the object is gone, and the order refers to it".into() })?;
    Ok(Reply::file(key.media_type(), name, bytes))
}

/// How long an upload address is good. The order can be read again for a fresh one.
const UPLOAD_VALID: SignedDuration = SignedDuration::from_hours(1);

/// A fresh address to which a document can be uploaded.
pub async fn upload<P: Storage>(ports: &P, key: &StorageKey) -> Result<UploadView, Error> {
    let url = ports.upload_url(key, UPLOAD_VALID).await?;
    Ok(UploadView::put(url, BTreeMap::new(), ports.now() + UPLOAD_VALID))
}

/// The name under which a document is saved: the creator's file name, or the title, always ending in `.pdf`.
pub fn name(file_name: Option<&str>, title: &str, sealed: bool) -> String {
    let name = file_name.unwrap_or(title);
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.eq_ignore_ascii_case("pdf") => stem,
        _ => name,
    };
    format!("{stem}{}.pdf", if sealed { "-sealed" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_what_the_creator_called_them() {
        for (file_name, title, sealed, expected) in [
            (Some("lease.pdf"), "Lease", false, "lease.pdf"),
            (Some("lease.PDF"), "Lease", true, "lease-sealed.pdf"),
            (None, "Lease no. 7", true, "Lease no. 7-sealed.pdf"),
            (Some(".pdf"), "Lease", false, ".pdf.pdf"),
        ] {
            assert_eq!(name(file_name, title, sealed), expected);
        }
    }
}
