//! A key in memory, for the command line and for tests. Production signs in KMS.

use der::asn1::BitString;
use der::{Any, Document, Encode as _};
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use thiserror::Error;

use crate::algorithm::{CURVE_P256, CURVE_P384, EC_PUBLIC_KEY, KeyKind, RSA_ENCRYPTION, SignatureAlgorithm};
use crate::seal::ToBeSigned;

/// A key that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LocalKeyError {
    /// Not PEM.
    #[error("the key is not PEM")]
    Pem(#[from] der::Error),
    /// PEM, but not an unencrypted PKCS #8 key (`BEGIN PRIVATE KEY`).
    #[error("the key is not an unencrypted PKCS #8 private key")]
    Label,
    /// Neither RSA of 2048 bits or more nor P-256 nor P-384.
    #[error("the key is of a kind that cannot seal")]
    Kind(#[source] ring::error::KeyRejected),
    /// The key cannot sign with this algorithm.
    #[error("the signature algorithm does not fit the key")]
    AlgorithmMismatch,
    /// The system gave no random numbers.
    #[error("signing failed")]
    Signing(#[from] ring::error::Unspecified),
}

/// A private key in memory.
#[derive(Debug)]
pub struct LocalKey(Pair);

#[derive(Debug)]
enum Pair {
    Rsa(Box<rsa::KeyPair>),
    P256(Box<EcdsaKeyPair>),
    P384(Box<EcdsaKeyPair>),
}

impl LocalKey {
    /// Reads an unencrypted PKCS #8 key (RFC 5208) from PEM.
    ///
    /// # Errors
    /// [`LocalKeyError`] when the text is something else.
    pub fn from_pem(pem: &str) -> Result<Self, LocalKeyError> {
        let (label, document) = Document::from_pem(pem)?;
        if label != "PRIVATE KEY" {
            return Err(LocalKeyError::Label);
        }
        let der = document.as_bytes();
        let random = SystemRandom::new();
        if let Ok(pair) = rsa::KeyPair::from_pkcs8(der) {
            return Ok(Self(Pair::Rsa(Box::new(pair))));
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, der, &random) {
            return Ok(Self(Pair::P256(Box::new(pair))));
        }
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, der, &random)
            .map(|pair| Self(Pair::P384(Box::new(pair))))
            .map_err(LocalKeyError::Kind)
    }

    /// The kind of key.
    pub fn kind(&self) -> KeyKind {
        match self.0 {
            Pair::Rsa(_) => KeyKind::Rsa,
            Pair::P256(_) => KeyKind::P256,
            Pair::P384(_) => KeyKind::P384,
        }
    }

    /// The public key, as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn public_key_info(&self) -> Result<Vec<u8>, der::Error> {
        let (oid, parameters, key) = match &self.0 {
            Pair::Rsa(pair) => (RSA_ENCRYPTION, Any::null(), pair.public().as_ref()),
            Pair::P256(pair) => (EC_PUBLIC_KEY, Any::encode_from(&CURVE_P256)?, pair.public_key().as_ref()),
            Pair::P384(pair) => (EC_PUBLIC_KEY, Any::encode_from(&CURVE_P384)?, pair.public_key().as_ref()),
        };
        let algorithm = AlgorithmIdentifierOwned { oid, parameters: Some(parameters) };
        SubjectPublicKeyInfoOwned { algorithm, subject_public_key: BitString::from_bytes(key)? }.to_der()
    }

    /// Signs with a random number of the system where the algorithm needs one.
    ///
    /// # Errors
    /// [`LocalKeyError::AlgorithmMismatch`] when the key is of another kind.
    pub fn sign(&self, request: &ToBeSigned) -> Result<Vec<u8>, LocalKeyError> {
        let random = SystemRandom::new();
        let rsa = |pair: &rsa::KeyPair, padding: &'static dyn signature::RsaEncoding| {
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(padding, &random, &request.message, &mut signature)?;
            Ok(signature)
        };
        match (&self.0, request.algorithm) {
            (Pair::Rsa(pair), SignatureAlgorithm::RsaPkcs1Sha256) => rsa(pair, &signature::RSA_PKCS1_SHA256),
            (Pair::Rsa(pair), SignatureAlgorithm::RsaPssSha256) => rsa(pair, &signature::RSA_PSS_SHA256),
            (Pair::P256(pair), SignatureAlgorithm::EcdsaP256Sha256) | (Pair::P384(pair), SignatureAlgorithm::EcdsaP384Sha384) => {
                Ok(pair.sign(&random, &request.message)?.as_ref().to_vec())
            }
            _ => Err(LocalKeyError::AlgorithmMismatch),
        }
    }
}
