//! Salted commitments: how the audit trail names a person without holding personal data.

use std::fmt;

use serde::Serialize;

use crate::id::Sha256;

/// 32 random bytes that belong to one signer. While the salt is kept, a commitment can be opened; once it is erased, nobody can tell
/// any more whom the commitment names, not even by trying every identity number there is.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// Commits to `value`: SHA-256 over the salt and the canonical JSON (RFC 8785) of the value.
pub fn commit<T: Serialize>(salt: &Salt, value: &T) -> Sha256 {
    let mut bytes = salt.0.to_vec();
    bytes.extend(canonical_json(value));
    Sha256::of(&bytes)
}

/// Canonical JSON (RFC 8785, JCS) of one of our own types.
pub fn canonical_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("our own types have string keys and finite numbers only, which JCS can express")
}
