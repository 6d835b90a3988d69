//! What is sent, out of storage.

use std::io;
use std::ops::Range;

use segl_core::id::OrderId;
use segl_core::ports::Objects;
use segl_core::storage_key::StorageKey;

use crate::http::{Contents, Source};
use crate::work::evidence;
use crate::work::settle::Frozen;

/// The sealed documents of an order, and its evidence.
pub(super) struct Documents<'a, P> {
    pub(super) ports: &'a P,
    pub(super) order: OrderId,
    pub(super) sealed: &'a [Frozen],
    pub(super) evidence: Option<&'a evidence::Frozen>,
}

impl<P: Objects> Contents for Documents<'_, P> {
    async fn read(&self, source: Source, range: Range<u64>) -> io::Result<Vec<u8>> {
        let wanted = range.end - range.start;
        let (key, version) = match source {
            Source::Evidence => {
                let evidence = self.evidence.ok_or(io::ErrorKind::NotFound)?;
                (evidence.key(self.order), &evidence.version)
            }
            Source::Sealed(index) => {
                let sealed = self.sealed.iter().find(|sealed| sealed.document == index).ok_or(io::ErrorKind::NotFound)?;
                (StorageKey::Sealed(self.order, index, sealed.attempt.clone()), &sealed.version)
            }
        };
        let bytes = self.ports.read_range(&key, version, range).await.map_err(io::Error::other)?;
        if bytes.len() as u64 == wanted { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
