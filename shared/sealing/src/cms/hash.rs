//! Hash functions by their object identifiers.

use der::asn1::ObjectIdentifier;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::cms::oids;

/// A hash function that a container names, and what it has been fed. SHA-1 is none of them.
#[derive(Debug, Clone)]
pub(crate) enum ContentHasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl ContentHasher {
    pub(crate) fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            oids::SHA256 => Some(Self::Sha256(Sha256::new())),
            oids::SHA384 => Some(Self::Sha384(Sha384::new())),
            oids::SHA512 => Some(Self::Sha512(Sha512::new())),
            _ => None,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// The digest of something that is only looked up by it, such as a certificate: SHA-1 will do there, since a signature over the
/// thing itself is verified as well.
pub(crate) fn lookup_digest(oid: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    if oid == oids::SHA1 {
        return Some(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec());
    }
    let mut hasher = ContentHasher::of(oid)?;
    hasher.update(bytes);
    Some(hasher.finish())
}
