//! Time-stamp tokens (RFC 3161, updated by RFC 5816).

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Reader, Sequence, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use spki::AlgorithmIdentifierOwned;
use thiserror::Error;

use crate::certificate::Certificate;
use crate::cms::hash::ContentHasher;
use crate::cms::oids;
use crate::cms::parsed::{Container, ContainerError};

/// A time-stamp token that cannot be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TimeStampError {
    /// The CMS around the statement.
    #[error("the time-stamp's container cannot be used")]
    Container(#[from] ContainerError),
    /// The statement inside, `TSTInfo`.
    #[error("what the time-stamp states cannot be read")]
    Statement(#[from] der::Error),
    /// The token does not name the certificate that it was signed with (RFC 3161, 2.4.1; RFC 5816).
    #[error("the time-stamp does not name its authority's certificate")]
    NoSigningCertificate,
    /// The time is not a `GeneralizedTime` in UTC (RFC 3161, 2.4.2).
    #[error("the time-stamp's time cannot be read")]
    Time,
    /// The imprint is of a hash function that is not supported, or its length is wrong.
    #[error("the time-stamp's imprint is of a hash function that is not supported: {0}")]
    Imprint(ObjectIdentifier),
}

/// A time-stamp token: an authority's statement that somebody had a digest at a time.
#[derive(Debug, Clone)]
pub struct TimeStampToken {
    container: Container,
    statement: Statement,
}

/// `MessageImprint` (RFC 3161, 2.4.1).
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub(super) struct MessageImprint {
    pub(super) hash_algorithm: AlgorithmIdentifierOwned,
    pub(super) hashed_message: OctetString,
}

/// `TSTInfo` (RFC 3161, 2.4.2), as far as anybody asks.
#[derive(Debug, Clone)]
struct Statement {
    policy: ObjectIdentifier,
    imprint: MessageImprint,
    serial: Vec<u8>,
    time: Timestamp,
    nonce: Option<Vec<u8>>,
}

impl TimeStampToken {
    /// Reads a token: CMS `SignedData` over `TSTInfo` with one signer, whose certificate is inside. Zeros behind it, as
    /// `/Contents` has them, are ignored.
    ///
    /// # Errors
    /// [`TimeStampError`] when the bytes are something else. Whether the token holds is not judged here: see
    /// [`is_genuine`](Self::is_genuine).
    pub fn read(der: &[u8]) -> Result<Self, TimeStampError> {
        let container = Container::read_any(der)?;
        let content = match &container.content {
            Some(content) if container.content_type == oids::TST_INFO => content,
            _ => return Err(ContainerError::Content.into()),
        };
        if !container.has_signing_certificate() {
            return Err(TimeStampError::NoSigningCertificate);
        }
        let statement = Statement::read(content)?;
        Ok(Self { container, statement })
    }

    /// The time that the authority states. How exact it is does not matter here.
    pub fn time(&self) -> Timestamp {
        self.statement.time
    }

    /// The hash function, and the digest of what was stamped.
    pub fn imprint(&self) -> (ObjectIdentifier, &[u8]) {
        (self.statement.imprint.hash_algorithm.oid, self.statement.imprint.hashed_message.as_bytes())
    }

    /// The request's nonce: the content octets of its INTEGER, without leading zeros.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.statement.nonce.as_deref()
    }

    /// The policy under which the authority stamps.
    pub fn policy(&self) -> ObjectIdentifier {
        self.statement.policy
    }

    /// The authority's number for the token: the content octets of the INTEGER, without leading zeros.
    pub fn serial(&self) -> &[u8] {
        &self.statement.serial
    }

    /// The authority's certificate.
    pub fn signer(&self) -> &Certificate {
        &self.container.signer
    }

    /// All certificates inside, the authority's among them.
    pub fn certificates(&self) -> &[Certificate] {
        &self.container.certificates
    }

    /// True when the imprint is that of `data`.
    pub fn is_of(&self, data: &[u8]) -> bool {
        let mut hasher = self.hasher();
        hasher.update(data);
        self.is_of_digest(&hasher.finish())
    }

    /// True when the digest is the imprint; it was made with [`hasher`](Self::hasher).
    pub(crate) fn is_of_digest(&self, digest: &[u8]) -> bool {
        self.statement.imprint.hashed_message.as_bytes() == digest
    }

    /// The imprint's hash function.
    pub(crate) fn hasher(&self) -> ContentHasher {
        ContentHasher::of(self.statement.imprint.hash_algorithm.oid).expect("reading refuses other hash functions")
    }

    /// True when the statement is the one that was signed, the signature was made with the key of [`signer`](Self::signer), the
    /// token names that certificate (RFC 5035), and the certificate is for time-stamps and nothing else (RFC 3161, 2.3).
    ///
    /// Whether the certificate is to be trusted is another question.
    ///
    /// # Errors
    /// [`TimeStampError::Container`] when the algorithm is not supported.
    pub fn is_genuine(&self) -> Result<bool, TimeStampError> {
        let mut hasher = self.container.hasher()?;
        hasher.update(self.container.content.as_deref().unwrap_or_default());
        Ok(self.container.is_intact(&hasher.finish()) && self.container.is_valid()? && self.signer().is_for_time_stamps())
    }
}

impl Statement {
    fn read(der: &[u8]) -> Result<Self, TimeStampError> {
        // Read field by field: the time may have fractions, which the structures of X.509 do not.
        let mut reader = SliceReader::new(der)?;
        let fields = Vec::<Any>::decode(&mut reader)?;
        reader.finish(())?;
        let mut fields = fields.into_iter();
        let mut next = || fields.next().ok_or_else(|| der::Error::from(der::ErrorKind::Failed));
        if next()?.decode_as::<u8>()? != 1 {
            return Err(der::Error::from(der::ErrorKind::Failed).into());
        }
        let policy = next()?.decode_as::<ObjectIdentifier>()?;
        let imprint = next()?.decode_as::<MessageImprint>()?;
        let serial = integer(&next()?)?;
        let time = time_of(&next()?).ok_or(TimeStampError::Time)?;
        // `accuracy`, `ordering` and `tsa` are told apart by their tags and left aside.
        let nonce = fields.find(|field| field.tag() == Tag::Integer).map(|nonce| integer(&nonce)).transpose()?;
        let oid = imprint.hash_algorithm.oid;
        let expected = ContentHasher::of(oid).map(|hasher| hasher.finish().len());
        if expected != Some(imprint.hashed_message.as_bytes().len()) {
            return Err(if oid == oids::SHA1 { ContainerError::Sha1.into() } else { TimeStampError::Imprint(oid) });
        }
        Ok(Self { policy, imprint, serial, time, nonce })
    }
}

/// The content octets of an INTEGER without leading zeros.
fn integer(value: &Any) -> Result<Vec<u8>, der::Error> {
    value.tag().assert_eq(Tag::Integer)?;
    let zeros = value.value().iter().take_while(|byte| **byte == 0).count();
    Ok(value.value()[zeros..].to_vec())
}

/// A `GeneralizedTime` in UTC, of which the seconds may have a fraction (RFC 3161, 2.4.2).
fn time_of(value: &Any) -> Option<Timestamp> {
    let text = std::str::from_utf8(value.value()).ok().filter(|_| value.tag() == Tag::GeneralizedTime)?;
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| whole.get(range)?.parse::<i8>().ok();
    let year = whole.get(..4)?.parse::<i16>().ok()?;
    let nanosecond = format!("{fraction:0<9}").get(..9)?.parse::<i32>().ok()?;
    let time = DateTime::new(year, part(4..6)?, part(6..8)?, part(8..10)?, part(10..12)?, part(12..14)?, nanosecond).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_have_fractions() {
        let cases = [
            ("20261124230000Z", Some("2026-11-24T23:00:00Z")),
            ("20261124230000.5Z", Some("2026-11-24T23:00:00.5Z")),
            ("20261124230000.1234567891Z", Some("2026-11-24T23:00:00.123456789Z")),
            ("20261124230000", None),
            ("202611242300Z", None),
            ("20261124230000.Z", None),
            ("20261324230000Z", None),
            ("2026112423000\u{e9}Z", None),
            ("+0261124230000Z", None),
        ];
        for (text, expected) in cases {
            let value = Any::new(Tag::GeneralizedTime, text.as_bytes()).expect("short");
            assert_eq!(time_of(&value), expected.map(|time| time.parse().expect("a time")), "{text}");
        }
    }
}
