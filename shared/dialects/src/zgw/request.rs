//! `POST /zgw/ondertekentransacties`: from the published message to a new order.
//!
//! Everything that is wrong is told at once. Fields that the message does not have are ignored. Nothing is called here: whether the
//! documents are there shows when they are fetched.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use segl_core::ceremony::{Authentication, Ceremony};
use segl_core::document::Announced;
use segl_core::language::Language;
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::order::{Dialect, MAX_DOCUMENTS, MAX_SIGNERS, Options, Order, Roster};
use segl_core::register::RegisterDocument;
use segl_core::register_settings::{BaseUrl, RegisterSettings};
use segl_core::signer::{Email, Mobile, Party, Person, ZoneName};
use segl_core::text::{Description, FileName, Name, Title};
use segl_core::use_case::create::Origin;
use serde::Deserialize;
use serde_json::json;

use crate::json::Object;
use crate::native::request::DEFAULT_DAYS;
use crate::problem::{FieldError, FieldErrors, Problem};

/// What is said of a field that must be there.
pub(crate) const MISSING: &str = "Dit veld is verplicht.";

/// How much of `identificatie` is kept: fifty of them must fit an order.
const MAX_IDENTIFICATION: usize = 100;
/// The fewest characters of `identificatie` that are looked for in documents.
const MIN_IDENTIFICATION: usize = 3;
/// The longest address of a type, as the registers take it.
const MAX_TYPE_URL: usize = 200;

/// A transaction to be started.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Ondertekentransactie")]
pub struct TriggerRequest {
    /// The name of the transaction, shown to signers.
    #[schemars(required)]
    naam: Option<String>,
    /// The e-mail address of who starts it; told how it ends.
    #[schemars(required)]
    eigenaar: Option<String>,
    /// The case.
    #[schemars(required)]
    zaak: Option<Object<CaseRequest>>,
    /// The type of the evidence document; where none is given, none is made.
    bewijs_informatieobjecttype: Option<String>,
    /// The documents to sign.
    #[schemars(required)]
    documenten: Option<Vec<Object<DocumentRequest>>>,
    /// Who signs.
    #[schemars(required)]
    ondertekenaars: Option<Vec<Object<SignerRequest>>>,
}

/// The case.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Zaak")]
pub struct CaseRequest {
    /// Its UUID.
    #[schemars(required)]
    uuid: Option<String>,
    /// Its address in the Zaken API. It ends with the UUID.
    #[schemars(required)]
    url: Option<String>,
}

/// A document to sign.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Document")]
pub struct DocumentRequest {
    /// Its UUID.
    #[schemars(required)]
    uuid: Option<String>,
    /// Its address in the Documenten API. It ends with the UUID.
    #[schemars(required)]
    url: Option<String>,
    /// Its title.
    #[schemars(required)]
    titel: Option<String>,
    /// The version to sign.
    #[schemars(required)]
    versie: Option<u32>,
    /// The name of its file.
    #[schemars(required)]
    bestandsnaam: Option<String>,
}

/// Who signs.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Ondertekenaar")]
pub struct SignerRequest {
    /// The e-mail address.
    #[serde(rename = "e-mail")]
    #[schemars(required)]
    email: Option<String>,
    /// The first name.
    #[schemars(required)]
    voornaam: Option<String>,
    /// The last name.
    #[schemars(required)]
    achternaam: Option<String>,
    /// Who this is in the documents: the name of an empty signature field, or a text such as `{{Signer1}}`. The signer's mark is put there.
    identificatie: Option<String>,
    /// When it is this signer's turn: lower numbers first, equal ones at the same time. 1 where not given.
    volgorde: Option<i64>,
    /// How the signer shows who it is; link and code by e-mail where not given.
    authenticatie: Option<Object<AuthenticationRequest>>,
}

/// How a signer shows who it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Authenticatie")]
pub struct AuthenticationRequest {
    /// `sms`.
    #[schemars(required)]
    methode: Option<String>,
    /// The mobile number, in international form.
    #[schemars(required)]
    waarde: Option<String>,
}

/// A trigger, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The order.
    pub order: NewOrder,
    /// Where its documents lie.
    pub origin: Origin,
}

/// Reads the message of a client with these registers.
///
/// # Errors
/// [`crate::problem::Kind::MalformedJson`]; [`crate::problem::Kind::InvalidRequest`] with a JSON Pointer for each wrong member.
pub fn parse(body: &[u8], now: Timestamp, registers: &RegisterSettings) -> Result<Trigger, Problem> {
    let request: TriggerRequest = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let title = field(&mut errors, "/naam".to_owned(), request.naam.as_deref(), |raw| Title::parse(raw).map_err(|_| LENGTH_200));
    let owner = field(&mut errors, "/eigenaar".to_owned(), request.eigenaar.as_deref(), email);
    let case_url = case_url(request.zaak, registers, &mut errors);
    let evidence_type = request
        .bewijs_informatieobjecttype
        .map(|raw| errors.take("/bewijs_informatieobjecttype", type_url(&raw)))
        .map(Option::unwrap_or_default);
    let (documents, places) = documents(request.documenten, registers, &mut errors);
    let (groups, identifications) = groups(request.ondertekenaars, &mut errors);
    let deadline = now.checked_add(SignedDuration::from_hours(24 * DEFAULT_DAYS)).ok();
    match (title, owner, case_url, deadline) {
        (Some(title), Some(owner), Some(case_url), Some(deadline)) if errors.is_empty() => {
            let order = NewOrder {
                dialect: Dialect::Zgw,
                title,
                description: Description::parse("").map_err(|error| Problem::invalid(vec![FieldError::pointer("", error)]))?,
                creator: Some(Person { email: Some(owner), zone: zone(), language: Some(Language::Dutch), ..Person::default() }),
                clerk: None,
                deadline,
                retention: None,
                options: Options::default(),
                ceremony: Ceremony { language: Some(Language::Dutch), ..Ceremony::default() },
                tags: json!({"zaak": case_url, "identificaties": identifications}),
                documents,
                groups,
                roster: Roster::Closed,
                ahead: None,
                warnings: Vec::new(),
            };
            Ok(Trigger { order, origin: Origin { case_url, evidence_type, documents: places } })
        }
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

const LENGTH_200: &str = "Moet 1 tot 200 tekens hebben.";
const LENGTH_255: &str = "Moet 1 tot 255 tekens hebben.";

/// Who each signer of an order of this dialect is in its documents, in the sequence of the signers; empty where the message did not say.
///
/// Names too short to be told from other text, and characters that nobody can see, are left out.
pub fn identifications(order: &Order) -> Vec<String> {
    let named = |value: &serde_json::Value| {
        let name = value.as_str().unwrap_or_default().trim();
        let good = name.chars().count() >= MIN_IDENTIFICATION && !name.chars().any(char::is_control);
        if good { name.to_owned() } else { String::new() }
    };
    let list = (order.dialect == Dialect::Zgw).then(|| order.tags["identificaties"].as_array()).flatten();
    list.into_iter().flatten().map(named).collect()
}

/// A value that must be there.
fn field<T>(errors: &mut FieldErrors, place: String, raw: Option<&str>, parse: impl FnOnce(&str) -> Result<T, &'static str>) -> Option<T> {
    errors.take(place, raw.ok_or(MISSING).and_then(parse))
}

fn email(raw: &str) -> Result<Email, &'static str> {
    Email::parse(raw).map_err(|_| "Moet een geldig e-mailadres zijn.")
}

fn zone() -> Option<ZoneName> {
    ZoneName::parse("Europe/Amsterdam").ok()
}

fn type_url(raw: &str) -> Result<String, String> {
    let good = (raw.starts_with("https://") || raw.starts_with("http://")) && raw.bytes().all(|b| b.is_ascii_graphic());
    if good && raw.len() <= MAX_TYPE_URL {
        Ok(raw.to_owned())
    } else {
        Err(format!("Moet de URL van een informatieobjecttype zijn, van hoogstens {MAX_TYPE_URL} tekens."))
    }
}

fn case_url(request: Option<Object<CaseRequest>>, registers: &RegisterSettings, errors: &mut FieldErrors) -> Option<String> {
    let Some(Object(CaseRequest { uuid, url })) = request else {
        errors.push(FieldError::pointer("/zaak", MISSING));
        return None;
    };
    resource("/zaak", uuid.as_deref(), url.as_deref(), &registers.cases, errors).map(|(_, url)| url)
}

/// The UUID and address of something in a register. They must agree: what is shown as one thing must not be another.
fn resource(place: &str, uuid: Option<&str>, url: Option<&str>, base: &BaseUrl, errors: &mut FieldErrors) -> Option<(String, String)> {
    let uuid = field(errors, format!("{place}/uuid"), uuid, |raw| {
        let raw = raw.to_ascii_lowercase();
        let good = raw.len() == 36
            && raw.char_indices().all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() });
        if good { Ok(raw) } else { Err("Moet een UUID zijn.") }
    });
    let url = field(errors, format!("{place}/url"), url, |raw| {
        let raw = raw.trim_end_matches('/');
        if base.covers(raw) { Ok(raw.to_owned()) } else { Err("Dit adres hoort niet bij de registers die voor u zijn ingesteld.") }
    });
    let (uuid, url) = (uuid?, url?);
    if url.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&uuid)) {
        Some((uuid, url))
    } else {
        errors.push(FieldError::pointer(format!("{place}/url"), "De url en de uuid horen niet bij elkaar."));
        None
    }
}

fn documents(
    requests: Option<Vec<Object<DocumentRequest>>>,
    registers: &RegisterSettings,
    errors: &mut FieldErrors,
) -> (Vec<NewDocument>, Vec<RegisterDocument>) {
    let requests = counted("/documenten", requests, MAX_DOCUMENTS, errors);
    let mut seen = BTreeSet::new();
    let mut documents = Vec::new();
    let mut places = Vec::new();
    for (number, Object(request)) in requests.into_iter().enumerate() {
        let place = format!("/documenten/{number}");
        let found = resource(&place, request.uuid.as_deref(), request.url.as_deref(), &registers.documents, errors);
        let at = |member: &str| format!("{place}/{member}");
        let title = field(errors, at("titel"), request.titel.as_deref(), |raw| Title::parse(raw).map_err(|_| LENGTH_200));
        let file_name =
            field(errors, at("bestandsnaam"), request.bestandsnaam.as_deref(), |raw| FileName::parse(raw).map_err(|_| LENGTH_255));
        let version =
            request.versie.ok_or(MISSING).and_then(|version| if version > 0 { Ok(version) } else { Err("Moet 1 of hoger zijn.") });
        let version = errors.take(at("versie"), version);
        if let Some((uuid, _)) = &found
            && !seen.insert(uuid.clone())
        {
            errors.push(FieldError::pointer(at("uuid"), "Dit document staat al in de lijst."));
        }
        if let (Some((_, url)), Some(title), Some(file_name), Some(version)) = (found, title, file_name, version) {
            documents.push(NewDocument { title, file_name: Some(file_name), announced: Announced::default() });
            places.push(RegisterDocument { url, version });
        }
    }
    (documents, places)
}

/// A list that must have something in it, and not too much. Too much is not looked at: a thousand errors help nobody.
fn counted<T>(place: &str, list: Option<Vec<T>>, most: usize, errors: &mut FieldErrors) -> Vec<T> {
    match list {
        None => errors.push(FieldError::pointer(place, MISSING)),
        Some(list) if (1..=most).contains(&list.len()) => return list,
        Some(_) => errors.push(FieldError::pointer(place, format!("Moet 1 tot {most} onderdelen hebben."))),
    }
    Vec::new()
}

/// The groups in the sequence of `volgorde`, gaps or not, and what identifies each signer in the documents, counted through all groups.
fn groups(requests: Option<Vec<Object<SignerRequest>>>, errors: &mut FieldErrors) -> (Vec<NewGroup>, Vec<String>) {
    let requests = counted("/ondertekenaars", requests, MAX_SIGNERS, errors);
    let mut turns: BTreeMap<i64, Vec<(Party, String)>> = BTreeMap::new();
    for (number, Object(request)) in requests.into_iter().enumerate() {
        let turn = request.volgorde.unwrap_or(1);
        let identification = request.identificatie.as_deref().unwrap_or_default().chars().take(MAX_IDENTIFICATION).collect();
        if let Some(person) = person(request, &format!("/ondertekenaars/{number}"), errors) {
            turns.entry(turn).or_default().push((Party::Person(person), identification));
        }
    }
    let mut identifications = Vec::new();
    let mut groups = Vec::new();
    for signers in turns.into_values() {
        let (signers, names): (Vec<_>, Vec<_>) = signers.into_iter().unzip();
        identifications.extend(names);
        groups.push(NewGroup { quorum: None, time: None, signers });
    }
    (groups, identifications)
}

fn person(request: SignerRequest, place: &str, errors: &mut FieldErrors) -> Option<Person> {
    let at = |member: &str| format!("{place}/{member}");
    let email = field(errors, at("e-mail"), request.email.as_deref(), email);
    let part = |raw: &str| Name::parse(raw).map_err(|_| LENGTH_200);
    let first = field(errors, at("voornaam"), request.voornaam.as_deref(), part);
    let last = field(errors, at("achternaam"), request.achternaam.as_deref(), part);
    let (authentication, mobile) = match request.authenticatie {
        None => (Authentication::EmailCode, None),
        Some(Object(request)) => authentication(request, &at("authenticatie"), errors)?,
    };
    let full = format!("{} {}", first?, last?);
    let name = errors.take(place, Name::parse(&full).map_err(|_| "Voornaam en achternaam hebben samen hoogstens 199 tekens."));
    Some(Person { name: Some(name?), email: Some(email?), mobile, authentication, zone: zone(), ..Person::default() })
}

/// Never a weaker method than the one that is asked for: what is not known is refused.
fn authentication(request: AuthenticationRequest, place: &str, errors: &mut FieldErrors) -> Option<(Authentication, Option<Mobile>)> {
    let method = field(errors, format!("{place}/methode"), request.methode.as_deref(), |raw| {
        if raw == "sms" { Ok(()) } else { Err("Deze methode wordt niet ondersteund. Wel ondersteund: sms.") }
    });
    let mobile = field(errors, format!("{place}/waarde"), request.waarde.as_deref(), |raw| {
        let mobile = Mobile::parse(raw).ok().filter(|_| raw.trim().starts_with('+'));
        mobile.ok_or("Moet een mobiel nummer in internationale vorm zijn, zoals +31612345678.")
    });
    method?;
    Some((Authentication::SmsCode, Some(mobile?)))
}
