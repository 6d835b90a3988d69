//! Revocation lists (RFC 5280, section 5).

use der::asn1::ObjectIdentifier;
use der::{Decode, Reader, SliceReader};
use jiff::Timestamp;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::DistributionPointName;
use x509_cert::ext::pkix::{BasicConstraints, CrlReason, KeyUsages};
use x509_cert::ext::{Extension, Extensions};

use crate::certificate::{Certificate, moment};
use crate::cms::{oids, signature};
use crate::revocation::{Answer, Reason, RevocationError, Status};

/// A revocation list that was read.
#[derive(Debug, Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    /// The part that is signed, as it came.
    signed: std::ops::Range<usize>,
    list: CertificateList,
}

impl RevocationList {
    /// Reads DER.
    ///
    /// # Errors
    /// [`RevocationError::Encoding`] when the bytes are not a list of version 2.
    pub fn read(der: &[u8]) -> Result<Self, RevocationError> {
        let list = CertificateList::from_der(der)?;
        let signed = super::first_part(der)?;
        Ok(Self { der: der.to_vec(), signed, list })
    }

    /// The DER encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// True when the list says that it is this issuer's.
    pub(crate) fn is_named_for(&self, issuer: &Certificate) -> bool {
        self.list.tbs_cert_list.issuer == issuer.parsed.tbs_certificate.subject
    }

    /// What the list says about a certificate.
    ///
    /// # Errors
    /// [`RevocationError`] when it says nothing about it, or is not to be believed.
    pub fn judge(&self, certificate: &Certificate, issuer: &Certificate) -> Result<Answer, RevocationError> {
        let tbs = &self.list.tbs_cert_list;
        if !self.is_named_for(issuer) || !issuer.is_named_issuer_of(certificate) {
            return Err(RevocationError::OtherCertificate);
        }
        let agrees = self.list.signature_algorithm == tbs.signature;
        let message = &self.der[self.signed.clone()];
        if !agrees
            || !issuer.permits(KeyUsages::CRLSign)
            || !signature::signed_by(issuer, &self.list.signature_algorithm, message, &self.list.signature)
        {
            return Err(RevocationError::Signature);
        }
        check_scope(tbs.crl_extensions.as_ref(), certificate)?;
        let own = &certificate.parsed.tbs_certificate.serial_number;
        let mut status = Status::Good;
        for entry in tbs.revoked_certificates.iter().flatten() {
            // An entry of which something is not understood may be about any certificate (RFC 5280, 5.3).
            refuse_critical(entry.crl_entry_extensions.as_ref(), &[oids::CRL_REASON])?;
            if entry.serial_number == *own {
                status = revoked(entry);
            }
        }
        let time = |time: x509_cert::time::Time| moment(time.to_unix_duration());
        Ok(Answer { status, since: time(tbs.this_update), until: tbs.next_update.map(time), delegate: None })
    }

    /// `nextUpdate`: when a newer list is due.
    pub fn until(&self) -> Option<Timestamp> {
        self.list.tbs_cert_list.next_update.map(|time| moment(time.to_unix_duration()))
    }
}

fn revoked(entry: &RevokedCert) -> Status {
    let extensions = entry.crl_entry_extensions.iter().flatten();
    let code = extensions.into_iter().find(|extension| extension.extn_id == oids::CRL_REASON);
    let reason = code.and_then(|code| CrlReason::from_der(code.extn_value.as_bytes()).ok()).map(Reason::of);
    Status::Revoked { at: moment(entry.revocation_date.to_unix_duration()), reason }
}

/// Refuses lists that leave out a part of what could be said about the certificate (RFC 5280, 6.3.3).
fn check_scope(extensions: Option<&Extensions>, certificate: &Certificate) -> Result<(), RevocationError> {
    refuse_critical(extensions, &[oids::ISSUING_DISTRIBUTION_POINT])?;
    let find = |oid: ObjectIdentifier| extensions.into_iter().flatten().find(|extension: &&Extension| extension.extn_id == oid);
    if find(oids::DELTA_CRL_INDICATOR).is_some() {
        return Err(RevocationError::Partial("a delta"));
    }
    let Some(point) = find(oids::ISSUING_DISTRIBUTION_POINT) else {
        return Ok(());
    };
    let mut reader = SliceReader::new(point.extn_value.as_bytes())?;
    let point = IssuingDistributionPoint::decode(&mut reader)?;
    reader.finish(())?;
    if point.indirect_crl {
        return Err(RevocationError::Partial("indirect"));
    }
    if point.only_some_reasons.is_some() {
        return Err(RevocationError::Partial("for some reasons only"));
    }
    let is_ca = matches!(certificate.parsed.tbs_certificate.get::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca);
    if point.only_contains_attribute_certs || (is_ca && point.only_contains_user_certs) || (!is_ca && point.only_contains_ca_certs) {
        return Err(RevocationError::OtherCertificate);
    }
    match point.distribution_point {
        Some(name) if !is_named_by(&name, certificate) => Err(RevocationError::OtherCertificate),
        _ => Ok(()),
    }
}

/// True when the certificate has this distribution point: without it, the list may be for others of the same issuer.
fn is_named_by(name: &DistributionPointName, certificate: &Certificate) -> bool {
    let points = certificate.distribution_points();
    let mut own = points.iter().filter_map(|point| point.distribution_point.as_ref());
    own.any(|own| match (own, name) {
        (DistributionPointName::FullName(own), DistributionPointName::FullName(names)) => own.iter().any(|own| names.contains(own)),
        (own, name) => own == name,
    })
}

fn refuse_critical(extensions: Option<&Extensions>, known: &[ObjectIdentifier]) -> Result<(), RevocationError> {
    match extensions.into_iter().flatten().find(|extension| extension.critical && !known.contains(&extension.extn_id)) {
        Some(unknown) => Err(RevocationError::Critical(unknown.extn_id)),
        None => Ok(()),
    }
}
