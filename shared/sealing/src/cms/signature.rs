//! Verifies signature values.

use der::asn1::{BitString, ObjectIdentifier};
use der::{Any, Decode, Tag, TagNumber, Tagged};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use spki::AlgorithmIdentifierOwned;

use crate::algorithm::{KeyKind, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::cms::oids;

/// A signature scheme of CMS or X.509 that can be verified.
#[derive(Debug, Clone, Copy)]
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
    pub(crate) fn of_identifier(algorithm: &AlgorithmIdentifierOwned, digest: Option<ObjectIdentifier>, key: KeyKind) -> Option<Self> {
        let hash = match algorithm.oid {
            oids::SHA256_WITH_RSA | oids::ECDSA_WITH_SHA256 => oids::SHA256,
            oids::SHA384_WITH_RSA | oids::ECDSA_WITH_SHA384 => oids::SHA384,
            oids::SHA512_WITH_RSA => oids::SHA512,
            oids::RSA_PSS => pss_hash(algorithm)?,
            oids::RSA_ENCRYPTION => digest?,
            _ => return None,
        };
        if !has_fitting_parameters(algorithm) {
            return None;
        }
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
        self.verifies_with(certificate.public_key(), message, signature)
    }

    /// The same with the bare key: RFC 8017 `RSAPublicKey` or an X9.62 point.
    pub(crate) fn verifies_with(self, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.0, public_key).verify(message, signature).is_ok()
    }
}

/// True when the holder of `issuer` signed a certificate, a revocation list or an OCSP response: `message` is its first part as it
/// came (RFC 5280, 4.1.1.3 and 5.1.1.3; RFC 6960, 4.2.1).
pub(crate) fn signed_by(issuer: &Certificate, algorithm: &AlgorithmIdentifierOwned, message: &[u8], signature: &BitString) -> bool {
    let scheme = issuer.key_kind().and_then(|key| Scheme::of_identifier(algorithm, None, key));
    match (scheme, signature.as_bytes()) {
        (Some(scheme), Some(signature)) => scheme.verifies(issuer, message, signature),
        _ => false,
    }
}

/// RSA with PKCS #1 v1.5 has NULL, which some leave out; ECDSA has nothing (RFC 4055, section 5; RFC 5758, section 3.2).
fn has_fitting_parameters(algorithm: &AlgorithmIdentifierOwned) -> bool {
    match (algorithm.oid, &algorithm.parameters) {
        (oids::RSA_PSS, parameters) => parameters.is_some(),
        (oids::ECDSA_WITH_SHA256 | oids::ECDSA_WITH_SHA384, parameters) => parameters.is_none(),
        (_, Some(parameters)) => parameters.is_null(),
        (_, None) => true,
    }
}

/// The hash of `RSASSA-PSS-params` (RFC 4055, section 3.1): `None` unless the mask uses the same hash, the salt is as long as
/// the hash and the trailer is the usual one. SHA-1, the default, is not supported.
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<ObjectIdentifier> {
    let fields = algorithm.parameters.as_ref()?.decode_as::<Vec<Any>>().ok()?;
    let field = |number: u8| {
        let tag = Tag::ContextSpecific { constructed: true, number: TagNumber::new(number) };
        fields.iter().find(|field| field.tag() == tag).map(Any::value)
    };
    let hash = AlgorithmIdentifierOwned::from_der(field(0)?).ok()?;
    let mask = AlgorithmIdentifierOwned::from_der(field(1)?).ok()?;
    let mask_hash = mask.parameters.as_ref()?.decode_as::<AlgorithmIdentifierOwned>().ok()?;
    let salt = u8::from_der(field(2)?).ok()?;
    let trailer = field(3).map_or(Some(1), |trailer| u8::from_der(trailer).ok())?;
    let hash_len = match hash.oid {
        oids::SHA256 => 32,
        oids::SHA384 => 48,
        oids::SHA512 => 64,
        _ => return None,
    };
    let no_parameters = |algorithm: &AlgorithmIdentifierOwned| algorithm.parameters.as_ref().is_none_or(Any::is_null);
    let fits = mask.oid == oids::MGF1
        && mask_hash.oid == hash.oid
        && no_parameters(&hash)
        && no_parameters(&mask_hash)
        && salt == hash_len
        && trailer == 1;
    (fits && fields.len() == 3 + usize::from(field(3).is_some())).then_some(hash.oid)
}
