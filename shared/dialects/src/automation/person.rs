//! Persons: the JSON objects of `solicitor` and `signers`.

use segl_core::signer::{DirectoryKey, Email, Mobile, NationalId};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A person as requested. One who is internal is still to be looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRequest {
    /// Who.
    pub identity: Identity,
    /// The e-mail address in the request, where usable.
    pub email: Option<Email>,
    /// The mobile number in the request, where usable.
    pub mobile: Option<Mobile>,
}

/// How a person is identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// `INTERNAL`: an entry of the organization's user directory.
    Internal(DirectoryKey),
    /// `EXTERNAL`: a personal number.
    External(NationalId),
}

/// The members of a person. No other is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonObject {
    source: String,
    identifier: String,
    attributes: Option<Value>,
}

/// Reads a person, and adds what could not be used to `warnings`. `place` names the person there, e.g. `signers[0]`; a warning never
/// holds a value, because it ends up in the audit trail, from where personal data cannot be erased.
pub fn parse(text: &str, place: &str, warnings: &mut Vec<String>) -> Result<PersonRequest, String> {
    let object: PersonObject = crate::json::read_text(text)?;
    let identity = match object.source.as_str() {
        "INTERNAL" => DirectoryKey::parse(&object.identifier).map(Identity::Internal),
        "EXTERNAL" => NationalId::parse(&object.identifier).map(Identity::External),
        _ => return Err("source must be INTERNAL or EXTERNAL".to_owned()),
    };
    let identity = identity.map_err(|error| format!("identifier of an {} person {error}", object.source))?;
    let attributes = attributes(object.attributes)?;
    let unknown: Vec<_> = attributes.keys().filter(|name| !matches!(name.as_str(), "mail" | "mobile")).collect();
    if !unknown.is_empty() {
        warnings.push(format!("{place}: {} not known and ignored", names(&unknown)));
    }
    let mut usable = |name: &str| -> Result<Option<&str>, String> {
        match attributes.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(attribute)) => match attribute.get("value") {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(value)) if value.trim().is_empty() => Ok(None),
                Some(Value::String(value)) => Ok(Some(value)),
                Some(_) => {
                    warnings.push(format!("{place}: attributes.{name}.value is no text and was left out"));
                    Ok(None)
                }
            },
            Some(_) => Err(format!("attributes.{name} must be an object such as {{\"value\": \"...\"}}")),
        }
    };
    let (mail, mobile) = (usable("mail")?, usable("mobile")?);
    let mut left_out = |name: &str, error: segl_core::signer::PersonalError| {
        warnings.push(format!("{place}: attributes.{name}.value {error}; it was left out"));
    };
    Ok(PersonRequest {
        identity,
        email: mail.and_then(|raw| Email::parse(raw).map_err(|error| left_out("mail", error)).ok()),
        mobile: mobile.and_then(|raw| Mobile::parse(raw).map_err(|error| left_out("mobile", error)).ok()),
    })
}

/// An object. The reference calls it an array, and an empty array is what some languages make of an empty object.
fn attributes(raw: Option<Value>) -> Result<Map<String, Value>, String> {
    match raw {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(attributes)) => Ok(attributes),
        Some(Value::Array(list)) if list.is_empty() => Ok(Map::new()),
        Some(_) => Err("attributes must be an object such as {\"mail\": {\"value\": \"...\"}}".to_owned()),
    }
}

/// Names some unknown attributes. What is no plain word is only counted: it could be anything, also personal data.
fn names(unknown: &[&String]) -> String {
    let plain = |name: &&&String| (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
    let named: Vec<_> = unknown.iter().filter(plain).take(5).map(|name| name.as_str()).collect();
    match (unknown.len(), named.len()) {
        (1, 1) => format!("the attribute {} is", named[0]),
        (all, some) if all == some => format!("the attributes {} are", named.join(", ")),
        (1, _) => "an attribute is".to_owned(),
        (all, _) => format!("{all} attributes are"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Result<PersonRequest, String>, Vec<String>) {
        let mut warnings = Vec::new();
        (parse(text, "signers[0]", &mut warnings), warnings)
    }

    #[test]
    fn the_persons_of_the_reference_are_read() {
        let (internal, warnings) = read(r#"{"source":"INTERNAL","identifier":"sAMAccountName=cborgstrom","attributes":{}}"#);
        let key = DirectoryKey::parse("sAMAccountName=cborgstrom").unwrap();
        assert_eq!(internal, Ok(PersonRequest { identity: Identity::Internal(key), email: None, mobile: None }));
        assert_eq!(warnings, [""; 0]);

        let (external, warnings) = read(
            r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":{"mail":{"value":"[email protected]"},"mobile":{"value":"+46700000000"}}}"#,
        );
        let external = external.unwrap();
        assert_eq!(external.identity, Identity::External(NationalId::parse("198603052385").unwrap()));
        assert_eq!(external.mobile.as_ref().map(Mobile::as_str), Some("+46700000000"));
        assert_eq!(external.email, None, "the address in the reference is none");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("signers[0]: attributes.mail.value must be an e-mail address"), "{warnings:?}");
        assert!(!warnings[0].contains("protected"), "a warning holds no value");
    }

    #[test]
    fn attributes_may_be_lacking_empty_or_unknown() {
        let person = |attributes: &str| format!(r#"{{"source":"EXTERNAL","identifier":"198603052385"{attributes}}}"#);
        for (attributes, expected) in [
            ("", [""; 0].as_slice()),
            (r#","attributes":null"#, &[]),
            (r#","attributes":[]"#, &[]),
            (r#","attributes":{"mail":null,"mobile":{}}"#, &[]),
            (r#","attributes":{"mail":{"value":""},"mobile":{"value":null}}"#, &[]),
            (r#","attributes":{"mail":{"value":5}}"#, &["signers[0]: attributes.mail.value is no text and was left out"]),
            (r#","attributes":{"title":{"value":"x"}}"#, &["signers[0]: the attribute title is not known and ignored"]),
            (r#","attributes":{"b":1,"a":2}"#, &["signers[0]: the attributes a, b are not known and ignored"]),
            (r#","attributes":{"198603052385":1}"#, &["signers[0]: an attribute is not known and ignored"]),
            (r#","attributes":{"198603052385":1,"a":2}"#, &["signers[0]: 2 attributes are not known and ignored"]),
        ] {
            let (person, warnings) = read(&person(attributes));
            assert!(person.is_ok(), "{attributes}: {person:?}");
            assert_eq!(warnings, expected, "{attributes}");
        }
    }

    #[test]
    fn what_is_no_person_is_refused_with_the_reason() {
        for (text, expected) in [
            ("", "is not JSON: EOF while parsing a value at line 1 column 0"),
            (r#"{"source": "EXTERNAL", "identifier": "198603052385", "attributes": {"mail": {"value": "a@b"}"#, "is not JSON: EOF"),
            (r#"[]"#, "invalid type: sequence, expected an object"),
            (r#"{"identifier":"x"}"#, "/source: is missing"),
            (r#"{"source":"INTERNAL"}"#, "/identifier: is missing"),
            (r#"{"source":"INTERNAL","identifier":5}"#, "/identifier: invalid type: integer `5`"),
            (r#"{"source":"internal","identifier":"a=b"}"#, "source must be INTERNAL or EXTERNAL"),
            (r#"{"source":"INTERNAL","identifier":"cborgstrom"}"#, "identifier of an INTERNAL person must be attribute=value"),
            (r#"{"source":"EXTERNAL","identifier":"a=b"}"#, "identifier of an EXTERNAL person must be a national identity number"),
            (r#"{"source":"EXTERNAL","identifier":"198603052385","role":"x"}"#, "/role: unknown field `role`"),
            (r#"{"source":"EXTERNAL","source":"INTERNAL","identifier":"198603052385"}"#, "/source: is there twice"),
            (r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":"x"}"#, "attributes must be an object"),
            (r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":["x"]}"#, "attributes must be an object"),
            (r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":{"mail":"a@b"}}"#, "attributes.mail must be an object"),
        ] {
            let error = read(text).0.unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in any::<String>()) {
            let _ = read(&text);
        }

        #[test]
        fn arbitrary_members_never_panic(identifier in any::<String>(), mail in any::<String>(), internal in any::<bool>()) {
            let source = if internal { "INTERNAL" } else { "EXTERNAL" };
            let text = serde_json::json!({"source": source, "identifier": identifier, "attributes": {"mail": {"value": mail}, &mail: 1}});
            let (_, warnings) = read(&text.to_string());
            prop_assert!(warnings.iter().all(|warning| warning.len() < 400));
        }
    }
}
