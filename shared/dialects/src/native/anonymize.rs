//! Removing one person's data from all orders of an organization.

use schemars::JsonSchema;
use segl_core::person_key::PersonKey;
use segl_core::signer::{DirectoryKey, Email, Mobile, NationalId};
use serde::{Deserialize, Serialize};

use crate::problem::{FieldError, FieldErrors, Problem};

/// Whom: exactly one member.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Anonymization", extend("minProperties" = 1))]
pub struct AnonymizeRequest {
    /// The person's e-mail address. Upper and lower case are the same here.
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// The person's mobile number, in E.164 form.
    #[schemars(regex(pattern = r"^\+[0-9 ()-]+$"))]
    pub mobile: Option<String>,
    /// The person's national identity number, 6 to 20 letters or digits.
    pub national_id: Option<String>,
    /// The person's entry in the organization's directory, such as `sAMAccountName=jane.doe`.
    pub directory: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Anonymized")]
pub struct AnonymizedView {
    /// From how many orders the person's data was removed.
    pub orders: usize,
}

/// Reads the body of `POST /v1/people:anonymize`.
pub fn whom(body: &[u8]) -> Result<PersonKey, Problem> {
    let AnonymizeRequest { email, mobile, national_id, directory } = crate::json::read(body)?;
    let given = [&email, &mobile, &national_id, &directory].into_iter().flatten().count();
    let mut errors = FieldErrors::default();
    if given != 1 {
        errors.push(FieldError::pointer("", "must have exactly one of email, mobile, national_id and directory"));
    }
    let keys = [
        email.and_then(|raw| errors.take("/email", Email::parse(&raw)).map(PersonKey::Email)),
        mobile.and_then(|raw| errors.take("/mobile", Mobile::parse(&raw)).map(PersonKey::Mobile)),
        national_id.and_then(|raw| errors.take("/national_id", NationalId::parse(&raw)).map(PersonKey::NationalId)),
        directory.and_then(|raw| errors.take("/directory", DirectoryKey::parse(&raw)).map(PersonKey::Directory)),
    ];
    match keys.into_iter().flatten().next() {
        Some(key) if errors.is_empty() => Ok(key),
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_named_in_exactly_one_way() {
        let key = whom(br#"{"national_id": "19860305-2385"}"#).unwrap();
        assert!(key == PersonKey::NationalId(NationalId::parse("198603052385").unwrap()));
        for (body, place) in [
            ("{}", ""),
            (r#"{"email": "a@example.org", "mobile": "+4670000000"}"#, ""),
            (r#"{"email": "a"}"#, "/email"),
            (r#"{"mobile": "070"}"#, "/mobile"),
            (r#"{"national_id": "1"}"#, "/national_id"),
            (r#"{"directory": "jane"}"#, "/directory"),
        ] {
            let problem = whom(body.as_bytes()).unwrap_err();
            assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), [place], "{body}");
        }
    }
}
