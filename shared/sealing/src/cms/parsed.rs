//! Reads and verifies a container.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Reader, SliceReader};
use thiserror::Error;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::algorithm::HashAlgorithm;
use crate::certificate::Certificate;
use crate::cms::hash::{ContentHasher, lookup_digest};
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
    /// The content is of another kind than it should be, or is inside where it should be outside.
    #[error("the signature container does not have the content that it should have")]
    Content,
    /// The signer's certificate is not in the container.
    #[error("the signer's certificate is missing")]
    NoCertificate,
    /// The signed attributes lack the content type or the message digest.
    #[error("a required signed attribute is missing")]
    Attributes,
    /// The algorithm is not supported.
    #[error("the algorithm {0} is not supported")]
    Algorithm(ObjectIdentifier),
    /// SHA-1, with which a document can be exchanged for another.
    #[error("SHA-1 is too weak to be trusted")]
    Sha1,
    /// The signer's key is RSA of fewer than 2048 bits.
    #[error("the signer's key is too short to be trusted")]
    ShortKey,
}

/// A container that was read.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) signer: Certificate,
    pub(crate) certificates: Vec<Certificate>,
    /// What kind of content was signed.
    pub(crate) content_type: ObjectIdentifier,
    /// The content, unless it stands elsewhere.
    pub(crate) content: Option<Vec<u8>>,
    message_digest: Vec<u8>,
    digest_oid: ObjectIdentifier,
    attributes: Attributes,
    unsigned_attributes: Option<Attributes>,
    scheme: Scheme,
    pub(crate) signature: Vec<u8>,
}

impl Container {
    /// Reads the container of a document's signature at the start of `bytes`; the zeros of `/Contents` behind it are ignored.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ContainerError> {
        let container = Self::read_any(bytes)?;
        // Content inside would be signed instead of the document.
        if container.content_type == oids::DATA && container.content.is_none() { Ok(container) } else { Err(ContainerError::Content) }
    }

    /// The same for content of any kind.
    pub(crate) fn read_any(bytes: &[u8]) -> Result<Self, ContainerError> {
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
        if ContentHasher::of(digest_oid).is_none() {
            return Err(unsupported(digest_oid));
        }
        if signer.has_short_key() {
            return Err(ContainerError::ShortKey);
        }
        let key = signer.key_kind().ok_or(ContainerError::Algorithm(signer_info.signature_algorithm.oid))?;
        let scheme = Scheme::of_identifier(&signer_info.signature_algorithm, Some(digest_oid), key)
            .ok_or_else(|| unsupported(signer_info.signature_algorithm.oid))?;
        if one_value(&attributes, oids::CONTENT_TYPE)?.decode_as::<ObjectIdentifier>()? != signed_data.encap_content_info.econtent_type {
            return Err(ContainerError::Attributes);
        }
        let message_digest = one_value(&attributes, oids::MESSAGE_DIGEST)?.decode_as::<OctetString>()?.into_bytes();
        let signature = signer_info.signature.as_bytes().to_vec();
        let content = signed_data.encap_content_info.econtent.map(|content| content.decode_as::<OctetString>()).transpose()?;
        Ok(Self {
            signer,
            certificates,
            content_type: signed_data.encap_content_info.econtent_type,
            content: content.map(OctetString::into_bytes),
            message_digest,
            digest_oid,
            attributes,
            unsigned_attributes: signer_info.unsigned_attrs.clone(),
            scheme,
            signature,
        })
    }

    /// The hash function for the content.
    pub(crate) fn hasher(&self) -> Result<ContentHasher, ContainerError> {
        ContentHasher::of(self.digest_oid).ok_or_else(|| unsupported(self.digest_oid))
    }

    /// The hash function for content that goes on from a known state.
    pub(crate) fn hasher_from(&self, prefix: &PrefixState) -> Result<ContentHasher, ContainerError> {
        let hash = match self.digest_oid {
            oids::SHA256 => Some(HashAlgorithm::Sha256),
            oids::SHA384 => Some(HashAlgorithm::Sha384),
            _ => None,
        };
        hash.and_then(|hash| prefix.hasher(hash)).ok_or(ContainerError::Algorithm(self.digest_oid))
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

    /// True when an attribute names the signer's certificate, in whichever of the two forms.
    pub(crate) fn has_signing_certificate(&self) -> bool {
        let names = |oid| oid == oids::SIGNING_CERTIFICATE || oid == oids::SIGNING_CERTIFICATE_V2;
        self.attributes.iter().any(|attribute| names(attribute.oid))
    }

    /// The values of an attribute that the signature does not cover. `most` bounds them.
    pub(crate) fn unsigned_values(&self, oid: ObjectIdentifier, most: usize) -> impl Iterator<Item = &Any> {
        let attributes = self.unsigned_attributes.iter().flat_map(|attributes| attributes.iter());
        attributes.filter(move |attribute| attribute.oid == oid).flat_map(|attribute| attribute.values.iter()).take(most)
    }

    /// Checks `signing-certificate-v2` (RFC 5035), or its elder `signing-certificate` (RFC 2634), where it is there; without it
    /// anybody could exchange the certificate for another of the same key.
    fn names_its_signer(&self) -> Result<bool, ContainerError> {
        for (oid, default_hash) in [(oids::SIGNING_CERTIFICATE_V2, oids::SHA256), (oids::SIGNING_CERTIFICATE, oids::SHA1)] {
            if self.attributes.iter().any(|attribute| attribute.oid == oid)
                && !self.is_named_by(one_value(&self.attributes, oid)?, default_hash)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_named_by(&self, value: &Any, default_hash: ObjectIdentifier) -> Result<bool, ContainerError> {
        let outer = value.decode_as::<Vec<Any>>()?;
        let certificates = outer.first().ok_or(ContainerError::Attributes)?.decode_as::<Vec<Any>>()?;
        let first = certificates.first().ok_or(ContainerError::Attributes)?.decode_as::<Vec<Any>>()?;
        // The hash algorithm comes first unless it is the usual one.
        let (hash, digest) = match first.as_slice() {
            [digest, ..] if der::Tagged::tag(digest) == der::Tag::OctetString => (default_hash, digest),
            [algorithm, digest, ..] => (algorithm.decode_as::<spki::AlgorithmIdentifierOwned>()?.oid, digest),
            _ => return Err(ContainerError::Attributes),
        };
        let own = lookup_digest(hash, self.signer.der()).ok_or_else(|| unsupported(hash))?;
        Ok(own == digest.decode_as::<OctetString>()?.as_bytes())
    }
}

/// Why an algorithm is not taken.
fn unsupported(oid: ObjectIdentifier) -> ContainerError {
    match oid {
        oids::SHA1 | oids::SHA1_WITH_RSA | oids::ECDSA_WITH_SHA1 => ContainerError::Sha1,
        other => ContainerError::Algorithm(other),
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
