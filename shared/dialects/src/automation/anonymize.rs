//! `POST /anonymize`: the three ways in which this dialect names a person.
//!
//! The reference does not say in what form the parameter travels. As a form of either kind, as JSON and in the query it means the same.

use bytes::Bytes;
use segl_core::person_key::PersonKey;
use segl_core::signer::{DirectoryKey, NationalId};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::automation::person::{self, Identity};
use crate::automation::quoting;
use crate::problem::{FieldError, Problem};
use crate::{json, multipart};

/// The parameters, of which exactly one is given.
const PARAMETERS: [&str; 3] = ["internalId", "externalId", "ldapSearch"];

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnonymizedView {
    /// From how many orders the person's data was removed.
    pub orders: usize,
}

/// Reads whom a request means.
///
/// # Errors
/// [`crate::problem::Kind::InvalidRequest`] where it is not exactly one parameter, or one that makes no sense; what the form itself
/// has wrong.
pub fn whom<'a>(
    content_type: Option<&str>,
    body: Bytes,
    query: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<PersonKey, Problem> {
    let mut given = fields(content_type, body)?;
    given.extend(query.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let unknown = given.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str()));
    let wrong = |name: &str, detail: String| Problem::invalid(vec![FieldError::field(name, detail)]);
    if let Some((name, _)) = unknown {
        return Err(wrong(name, "is not known; known are internalId, externalId and ldapSearch".to_owned()));
    }
    let [(name, value)] = given.as_slice() else {
        return Err(wrong("internalId", "exactly one of internalId, externalId and ldapSearch must be given".to_owned()));
    };
    let value = quoting::unwrap(value);
    let key = match name.as_str() {
        "internalId" => value.trim().parse().map(PersonKey::Internal).map_err(|_| "must be a UUID".to_owned()),
        "externalId" => external(value.trim()),
        _ => search(&value),
    };
    key.map_err(|detail| wrong(name, detail))
}

fn fields(content_type: Option<&str>, body: Bytes) -> Result<Vec<(String, String)>, Problem> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match content_type.map(json::essence) {
        _ if body.is_empty() => Ok(Vec::new()),
        Some(json) if json.eq_ignore_ascii_case("application/json") => {
            let members: Map<String, Value> = json::read(&body)?;
            Ok(members.into_iter().map(|(name, value)| (name, text(value))).collect())
        }
        Some(form) if form.eq_ignore_ascii_case("application/x-www-form-urlencoded") => serde_urlencoded::from_bytes(&body)
            .map_err(|_| Problem::invalid(vec![FieldError::field("body", "is no application/x-www-form-urlencoded")])),
        _ => {
            let parts = multipart::parts(content_type, body)?;
            Ok(parts.into_iter().map(|part| (part.name, String::from_utf8_lossy(&part.content).into_owned())).collect())
        }
    }
}

/// `INTERNAL:` with a name of the directory, or `EXTERNAL:` with a personal number.
fn external(raw: &str) -> Result<PersonKey, String> {
    let Some((source, name)) = raw.split_once(':') else { return Err("must be INTERNAL:name or EXTERNAL:number".to_owned()) };
    match source {
        "INTERNAL" if name.contains('=') => DirectoryKey::parse(name).map(PersonKey::Directory).map_err(|error| error.to_string()),
        "INTERNAL" if !name.trim().is_empty() => Ok(PersonKey::DirectoryValue(name.trim().to_owned())),
        "EXTERNAL" => NationalId::parse(name).map(PersonKey::NationalId).map_err(|error| error.to_string()),
        _ => Err("must be INTERNAL:name or EXTERNAL:number".to_owned()),
    }
}

/// A person as in `signers` of a new order.
fn search(raw: &str) -> Result<PersonKey, String> {
    let person = person::parse(raw, "ldapSearch", &mut Vec::new())?;
    Ok(match person.identity {
        Identity::Internal(key) => PersonKey::Directory(key),
        Identity::External(number) => PersonKey::NationalId(number),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn read(content_type: &str, body: &str) -> Result<PersonKey, Problem> {
        whom(Some(content_type), Bytes::copy_from_slice(body.as_bytes()), [])
    }

    #[test]
    fn each_way_of_the_reference_is_read_in_each_form() {
        let number = PersonKey::NationalId(NationalId::parse("200001011907").unwrap());
        let multipart = "--X\r\nContent-Disposition: form-data; name=\"externalId\"\r\n\r\n\"EXTERNAL:200001011907\"\r\n--X--\r\n";
        for (content_type, body) in [
            (FORM, "externalId=EXTERNAL%3A200001011907"),
            ("application/json", r#"{"externalId": "EXTERNAL:20000101-1907"}"#),
            ("multipart/form-data; boundary=X", multipart),
            ("application/json", r#"{"ldapSearch": {"source": "EXTERNAL", "identifier": "200001011907", "attributes": {}}}"#),
        ] {
            assert!(read(content_type, body).unwrap() == number, "{body}");
        }
        assert!(whom(None, Bytes::new(), [("externalId", "EXTERNAL:200001011907")]).unwrap() == number);
        let id = "256FEDCB-CC59-435B-B45B-D915F7C7A04A";
        assert!(read(FORM, &format!("internalId={id}")).unwrap() == PersonKey::Internal(id.parse().unwrap()));
        assert!(read(FORM, "externalId=INTERNAL:jane.doe").unwrap() == PersonKey::DirectoryValue("jane.doe".to_owned()));
        let entry = PersonKey::Directory(DirectoryKey::parse("sAMAccountName=jane.doe").unwrap());
        assert!(
            read("application/json", r#"{"ldapSearch": {"source": "INTERNAL", "identifier": "sAMAccountName=jane.doe"}}"#).unwrap()
                == entry
        );
        assert!(read(FORM, "externalId=INTERNAL:sAMAccountName%3Djane.doe").unwrap() == entry);
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for (body, field) in [
            ("", "internalId"),
            ("internalId=a&externalId=EXTERNAL:200001011907", "internalId"),
            ("internalId=jane", "internalId"),
            ("externalId=jane.doe", "externalId"),
            ("externalId=INTERNAL:", "externalId"),
            ("externalId=OTHER:1234567", "externalId"),
            ("ldapSearch=x", "ldapSearch"),
            ("mail=a", "mail"),
        ] {
            assert_eq!(read(FORM, body).unwrap_err().errors[0].place(), field, "{body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bodies_never_panic(body in any::<Vec<u8>>(), json in any::<bool>()) {
            let _ = whom(Some(if json { "application/json" } else { FORM }), body.into(), []);
        }
    }
}
