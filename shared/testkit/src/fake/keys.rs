//! Real keys, held in memory: ECDSA on P-256 for the seal.

use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::EncodePublicKey as _;
use segl_core::ports::{Answer, RootKeySource, SignatureAlgorithm, SigningKey};

use super::{Fake, rejected};

impl SigningKey for Fake {
    async fn public_key(&self) -> Answer<Vec<u8>> {
        self.call("seal_key.public_key", |_, _| {
            let document = self.seal_key.verifying_key().to_public_key_der().map_err(|error| rejected("fake", error))?;
            Ok(document.into_vec())
        })
        .await
    }

    async fn sign(&self, digest: &[u8], algorithm: SignatureAlgorithm) -> Answer<Vec<u8>> {
        self.call("seal_key.sign", |_, _| {
            if algorithm != SignatureAlgorithm::EcdsaP256Sha256 || digest.len() != 32 {
                return Err(rejected("fake", "the key signs SHA-256 digests by ECDSA on P-256 only"));
            }
            let signature: Signature = self.seal_key.sign_prehash(digest).map_err(|error| rejected("fake", error))?;
            Ok(signature.to_der().as_bytes().to_vec())
        })
        .await
    }
}

impl RootKeySource for Fake {
    async fn root_key(&self) -> Answer<[u8; 32]> {
        self.call("root_key_source.root_key", |_, _| Ok(self.root_key)).await
    }
}
