//! The digest of a document, kept in a form that can be continued later.
//!
//! A sealed file is the original followed by an increment. Whoever keeps the *state* of the hash after the last byte of
//! the original can later hash the increment alone and knows the digest of the whole. That makes the cost of sealing
//! independent of the document's size.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256, Sha384};

use crate::algorithm::{HashAlgorithm, KeyKind};
use crate::cms::hash::ContentHasher;
use crate::hex;

/// Hashes a document while it streams in.
///
/// A P-384 key signs nothing but SHA-384, and the document will not be read again, so that function may have to run along; it costs
/// three times as much as SHA-256 where the processor has instructions for the latter.
#[derive(Clone, Debug)]
pub struct PrefixHasher {
    sha256: Sha256,
    sha384: Option<Sha384>,
    len: u64,
}

impl PrefixHasher {
    /// A hasher that has seen nothing, for a seal by a key of any kind.
    pub fn new() -> Self {
        Self::for_key(KeyKind::P384)
    }

    /// The same for a seal by a key of this kind; for another kind it may be of no use.
    pub fn for_key(kind: KeyKind) -> Self {
        Self { sha256: Sha256::new(), sha384: (kind == KeyKind::P384).then(Sha384::new), len: 0 }
    }

    /// Takes the next bytes of the document.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sha384) = &mut self.sha384 {
            sha384.update(bytes);
        }
        self.len += bytes.len() as u64;
    }

    /// The digest and the state after the last byte.
    pub fn finish(self) -> PrefixDigest {
        PrefixDigest {
            sha256: self.sha256.clone().finalize().into(),
            state: PrefixState { sha256: self.sha256, sha384: self.sha384 },
            len: self.len,
        }
    }
}

impl Default for PrefixHasher {
    fn default() -> Self {
        Self::new()
    }
}

/// What is kept of a document's bytes: its SHA-256, its length and the state from which hashing goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrefixDigest {
    /// SHA-256 of the whole document.
    #[serde(with = "hex::array")]
    pub sha256: [u8; 32],
    /// The state of the hash functions after the last byte.
    pub state: PrefixState,
    /// The document's length in bytes.
    pub len: u64,
}

impl PrefixDigest {
    /// Hashes a document that is in memory.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = PrefixHasher::new();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The digest of the document with these bytes behind it.
    pub(crate) fn followed_by(&self, bytes: &[u8]) -> Self {
        let PrefixState { sha256, sha384 } = self.state.clone();
        let mut hasher = PrefixHasher { sha256, sha384, len: self.len };
        hasher.update(bytes);
        hasher.finish()
    }
}

/// The state of SHA-256, and of SHA-384 where it ran along, between two bytes. Stored as hex.
///
/// The state holds up to one block of the document's last bytes in clear, so it is as confidential as the document.
#[derive(Clone, Debug)]
pub struct PrefixState {
    pub(crate) sha256: Sha256,
    pub(crate) sha384: Option<Sha384>,
}

impl PrefixState {
    /// A hash function that goes on from here; `None` when that function did not run along.
    pub(crate) fn hasher(&self, hash: HashAlgorithm) -> Option<ContentHasher> {
        match hash {
            HashAlgorithm::Sha256 => Some(ContentHasher::Sha256(self.sha256.clone())),
            HashAlgorithm::Sha384 => self.sha384.clone().map(ContentHasher::Sha384),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct StoredState {
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha384: Option<String>,
}

impl Serialize for PrefixState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sha256 = hex::encode(&self.sha256.serialize());
        let sha384 = self.sha384.as_ref().map(|sha384| hex::encode(&sha384.serialize()));
        StoredState { sha256, sha384 }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PrefixState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredState::deserialize(deserializer)?;
        Ok(Self { sha256: restore(&stored.sha256)?, sha384: stored.sha384.as_deref().map(restore).transpose()? })
    }
}

fn restore<H: SerializableState, E: serde::de::Error>(text: &str) -> Result<H, E> {
    let bytes = hex::decode(text).ok_or_else(|| E::custom("the hash state is not hex"))?;
    let state = SerializedState::<H>::try_from(bytes.as_slice()).map_err(|_| E::custom("the hash state has a wrong length"))?;
    H::deserialize(&state).map_err(|_| E::custom("the hash state is not one of this hash function"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_state_goes_on_where_it_stopped() {
        let document: Vec<u8> = (0..100_000u32).map(|i| (i * 31 % 251) as u8).collect();
        for cut in [0, 1, 55, 63, 64, 65, 127, 128, 129, 4096, 99_999, 100_000] {
            let stored = serde_json::to_string(&PrefixDigest::of(&document[..cut])).expect("serializes");
            let PrefixDigest { mut state, len, sha256 } = serde_json::from_str(&stored).expect("deserializes");
            assert_eq!(len, cut as u64);
            assert_eq!(sha256[..], Sha256::digest(&document[..cut])[..]);
            state.sha256.update(&document[cut..]);
            let mut sha384 = state.sha384.expect("it ran along");
            sha384.update(&document[cut..]);
            assert_eq!(state.sha256.finalize(), Sha256::digest(&document), "SHA-256 cut at {cut}");
            assert_eq!(sha384.finalize(), Sha384::digest(&document), "SHA-384 cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_state_is_an_error() {
        let good = serde_json::to_value(PrefixDigest::of(b"abc")).expect("serializes");
        for damage in ["", "zz", "00", &"ff".repeat(105)] {
            let mut bad = good.clone();
            bad["state"]["sha256"] = damage.into();
            assert!(serde_json::from_value::<PrefixDigest>(bad).is_err(), "{damage}");
        }
    }
}
