//! Listing an order's objects.

use jiff::Timestamp;
use segl_core::id::OrderId;
use segl_core::ports::Answer;
use segl_core::storage_key::StorageKey;

use super::S3;
use crate::error::{port_error, rejected};
use crate::store::Store;

/// The newest versions below each prefix of an order, unless they are delete markers.
pub(super) async fn list(store: &Store, order: OrderId) -> Answer<Vec<(StorageKey, Timestamp)>> {
    let mut found = Vec::new();
    for prefix in StorageKey::prefixes(order) {
        let mut pages = store.s3.list_objects_v2().bucket(&store.bucket).prefix(prefix).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| port_error(S3, error))?;
            for object in page.contents() {
                let Some(key) = object.key().and_then(|key| key.parse().ok()) else { continue };
                let written = object.last_modified().ok_or_else(|| rejected(S3, "a listing without times"))?;
                found.push((key, Timestamp::from_second(written.secs()).map_err(|error| rejected(S3, error))?));
            }
        }
    }
    Ok(found)
}
