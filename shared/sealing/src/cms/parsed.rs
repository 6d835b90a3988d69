//! Reads and verifies a container.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Reader, SliceReader};
use sha2::{Digest, Sha256, Sha384, Sha512};
use thiserror::Error;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::certificate::Certificate;
use crate::cms::oids;
use crate::cms::signature::Scheme;
use crate::prefix::PrefixState;

/// A container that cannot be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// Not DER or not CMS SignedData.
    #[error("the signature container cannot be read")]
    Encoding(#[from] der::Error),
    /// PAdES wants exactly one signer.
    #[error("the signature container does not have exactly one signer")]
    Signers,
    /// Versions and algorithms contradict one another.
    #[error("the signature container contradicts itself")]
    Inconsistent,
    /// The signer's certificate is not in the container.
    #[error("the signer's certificate is missing")]
    NoCertificate,
    /// The signed attributes lack the content type or the message digest.
    #[error("a required signed attribute is missing")]
    Attributes,
    /// The algorithm is not supported.
    #[error("the algorithm {0} is not supported")]
    Algorithm(ObjectIdentifier),
}

/// A hash function that a container names.
#[derive(Debug, Clone)]
pub(crate) enum ContentHasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl ContentHasher {
    fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            oids::SHA256 => Some(Self::Sha256(Sha256::new())),
            oids::SHA384 => Some(Self::Sha384(Sha384::new())),
            oids::SHA512 => Some(Self::Sha512(Sha512::new())),
            _ => None,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// A container that was read.
pub(crate) struct Container {
    pub(crate) signer: Certificate,
    pub(crate) certificates: Vec<Certificate>,
    message_digest: Vec<u8>,
    digest_oid: ObjectIdentifier,
    attributes: Attributes,
    scheme: Scheme,
    signature: Vec<u8>,
}

impl Container {
    /// Reads the container at the start of `bytes`; the zeros of `/Contents` behind it are ignored.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ContainerError> {
        let mut reader = SliceReader::new(bytes)?;
        let info = ContentInfo::decode(&mut reader)?;
        let rest = reader.read_slice(reader.remaining_len())?;
        if info.content_type != oids::SIGNED_DATA || rest.iter().any(|byte| *byte != 0) {
            return Err(der::Error::from(der::ErrorKind::Failed).into());
        }
        let signed_data = info.content.decode_as::<SignedData>()?;
        let [signer_info] = signed_data.signer_infos.0.as_slice() else {
            return Err(ContainerError::Signers);
        };
        // What the signature does not cover must at least agree with what it covers (RFC 5652, 5.1 and 5.3).
        let fitting_version = match signer_info.sid {
            SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
            SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
        };
        let names_digest = signed_data.digest_algorithms.iter().any(|algorithm| *algorithm == signer_info.digest_alg);
        let known_version = matches!(signed_data.version, CmsVersion::V1 | CmsVersion::V3 | CmsVersion::V4 | CmsVersion::V5);
        if signer_info.version != fitting_version || !names_digest || !known_version {
            return Err(ContainerError::Inconsistent);
        }
        let mut certificates = Vec::new();
        for choice in signed_data.certificates.iter().flat_map(|set| set.0.iter()) {
            if let CertificateChoices::Certificate(certificate) = choice {
                certificates.push(Certificate::from_der(&certificate.to_der()?).map_err(|_| ContainerError::NoCertificate)?);
            }
        }
        let signer = certificates.iter().find(|certificate| is_signer(certificate, signer_info)).cloned();
        let signer = signer.ok_or(ContainerError::NoCertificate)?;
        let attributes = signer_info.signed_attrs.clone().ok_or(ContainerError::Attributes)?;
        let digest_oid = signer_info.digest_alg.oid;
        let key = signer.key_kind().ok_or(ContainerError::Algorithm(signer_info.signature_algorithm.oid))?;
        let scheme = Scheme::of_identifier(&signer_info.signature_algorithm, Some(digest_oid), key)
            .ok_or(ContainerError::Algorithm(signer_info.signature_algorithm.oid))?;
        if one_value(&attributes, oids::CONTENT_TYPE)?.decode_as::<ObjectIdentifier>()? != signed_data.encap_content_info.econtent_type {
            return Err(ContainerError::Attributes);
        }
        let message_digest = one_value(&attributes, oids::MESSAGE_DIGEST)?.decode_as::<OctetString>()?.into_bytes();
        let signature = signer_info.signature.as_bytes().to_vec();
        Ok(Self { signer, certificates, message_digest, digest_oid, attributes, scheme, signature })
    }

    /// The hash function for the content.
    pub(crate) fn hasher(&self) -> Result<ContentHasher, ContainerError> {
        ContentHasher::of(self.digest_oid).ok_or(ContainerError::Algorithm(self.digest_oid))
    }

    /// The hash function for content that goes on from a known state.
    pub(crate) fn hasher_from(&self, prefix: &PrefixState) -> Result<ContentHasher, ContainerError> {
        match self.digest_oid {
            oids::SHA256 => Ok(ContentHasher::Sha256(prefix.sha256.clone())),
            oids::SHA384 => Ok(ContentHasher::Sha384(prefix.sha384.clone())),
            other => Err(ContainerError::Algorithm(other)),
        }
    }

    /// True when the attributes are those of a baseline signature: the certificate is named, the time is not.
    pub(crate) fn has_baseline_attributes(&self) -> bool {
        let has = |oid| self.attributes.iter().any(|attribute| attribute.oid == oid);
        has(oids::SIGNING_CERTIFICATE_V2) && !has(oids::SIGNING_TIME)
    }

    /// True when the content is the one that was signed.
    pub(crate) fn is_intact(&self, content_digest: &[u8]) -> bool {
        self.message_digest == content_digest
    }

    /// True when the signature over the attributes verifies with the signer's key and the attributes name that certificate.
    pub(crate) fn is_valid(&self) -> Result<bool, ContainerError> {
        let message = self.attributes.to_der()?;
        Ok(self.scheme.verifies(&self.signer, &message, &self.signature) && self.names_its_signer()?)
    }

    /// Checks `signing-certificate-v2` (RFC 5035) where it is there; without it anybody could exchange the certificate for
    /// another of the same key.
    fn names_its_signer(&self) -> Result<bool, ContainerError> {
        let Ok(value) = one_value(&self.attributes, oids::SIGNING_CERTIFICATE_V2) else {
            return Ok(true);
        };
        let outer = value.decode_as::<Vec<Any>>()?;
        let certificates = outer.first().ok_or(ContainerError::Attributes)?.decode_as::<Vec<Any>>()?;
        let first = certificates.first().ok_or(ContainerError::Attributes)?.decode_as::<Vec<Any>>()?;
        // The hash algorithm comes first unless it is SHA-256.
        let (hash, digest) = match first.as_slice() {
            [digest, ..] if der::Tagged::tag(digest) == der::Tag::OctetString => (oids::SHA256, digest),
            [algorithm, digest, ..] => (algorithm.decode_as::<spki::AlgorithmIdentifierOwned>()?.oid, digest),
            _ => return Err(ContainerError::Attributes),
        };
        let mut hasher = ContentHasher::of(hash).ok_or(ContainerError::Algorithm(hash))?;
        hasher.update(self.signer.der());
        Ok(hasher.finish() == digest.decode_as::<OctetString>()?.as_bytes())
    }
}

fn is_signer(certificate: &Certificate, signer: &SignerInfo) -> bool {
    let tbs = &certificate.parsed.tbs_certificate;
    match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => id.issuer == tbs.issuer && id.serial_number == tbs.serial_number,
        SignerIdentifier::SubjectKeyIdentifier(id) => {
            matches!(tbs.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own.0.as_bytes() == id.0.as_bytes())
        }
    }
}

/// The value of an attribute that must be there once, with one value.
fn one_value(attributes: &Attributes, oid: ObjectIdentifier) -> Result<&Any, ContainerError> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    match (found.next().map(|attribute| attribute.values.as_slice()), found.next()) {
        (Some([value]), None) => Ok(value),
        _ => Err(ContainerError::Attributes),
    }
}
