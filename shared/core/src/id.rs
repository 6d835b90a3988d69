//! Identifiers. Each is a type of its own, so that a client is never taken for an organization.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of an order: a UUID of version 7 (RFC 9562), which sorts by the time of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(Uuid);

impl OrderId {
    /// Makes an id from the time of creation and 80 random bits.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for OrderId {
    type Err = IdError;

    /// Takes the hyphenated form in either case, and no other, so that one order has one name.
    fn from_str(raw: &str) -> Result<Self, IdError> {
        if raw.len() != 36 {
            return Err(IdError::NotAUuid);
        }
        Uuid::try_parse(raw).map(Self).map_err(|_| IdError::NotAUuid)
    }
}

/// Why an identifier was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID in its hyphenated form.
    #[error("must be a UUID such as 0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d")]
    NotAUuid,
    /// Not an organization.
    #[error("must be a country code and a registration number such as DK01234567: 3 to 40 letters, digits or hyphens")]
    NotAnOrganization,
    /// Not an API client.
    #[error("must be 3 to 64 lower-case letters, digits or hyphens")]
    NotAClient,
    /// Not an object version.
    #[error("must be 8 to 64 letters, digits or hyphens")]
    NotAnAttempt,
}

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident, $error:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(raw: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(raw) { Ok(Self(raw.to_owned())) } else { Err(IdError::$error) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(raw: String) -> Result<Self, IdError> {
                raw.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// An organization: the country's two letters and the registration number, e.g. `DK01234567`, `SE5566778899`, `NO984661185`.
    OrganizationId, NotAnOrganization, |raw| {
        (3..=40).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
}

string_id! {
    /// An API client of an organization.
    ClientId, NotAClient, |raw| {
        (3..=64).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
}

string_id! {
    /// One attempt at sealing. Each attempt writes under keys of its own, so that two attempts never touch the same object.
    AttemptId, NotAnAttempt, |raw| {
        (8..=64).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl $name {
            /// As an index into the order's list.
            pub fn as_usize(self) -> usize {
                usize::from(self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

index! {
    /// A document's place in its order, from 0.
    DocumentIndex
}
index! {
    /// A signer's place in its order, from 0.
    SignerIndex
}
index! {
    /// A group's place in its order, from 0: the sequence in which groups sign.
    GroupIndex
}

/// A SHA-256 digest (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// Why a digest was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a SHA-256 digest: 64 hexadecimal digits")]
pub struct DigestError;

impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(raw: &str) -> Result<Self, DigestError> {
        let mut digest = [0; 32];
        if raw.len() != 64 || !raw.is_ascii() {
            return Err(DigestError);
        }
        for (byte, pair) in digest.iter_mut().zip(raw.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| DigestError)?;
            if pair.starts_with('+') {
                return Err(DigestError);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| DigestError)?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = DigestError;

    fn try_from(raw: String) -> Result<Self, DigestError> {
        raw.parse()
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> String {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_ids_sort_by_time_and_have_one_form() {
        let early = OrderId::new(Timestamp::from_millisecond(1_000).unwrap(), [255; 10]);
        let late = OrderId::new(Timestamp::from_millisecond(2_000).unwrap(), [0; 10]);
        assert!(early < late && early.to_string() < late.to_string());
        let text = early.to_string();
        assert_eq!(text.parse(), Ok(early));
        for bad in ["", "5d7c2010", &text.replace('-', ""), &format!("{{{text}}}"), &format!("urn:uuid:{text}"), "../../etc/passwd"] {
            assert_eq!(bad.parse::<OrderId>(), Err(IdError::NotAUuid), "{bad}");
        }
    }

    #[test]
    fn organizations_and_clients_cannot_hold_separators() {
        for bad in ["", "DK", "DK 01", "DK#01", "DK/01", &"A".repeat(41)] {
            assert!(bad.parse::<OrganizationId>().is_err(), "{bad}");
        }
        assert!("DK01234567".parse::<OrganizationId>().is_ok());
        for bad in ["", "ab", "Client", "a#b", "a_b"] {
            assert!(bad.parse::<ClientId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn digests_are_64_hexadecimal_digits() {
        let digest = Sha256::of(b"abc");
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in ["", "zz", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(bad.parse::<Sha256>(), Err(DigestError), "{bad}");
        }
    }
}
