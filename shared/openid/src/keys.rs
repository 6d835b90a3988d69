//! A provider's keys (RFC 7517).

use segl_core::jwk::PublicKey;
use serde_json::Value;

use crate::failure::Failure;

/// The keys that are looked at, at most.
const MAX_KEYS: usize = 32;

/// The keys of a provider that can sign ID tokens for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    kid: Option<String>,
    alg: Option<String>,
    key: PublicKey,
}

impl KeySet {
    /// Reads a key set. Keys of other kinds and for other uses are passed over: a provider has more than those for us.
    ///
    /// # Errors
    /// Where it is no key set.
    pub fn parse(json: &[u8]) -> Result<Self, Failure> {
        let set: Value = serde_json::from_slice(json).map_err(Failure::unreadable("key set"))?;
        let keys = set["keys"].as_array().ok_or(Failure::unusable("key set", "it has no keys"))?;
        let text = |jwk: &Value, name: &str| jwk[name].as_str().map(str::to_owned);
        let one = |jwk: &Value| Some(Key { kid: text(jwk, "kid"), alg: text(jwk, "alg"), key: PublicKey::from_jwk(jwk).ok()? });
        Ok(Self(keys.iter().take(MAX_KEYS).filter_map(one).collect()))
    }

    /// Those that a token can have been signed with that names this key and algorithm. A token that names no key may be of any of them.
    pub fn candidates<'a>(&'a self, kid: Option<&'a str>, alg: &'a str) -> impl Iterator<Item = &'a PublicKey> {
        let fits =
            move |key: &&Key| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid)) && key.alg.as_deref().is_none_or(|own| own == alg);
        self.0.iter().filter(fits).map(|key| &key.key)
    }
}
