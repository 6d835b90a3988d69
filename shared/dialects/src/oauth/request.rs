//! A request for an access token (RFC 6749, 4.4.2), as far as its form says.

use std::collections::BTreeSet;

use segl_core::client::Privilege;

use super::error::{Code, OAuthError};

/// The media type of the form.
pub const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";
/// The greatest form: an assertion with a long key is 2 KB.
pub const MAX_FORM: usize = 32 * 1024;
/// The type of an assertion (RFC 7523, 2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a form asks for, and what it says of who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The privileges that are wanted; none where all are.
    pub scope: Option<BTreeSet<Privilege>>,
    /// Who asks.
    pub claimed: Claimed,
}

/// What a form says of who asks. An `Authorization` field can say it, too.
#[derive(Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Nothing.
    Nothing,
    /// An id alone: a certificate may prove it (RFC 8705, 2).
    Id(String),
    /// `client_secret_post`: id and secret.
    Secret(String, String),
    /// `private_key_jwt`: an assertion, and the id where it was sent, too.
    Assertion(Option<String>, String),
}

impl TokenRequest {
    /// Reads a form. Parameters that are not known are ignored, and empty ones count as left out (RFC 6749, 3.2).
    pub fn parse(form: &[u8]) -> Result<Self, OAuthError> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(form).map_err(|_| OAuthError::invalid_request(format!("the body must be {MEDIA_TYPE}")))?;
        let one = |name: &str| {
            let mut values = pairs.iter().filter(|(key, value)| key == name && !value.is_empty());
            match (values.next(), values.next()) {
                (found, None) => Ok(found.map(|(_, value)| value.clone())),
                _ => Err(OAuthError::invalid_request(format!("{name} is there twice"))),
            }
        };
        match one("grant_type")?.as_deref() {
            Some("client_credentials") => {}
            Some(_) => return Err(OAuthError::new(Code::UnsupportedGrantType, "grant_type must be client_credentials")),
            None => return Err(OAuthError::invalid_request("grant_type is missing; it must be client_credentials")),
        }
        let assertion = match (one("client_assertion_type")?.as_deref(), one("client_assertion")?) {
            (None, None) => None,
            (Some(JWT_BEARER), Some(assertion)) => Some(assertion),
            _ => return Err(OAuthError::invalid_request(format!("client_assertion goes with client_assertion_type={JWT_BEARER}"))),
        };
        let claimed = match (one("client_id")?, one("client_secret")?, assertion) {
            (None, None, None) => Claimed::Nothing,
            (Some(id), None, None) => Claimed::Id(id),
            (Some(id), Some(secret), None) => Claimed::Secret(id, secret),
            (id, None, Some(assertion)) => Claimed::Assertion(id, assertion),
            (None, Some(_), None) => return Err(OAuthError::invalid_request("client_secret goes with client_id")),
            (_, Some(_), Some(_)) => return Err(OAuthError::invalid_request("a client proves itself in one way only")),
        };
        let scope = one("scope")?.map(|scope| parse_scope(&scope)).transpose()?;
        Ok(Self { scope, claimed })
    }

    /// The privileges that the token will have: those that are wanted, or all that the client has.
    pub fn granted(&self, held: &BTreeSet<Privilege>) -> Result<BTreeSet<Privilege>, OAuthError> {
        match &self.scope {
            Some(wanted) => match wanted.iter().find(|wanted| !held.contains(wanted)) {
                Some(lacking) => Err(OAuthError::new(Code::InvalidScope, format!("the client lacks {lacking}"))),
                None => Ok(wanted.clone()),
            },
            None if held.is_empty() => Err(OAuthError::new(Code::InvalidScope, "the client has no privilege")),
            None => Ok(held.clone()),
        }
    }
}

fn parse_scope(scope: &str) -> Result<BTreeSet<Privilege>, OAuthError> {
    let invalid = |problem: String| OAuthError::new(Code::InvalidScope, problem);
    let wanted: BTreeSet<_> = scope
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(|name| name.parse::<Privilege>().map_err(|error| invalid(format!("scope: {error}"))))
        .collect::<Result<_, _>>()?;
    if wanted.is_empty() { Err(invalid("scope names no privilege".to_owned())) } else { Ok(wanted) }
}

/// Credentials stay out of logs.
impl std::fmt::Debug for Claimed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Id(_) => "Id(..)",
            Self::Secret(..) => "Secret(..)",
            Self::Assertion(..) => "Assertion(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_say_who_asks_in_one_way() {
        let of =
            |form: &str| TokenRequest::parse(format!("grant_type=client_credentials&{form}").as_bytes()).map(|request| request.claimed);
        let assertion = format!("client_assertion=a.b.c&client_assertion_type={}", JWT_BEARER.replace(':', "%3A"));
        for (form, claimed) in [
            ("".to_owned(), Claimed::Nothing),
            ("client_id=".to_owned(), Claimed::Nothing),
            ("client_id=client-a".to_owned(), Claimed::Id("client-a".into())),
            ("client_id=client-a&client_secret=s%2B+s".to_owned(), Claimed::Secret("client-a".into(), "s+ s".into())),
            (assertion.clone(), Claimed::Assertion(None, "a.b.c".into())),
            (format!("{assertion}&client_id=client-a&resource=x"), Claimed::Assertion(Some("client-a".into()), "a.b.c".into())),
        ] {
            assert_eq!(of(&form), Ok(claimed), "{form}");
        }
        for form in [
            "client_id=a&client_id=b".to_owned(),
            "client_secret=s".to_owned(),
            "client_assertion=a.b.c".to_owned(),
            "client_assertion=a.b.c&client_assertion_type=x".to_owned(),
            format!("{assertion}&client_id=a&client_secret=s"),
            "grant_type=client_credentials".to_owned(),
        ] {
            assert_eq!(of(&form).map_err(|error| error.code), Err(Code::InvalidRequest), "{form}");
        }
        for (form, code) in [("", Code::InvalidRequest), ("grant_type=password&username=a", Code::UnsupportedGrantType)] {
            assert_eq!(TokenRequest::parse(form.as_bytes()).map_err(|error| error.code), Err(code), "{form}");
        }
    }

    #[test]
    fn fewer_privileges_can_be_asked_for_and_not_more() {
        use Privilege::{OrgSignatureRead, WorkflowRead, WorkflowWrite};
        let held = BTreeSet::from([WorkflowRead, WorkflowWrite]);
        let ask = |scope: &str| {
            let request = TokenRequest::parse(format!("grant_type=client_credentials&scope={scope}").as_bytes())?;
            request.granted(&held)
        };
        assert_eq!(ask(""), Ok(held.clone()));
        assert_eq!(ask("workflow:read"), Ok(BTreeSet::from([WorkflowRead])));
        assert_eq!(ask("workflow:write+workflow:read+workflow:read"), Ok(held.clone()));
        assert!(!held.contains(&OrgSignatureRead));
        for scope in ["orgsignature:read", "workflow:read+orgsignature:read", "workflow:everything", "WORKFLOW:READ", "+"] {
            assert_eq!(ask(scope).map_err(|error| error.code), Err(Code::InvalidScope), "{scope}");
        }
        let everything = TokenRequest::parse(b"grant_type=client_credentials").unwrap();
        assert!(everything.granted(&BTreeSet::new()).is_err(), "a token that allows nothing");
    }

    proptest! {
        #[test]
        fn anything_is_a_request_or_an_error(form in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _either = TokenRequest::parse(&form);
            let _either = TokenRequest::parse(&[b"grant_type=client_credentials&", form.as_slice()].concat());
        }
    }
}
