use std::fmt::Write as _;

use proptest::prelude::*;
use segl_core::order::Dialect;
use segl_core::signer::{DirectoryKey, Email, Mobile, Party, Person};
use serde_json::json;

use super::*;
use crate::automation::error;
use crate::automation::resolve::LookUps;

const TYPE: Option<&str> = Some("multipart/form-data; boundary=X");
const PDF: &str = "%PDF-1.7\n";

/// The fields of the reference's example, character by character.
const REFERENCE: [(&str, &str); 6] = [
    ("title", r#""A new signing order""#),
    ("description", r#""This order was automatically generated""#),
    ("dueDate", r#""2024-12-24T00:00:00""#),
    ("solicitor", r#""{\"source\":\"INTERNAL\",\"identifier\":\"sAMAccountName=cborgstrom\",\"attributes\":{}}""#),
    ("signers", r#""{\"source\":\"INTERNAL\",\"identifier\":\"sAMAccountName=cborgstrom\",\"attributes\":{}}""#),
    (
        "signers",
        r#""{\"source\":\"EXTERNAL\",\"identifier\":\"198603052385\",\"attributes\":{\"mail\":{\"value\":\"[email protected]\"},\"mobile\":{\"value\":\"+46700000000\"}}}""#,
    ),
];

const SIGNER: &str = r#"{"source":"EXTERNAL","identifier":"198603052385"}"#;

fn now() -> Timestamp {
    "2024-11-01T12:00:00Z".parse().unwrap()
}

fn form(fields: &[(&str, &str)], upload: Option<&str>) -> Bytes {
    let mut body = String::new();
    for (name, value) in fields {
        write!(body, "--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    if let Some(upload) = upload {
        write!(body, "--X\r\nContent-Disposition: form-data; name=\"upload\"; {upload}\r\n").unwrap();
    }
    Bytes::from(body + "--X--\r\n")
}

fn file(headers: &str, content: &str) -> String {
    format!("{headers}\r\n\r\n{content}")
}

fn read(body: Bytes) -> Result<Request, Problem> {
    parse(TYPE, body, now(), &TimeZone::get("Europe/Stockholm").unwrap(), 64)
}

fn minimal() -> Vec<(&'static str, &'static str)> {
    vec![("title", "A title"), ("dueDate", "2024-12-24T00:00:00"), ("signers", SIGNER)]
}

fn pdf() -> String {
    file("filename=\"signthisplease.pdf\"\r\nContent-Type: application/pdf", PDF)
}

fn cborgstrom() -> (DirectoryKey, Option<Person>) {
    let key = DirectoryKey::parse("sAMAccountName=cborgstrom").unwrap();
    (key.clone(), Some(Person { email: Email::parse("c.borgstrom@example.org").ok(), directory: Some(key), ..Person::default() }))
}

#[test]
fn the_form_of_the_reference_is_read_with_its_quotes_and_without() {
    let plain: Vec<_> = REFERENCE.iter().map(|(name, value)| (*name, crate::automation::quoting::unwrap(value).into_owned())).collect();
    let plain: Vec<_> = plain.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(plain.iter().all(|(_, value)| !value.starts_with('"') && !value.contains('\\')));
    let quoted_name = file("filename=\"\\\"/Users/me/Documents/signthisplease.pdf\\\"\"\r\nContent-Type: application/pdf", PDF);
    for (fields, upload) in [(&REFERENCE[..], quoted_name), (&plain[..], pdf())] {
        let request = read(form(fields, Some(&upload))).unwrap();
        assert_eq!(
            (request.title.as_str(), request.description.as_str()),
            ("A new signing order", "This order was automatically generated")
        );
        assert_eq!(request.deadline, "2024-12-23T23:00:00Z".parse().unwrap(), "midnight in Stockholm");
        assert_eq!(request.upload.file_name.as_ref().map(FileName::as_str), Some("signthisplease.pdf"));
        assert_eq!(request.warnings.len(), 1, "the address in the reference is none");
        assert_eq!(request.look_ups().into_iter().collect::<Vec<_>>(), [cborgstrom().0]);

        let parsed = request.resolve(&LookUps::from([cborgstrom()])).unwrap();
        assert_eq!(parsed.contents, [Some(PDF.as_bytes().to_vec())]);
        let order = parsed.order;
        assert_eq!((order.dialect, order.warnings.len(), order.documents[0].title.as_str()), (Dialect::Automation, 1, "signthisplease"));
        assert_eq!(order.creator, cborgstrom().1);
        let [Party::Person(internal), Party::Person(external)] = order.groups[0].signers.as_slice() else { panic!("two people sign") };
        assert_eq!(Some(internal), cborgstrom().1.as_ref());
        assert_eq!((external.mobile.as_ref().map(Mobile::as_str), external.email.as_ref()), (Some("+46700000000"), None));
        assert_eq!(external.national_id.as_ref().map(|number| number.as_str()), Some("198603052385"));
    }
}

#[test]
fn the_directory_counts_and_the_request_fills_the_gaps() {
    let signer = r#"{"source":"INTERNAL","identifier":"sAMAccountName=cborgstrom","attributes":{"mail":{"value":"other@example.org"},"mobile":{"value":"+46700000000"}}}"#;
    let fields = [("title", "A title"), ("dueDate", "2024-12-24T00:00:00"), ("signers", signer)];
    let request = read(form(&fields, Some(&pdf()))).unwrap();
    for (look_ups, email) in [
        (LookUps::from([cborgstrom()]), "c.borgstrom@example.org"),
        (LookUps::from([(cborgstrom().0, None)]), "other@example.org"),
        (LookUps::new(), "other@example.org"),
    ] {
        let order = request.clone().resolve(&look_ups).unwrap().order;
        let [Party::Person(person)] = order.groups[0].signers.as_slice() else { panic!("one person signs") };
        assert_eq!(person.email.as_ref().map(Email::as_str), Some(email));
        assert_eq!(person.mobile.as_ref().map(Mobile::as_str), Some("+46700000000"));
        assert_eq!(person.directory, Some(cborgstrom().0));
    }
}

#[test]
fn who_is_unknown_and_cannot_be_reached_is_refused_as_signer_and_noted_as_solicitor() {
    let request = read(form(&REFERENCE, Some(&pdf()))).unwrap();
    let problem = request.resolve(&LookUps::new()).unwrap_err();
    assert_eq!(error::error(&problem).field.as_deref(), Some("signers[0]"));

    let mut fields = minimal();
    fields.push(REFERENCE[3]);
    let order = read(form(&fields, Some(&pdf()))).unwrap().resolve(&LookUps::new()).unwrap().order;
    assert_eq!(order.warnings.len(), 1);
    assert!(order.warnings[0].starts_with("solicitor: has neither"));

    let known = (cborgstrom().0, Some(Person::default()));
    let order = read(form(&REFERENCE, Some(&pdf()))).unwrap().resolve(&LookUps::from([known])).unwrap().order;
    assert!(order.warnings.iter().any(|warning| warning.starts_with("signers[0]: has neither")), "{:?}", order.warnings);
}

#[test]
fn options_are_read() {
    let mut fields = minimal();
    fields.extend([("linkType", "0"), ("option", r#"{ "name": "notifyAllSigners", "value": true }"#), ("tags", r#"{"case": 7}"#)]);
    let request = read(form(&fields, Some(&pdf()))).unwrap();
    assert_eq!(request.options, Options { tell_signers: true, link: LinkTarget::List, ..Options::default() });
    assert_eq!(request.tags, json!({"case": 7}));
    let request = read(form(&minimal(), Some(&pdf()))).unwrap();
    assert_eq!((request.options, request.tags, request.description.as_str()), (Options::default(), Value::Null, ""));
}

#[test]
fn each_wrong_field_is_told_by_its_name() {
    let long = "x".repeat(201);
    let replaced = |name: &'static str, value: &'static str| -> Vec<(&'static str, &'static str)> {
        minimal().into_iter().map(|(field, old)| if field == name { (field, value) } else { (field, old) }).collect()
    };
    let without = |name: &str| minimal().into_iter().filter(|(field, _)| *field != name).collect::<Vec<_>>();
    let and = |name: &'static str, value: &'static str| [minimal(), vec![(name, value)]].concat();
    for (fields, field, message) in [
        (without("title"), "title", "is missing"),
        (replaced("title", " "), "title", "must have at least 1"),
        (replaced("title", Box::leak(long.into_boxed_str())), "title", "must have at most 200"),
        (and("title", "Another"), "title", "is there twice"),
        (without("dueDate"), "dueDate", "is missing"),
        (replaced("dueDate", "tomorrow"), "dueDate", "must be YYYY-MM-DDThh:mm:ss"),
        (replaced("dueDate", "2024-12-24T00:00:00Z"), "dueDate", "must be YYYY-MM-DDThh:mm:ss"),
        (replaced("dueDate", "2024-02-30T00:00:00"), "dueDate", "is no date and time"),
        (replaced("dueDate", "2024-11-01T12:00:00"), "dueDate", "must be in the future"),
        (replaced("dueDate", "9999-01-01T00:00:00"), "dueDate", "must be at most"),
        (without("signers"), "signers", "must be there 1 to 50 times"),
        ([without("signers"), vec![("signers", SIGNER); 51]].concat(), "signers", "must be there 1 to 50 times"),
        (replaced("signers", "{"), "signers[0]", "is not JSON"),
        (replaced("signers", "Jane"), "signers[0]", "is not JSON"),
        (and("signers", r#"{"source":"OTHER","identifier":"x"}"#), "signers[1]", "source must be INTERNAL or EXTERNAL"),
        (replaced("signers", r#"{"source":"EXTERNAL","identifier":"198603052385","x":1}"#), "signers[0]", "/x: unknown field"),
        (and("solicitor", "{}"), "solicitor", "/source: is missing"),
        (and("tags", "x"), "tags", "is not JSON"),
        (and("tags", "5"), "tags", "must be a JSON object"),
        (and("linkType", "2"), "linkType", "must be 0"),
        (and("linkType", ""), "linkType", "must be 0"),
        (and("option", r#"{"name":"notifyNobody","value":true}"#), "option", "has an unknown name"),
        (and("option", r#"{"name":"notifyAllSigners","value":"yes"}"#), "option", "notifyAllSigners must have the value"),
        (and("option", r#"{"name":"notifyAllSigners"}"#), "option", "/value: is missing"),
        (and("option", "notifyAllSigners"), "option", "is not JSON"),
        (and("duedate", "x"), "duedate", "is not known"),
        (and("upload", PDF), "upload", "is there twice"),
    ] {
        let problem = read(form(&fields, Some(&pdf()))).map(drop).unwrap_err();
        assert_eq!(problem.kind, Kind::InvalidRequest, "{fields:?}");
        let body = error::error(&problem);
        assert_eq!(body.field.as_deref(), Some(field), "{fields:?}");
        assert!(body.message.starts_with(&format!("{field}: {message}")), "{fields:?}: {}", body.message);
    }
}

#[test]
fn each_wrong_upload_is_refused() {
    let large = format!("{PDF}{}", "x".repeat(64));
    for (upload, status, message) in [
        (None, 400, "upload: is missing"),
        (Some(file("filename=\"a.pdf\"", "")), 400, "upload: is empty"),
        (Some(file("filename=\"a.pdf\"", "<html>")), 400, "upload: is not a PDF"),
        (Some(file("filename=\"a.txt\"\r\nContent-Type: text/plain", PDF)), 415, "upload: the Content-Type of the file"),
        (Some(file("filename=\"a.pdf\"", &large)), 413, "upload: the file may have at most 64 bytes"),
    ] {
        let problem = read(form(&minimal(), upload.as_deref())).map(drop).unwrap_err();
        assert_eq!(problem.status(), status, "{message}");
        assert!(error::error(&problem).message.starts_with(message), "{}", error::error(&problem).message);
    }
    for upload in [file("filename=\"a\"\r\nContent-Type: application/octet-stream", PDF), file("filename=\"a\"", PDF)] {
        assert!(read(form(&minimal(), Some(&upload))).is_ok());
    }
}

#[test]
fn text_that_is_no_utf8_is_refused() {
    let body = [&b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\xff\xfe\r\n"[..], &form(&minimal()[1..], None)].concat();
    let problem = read(Bytes::from(body)).map(drop).unwrap_err();
    assert!(problem.errors.contains(&FieldError::field("title", "is not UTF-8")));
}

#[test]
fn a_wrong_media_type_is_told_as_such() {
    let problem = parse(Some("application/json"), Bytes::from("{}"), now(), &TimeZone::UTC, 64).map(drop).unwrap_err();
    assert_eq!(problem.status(), 415);
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(
        name in proptest::sample::select(FIELDS.to_vec()),
        value in any::<String>(),
        file_name in any::<String>(),
    ) {
        let mut fields = minimal();
        fields.push((name, value.as_str()));
        let _ = read(form(&fields, Some(&file(&format!("filename=\"{file_name}\""), PDF))));
    }

    #[test]
    fn arbitrary_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(Bytes::from(body));
    }
}
