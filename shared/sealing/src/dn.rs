//! Distinguished names as text.

use der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Any, Tag, Tagged};
use std::str::FromStr;
use thiserror::Error;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RelativeDistinguishedName};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// What X.520 calls 2.5.4.97; ETSI EN 319 412-1, 5.1.4 wants it for seals. The parser knows it by number only.
const ORGANIZATION_IDENTIFIER: &str = "organizationIdentifier";

/// A distinguished name for a certificate that is yet to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(pub(crate) Name);

/// A text that is not a distinguished name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// Not RFC 4514, or an attribute of unknown name.
    #[error("this is not a distinguished name such as CN=Seal,O=Example,C=DK (RFC 4514)")]
    Syntax(#[from] der::Error),
    /// An attribute has no text, or one that its type does not permit.
    #[error("an attribute of the name is empty or has a value that its type does not permit")]
    Value,
}

impl FromStr for Subject {
    type Err = SubjectError;

    /// Reads a name in the form of RFC 4514, the most specific part first. `organizationIdentifier` is known by name.
    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let part = |part| -> Result<RelativeDistinguishedName, SubjectError> {
            let pairs = split(part, '+').into_iter().map(pair).collect::<Result<Vec<_>, _>>()?;
            Ok(RelativeDistinguishedName::try_from(pairs)?)
        };
        let mut parts = split(text, ',').into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        parts.reverse();
        Ok(Self(parts.into()))
    }
}

fn pair(text: &str) -> Result<AttributeTypeAndValue, SubjectError> {
    let text = text.trim_start();
    let pair = match text.strip_prefix(ORGANIZATION_IDENTIFIER) {
        Some(rest) => format!("2.5.4.97{rest}").parse::<AttributeTypeAndValue>()?,
        None => text.parse()?,
    };
    let length = directory_string(&pair.value).map_or(0, |value| value.chars().count());
    let fits = if pair.oid == COUNTRY { length == 2 } else { length > 0 };
    if fits { Ok(pair) } else { Err(SubjectError::Value) }
}

/// Splits at each separator that no backslash escapes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|character| {
        let splits = character == separator && !escaped;
        escaped = character == '\\' && !escaped;
        splits
    })
    .collect()
}

/// A name in the form of RFC 4514, the most specific part first.
pub(crate) fn text(name: &Name) -> String {
    name.to_string()
}

/// The common name, or the organization where there is none.
pub(crate) fn common_name(name: &Name) -> Option<String> {
    attribute(name, COMMON_NAME).or_else(|| attribute(name, ORGANIZATION))
}

fn attribute(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    name.0.iter().rev().flat_map(|part| part.0.iter()).find(|pair| pair.oid == oid).and_then(|pair| directory_string(&pair.value))
}

/// The text of a `DirectoryString` (RFC 5280, 4.1.2.4).
fn directory_string(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef>().ok().map(|text| text.as_str().to_owned()),
        Tag::PrintableString => value.decode_as::<PrintableStringRef>().ok().map(|text| text.as_str().to_owned()),
        Tag::Ia5String => value.decode_as::<Ia5StringRef>().ok().map(|text| text.as_str().to_owned()),
        Tag::TeletexString => value.decode_as::<TeletexStringRef>().ok().map(|text| text.as_str().to_owned()),
        Tag::BmpString => {
            let units: Vec<u16> = value.value().chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}
