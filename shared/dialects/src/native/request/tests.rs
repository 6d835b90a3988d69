use jiff::SignedDuration;
use proptest::prelude::*;
use segl_core::document::Level;
use segl_core::order::Dialect;
use segl_core::seal_terms::{Corner, SealAppearance, SealTerms, StampPage, StampPlace};
use segl_core::signer::Party;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{now, offer};
use crate::problem::Kind;

/// `%PDF-1.7`, a line break.
const PDF: &str = "JVBERi0xLjcK";

fn request() -> Value {
    json!({
        "title": "A title",
        "documents": [{"title": "A document", "content_base64": PDF}],
        "signers": [{"type": "system", "organization": "DK01234567"}],
    })
}

fn read(request: &Value) -> Result<Parsed, Problem> {
    parse(request.to_string().as_bytes(), now(), 1024, offer())
}

/// The request with another value at one place; `null` takes the member away.
fn with(pointer: &str, value: Value) -> Value {
    let mut request = request();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = request.pointer_mut(parent).unwrap();
    match (parent, member.parse::<usize>()) {
        (Value::Array(items), Ok(index)) if index < items.len() => items[index] = value,
        (Value::Array(items), _) => items.push(value),
        (Value::Object(members), _) if value.is_null() => drop(members.remove(member)),
        (parent, _) => parent[member] = value,
    }
    request
}

#[test]
fn a_request_becomes_an_order() {
    let Parsed { order, contents } = read(&request()).unwrap();
    assert_eq!((order.dialect, order.title.as_str(), order.description.as_str()), (Dialect::Native, "A title", ""));
    assert_eq!(order.deadline, now() + SignedDuration::from_hours(24 * 30));
    assert_eq!((order.retention, &order.tags, order.warnings.len()), (None, &Value::Null, 0));
    assert_eq!(contents, [Some(b"%PDF-1.7\n".to_vec())]);
    assert_eq!(order.documents[0].announced.sha256, Some(Sha256::of(b"%PDF-1.7\n")));
    assert_eq!(order.groups[0].signers, [Party::System(crate::fixture::system())]);
    assert_eq!(order.groups[0].quorum, None);
}

#[test]
fn what_is_given_is_taken() {
    for (pointer, value, check) in [
        (
            "/deadline",
            json!("2030-06-30T12:00:00.1239+02:00"),
            (|order| order.deadline.to_string() == "2030-06-30T10:00:00.123Z") as fn(&NewOrder) -> bool,
        ),
        ("/retention_days", json!(2), |order| order.retention == Some(SignedDuration::from_hours(48))),
        ("/options", json!({"tell_signers": true}), |order| order.options.tell_signers),
        ("/tags", json!({"a": [1]}), |order| order.tags["a"][0] == 1),
        ("/creator", json!({"email": "a@example.org"}), |order| order.creator.as_ref().is_some_and(|one| one.email.is_some())),
        ("/signers/1", json!({"type": "person", "mobile": "+46 70 000 00 00"}), |order| order.groups[0].signers.len() == 2),
        ("/documents/0", json!({"title": "x", "size": 60_000_000}), |order| order.documents[0].announced.size == Some(60_000_000)),
    ] {
        let parsed = read(&with(pointer, value)).unwrap_or_else(|problem| panic!("{pointer}: {problem:?}"));
        assert!(check(&parsed.order), "{pointer}");
    }
    let mut grouped = with("/signers", Value::Null);
    grouped["groups"] =
        json!([{"quorum": 1, "signers": [{"type": "person", "email": "a@example.org"}, {"type": "person", "email": "b@example.org"}]}]);
    assert_eq!(read(&grouped).unwrap().order.groups[0].quorum, Some(1));
}

#[test]
fn each_wrong_member_is_told_by_its_place() {
    let person = |members: Value| {
        let mut person = json!({"type": "person"});
        person.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        person
    };
    let system = json!({"type": "system", "organization": "DK01234567"});
    for (pointer, value, place, detail) in [
        ("/title", Value::Null, "/title", "is missing"),
        ("/title", json!(""), "/title", "must have at least 1 character"),
        ("/title", json!("x".repeat(201)), "/title", "must have at most 200"),
        ("/title", json!(["x"]), "/title", "invalid type: sequence"),
        ("/description", json!("x".repeat(4001)), "/description", "must have at most 4000"),
        ("/dedline", json!("x"), "/dedline", "unknown field `dedline`"),
        ("/deadline", json!("2030-06-30T12:00:00"), "/deadline", "must be a time with a zone"),
        ("/deadline", json!("tomorrow"), "/deadline", "must be a time with a zone"),
        ("/deadline", json!("2030-06-01T08:00:00Z"), "/deadline", "must be in the future"),
        ("/deadline", json!("9999-01-01T08:00:00Z"), "/deadline", "must be at most 36500 days"),
        ("/retention_days", json!(0), "/retention_days", "must be 1 to"),
        ("/retention_days", json!(-1), "/retention_days", "invalid value"),
        ("/retention_days", json!(4_000_000_000_u32), "/retention_days", "must be 1 to"),
        ("/options", json!({"tell": true}), "/options/tell", "unknown field"),
        ("/options", json!([true]), "/options", "invalid type: sequence, expected an object"),
        ("/tags", json!("x"), "/tags", "invalid type: string"),
        ("/creator", json!({}), "/creator/email", "is missing"),
        ("/creator", json!({"email": "x"}), "/creator/email", "must be an e-mail address"),
        ("/documents", Value::Null, "/documents", "is missing"),
        ("/documents", json!([]), "/documents", "must be 1 to 20 documents"),
        ("/documents", json!(vec![json!({"title": "x"}); 21]), "/documents", "must be 1 to 20 documents"),
        ("/documents/0", json!(["x"]), "/documents/0", "invalid type: sequence"),
        ("/documents/0/title", json!(" "), "/documents/0/title", "must have at least 1"),
        ("/documents/0/file_name", json!("a\u{0}"), "/documents/0/file_name", "must not contain control characters"),
        ("/documents/0/content_base64", json!(""), "/documents/0/content_base64", "is empty"),
        ("/documents/0/content_base64", json!("PGh0bWw+"), "/documents/0/content_base64", "is not a PDF"),
        ("/documents/0/content_base64", json!("JVBERi0xLjcK\n"), "/documents/0/content_base64", "must be base64"),
        ("/documents/0/content_base64", json!("JVBERi0xLjc"), "/documents/0/content_base64", "must be base64"),
        ("/documents/0/content_base64", json!("JVBERi0_LjcK"), "/documents/0/content_base64", "must be base64"),
        ("/documents/0/size", json!(5), "/documents/0/size", "is not the size of the content"),
        ("/documents/0/size", json!(0), "/documents/0/size", "must be 1 to"),
        ("/documents/0/sha256", json!("00"), "/documents/0/sha256", "must be a SHA-256"),
        ("/documents/0/sha256", json!("0".repeat(64)), "/documents/0/sha256", "is not the digest"),
        ("/signers", Value::Null, "/signers", "is missing"),
        ("/signers", json!([]), "/signers", "must have a signer"),
        ("/signers", json!(vec![person(json!({"email": "a@example.org"})); 51]), "/signers", "must be 1 to 50 signers"),
        ("/signers/0", json!({}), "/signers/0/type", "is missing"),
        ("/signers/0", json!({"type": "robot"}), "/signers/0/type", "unknown variant `robot`"),
        ("/signers/0", json!({"type": "system"}), "/signers/0/organization", "is missing"),
        ("/signers/0/organization", json!("DK#1"), "/signers/0/organization", "must be a country code"),
        ("/signers/0/email", json!("a@example.org"), "/signers/0/email", "belongs to a person"),
        ("/signers/1", system, "/signers/1/organization", "appears twice"),
        ("/signers/0", person(json!({})), "/signers/0", "a person needs"),
        ("/signers/0", person(json!({"email": "[email protected]"})), "/signers/0/email", "must be an e-mail address"),
        ("/signers/0", person(json!({"mobile": "0700000000"})), "/signers/0/mobile", "must be a telephone number"),
        ("/signers/0", person(json!({"national_id": "1"})), "/signers/0/national_id", "must be a national identity number"),
        ("/signers/0", person(json!({"email": "a@example.org", "organization": "DK1"})), "/signers/0/organization", "belongs to a system"),
        ("/signers/0", person(json!({"phone": "1"})), "/signers/0/phone", "unknown field"),
        ("/groups", json!([]), "/groups", "give signers or groups, not both"),
    ] {
        let problem = read(&with(pointer, value.clone())).map(drop).unwrap_err();
        let errors: Vec<_> = problem.errors.iter().map(|error| (error.pointer.as_deref().unwrap(), error.detail.as_str())).collect();
        assert_eq!(problem.kind, Kind::InvalidRequest, "{pointer} {value}");
        assert_eq!(errors.len(), 1, "{pointer} {value}: {errors:?}");
        assert!(errors[0].0 == place && errors[0].1.starts_with(detail), "{pointer} {value}: {errors:?}");
    }
}

#[test]
fn wrong_groups_are_told_by_their_place() {
    let one = json!({"type": "person", "email": "a@example.org"});
    for (groups, place) in [
        (json!([]), "/groups"),
        (json!([{"signers": []}]), "/groups/0/signers"),
        (json!([{"signers": [one]}, {"quorum": 2, "signers": [one]}]), "/groups/1/quorum"),
        (json!([{"quorum": 0, "signers": [one]}]), "/groups/0/quorum"),
        (json!([{"signers": [{"type": "person"}]}]), "/groups/0/signers/0"),
        (json!([{"signers": vec![one.clone(); 30]}, {"signers": vec![one.clone(); 21]}]), "/groups"),
    ] {
        let mut request = with("/signers", Value::Null);
        request["groups"] = groups;
        let problem = read(&request).map(drop).unwrap_err();
        assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), [place]);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut request = with("/title", json!(""));
    request["deadline"] = json!("x");
    request["signers"][0]["organization"] = json!("!");
    let problem = read(&request).map(drop).unwrap_err();
    assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), ["/title", "/deadline", "/signers/0/organization"]);
    assert_eq!(problem.detail, "3 members of the request are wrong");
}

#[test]
fn documents_that_are_too_large_together_are_sent_to_the_upload() {
    let two = with("/documents/1", json!({"title": "x", "content_base64": PDF}));
    let body = two.to_string();
    assert!(parse(body.as_bytes(), now(), 18, offer()).is_ok());
    for limit in [17, 9, 8, 0] {
        let problem = parse(body.as_bytes(), now(), limit, offer()).unwrap_err();
        assert_eq!((problem.kind, problem.status()), (Kind::BodyTooLarge, 413));
        assert!(problem.detail.contains("leave content_base64 out"), "{}", problem.detail);
    }
}

#[test]
fn idempotency_keys_are_bounded() {
    let (client, fingerprint) = ("client-a".parse().unwrap(), Sha256::of(b"{}"));
    let key = idempotency_key("a-1", &client, fingerprint).unwrap();
    assert_eq!((key.key.as_str(), key.fingerprint), ("a-1", fingerprint));
    for bad in ["", "a b", "é", &"a".repeat(256)] {
        assert_eq!(idempotency_key(bad, &client, fingerprint).unwrap_err().errors[0].place(), "Idempotency-Key");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!(PDF)),
        Just(json!("person")),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let name = prop_oneof![
            "[a-z]{0,4}",
            Just("type".to_owned()),
            Just("title".to_owned()),
            Just("signers".to_owned()),
            Just("size".to_owned())
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body, now(), 64, offer());
    }

    #[test]
    fn arbitrary_members_never_panic(
        member in proptest::sample::select(vec!["/title", "/deadline", "/documents", "/documents/0", "/documents/0/size", "/signers", "/signers/0", "/tags"]),
        value in any_json(),
    ) {
        if let Ok(parsed) = read(&with(member, value)) {
            // What is let through here, the domain takes.
            let id = segl_core::id::OrderId::new(now(), [0; 10]);
            let salt = || segl_core::commitment::Salt([0; 32]);
            prop_assert!(parsed.order.create(id, "SE1".parse().unwrap(), "abc".parse().unwrap(), now(), salt).is_ok());
        }
    }
}

#[test]
fn what_is_asked_of_the_seal_is_taken_and_the_rest_is_the_services_choice() {
    let stamp = |page, corner| SealAppearance::Stamp(StampPlace { page, corner });
    for (asked, level, appearance) in [
        (Value::Null, Level::BT, SealAppearance::Page),
        (json!({}), Level::BT, SealAppearance::Page),
        (json!({"level": "B-B"}), Level::BB, SealAppearance::Page),
        (json!({"level": "B-LT", "appearance": "none"}), Level::BLt, SealAppearance::None),
        (json!({"appearance": "stamp"}), Level::BT, stamp(StampPage::Last, Corner::BottomRight)),
        (
            json!({"appearance": "stamp", "stamp": {"page": "first", "corner": "top_left"}}),
            Level::BT,
            stamp(StampPage::First, Corner::TopLeft),
        ),
    ] {
        let parsed = read(&with("/seal", asked.clone())).unwrap_or_else(|problem| panic!("{asked}: {problem:?}"));
        assert_eq!(parsed.order.options.seal, SealTerms { level, appearance }, "{asked}");
    }
    for (asked, place) in [
        (json!({"level": "B-LTA"}), "/seal/level"),
        (json!({"level": "b-t"}), "/seal/level"),
        (json!({"level": 2}), "/seal/level"),
        (json!({"appearance": "banner"}), "/seal/appearance"),
        (json!({"stamp": {"page": "last"}}), "/seal/stamp"),
        (json!({"appearance": "none", "stamp": {}}), "/seal/stamp"),
        (json!({"appearance": "stamp", "stamp": {"page": "middle"}}), "/seal/stamp/page"),
        (json!({"appearance": "stamp", "stamp": {"corner": "middle"}}), "/seal/stamp/corner"),
        (json!({"color": "red"}), "/seal/color"),
        (json!(["B-B"]), "/seal"),
    ] {
        let problem = read(&with("/seal", asked.clone())).expect_err(place);
        let places: Vec<_> = problem.errors.iter().map(FieldError::place).collect();
        assert_eq!(places, [place], "{asked}");
    }
}
