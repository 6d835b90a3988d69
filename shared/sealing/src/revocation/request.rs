//! Asks an OCSP responder (RFC 6960, 4.1).

use der::asn1::{Null, OctetString};
use der::{Any, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_ocsp::{CertId, OcspRequest, Request, TbsRequest};

use crate::certificate::Certificate;
use crate::cms::hash::lookup_digest;
use crate::cms::oids;

/// The request for one certificate.
///
/// It has no nonce, so that responders may answer from a cache; how fresh the answer is, is judged by its times. SHA-1 is what every
/// responder knows, and only names the issuer here.
pub(crate) fn ocsp_request(certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, der::Error> {
    let digest = |bytes: &[u8]| OctetString::new(lookup_digest(oids::SHA1, bytes).unwrap_or_default());
    let req_cert = CertId {
        hash_algorithm: AlgorithmIdentifierOwned { oid: oids::SHA1, parameters: Some(Any::encode_from(&Null)?) },
        issuer_name_hash: digest(&issuer.parsed.tbs_certificate.subject.to_der()?)?,
        issuer_key_hash: digest(issuer.public_key())?,
        serial_number: certificate.parsed.tbs_certificate.serial_number.clone(),
    };
    let request_list = vec![Request { req_cert, single_request_extensions: None }];
    OcspRequest { tbs_request: TbsRequest { request_list, ..TbsRequest::default() }, optional_signature: None }.to_der()
}
