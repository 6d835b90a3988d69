//! How people sign, on the wire: who a person is, more time, and the addresses of the direct flow.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use segl_core::assurance::Assurance;
use segl_core::ceremony::Authentication;
use segl_core::language::Language;
use segl_core::signer::{Email, Mobile, NationalId, Person, ZoneName};
use segl_core::text::Name;
use serde::{Deserialize, Serialize};

use crate::native::request::parse::read_deadline;
use crate::problem::{FieldError, FieldErrors, Problem};

/// A person, by at least one of `email`, `mobile` and `national_id`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPerson")]
pub struct PersonRequest {
    /// The person's name.
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// What the person is, such as "Managing director".
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// Where to send messages.
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// Where to send text messages, in E.164 form.
    #[schemars(regex(pattern = r"^\+[0-9 ()-]+$"))]
    pub mobile: Option<String>,
    /// The national identity number, 6 to 20 letters or digits.
    pub national_id: Option<String>,
    /// What the person must bring besides the personal link: `none`, `email-code`, `sms-code`, or `eid` for a log-in with an electronic
    /// identity. With `eid` and `national_id` the person finds the document in the portal and needs no link. `none` where not given.
    pub authentication: Option<String>,
    /// With `eid`: the level of assurance that the log-in must reach, `low`, `substantial` or `high`. `substantial` where not given.
    pub assurance: Option<String>,
    /// The person's language.
    pub language: Option<String>,
    /// The person's time zone, e.g. `Europe/Oslo`.
    pub time_zone: Option<String>,
}

/// The body of `POST /v1/orders/{order_id}/extend`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Extension")]
pub struct ExtensionRequest {
    /// Until when the order can be signed, with a zone (RFC 3339).
    #[schemars(extend("format" = "date-time"))]
    pub deadline: String,
}

/// An address to which to send a signer. It opens once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Redirect")]
pub struct RedirectView {
    /// The address. Whoever has it signs as this signer.
    pub url: String,
    /// Until when it can be opened.
    pub expires_at: Timestamp,
}

impl PersonRequest {
    /// Which members were given, by name.
    pub(crate) fn given(&self) -> [(&'static str, bool); 9] {
        [
            ("name", self.name.is_some()),
            ("title", self.title.is_some()),
            ("email", self.email.is_some()),
            ("mobile", self.mobile.is_some()),
            ("national_id", self.national_id.is_some()),
            ("authentication", self.authentication.is_some()),
            ("assurance", self.assurance.is_some()),
            ("language", self.language.is_some()),
            ("time_zone", self.time_zone.is_some()),
        ]
    }

    /// The person, as far as it can be read; what is wrong is noted with its place.
    pub(crate) fn read(self, place: &str, eid: Option<Assurance>, errors: &mut FieldErrors) -> Person {
        if self.email.is_none() && self.mobile.is_none() && self.national_id.is_none() {
            errors.push(FieldError::pointer(place, "a person needs an email, a mobile or a national_id"));
        }
        let at = |member: &str| format!("{place}/{member}");
        let authentication = self.authentication.as_deref().map(authentication).transpose();
        let authentication = errors.take(at("authentication"), authentication).flatten().unwrap_or_default();
        match authentication {
            Authentication::EmailCode if self.email.is_none() => {
                errors.push(FieldError::pointer(at("authentication"), "a code by e-mail needs an email"));
            }
            Authentication::SmsCode if self.mobile.is_none() => {
                errors.push(FieldError::pointer(at("authentication"), "a code by text message needs a mobile"));
            }
            Authentication::Eid if eid.is_none() => {
                let detail = "eid is not offered here, and nothing weaker is used in its place: choose none, email-code or sms-code";
                errors.push(FieldError::pointer(at("authentication"), detail));
            }
            _ => {}
        }
        let assurance = errors.take(at("assurance"), assurance(self.assurance.as_deref(), authentication, eid)).flatten();
        Person {
            name: self.name.and_then(|raw| errors.take(at("name"), Name::parse(&raw))),
            title: self.title.and_then(|raw| errors.take(at("title"), Name::parse(&raw))),
            email: self.email.and_then(|raw| errors.take(at("email"), Email::parse(&raw))),
            mobile: self.mobile.and_then(|raw| errors.take(at("mobile"), Mobile::parse(&raw))),
            national_id: self.national_id.and_then(|raw| errors.take(at("national_id"), NationalId::parse(&raw))),
            directory: None,
            authentication,
            assurance,
            language: self.language.and_then(|raw| errors.take(at("language"), language(&raw))),
            zone: self.time_zone.and_then(|raw| errors.take(at("time_zone"), zone(&raw))),
        }
    }
}

/// Reads the body of `POST /v1/orders/{order_id}/signers/{signer}/correct`.
pub fn correction(body: &[u8], eid: Option<Assurance>) -> Result<Person, Problem> {
    let request: PersonRequest = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let person = request.read("", eid, &mut errors);
    if errors.is_empty() { Ok(person) } else { Err(Problem::invalid(errors.into_vec())) }
}

/// Reads the body of `POST /v1/orders/{order_id}/extend`.
pub fn extension(body: &[u8], now: Timestamp) -> Result<Timestamp, Problem> {
    let ExtensionRequest { deadline } = crate::json::read(body)?;
    read_deadline(&deadline, now).map_err(|error| Problem::invalid(vec![FieldError::pointer("/deadline", error)]))
}

/// One of the languages that there are, by its very tag: a request says what it means.
pub(crate) fn language(raw: &str) -> Result<Language, &'static str> {
    Language::ALL.into_iter().find(|language| language.tag() == raw).ok_or("must be en, nb, da, sv or nl")
}

/// What cannot be had is refused: something weaker in its place would be a signature that nobody asked for.
fn authentication(raw: &str) -> Result<Authentication, &'static str> {
    Authentication::ALL.into_iter().find(|one| one.as_str() == raw).ok_or("must be none, email-code, sms-code or eid")
}

/// The level that a log-in must reach. `eid` is the highest that is offered.
fn assurance(raw: Option<&str>, by: Authentication, eid: Option<Assurance>) -> Result<Option<Assurance>, &'static str> {
    let level = raw.map(|raw| Assurance::of(raw).ok_or("must be low, substantial or high")).transpose()?;
    match (by, level) {
        (Authentication::Eid, level) => {
            let level = level.unwrap_or(Assurance::Substantial);
            if eid.is_some_and(|highest| level > highest) { Err("is higher than any log-in here can reach") } else { Ok(Some(level)) }
        }
        (_, Some(_)) => Err("goes with the authentication eid only"),
        (_, None) => Ok(None),
    }
}

fn zone(raw: &str) -> Result<ZoneName, String> {
    let zone = ZoneName::parse(raw).map_err(|error| error.to_string())?;
    TimeZone::get(zone.as_str()).map_err(|_| "is no time zone that is known; give a name such as Europe/Oslo".to_owned())?;
    Ok(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_read_and_nothing_weaker_is_taken() {
        let person = correction(br#"{"email": "a@example.org", "mobile": "+4670000000", "authentication": "sms-code", "language": "nl", "time_zone": "Europe/Oslo"}"#, None).unwrap();
        assert_eq!((person.authentication, person.language), (Authentication::SmsCode, Some(Language::Dutch)));
        for (body, place) in [
            (r#"{"name": "A"}"#, ""),
            (r#"{"email": "a@example.org", "authentication": "eid"}"#, "/authentication"),
            (r#"{"email": "a@example.org", "authentication": "EMAIL-CODE"}"#, "/authentication"),
            (r#"{"email": "a@example.org", "assurance": "low"}"#, "/assurance"),
            (r#"{"email": "a@example.org", "authentication": ""}"#, "/authentication"),
            (r#"{"email": "a@example.org", "authentication": "sms-code"}"#, "/authentication"),
            (r#"{"mobile": "+4670000000", "authentication": "email-code"}"#, "/authentication"),
            (r#"{"email": "a@example.org", "language": "fr"}"#, "/language"),
            (r#"{"email": "a@example.org", "time_zone": "Mars/Olympus"}"#, "/time_zone"),
            (r#"{"email": "a@example.org", "time_zone": "../../etc/passwd"}"#, "/time_zone"),
        ] {
            let problem = correction(body.as_bytes(), None).unwrap_err();
            assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), [place], "{body}");
        }
    }

    #[test]
    fn a_log_in_is_asked_for_at_a_level_that_can_be_reached() {
        let read = |assurance: &str, offered| {
            let body = format!(r#"{{"national_id": "198603052385", "authentication": "eid"{assurance}}}"#);
            correction(body.as_bytes(), offered).map(|person| person.assurance)
        };
        assert_eq!(read("", Some(Assurance::High)).unwrap(), Some(Assurance::Substantial), "where not given");
        assert_eq!(read(r#", "assurance": "high""#, Some(Assurance::High)).unwrap(), Some(Assurance::High));
        for (assurance, offered) in [("", None), ("", Some(Assurance::Low)), (r#", "assurance": "high""#, Some(Assurance::Substantial))] {
            assert!(read(assurance, offered).is_err(), "{assurance} of {offered:?}");
        }
        assert!(read(r#", "assurance": "HIGH""#, Some(Assurance::High)).is_err());
    }
}
