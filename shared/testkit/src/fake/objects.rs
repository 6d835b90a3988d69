//! Objects in memory.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use segl_core::document::ObjectVersion;
use segl_core::id::{OrderId, Sha256};
use segl_core::ports::{Answer, ObjectHead, Objects, Pieces, PortError};
use segl_core::storage_key::StorageKey;

use super::{Arrival, Defect, Fake, StoredVersion, World, rejected};
use crate::contract::Http;

/// Small, so that even short test documents come in several pieces.
const PIECE: usize = 1000;

impl Objects for Fake {
    async fn put(&self, key: &StorageKey, bytes: Vec<u8>) -> Answer<ObjectVersion> {
        self.call("objects.put", |world, now| Ok(world.put(key, bytes, now))).await
    }

    async fn put_new(&self, key: &StorageKey, bytes: Vec<u8>) -> Answer<ObjectVersion> {
        self.call("objects.put_new", |world, now| world.put_new(key, bytes, now)).await
    }

    async fn put_pieces<S: Pieces>(&self, key: &StorageKey, pieces: &mut S) -> Answer<ObjectVersion> {
        let mut bytes = Vec::new();
        let failed = |error: std::io::Error| PortError::Unavailable { service: "the source of an object", source: error.into() };
        while let Some(piece) = pieces.next().await.map_err(failed)? {
            bytes.extend(piece);
        }
        self.call("objects.put_pieces", |world, now| Ok(world.put(key, bytes, now))).await
    }

    async fn head(&self, key: &StorageKey) -> Answer<Option<ObjectHead>> {
        self.call("objects.head", |world, _| {
            Ok(world.find(key, None).map(|found| ObjectHead { version: found.name(), size: found.bytes.len() as u64 }))
        })
        .await
    }

    async fn read(&self, key: &StorageKey, version: Option<&str>, limit: u64) -> Answer<Option<Vec<u8>>> {
        self.call("objects.read", |world, _| match world.find(key, version) {
            Some(found) if found.bytes.len() as u64 > limit => Err(rejected("fake", "the object is larger than the reader allows")),
            found => Ok(found.map(|found| found.bytes.clone())),
        })
        .await
    }

    async fn read_range(&self, key: &StorageKey, version: &str, range: Range<u64>) -> Answer<Vec<u8>> {
        self.call("objects.read_range", |world, _| {
            let found = world.find(key, Some(version)).ok_or_else(|| rejected("fake", "no such version"))?;
            let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(found.bytes.len());
            Ok(found.bytes.get(at(range.start)..at(range.end)).unwrap_or_default().to_vec())
        })
        .await
    }

    async fn stream<S>(&self, key: &StorageKey, version: &str, mut sink: S) -> Answer<()>
    where
        S: FnMut(&[u8]) -> std::io::Result<()> + Send,
    {
        self.call("objects.stream", |world, _| {
            let found = world.find(key, Some(version)).ok_or_else(|| rejected("fake", "no such version"))?;
            found
                .bytes
                .chunks(PIECE)
                .try_for_each(&mut sink)
                .map_err(|error| PortError::Unavailable { service: "the reader of an object", source: error.into() })
        })
        .await
    }

    async fn append_to_copy(&self, from: &StorageKey, version: &ObjectVersion, suffix: Vec<u8>, to: &StorageKey) -> Answer<ObjectVersion> {
        self.call("objects.append_to_copy", |world, now| {
            let found = world.find(from, Some(&version.version)).ok_or_else(|| rejected("fake", "no such version"))?;
            if found.etag != version.etag {
                return Err(PortError::Conflict);
            }
            let bytes = [found.bytes.clone(), suffix].concat();
            if to != from {
                return world.put_new(to, bytes, now);
            }
            match world.find(to, None) {
                Some(newest) if newest.etag == version.etag => Ok(world.put(to, bytes, now)),
                _ => Err(PortError::Conflict),
            }
        })
        .await
    }

    async fn announce_again(&self, key: &StorageKey) -> Answer<()> {
        self.call("objects.announce_again", |world, now| {
            if let Some(bytes) = world.find(key, None).map(|found| found.bytes.clone()) {
                world.put(key, bytes, now);
            }
            Ok(())
        })
        .await
    }

    async fn listed(&self, order: OrderId) -> Answer<Vec<(StorageKey, Timestamp)>> {
        self.call("objects.listed", |world, _| {
            let prefixes = StorageKey::prefixes(order);
            let its = world.objects.iter().filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
            let newest = its.filter_map(|(name, versions)| Some((name, versions.last().filter(|newest| !newest.retired)?)));
            Ok(newest.filter_map(|(name, newest)| Some((name.parse().ok()?, newest.written))).collect())
        })
        .await
    }

    async fn purge(&self, order: OrderId) -> Answer<()> {
        self.call("objects.purge", |world, _| {
            let prefixes = StorageKey::prefixes(order);
            world.objects.retain(|name, _| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
            Ok(())
        })
        .await
    }

    async fn purge_evidence(&self, order: OrderId) -> Answer<()> {
        self.call("objects.purge_evidence", |world, _| {
            world.objects.retain(|name, _| !name.starts_with(&StorageKey::evidence(order)));
            Ok(())
        })
        .await
    }

    async fn purge_copies(&self, order: OrderId) -> Answer<()> {
        self.call("objects.purge_copies", |world, _| {
            let prefixes = StorageKey::copies(order);
            world.objects.retain(|name, _| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
            Ok(())
        })
        .await
    }

    async fn remove(&self, key: &StorageKey) -> Answer<()> {
        self.call("objects.remove", |world, _| {
            world.objects.remove(&key.to_string());
            Ok(())
        })
        .await
    }

    async fn retire(&self, key: &StorageKey) -> Answer<()> {
        self.call("objects.retire", |world, _| {
            for version in world.objects.get_mut(&key.to_string()).into_iter().flatten() {
                version.retired = true;
            }
            Ok(())
        })
        .await
    }

    async fn upload_url(&self, key: &StorageKey, valid: SignedDuration) -> Answer<String> {
        self.call("objects.upload_url", |_, now| Ok(url("put", key, "", now + valid))).await
    }

    async fn download_url(&self, key: &StorageKey, version: &str, file_name: &str, valid: SignedDuration) -> Answer<String> {
        let _ = file_name;
        self.call("objects.download_url", |_, now| Ok(url("get", key, version, now + valid))).await
    }
}

/// Nobody can reach this host (RFC 2606); [`Http`] for the fake understands it.
fn url(method: &str, key: &StorageKey, version: &str, until: Timestamp) -> String {
    format!("https://objects.invalid/{method}/{}/{version}/{key}", until.as_millisecond())
}

impl Http for Fake {
    async fn upload(&self, url: &str, bytes: Vec<u8>) -> u16 {
        let Some((key, _)) = self.holder("put", url) else { return 403 };
        let mut script = self.lock();
        let now = script.now;
        script.world.put(&key, bytes, now);
        200
    }

    async fn download(&self, url: &str) -> (u16, Vec<u8>) {
        let Some((key, version)) = self.holder("get", url) else { return (403, Vec::new()) };
        self.lock().world.find(&key, Some(&version)).map_or((404, Vec::new()), |found| (200, found.bytes.clone()))
    }
}

impl Fake {
    /// What the holder of an address that has not lapsed may touch.
    fn holder(&self, method: &str, url: &str) -> Option<(StorageKey, String)> {
        let rest = url.strip_prefix("https://objects.invalid/")?.strip_prefix(method)?.strip_prefix('/')?;
        let (until, rest) = rest.split_once('/')?;
        let (version, key) = rest.split_once('/')?;
        let until = Timestamp::from_millisecond(until.parse().ok()?).ok()?;
        (self.lock().now < until).then_some((key.parse().ok()?, version.to_owned()))
    }
}

impl StoredVersion {
    fn name(&self) -> ObjectVersion {
        ObjectVersion { version: self.version.clone(), etag: self.etag.clone() }
    }
}

impl World {
    /// Versions are only ever added here and removed with their name, so that none can change.
    fn put(&mut self, key: &StorageKey, bytes: Vec<u8>, now: Timestamp) -> ObjectVersion {
        self.versions_made += 1;
        let stored = StoredVersion {
            version: format!("v{:08}", self.versions_made),
            etag: format!("\"{}\"", &Sha256::of(&bytes).to_string()[..32]),
            bytes,
            written: now,
            retired: false,
        };
        let name = stored.name();
        self.objects.entry(key.to_string()).or_default().push(stored);
        self.arrivals.push(Arrival { key: key.clone(), version: name.version.clone() });
        name
    }

    fn put_new(&mut self, key: &StorageKey, bytes: Vec<u8>, now: Timestamp) -> Answer<ObjectVersion> {
        let taken = self.find(key, None).is_some() && self.defect != Some(Defect::NoNewObject);
        if taken { Err(PortError::Conflict) } else { Ok(self.put(key, bytes, now)) }
    }

    fn find(&self, key: &StorageKey, version: Option<&str>) -> Option<&StoredVersion> {
        let versions = self.objects.get(&key.to_string())?;
        match version {
            Some(version) => versions.iter().find(|stored| stored.version == version),
            None => versions.last().filter(|newest| !newest.retired),
        }
    }
}
