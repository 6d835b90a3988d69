//! Certificates in files.

use std::path::Path;

use der::pem::{LineEnding, encode_string};
use segl_sealing::{Certificate, CertificateError, KeyKind, SealCertificate};

use crate::error::Error;
use crate::files::read_text;

/// The chain of a seal, leaf first.
pub(crate) fn read_chain(path: &Path) -> Result<SealCertificate, Error> {
    SealCertificate::from_pem(&read_text(path)?).map_err(|source| Error::Certificate { path: path.to_owned(), source })
}

/// Every certificate of a file; at least one.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let failed = |source| Error::Certificate { path: path.to_owned(), source };
    let all = Certificate::all_from_pem(&read_text(path)?).map_err(failed)?;
    if all.is_empty() { Err(failed(CertificateError::Missing)) } else { Ok(all) }
}

/// A chain as PEM (RFC 7468), without what else stood in its file: a key, for example.
pub(crate) fn write_chain(certificate: &SealCertificate) -> Result<String, CertificateError> {
    let all = std::iter::once(certificate.leaf()).chain(certificate.chain());
    all.map(|one| encode_string("CERTIFICATE", LineEnding::LF, one.der()).map_err(|error| der::Error::from(error).into())).collect()
}

/// What kind of key it is, for people.
pub(crate) fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa => "RSA",
        KeyKind::P256 => "ECDSA P-256",
        KeyKind::P384 => "ECDSA P-384",
    }
}
