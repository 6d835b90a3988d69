//! X.509 certificates (RFC 5280): the seal's own with its chain, and any other.

use der::{Decode, DecodePem, Encode};
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages};

use crate::algorithm::KeyKind;
use crate::cms::signature::Scheme;
use crate::cms::{oids, signature};
use crate::dn;

/// A certificate that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not PEM or not an X.509 certificate.
    #[error("the certificate cannot be read")]
    Encoding(#[from] der::Error),
    /// The PEM text has no certificate.
    #[error("there is no certificate in the PEM text")]
    Missing,
    /// A certificate of the chain is not above the one before it.
    #[error("the chain has a certificate that does not belong to it: {subject}")]
    Stray {
        /// The subject of that certificate.
        subject: String,
    },
    /// The key is neither RSA of 2048 bits or more nor on P-256 or P-384.
    #[error("the certificate's key is of a kind that cannot seal")]
    KeyKind,
    /// Not valid at the time.
    #[error("the certificate is valid from {from} to {until} only")]
    NotValid {
        /// First moment of validity.
        from: Timestamp,
        /// Last moment of validity.
        until: Timestamp,
    },
    /// The key usage permits neither `digitalSignature` nor `nonRepudiation`.
    #[error("the certificate's key usage does not permit signatures")]
    KeyUsage,
}

/// An X.509 certificate as it was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    pub(crate) parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Encoding`] when the bytes are not a certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(der)?;
        // Signatures are verified over the certificate as it is encoded here, so that must be how it came.
        if parsed.to_der()? != der {
            return Err(der::Error::from(der::ErrorKind::Noncanonical { tag: der::Tag::Sequence }).into());
        }
        Ok(Self { der: der.to_vec(), parsed })
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// [`CertificateError`] when there is none or it cannot be read.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        Self::all_from_pem(pem)?.into_iter().next().ok_or(CertificateError::Missing)
    }

    /// Reads every certificate of a PEM text; other blocks and text between them are skipped.
    ///
    /// # Errors
    /// [`CertificateError::Encoding`] when one cannot be read.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, CertificateError> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let mut certificates = Vec::new();
        let mut rest = pem;
        while let Some(start) = rest.find(BEGIN) {
            let block = &rest[start..];
            let end = block.find(END).ok_or(CertificateError::Missing)? + END.len();
            let parsed = x509_cert::Certificate::from_pem(&block[..end])?;
            certificates.push(Self { der: parsed.to_der()?, parsed });
            rest = &block[end..];
        }
        Ok(certificates)
    }

    /// The DER encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject in the form of RFC 4514.
    pub fn subject(&self) -> String {
        dn::text(&self.parsed.tbs_certificate.subject)
    }

    /// The issuer in the form of RFC 4514.
    pub fn issuer(&self) -> String {
        dn::text(&self.parsed.tbs_certificate.issuer)
    }

    /// The subject's common name, or its organization where there is none.
    pub fn common_name(&self) -> Option<String> {
        dn::common_name(&self.parsed.tbs_certificate.subject)
    }

    /// The first and the last moment of validity.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        let validity = &self.parsed.tbs_certificate.validity;
        let moment = |time: x509_cert::time::Time| moment(time.to_unix_duration());
        (moment(validity.not_before), moment(validity.not_after))
    }

    /// True when `time` lies in the certificate's validity.
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        let (from, until) = self.validity();
        from <= time && time <= until
    }

    /// The kind of the public key; `None` for kinds that are not supported.
    pub fn key_kind(&self) -> Option<KeyKind> {
        KeyKind::of_identifier(&self.parsed.tbs_certificate.subject_public_key_info.algorithm)
    }

    /// The public key, as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    pub fn public_key_info(&self) -> Vec<u8> {
        self.parsed.tbs_certificate.subject_public_key_info.to_der().unwrap_or_default()
    }

    /// True when `spki_der` (a `SubjectPublicKeyInfo`, as KMS `GetPublicKey` answers) is this certificate's key.
    pub fn matches_public_key(&self, spki_der: &[u8]) -> bool {
        let own = self.parsed.tbs_certificate.subject_public_key_info.to_der();
        own.is_ok_and(|own| own == spki_der)
    }

    /// The public key in the form that signatures are verified with: RFC 8017 `RSAPublicKey` or an X9.62 point.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.parsed.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes()
    }

    /// True for RSA below 2048 bits, which nothing here verifies. The encoded key of that size has about 270 bytes.
    pub(crate) fn has_short_key(&self) -> bool {
        self.key_kind() == Some(KeyKind::Rsa) && self.public_key().len() < 260
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.parsed.tbs_certificate.subject == self.parsed.tbs_certificate.issuer
    }

    /// True when `other` names this certificate as its issuer.
    pub(crate) fn is_named_issuer_of(&self, other: &Self) -> bool {
        self.parsed.tbs_certificate.subject == other.parsed.tbs_certificate.issuer
    }

    /// True when this certificate may issue others (RFC 5280, 4.2.1.9).
    pub(crate) fn may_issue(&self) -> bool {
        match self.parsed.tbs_certificate.get::<BasicConstraints>() {
            Ok(Some((_, constraints))) => constraints.ca,
            // Version 1 certificates have no extensions; only a trust anchor is accepted that way.
            Ok(None) => self.is_self_issued(),
            Err(_) => false,
        }
    }

    /// True when this certificate may issue `other` and signed it.
    pub(crate) fn issued(&self, other: &Self) -> bool {
        let parsed = &other.parsed;
        // The algorithm stands twice and must be the same (RFC 5280, 4.1.1.2).
        let agrees = parsed.signature_algorithm == parsed.tbs_certificate.signature;
        let may_issue = self.is_named_issuer_of(other) && self.may_issue() && self.permits(KeyUsages::KeyCertSign);
        agrees
            && may_issue
            && parsed
                .tbs_certificate
                .to_der()
                .is_ok_and(|message| signature::signed_by(self, &parsed.signature_algorithm, &message, &parsed.signature))
    }

    /// True when the algorithm of this certificate's signature is supported for `issuer`'s key; SHA-1 is not.
    pub(crate) fn is_signed_in_a_known_way(&self, issuer: &Self) -> bool {
        let scheme = issuer.key_kind().and_then(|key| Scheme::of_identifier(&self.parsed.signature_algorithm, None, key));
        scheme.is_some()
    }

    /// True unless the key usage extension (RFC 5280, 4.2.1.3) is there and leaves `usage` out.
    pub(crate) fn permits(&self, usage: KeyUsages) -> bool {
        match self.parsed.tbs_certificate.get::<KeyUsage>() {
            Ok(Some((_, permitted))) => permitted.0.contains(usage),
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// True when this is the certificate of a time-stamp authority: its extended key usage is critical, and time-stamping is the
    /// only one (RFC 3161, 2.3).
    pub fn is_for_time_stamps(&self) -> bool {
        let usage = self.parsed.tbs_certificate.get::<ExtendedKeyUsage>();
        matches!(usage, Ok(Some((true, usage))) if usage.0 == [oids::TIME_STAMPING])
    }

    /// True when this certificate may answer for its issuer over OCSP (RFC 6960, 4.2.2.2).
    pub(crate) fn is_for_ocsp(&self) -> bool {
        matches!(self.parsed.tbs_certificate.get::<ExtendedKeyUsage>(), Ok(Some((_, usage))) if usage.0.contains(&oids::OCSP_SIGNING))
    }

    /// True unless the key usage extension (RFC 5280, 4.2.1.3) forbids signatures on documents.
    pub(crate) fn may_sign(&self) -> bool {
        self.permits(KeyUsages::DigitalSignature) || self.permits(KeyUsages::NonRepudiation)
    }
}

/// A time of X.509, which has no fractions and ends with the year 9999.
pub(crate) fn moment(since_1970: std::time::Duration) -> Timestamp {
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// The certificate of a seal with the chain that goes into the signature: everything below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealCertificate {
    leaf: Certificate,
    chain: Vec<Certificate>,
    roots: Vec<Certificate>,
    kind: KeyKind,
}

impl SealCertificate {
    /// Reads a PEM text: the leaf first, then its issuers in any order. A root may be there; it is left out of
    /// signatures, as ETSI EN 319 142-1 wants it.
    ///
    /// # Errors
    /// [`CertificateError`] when a certificate cannot be read, does not belong to the chain, or cannot sign.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let mut all = Certificate::all_from_pem(pem)?;
        if all.is_empty() {
            return Err(CertificateError::Missing);
        }
        let leaf = all.remove(0);
        Self::new(leaf, all)
    }

    /// A leaf and its issuers in any order.
    ///
    /// # Errors
    /// [`CertificateError`] when a certificate does not belong to the chain or the leaf cannot sign.
    pub fn new(leaf: Certificate, mut issuers: Vec<Certificate>) -> Result<Self, CertificateError> {
        let kind = leaf.key_kind().ok_or(CertificateError::KeyKind)?;
        if leaf.has_short_key() {
            return Err(CertificateError::KeyKind);
        }
        if !leaf.may_sign() {
            return Err(CertificateError::KeyUsage);
        }
        let mut chain: Vec<Certificate> = Vec::new();
        let roots = issuers.iter().filter(|issuer| issuer.is_self_issued()).cloned().collect();
        let mut below = leaf.clone();
        while let Some(position) = issuers.iter().position(|issuer| issuer.is_named_issuer_of(&below)) {
            let issuer = issuers.remove(position);
            if issuer.is_self_issued() {
                break;
            }
            below = issuer.clone();
            chain.push(issuer);
        }
        issuers.retain(|other| !other.is_self_issued() && *other != leaf);
        match issuers.first() {
            Some(stray) => Err(CertificateError::Stray { subject: stray.subject() }),
            None => Ok(Self { leaf, chain, roots, kind }),
        }
    }

    /// The certificate that signs.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// Its issuers below the root, nearest first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The roots that came along. They are for finding out about revocation, and stay out of signatures.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// The kind of the seal's key.
    pub fn key_kind(&self) -> KeyKind {
        self.kind
    }

    /// Checks that the certificate is valid at `time`.
    ///
    /// # Errors
    /// [`CertificateError::NotValid`] with the limits when it is not.
    pub fn check_at(&self, time: Timestamp) -> Result<(), CertificateError> {
        if self.leaf.is_valid_at(time) {
            return Ok(());
        }
        let (from, until) = self.leaf.validity();
        Err(CertificateError::NotValid { from, until })
    }

    /// True when `spki_der` (a `SubjectPublicKeyInfo`, as KMS `GetPublicKey` answers) is the leaf's key.
    pub fn matches_public_key(&self, spki_der: &[u8]) -> bool {
        self.leaf.matches_public_key(spki_der)
    }
}
