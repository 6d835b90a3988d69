//! Verifies signature values.

use der::Decode;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use spki::AlgorithmIdentifierOwned;

use crate::algorithm::{KeyKind, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::cms::oids;

/// A signature scheme of CMS or X.509 that can be verified.
#[derive(Clone, Copy)]
pub(crate) struct Scheme(&'static dyn VerificationAlgorithm);

impl Scheme {
    /// The scheme of a seal.
    pub(crate) fn of_seal(algorithm: SignatureAlgorithm) -> Self {
        Self(match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
            SignatureAlgorithm::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
            SignatureAlgorithm::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        })
    }

    /// The scheme that an algorithm identifier, a digest and a key stand for; `None` when it is not supported.
    pub(crate) fn of_identifier(
        algorithm: &AlgorithmIdentifierOwned,
        digest: Option<der::asn1::ObjectIdentifier>,
        key: KeyKind,
    ) -> Option<Self> {
        let hash = match algorithm.oid {
            oids::SHA256_WITH_RSA | oids::ECDSA_WITH_SHA256 => oids::SHA256,
            oids::SHA384_WITH_RSA | oids::ECDSA_WITH_SHA384 => oids::SHA384,
            oids::SHA512_WITH_RSA => oids::SHA512,
            oids::RSA_PSS => pss_hash(algorithm)?,
            oids::RSA_ENCRYPTION => digest?,
            _ => return None,
        };
        let is_ecdsa = matches!(algorithm.oid, oids::ECDSA_WITH_SHA256 | oids::ECDSA_WITH_SHA384);
        let is_pss = algorithm.oid == oids::RSA_PSS;
        let scheme: &'static dyn VerificationAlgorithm = match (key, is_ecdsa, is_pss, hash) {
            (KeyKind::Rsa, false, false, oids::SHA256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa, false, false, oids::SHA384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa, false, false, oids::SHA512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Rsa, false, true, oids::SHA256) => &signature::RSA_PSS_2048_8192_SHA256,
            (KeyKind::Rsa, false, true, oids::SHA384) => &signature::RSA_PSS_2048_8192_SHA384,
            (KeyKind::Rsa, false, true, oids::SHA512) => &signature::RSA_PSS_2048_8192_SHA512,
            (KeyKind::P256, true, false, oids::SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, true, false, oids::SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
            (KeyKind::P384, true, false, oids::SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, true, false, oids::SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return None,
        };
        Some(Self(scheme))
    }

    /// True when `signature` over `message` was made with the certificate's key.
    pub(crate) fn verifies(self, certificate: &Certificate, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.0, certificate.public_key()).verify(message, signature).is_ok()
    }
}

/// The hash of `RSASSA-PSS-params`, whose first field is `[0] HashAlgorithm`. SHA-1, the default, is not supported; salt and
/// mask are checked by the verification itself, which accepts a salt as long as the hash and the same hash in the mask.
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<der::asn1::ObjectIdentifier> {
    let sequence = algorithm.parameters.as_ref()?.decode_as::<Vec<der::Any>>().ok()?;
    let hash = AlgorithmIdentifierOwned::from_der(sequence.first()?.value()).ok()?;
    Some(hash.oid)
}
