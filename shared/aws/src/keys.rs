//! The seal key and the root key, both in KMS, which never gives them away.

use std::sync::OnceLock;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MacAlgorithmSpec, MessageType, SigningAlgorithmSpec};
use segl_core::ports::{Answer, RootKeySource, SignatureAlgorithm, SigningKey};

use crate::config::Aws;
use crate::error::{port_error, rejected};

/// The service's name in errors.
const KMS: &str = "KMS";

/// What the root key is derived from. Another label would be another root key, and every client's secret another one.
const ROOT_KEY_LABEL: &[u8] = b"segl root key 1";

/// The key of the seal. Its role needs `kms:Sign` and `kms:GetPublicKey`.
#[derive(Debug, Clone)]
pub struct KmsSigningKey {
    kms: aws_sdk_kms::Client,
    key_id: String,
    /// The public key of a key id never changes, so that it is asked for once.
    public_key: OnceLock<Vec<u8>>,
}

impl KmsSigningKey {
    /// `key_id` is the id, ARN or alias of a key for `SIGN_VERIFY`.
    pub fn new(aws: &Aws, key_id: impl Into<String>) -> Self {
        Self { kms: aws.kms.clone(), key_id: key_id.into(), public_key: OnceLock::new() }
    }
}

impl SigningKey for KmsSigningKey {
    async fn public_key(&self) -> Answer<Vec<u8>> {
        if let Some(known) = self.public_key.get() {
            return Ok(known.clone());
        }
        let answer = self.kms.get_public_key().key_id(&self.key_id).send().await.map_err(|error| port_error(KMS, error))?;
        let key = answer.public_key.ok_or_else(|| rejected(KMS, "the answer holds no public key"))?.into_inner();
        Ok(self.public_key.get_or_init(|| key).clone())
    }

    async fn sign(&self, digest: &[u8], algorithm: SignatureAlgorithm) -> Answer<Vec<u8>> {
        let algorithm = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => SigningAlgorithmSpec::RsassaPkcs1V15Sha256,
            SignatureAlgorithm::RsaPssSha256 => SigningAlgorithmSpec::RsassaPssSha256,
            SignatureAlgorithm::EcdsaP256Sha256 => SigningAlgorithmSpec::EcdsaSha256,
            SignatureAlgorithm::EcdsaP384Sha384 => SigningAlgorithmSpec::EcdsaSha384,
        };
        let answer = self
            .kms
            .sign()
            .key_id(&self.key_id)
            .message(Blob::new(digest))
            .message_type(MessageType::Digest)
            .signing_algorithm(algorithm)
            .send()
            .await
            .map_err(|error| port_error(KMS, error))?;
        Ok(answer.signature.ok_or_else(|| rejected(KMS, "the answer holds no signature"))?.into_inner())
    }
}

/// Derives the root key as a MAC over a fixed label. Its role needs `kms:GenerateMac`.
#[derive(Debug)]
pub struct KmsRootKey {
    kms: aws_sdk_kms::Client,
    key_id: String,
}

impl KmsRootKey {
    /// `key_id` is the id, ARN or alias of an `HMAC_256` key.
    pub fn new(aws: &Aws, key_id: impl Into<String>) -> Self {
        Self { kms: aws.kms.clone(), key_id: key_id.into() }
    }
}

impl RootKeySource for KmsRootKey {
    async fn root_key(&self) -> Answer<[u8; 32]> {
        let answer = self
            .kms
            .generate_mac()
            .key_id(&self.key_id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(ROOT_KEY_LABEL))
            .send()
            .await
            .map_err(|error| port_error(KMS, error))?;
        let mac = answer.mac.ok_or_else(|| rejected(KMS, "the answer holds no MAC"))?.into_inner();
        mac.try_into().map_err(|_| rejected(KMS, "the MAC is not 32 bytes long"))
    }
}
