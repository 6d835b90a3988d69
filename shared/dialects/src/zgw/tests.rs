use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use segl_core::ceremony::Authentication;
use segl_core::register_settings::{RegisterAccess, RegisterSettings};
use segl_core::signer::Party;
use serde_json::{Value, json};

use super::error::error;
use super::openapi;
use super::request::{Trigger, parse};
use super::route::Route;
use crate::problem::{Kind, Problem};

const CASE: &str = "2cc803a9-7404-4289-8f3d-f2300f666eac";
const DOCUMENT: &str = "f491249e-0651-4d22-a8a8-bb35885e9245";

fn registers() -> RegisterSettings {
    RegisterSettings {
        name: "client-a".parse().unwrap(),
        documents: "https://zgw.example.nl/documenten/api/v1".parse().unwrap(),
        cases: "https://zgw.example.nl/zaken/api/v1".parse().unwrap(),
        notifications: "https://zgw.example.nl/notificaties/api/v1".parse().unwrap(),
        documents_version: (1, 4),
        overwrites_newer: false,
        access: RegisterAccess::OwnToken { client_id: "segl".to_owned(), audience: None },
    }
}

/// The message as it is published.
fn published() -> Value {
    json!({
        "naam": "Besluit op bezwaar",
        "eigenaar": "lisa@breda.dev",
        "zaak": {"uuid": CASE, "url": format!("https://zgw.example.nl/zaken/api/v1/zaken/{CASE}")},
        "bewijs_informatieobjecttype": "https://zgw.example.nl/catalogi/api/v1/informatieobjecttypen/1",
        "documenten": [{
            "uuid": DOCUMENT,
            "url": format!("https://zgw.example.nl/documenten/api/v1/enkelvoudiginformatieobjecten/{DOCUMENT}"),
            "titel": "Some document",
            "versie": 1,
            "bestandsnaam": "some file.docx"
        }],
        "ondertekenaars": [{
            "e-mail": "john.doe@some.domain",
            "voornaam": "John",
            "achternaam": "Doe",
            "identificatie": "Signer1",
            "volgorde": 1,
            "authenticatie": {"methode": "sms", "waarde": "+31655555555"}
        }]
    })
}

fn read(body: &Value) -> Result<Trigger, Problem> {
    parse(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH, &registers())
}

#[test]
fn the_published_message_is_understood() {
    let Trigger { order, origin } = read(&published()).unwrap();
    assert_eq!((order.title.as_str(), order.documents.len(), order.groups.len()), ("Besluit op bezwaar", 1, 1));
    assert_eq!((origin.documents[0].version, origin.evidence_type.is_some()), (1, true));
    assert!(origin.case_url.ends_with(CASE));
    let Party::Person(person) = &order.groups[0].signers[0] else { panic!("a person") };
    assert_eq!(person.name.as_ref().map(|name| name.as_str()), Some("John Doe"));
    assert_eq!(person.authentication, Authentication::SmsCode);
    assert_eq!(order.tags["identificaties"], json!(["Signer1"]));
}

#[test]
fn turns_may_have_gaps_and_equal_numbers_sign_together() {
    let mut body = published();
    let signer = |name: &str, turn: Value| {
        let mut signer = body["ondertekenaars"][0].clone();
        signer["voornaam"] = name.into();
        signer["authenticatie"] = Value::Null;
        signer["volgorde"] = turn;
        signer
    };
    body["ondertekenaars"] = json!([signer("D", json!(40)), signer("A", json!(null)), signer("C", json!(7)), signer("B", json!(1))]);
    let order = read(&body).unwrap().order;
    let names: Vec<Vec<_>> = order
        .groups
        .iter()
        .map(|group| {
            let name = |party: &Party| match party {
                Party::Person(person) => (person.name.as_ref().unwrap().to_string(), person.authentication),
                _ => panic!("a person"),
            };
            group.signers.iter().map(name).collect()
        })
        .collect();
    let code = |name: &str| (format!("{name} Doe"), Authentication::EmailCode);
    assert_eq!(names, [vec![code("A"), code("B")], vec![code("C")], vec![code("D")]], "null is the link and a code by e-mail");
}

#[test]
fn optional_and_unknown_fields_may_be_anything() {
    let mut body = published();
    body["bewijs_informatieobjecttype"] = Value::Null;
    body["onbekend"] = json!({"a": [1]});
    body["ondertekenaars"][0].as_object_mut().unwrap().remove("identificatie");
    body["naam"] = json!("<script>alert(1)</script>");
    let Trigger { order, origin } = read(&body).unwrap();
    assert_eq!((origin.evidence_type, order.title.as_str()), (None, "<script>alert(1)</script>"), "pages escape what they show");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let foreign = |host: &str| json!(format!("https://{host}/documenten/api/v1/enkelvoudiginformatieobjecten/{DOCUMENT}"));
    let document = published()["documenten"][0].clone();
    let signer = published()["ondertekenaars"][0].clone();
    for (pointer, value, name, code) in [
        ("/naam", json!(null), "naam", "required"),
        ("/naam", json!("a".repeat(201)), "naam", "invalid"),
        ("/eigenaar", json!("lisa"), "eigenaar", "invalid"),
        ("/zaak", json!(null), "zaak", "required"),
        ("/zaak/uuid", json!(DOCUMENT), "zaak.url", "invalid"),
        ("/zaak/url", json!("http://169.254.169.254/latest/meta-data"), "zaak.url", "invalid"),
        ("/documenten", json!([]), "documenten", "invalid"),
        ("/documenten", json!([document, document]), "documenten.1.uuid", "invalid"),
        ("/documenten/0/url", foreign("evil.example"), "documenten.0.url", "invalid"),
        ("/documenten/0/url", foreign("zgw.example.nl@evil.example"), "documenten.0.url", "invalid"),
        ("/documenten/0/url", foreign("127.0.0.1"), "documenten.0.url", "invalid"),
        ("/documenten/0/uuid", json!(CASE), "documenten.0.url", "invalid"),
        ("/documenten/0/uuid", json!("x"), "documenten.0.uuid", "invalid"),
        ("/documenten/0/versie", json!(0), "documenten.0.versie", "invalid"),
        ("/documenten/0/versie", json!(null), "documenten.0.versie", "required"),
        ("/documenten/0/versie", json!("1"), "documenten.0.versie", "invalid"),
        ("/ondertekenaars", json!(vec![signer; 1000]), "ondertekenaars", "invalid"),
        ("/ondertekenaars/0/e-mail", json!(null), "ondertekenaars.0.e-mail", "required"),
        ("/ondertekenaars/0/volgorde", json!("1"), "ondertekenaars.0.volgorde", "invalid"),
        ("/ondertekenaars/0/authenticatie/waarde", json!(null), "ondertekenaars.0.authenticatie.waarde", "required"),
        ("/ondertekenaars/0/authenticatie/waarde", json!("0655555555"), "ondertekenaars.0.authenticatie.waarde", "invalid"),
        ("/ondertekenaars/0/authenticatie/methode", json!("digid"), "ondertekenaars.0.authenticatie.methode", "invalid"),
        ("/ondertekenaars/0/authenticatie/methode", json!(null), "ondertekenaars.0.authenticatie.methode", "required"),
    ] {
        let mut body = published();
        *body.pointer_mut(pointer).unwrap() = value;
        let problem = read(&body).unwrap_err();
        assert_eq!(problem.kind, Kind::InvalidRequest, "{pointer}");
        let told = error(&problem, "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d");
        let params: Vec<_> = told.invalid_params.iter().map(|param| (param.name.as_str(), param.code.as_str())).collect();
        assert_eq!(params, [(name, code)], "{pointer}");
        assert_eq!((told.status, told.instance.as_str()), (400, "urn:uuid:0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d"));
    }
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let told = error(&read(&json!({})).unwrap_err(), "");
    let names: BTreeSet<_> = told.invalid_params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(names, ["naam", "eigenaar", "zaak", "documenten", "ondertekenaars"].into());
    assert!(told.invalid_params.iter().all(|param| param.code == "required"));
    assert_eq!(error(&parse(b"{", Timestamp::UNIX_EPOCH, &registers()).unwrap_err(), "").code, "parse_error");
}

#[test]
fn operations_are_found() {
    let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
    for (method, path, expected) in [
        ("POST", "/zgw/ondertekentransacties".to_owned(), Ok(Route::Create)),
        ("GET", format!("/zgw/ondertekentransacties/{id}"), Ok(Route::Transaction(id.parse().unwrap()))),
        ("GET", "/zgw/openapi.json".to_owned(), Ok(Route::OpenApi)),
        ("GET", "/zgw/ondertekentransacties".to_owned(), Err(Kind::MethodNotAllowed)),
        ("GET", "/zgw/ondertekentransacties/x".to_owned(), Err(Kind::InvalidRequest)),
        ("GET", "/zgw".to_owned(), Err(Kind::NoSuchRoute)),
    ] {
        assert_eq!(Route::find(method, &path).map_err(|problem| problem.kind), expected, "{method} {path}");
    }
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let document = openapi::document("https://sign.example.org");
    let text = document.to_string();
    let targets: BTreeSet<_> = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 5, "{targets:?}");
    for target in targets {
        assert!(document.pointer(target).is_some(), "{target} leads nowhere");
    }
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(url in any::<String>(), uuid in any::<String>(), turn in any::<i64>(), mobile in any::<String>()) {
        let mut body = published();
        body["documenten"][0]["url"] = url.into();
        body["documenten"][0]["uuid"] = uuid.into();
        body["ondertekenaars"][0]["volgorde"] = turn.into();
        body["ondertekenaars"][0]["authenticatie"]["waarde"] = mobile.into();
        let _ = read(&body);
    }
}
