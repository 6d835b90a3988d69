//! Asks a certificate authority for a certificate: PKCS #10 (RFC 2986).

use der::asn1::{BitString, SetOfVec};
use der::{Decode as _, Encode as _};
use spki::SubjectPublicKeyInfoOwned;
use thiserror::Error;
use x509_cert::request::{CertReq, CertReqInfo, Version};

use crate::algorithm::{KeyKind, SignatureAlgorithm};
use crate::cms::container::signature_identifier;
use crate::cms::signature::Scheme;
use crate::dn::Subject;
use crate::seal::ToBeSigned;

/// Why a request was not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CertificateRequestError {
    /// The algorithm is not one of the key.
    #[error("the signature algorithm does not fit the key")]
    AlgorithmMismatch,
    /// The signature was not made over this request with this key.
    #[error("the signature does not verify against the public key")]
    WrongSignature,
    /// The public key cannot be read, or the request cannot be encoded.
    #[error("the request cannot be encoded")]
    Encoding(#[from] der::Error),
}

/// A request that lacks the signature alone.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    info: CertReqInfo,
    /// The DER of `info`, which is what gets signed (RFC 2986, 4.2).
    message: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

impl CertificateRequest {
    /// A request for a certificate that binds `subject` to a public key, given as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    /// It asks for no extensions: what a certificate permits is the authority's decision.
    ///
    /// # Errors
    /// [`CertificateRequestError`] when the key cannot be read or cannot sign with the algorithm.
    pub fn new(subject: Subject, spki_der: &[u8], algorithm: SignatureAlgorithm) -> Result<Self, CertificateRequestError> {
        let public_key = SubjectPublicKeyInfoOwned::from_der(spki_der)?;
        if KeyKind::of_identifier(&public_key.algorithm) != Some(algorithm.key_kind()) {
            return Err(CertificateRequestError::AlgorithmMismatch);
        }
        let info = CertReqInfo { version: Version::V1, subject: subject.0, public_key, attributes: SetOfVec::new() };
        let message = info.to_der()?;
        Ok(Self { info, message, algorithm })
    }

    /// What the key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        ToBeSigned::new(self.message.clone(), self.algorithm)
    }

    /// The DER of the whole request, once the signature was verified with the key that it is for.
    ///
    /// # Errors
    /// [`CertificateRequestError::WrongSignature`] when it does not verify; RSA keys below 2048 bits never do.
    pub fn complete(self, signature: &[u8]) -> Result<Vec<u8>, CertificateRequestError> {
        let key = self.info.public_key.subject_public_key.raw_bytes();
        if !Scheme::of_seal(self.algorithm).verifies_with(key, &self.message, signature) {
            return Err(CertificateRequestError::WrongSignature);
        }
        let algorithm = signature_identifier(self.algorithm)?;
        Ok(CertReq { info: self.info, algorithm, signature: BitString::from_bytes(signature)? }.to_der()?)
    }
}
