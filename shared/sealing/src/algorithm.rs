//! Signature algorithms that a seal may use.

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const CURVE_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const CURVE_P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// How the seal's key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017). KMS: `RSASSA_PKCS1_V1_5_SHA_256`.
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and 32 bytes of salt (RFC 8017). KMS: `RSASSA_PSS_SHA_256`.
    RsaPssSha256,
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5). KMS: `ECDSA_SHA_256`.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384 (FIPS 186-5). KMS: `ECDSA_SHA_384`.
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::RsaPkcs1Sha256, Self::RsaPssSha256, Self::EcdsaP256Sha256, Self::EcdsaP384Sha384];

    /// The hash function that goes with it, for the document and for the signed attributes alike.
    pub fn hash(self) -> HashAlgorithm {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 | Self::EcdsaP256Sha256 => HashAlgorithm::Sha256,
            Self::EcdsaP384Sha384 => HashAlgorithm::Sha384,
        }
    }

    /// The kind of key that can sign this way.
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => KeyKind::Rsa,
            Self::EcdsaP256Sha256 => KeyKind::P256,
            Self::EcdsaP384Sha384 => KeyKind::P384,
        }
    }
}

/// A hash function of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
}

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// The NIST curve P-256.
    P256,
    /// The NIST curve P-384.
    P384,
}

impl KeyKind {
    /// The kind of a public key given as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7); `None` when it cannot seal.
    pub fn of_public_key(spki_der: &[u8]) -> Option<Self> {
        Self::of_identifier(&SubjectPublicKeyInfoOwned::from_der(spki_der).ok()?.algorithm)
    }

    pub(crate) fn of_identifier(algorithm: &AlgorithmIdentifierOwned) -> Option<Self> {
        if algorithm.oid == RSA_ENCRYPTION {
            return Some(Self::Rsa);
        }
        if algorithm.oid != EC_PUBLIC_KEY {
            return None;
        }
        match algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()? {
            CURVE_P256 => Some(Self::P256),
            CURVE_P384 => Some(Self::P384),
            _ => None,
        }
    }
}
