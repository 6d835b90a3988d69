//! OCSP responses (RFC 6960).

use der::asn1::OctetString;
use der::{Decode, Encode};
use jiff::Timestamp;
use x509_ocsp::{BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponseStatus, ResponderId, SingleResponse};

use crate::certificate::{Certificate, moment};
use crate::cms::hash::lookup_digest;
use crate::cms::{oids, signature};
use crate::revocation::{Answer, Reason, RevocationError, Status};

/// How many certificates of a response are looked at.
const MAX_CERTIFICATES: usize = 8;

/// An OCSP response that was read.
#[derive(Debug, Clone)]
pub struct OcspResponse {
    der: Vec<u8>,
    /// The part that is signed, as it came.
    signed: Vec<u8>,
    basic: BasicOcspResponse,
    certificates: Vec<Certificate>,
}

impl OcspResponse {
    /// Reads DER.
    ///
    /// # Errors
    /// [`RevocationError::NoAnswer`] when the responder says that it cannot answer, [`RevocationError::Encoding`] when the bytes are
    /// not a basic response.
    pub fn read(der: &[u8]) -> Result<Self, RevocationError> {
        let response = x509_ocsp::OcspResponse::from_der(der)?;
        let bytes = match (response.response_status, response.response_bytes) {
            (OcspResponseStatus::Successful, Some(bytes)) if bytes.response_type == oids::OCSP_BASIC => bytes.response,
            (OcspResponseStatus::Successful, _) => return Err(RevocationError::NoAnswer("a response of another kind")),
            (OcspResponseStatus::MalformedRequest, _) => return Err(RevocationError::NoAnswer("the request is malformed")),
            (OcspResponseStatus::InternalError, _) => return Err(RevocationError::NoAnswer("an internal error")),
            (OcspResponseStatus::TryLater, _) => return Err(RevocationError::NoAnswer("try later")),
            (OcspResponseStatus::SigRequired, _) => return Err(RevocationError::NoAnswer("the request must be signed")),
            (OcspResponseStatus::Unauthorized, _) => return Err(RevocationError::NoAnswer("unauthorized")),
        };
        let basic = BasicOcspResponse::from_der(bytes.as_bytes())?;
        let signed = bytes.as_bytes()[super::first_part(bytes.as_bytes())?].to_vec();
        let mut certificates = Vec::new();
        for certificate in basic.certs.iter().flatten().take(MAX_CERTIFICATES) {
            // One that cannot be used is not the delegate's.
            certificates.extend(certificate.to_der().ok().and_then(|der| Certificate::from_der(&der).ok()));
        }
        Ok(Self { der: der.to_vec(), signed, basic, certificates })
    }

    /// The DER encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificates inside: those of delegates.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The nonce extension's value (RFC 8954) as it stands in the extension, where there is one.
    pub fn nonce(&self) -> Option<Vec<u8>> {
        self.basic.nonce().map(|nonce| nonce.0.as_bytes().to_vec())
    }

    /// What the response says about a certificate.
    ///
    /// The issuer must have signed, or a delegate: a certificate that the issuer itself issued for OCSP, valid when the response
    /// was made. Whether the delegate's certificate was revoked is for the caller to find out: see
    /// [`Certificate::needs_no_revocation_check`].
    ///
    /// # Errors
    /// [`RevocationError`] when it says nothing about it, or is not to be believed.
    pub fn judge(&self, certificate: &Certificate, issuer: &Certificate) -> Result<Answer, RevocationError> {
        if !issuer.is_named_issuer_of(certificate) {
            return Err(RevocationError::OtherCertificate);
        }
        let data = &self.basic.tbs_response_data;
        let mut about = data.responses.iter().filter(|single| is_about(&single.cert_id, certificate, issuer));
        let single = about.next().ok_or(RevocationError::OtherCertificate)?;
        // Two answers in one response: nobody could say which counts.
        if about.any(|other| other.cert_status != single.cert_status) {
            return Err(RevocationError::OtherCertificate);
        }
        let delegate = self.signer(issuer)?;
        let extensions = data.response_extensions.iter().chain(&single.single_extensions).flatten();
        if let Some(unknown) = extensions.into_iter().find(|extension| extension.critical) {
            return Err(RevocationError::Critical(unknown.extn_id));
        }
        Ok(Answer { status: status_of(single), since: time(single.this_update), until: single.next_update.map(time), delegate })
    }

    /// The delegate that signed; `None` when the issuer did.
    fn signer(&self, issuer: &Certificate) -> Result<Option<Certificate>, RevocationError> {
        let signed_with = |certificate: &Certificate| {
            is_named(&self.basic.tbs_response_data.responder_id, certificate)
                && signature::signed_by(certificate, &self.basic.signature_algorithm, &self.signed, &self.basic.signature)
        };
        if signed_with(issuer) {
            return Ok(None);
        }
        let made = time(self.basic.tbs_response_data.produced_at);
        let is_delegate = |certificate: &&Certificate| {
            certificate.is_for_ocsp() && certificate.is_valid_at(made) && signed_with(certificate) && issuer.issued(certificate)
        };
        self.certificates.iter().find(is_delegate).cloned().map(Some).ok_or(RevocationError::Signature)
    }
}

/// True when a `CertID` (RFC 6960, 4.1.1) names the certificate.
fn is_about(id: &CertId, certificate: &Certificate, issuer: &Certificate) -> bool {
    let digest_of = |bytes: &[u8]| lookup_digest(id.hash_algorithm.oid, bytes);
    let name = issuer.parsed.tbs_certificate.subject.to_der().ok().and_then(|name| digest_of(&name));
    let same = |digest: Option<Vec<u8>>, expected: &OctetString| digest.is_some_and(|digest| digest == expected.as_bytes());
    id.serial_number == certificate.parsed.tbs_certificate.serial_number
        && same(name, &id.issuer_name_hash)
        && same(digest_of(issuer.public_key()), &id.issuer_key_hash)
}

/// True when a `ResponderID` (RFC 6960, 4.2.1) names the certificate. The key's digest is SHA-1 by definition.
fn is_named(id: &ResponderId, certificate: &Certificate) -> bool {
    match id {
        ResponderId::ByName(name) => *name == certificate.parsed.tbs_certificate.subject,
        ResponderId::ByKey(digest) => lookup_digest(oids::SHA1, certificate.public_key()).is_some_and(|own| own == digest.as_bytes()),
    }
}

fn status_of(single: &SingleResponse) -> Status {
    match &single.cert_status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Revoked(info) => Status::Revoked { at: time(info.revocation_time), reason: info.revocation_reason.map(Reason::of) },
        CertStatus::Unknown(_) => Status::Unknown,
    }
}

fn time(time: OcspGeneralizedTime) -> Timestamp {
    moment(time.0.to_unix_duration())
}
