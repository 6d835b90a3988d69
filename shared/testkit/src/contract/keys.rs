//! What [`SigningKey`] and [`RootKeySource`] promise.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use segl_core::id::Sha256;
use segl_core::ports::{RootKeySource, SignatureAlgorithm, SigningKey};

use super::expect_rejected;

/// The contract of [`SigningKey`], for a key on P-256: signatures are those of the public key, over the digest and not over its digest.
pub async fn seal_key<P: SigningKey>(ports: &P) {
    let spki = ports.public_key().await.unwrap();
    assert_eq!(ports.public_key().await.unwrap(), spki, "the public key stays the same");
    let key = VerifyingKey::from_public_key_der(&spki).expect("SubjectPublicKeyInfo of a key on P-256");
    for message in [b"one".as_slice(), b"two"] {
        let digest = Sha256::of(message).0;
        let raw = ports.sign(&digest, SignatureAlgorithm::EcdsaP256Sha256).await.unwrap();
        let signature = Signature::from_der(&raw).expect("ECDSA-Sig-Value");
        key.verify_prehash(&digest, &signature).expect("a signature over the digest");
        assert!(key.verify_prehash(&Sha256::of(b"three").0, &signature).is_err(), "and over no other");
    }
    expect_rejected(ports.sign(&[1; 32], SignatureAlgorithm::RsaPssSha256).await, "an algorithm for another kind of key");
    expect_rejected(ports.sign(&[1; 5], SignatureAlgorithm::EcdsaP256Sha256).await, "a digest of another length");
}

/// The contract of [`RootKeySource`].
pub async fn root_key<P: RootKeySource>(ports: &P) {
    let key = ports.root_key().await.unwrap();
    assert_eq!(ports.root_key().await.unwrap(), key, "the root key is the same each time");
    assert_ne!(key, [0; 32], "and is one");
}
