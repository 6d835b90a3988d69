//! Distinguished names as text.

use der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Any, Tag, Tagged};
use x509_cert::name::Name;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

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
