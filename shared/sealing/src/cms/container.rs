//! Builds the container of a seal.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{CertificateSet, EncapsulatedContentInfo, SignatureValue, SignedData, SignerIdentifier, SignerInfo, SignerInfos};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Sequence};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::{Attribute, Attributes};

use crate::algorithm::{HashAlgorithm, SignatureAlgorithm};
use crate::certificate::SealCertificate;
use crate::cms::oids;

/// `RSASSA-PSS-params` (RFC 4055): SHA-256, MGF1 with SHA-256, 32 bytes of salt.
const PSS_SHA256: &[u8] = &[
    0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30,
    0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
    0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
];

/// `SigningCertificateV2` (RFC 5035, section 3) without policies.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
}

/// `ESSCertIDv2` (RFC 5035, section 4). The hash algorithm is left out: SHA-256 is the default and DER forbids writing it.
#[derive(Sequence)]
struct EssCertIdV2 {
    cert_hash: OctetString,
}

/// The attributes that the signature covers.
#[derive(Debug, Clone)]
pub(crate) struct SignedAttributes {
    attributes: Attributes,
    /// The DER of the SET, which is what gets signed (RFC 5652, 5.4).
    pub(crate) der: Vec<u8>,
}

impl SignedAttributes {
    /// Content type, message digest and signing certificate; no signing time, since `/M` has it (EN 319 142-1, 6.3).
    pub(crate) fn new(message_digest: &[u8], certificate: &SealCertificate) -> Result<Self, der::Error> {
        let certificate_hash = OctetString::new(Sha256::digest(certificate.leaf().der()).as_slice())?;
        let signing_certificate = SigningCertificateV2 { certs: vec![EssCertIdV2 { cert_hash: certificate_hash }] };
        let attributes = SetOfVec::try_from(vec![
            attribute(oids::CONTENT_TYPE, &oids::DATA)?,
            attribute(oids::MESSAGE_DIGEST, &OctetString::new(message_digest)?)?,
            attribute(oids::SIGNING_CERTIFICATE_V2, &signing_certificate)?,
        ])?;
        let der = attributes.to_der()?;
        Ok(Self { attributes, der })
    }
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> Result<Attribute, der::Error> {
    let value = Any::from_der(&value.to_der()?)?;
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

/// The DER of the whole container. `time_stamp` is a token over `signature`.
pub(crate) fn container(
    attributes: &SignedAttributes,
    certificate: &SealCertificate,
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    time_stamp: Option<&[u8]>,
) -> Result<Vec<u8>, der::Error> {
    let time_stamp = match time_stamp {
        Some(token) => Some(SetOfVec::try_from(vec![Attribute {
            oid: oids::SIGNATURE_TIME_STAMP,
            values: SetOfVec::try_from(vec![Any::from_der(token)?])?,
        }])?),
        None => None,
    };
    let digest_alg = digest_identifier(algorithm.hash());
    let leaf = &certificate.leaf().parsed.tbs_certificate;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: leaf.issuer.clone(),
            serial_number: leaf.serial_number.clone(),
        }),
        digest_alg: digest_alg.clone(),
        signed_attrs: Some(attributes.attributes.clone()),
        signature_algorithm: signature_identifier(algorithm)?,
        signature: SignatureValue::new(signature)?,
        unsigned_attrs: time_stamp,
    };
    let certificates = std::iter::once(certificate.leaf())
        .chain(certificate.chain())
        .map(|certificate| CertificateChoices::Certificate(certificate.parsed.clone()))
        .collect::<Vec<_>>();
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![digest_alg])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: oids::DATA, econtent: None },
        certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
    };
    ContentInfo { content_type: oids::SIGNED_DATA, content: Any::encode_from(&signed_data)? }.to_der()
}

fn digest_identifier(hash: HashAlgorithm) -> AlgorithmIdentifierOwned {
    let oid = match hash {
        HashAlgorithm::Sha256 => oids::SHA256,
        HashAlgorithm::Sha384 => oids::SHA384,
    };
    // Parameters are absent (RFC 5754, section 2).
    AlgorithmIdentifierOwned { oid, parameters: None }
}

pub(crate) fn signature_identifier(algorithm: SignatureAlgorithm) -> Result<AlgorithmIdentifierOwned, der::Error> {
    let (oid, parameters) = match algorithm {
        // NULL is required (RFC 4055, section 5).
        SignatureAlgorithm::RsaPkcs1Sha256 => (oids::SHA256_WITH_RSA, Some(Any::null())),
        SignatureAlgorithm::RsaPssSha256 => (oids::RSA_PSS, Some(Any::from_der(PSS_SHA256)?)),
        SignatureAlgorithm::EcdsaP256Sha256 => (oids::ECDSA_WITH_SHA256, None),
        SignatureAlgorithm::EcdsaP384Sha384 => (oids::ECDSA_WITH_SHA384, None),
    };
    Ok(AlgorithmIdentifierOwned { oid, parameters })
}

/// The longest signature that a key makes with an algorithm.
pub(crate) fn max_signature_len(certificate: &SealCertificate, algorithm: SignatureAlgorithm) -> usize {
    match algorithm {
        // The encoded public key holds the modulus, which is as long as a signature.
        SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => certificate.leaf().public_key().len(),
        // SEQUENCE of two INTEGERs, each with a leading zero.
        SignatureAlgorithm::EcdsaP256Sha256 => 2 + 2 * (2 + 33),
        SignatureAlgorithm::EcdsaP384Sha384 => 2 + 2 * (2 + 49),
    }
}
