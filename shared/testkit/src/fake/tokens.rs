//! What tokens need, in memory: keys that sign them, those that were used, and failures to prove who calls.

use jiff::Timestamp;
use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use segl_core::attempts::{Counter, FORGOTTEN_AFTER, Failures};
use segl_core::id::Sha256;
use segl_core::jwk::PublicKey;
use segl_core::ports::{Answer, Attempts, Replays, SignatureAlgorithm, SigningKey, TokenKeys};

use super::{Fake, rejected};

/// A real key on P-256 that signs tokens. Each number is another key.
#[derive(Clone)]
pub struct TokenKey(p256::ecdsa::SigningKey);

impl TokenKey {
    /// The key of that number.
    pub fn new(number: u64) -> Self {
        let scalar = Sha256::of(format!("token-key/{number}").as_bytes()).0;
        Self(p256::ecdsa::SigningKey::from_bytes(&scalar.into()).expect("a digest is a valid P-256 scalar but once in 2^32 tries"))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_p256_info(&self.info()).expect("it is a key on P-256")
    }

    /// Its public half, as DER `SubjectPublicKeyInfo`.
    pub fn info(&self) -> Vec<u8> {
        self.0.verifying_key().to_public_key_der().expect("a point has an encoding").into_vec()
    }

    /// The private key as PKCS #8 in DER, for who signs with it in other ways.
    pub fn private(&self) -> Vec<u8> {
        self.0.to_pkcs8_der().expect("a scalar has an encoding").as_bytes().to_vec()
    }
}

impl SigningKey for TokenKey {
    async fn public_key(&self) -> Answer<Vec<u8>> {
        Ok(self.info())
    }

    async fn sign(&self, digest: &[u8], algorithm: SignatureAlgorithm) -> Answer<Vec<u8>> {
        if algorithm != SignatureAlgorithm::EcdsaP256Sha256 || digest.len() != 32 {
            return Err(rejected("fake", "the key signs SHA-256 digests by ECDSA on P-256 only"));
        }
        let signature: Signature = self.0.sign_prehash(digest).map_err(|error| rejected("fake", error))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl Fake {
    /// Publishes these keys as those of access tokens; at first it is number 1 alone.
    pub fn set_access_token_keys(&self, keys: Vec<PublicKey>) {
        self.lock().world.access_token_keys = Some(keys);
    }
}

impl TokenKeys for Fake {
    async fn access_token_keys(&self) -> Answer<Vec<PublicKey>> {
        self.call("token_keys.access_token_keys", |world, _| {
            Ok(world.access_token_keys.clone().unwrap_or_else(|| vec![TokenKey::new(1).public()]))
        })
        .await
    }

    async fn workflow_token_keys(&self) -> Answer<Vec<PublicKey>> {
        self.call("token_keys.workflow_token_keys", |_, _| Ok(vec![TokenKey::new(1000).public()])).await
    }
}

impl Attempts for Fake {
    async fn failures(&self, counter: &Counter) -> Answer<Option<Failures>> {
        self.call("attempts.failures", |world, _| Ok(world.failures.get(counter.digest()).copied())).await
    }

    async fn count_failure(&self, counter: &Counter, now: Timestamp) -> Answer<()> {
        self.call("attempts.count_failure", |world, _| {
            let before = world.failures.get(counter.digest()).filter(|failures| now < failures.last + FORGOTTEN_AFTER);
            let count = before.map_or(0, |failures| failures.count) + 1;
            world.failures.insert(*counter.digest(), Failures { count, last: now });
            Ok(())
        })
        .await
    }
}

impl Replays for Fake {
    async fn first_use(&self, token: &Sha256, until: Timestamp) -> Answer<bool> {
        self.call("replays.first_use", |world, now| {
            world.used_tokens.retain(|_, until| now < *until);
            Ok(world.used_tokens.insert(*token, until).is_none())
        })
        .await
    }
}
