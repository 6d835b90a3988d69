//! Asks a time-stamp authority (RFC 3161, 2.4).

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use thiserror::Error;

use crate::cms::oids;
use crate::cms::time_stamp::MessageImprint;

/// `TimeStampReq`, without extensions.
#[derive(Sequence)]
struct TimeStampRequest {
    version: u8,
    imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    nonce: u64,
    /// The authority's certificate is wanted in the token.
    certificates: bool,
}

/// The request for a digest of SHA-256.
pub(crate) fn request(digest: &[u8], policy: Option<ObjectIdentifier>, nonce: u64) -> Result<Vec<u8>, der::Error> {
    let hash_algorithm = AlgorithmIdentifierOwned { oid: oids::SHA256, parameters: None };
    let imprint = MessageImprint { hash_algorithm, hashed_message: OctetString::new(digest)? };
    TimeStampRequest { version: 1, imprint, policy, nonce, certificates: true }.to_der()
}

/// Why an answer has no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NoToken {
    #[error("the answer is not one of a time-stamp authority")]
    Unreadable,
    #[error("the authority refused, with status {0}")]
    Refused(u8),
}

/// The token in a `TimeStampResp`: `SEQUENCE { PKIStatusInfo, token OPTIONAL }`.
pub(crate) fn token(answer: &[u8]) -> Result<Vec<u8>, NoToken> {
    const UNREADABLE: NoToken = NoToken::Unreadable;
    let fields = Vec::<Any>::from_der(answer).map_err(|_| UNREADABLE)?;
    let status = fields.first().ok_or(UNREADABLE)?.decode_as::<Vec<Any>>().map_err(|_| UNREADABLE)?;
    let status = status.first().ok_or(UNREADABLE)?.decode_as::<u8>().map_err(|_| UNREADABLE)?;
    // granted, grantedWithMods
    if status > 1 {
        return Err(NoToken::Refused(status));
    }
    fields.get(1).ok_or(UNREADABLE)?.to_der().map_err(|_| UNREADABLE)
}
