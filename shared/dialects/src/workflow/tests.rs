//! Requests of the workflow dialect: good ones, and everything that can be wrong with one.

use jiff::Timestamp;
use segl_core::id::{GroupIndex, SignerIndex};
use segl_core::order::{LinkTarget, Roster};
use segl_core::signer::Party;
use serde_json::{Value, json};

use crate::fixture::{SYSTEM, Story};
use crate::native::decision::Decision;
use crate::problem::{Kind, Problem};
use crate::workflow::request::{self, Content};
use crate::workflow::route::Route;
use crate::workflow::sign_text::{self, Whom};
use crate::workflow::{result, signature, view};

const ID: &str = "0197f5a2-3c00-7c3a-b1d4-3f5e6a7b8c9d";
const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn now() -> Timestamp {
    crate::fixture::now()
}

fn places<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> Vec<String> {
    outcome.unwrap_err().errors.iter().map(|error| error.place().to_owned()).collect()
}

fn good() -> Value {
    json!({"title": "Offer", "pdfList": [{"title": "The offer", "pdfBase64": "JVBERi0xLjcK"}]})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = good();
    body[name] = value;
    body
}

fn parse(body: &Value) -> Result<request::Parsed, Problem> {
    request::parse(body.to_string().as_bytes(), now(), 1000, None)
}

#[test]
fn a_workflow_is_open_unless_its_signers_are_named() {
    let parsed = parse(&good()).unwrap();
    assert_eq!((parsed.order.roster, parsed.order.groups.len(), parsed.order.options.link), (Roster::Open, 0, LinkTarget::Order));
    assert!(parsed.order.documents[0].announced.sha256.is_some() && parsed.system_signature.is_none());
    let groups = json!([{"quorum": 1, "signers": [{"type": "system", "organization": "DK01234567", "client": "crm"}, {"type": "person", "email": "a@example.org"}]}]);
    let parsed = parse(&with("groups", groups)).unwrap();
    assert_eq!((parsed.order.roster, parsed.order.groups[0].quorum), (Roster::Closed, Some(1)));
    let parsed = parse(&with("showStartOverviewPage", true.into())).unwrap();
    assert_eq!(parsed.order.options.link, LinkTarget::List);
}

#[test]
fn documents_are_of_three_kinds_and_the_system_may_sign_at_once() {
    let documents = json!([
        {"title": "Same", "signTextType": "text", "signTextBase64": "SGVsbG8="},
        {"title": "Same", "signTextType": "html", "signTextBase64": "PHA+SGVsbG88L3A+"},
    ]);
    let mut body = with("documents", documents);
    body["systemSignature"] = json!({"reference": "r-1", "rule": "credit-check", "claims": {"score": "7"}});
    let parsed = parse(&body).unwrap();
    let kinds: Vec<_> = parsed.contents.iter().map(|(_, content)| content).collect();
    assert!(matches!(kinds[..], [Content::Pdf(_), Content::Text(text), Content::Html(html)] if text == "Hello" && html == "<p>Hello</p>"));
    assert_eq!(parsed.contents[2].0, "/documents/1/signTextBase64");
    let claims = parsed.system_signature.unwrap();
    assert_eq!((claims["reference"].as_str(), claims["rule"].as_str(), claims["score"].as_str()), ("r-1", "credit-check", "7"));
}

#[test]
fn what_is_wrong_with_a_workflow_is_told_with_its_place() {
    let text = |kind: &str, base64: &str| with("documents", json!([{"title": "T", "signTextType": kind, "signTextBase64": base64}]));
    for (what, body, place) in [
        ("no document", json!({"title": "Offer"}), "/pdfList"),
        ("too many documents", with("pdfList", vec![json!({"title": "T", "pdfBase64": "JVBERi0xLjcK"}); 21].into()), "/pdfList"),
        ("no title", with("title", "".into()), "/title"),
        ("a document without a title", with("pdfList", json!([{"title": "", "pdfBase64": "JVBERi0xLjcK"}])), "/pdfList/0/title"),
        ("not a PDF", with("pdfList", json!([{"title": "T", "pdfBase64": "SGVsbG8="}])), "/pdfList/0/pdfBase64"),
        ("no base64", text("text", "?"), "/documents/0/signTextBase64"),
        ("no UTF-8", text("html", "/w=="), "/documents/0/signTextBase64"),
        ("no text", text("text", "IA=="), "/documents/0/signTextBase64"),
        ("a kind that is none", text("word", "SGVsbG8="), "/documents/0/signTextType"),
        ("in the past", with("expiresAt", "2020-01-01T00:00:00Z".into()), "/expiresAt"),
        ("no time", with("expiresAt", "tomorrow".into()), "/expiresAt"),
        ("no retention", with("retentionDays", 0.into()), "/retentionDays"),
        ("no group", with("groups", json!([])), "/groups"),
        ("an empty group", with("groups", json!([{"signers": []}])), "/groups/0/signers"),
        ("a claim without a value", with("systemSignature", json!({"rule": ""})), "/systemSignature/claims"),
        ("a claim twice", with("systemSignature", json!({"rule": "a", "claims": {"rule": "b"}})), "/systemSignature/claims/rule"),
        ("an unknown member", with("colour", "red".into()), "/colour"),
    ] {
        assert_eq!(places(parse(&body)), [place], "{what}");
    }
    let large = with("pdfList", json!([{"title": "T", "pdfBase64": "A".repeat(2000)}]));
    assert_eq!(parse(&large).map_err(|problem| problem.kind), Err(Kind::BodyTooLarge));
}

#[test]
fn signers_are_people_systems_or_asked_before() {
    let ask = |body: Value| {
        let mut body = body;
        body["workflowId"] = ID.into();
        sign_text::parse(body.to_string().as_bytes(), false)
    };
    let asked = ask(json!({"signerName": "Jane", "signerTitle": "Chair", "last": true})).unwrap();
    assert!(
        asked.last && matches!(&asked.whom, Whom::New { party, .. } if matches!(&**party, Party::Person(person) if person.title.is_some()))
    );
    let asked = ask(json!({"organizationTin": "DK76543210", "clientId": "erp", "group": 1, "requiredClaims": {"rule": "7"}})).unwrap();
    let Whom::New { party, group, required_claims } = asked.whom else { panic!("somebody new") };
    let Party::System(system) = *party else { panic!("a system") };
    assert_eq!((system.client.unwrap().as_str(), group, required_claims.len()), ("erp", Some(GroupIndex(1)), 1));
    assert_eq!(ask(json!({"signatureId": 2})).unwrap().whom, Whom::Again(SignerIndex(2)));
    assert!(ask(json!({})).is_ok(), "a person of whom nothing is known but that the creator hands the link on");
    for (what, body, place) in [
        ("a person's claims", json!({"requiredClaims": {"idp": "mitid"}}), "/requiredClaims"),
        ("a system with a name", json!({"organizationTin": "DK76543210", "signerName": "Jane"}), "/signerName"),
        ("a client of nobody", json!({"clientId": "erp"}), "/clientId"),
        ("no client", json!({"organizationTin": "DK76543210", "clientId": "E"}), "/clientId"),
        ("no organization", json!({"organizationTin": "D/K"}), "/organizationTin"),
        ("no address", json!({"signerEmail": "jane"}), "/signerEmail"),
        ("asked before, and otherwise", json!({"signatureId": 2, "group": 0}), "/signatureId"),
        ("asked before, and the last", json!({"signatureId": 2, "last": true}), "/signatureId"),
        ("unknown", json!({"cvr": "DK76543210"}), "/cvr"),
    ] {
        assert_eq!(places(ask(body)), [place], "{what}");
    }
    assert_eq!(places(sign_text::parse(br#"{"workflowId": "1"}"#, false)), ["/workflowId"]);
}

#[test]
fn decisions_are_one_call_each() {
    let body = json!({"digests": [DIGEST], "reference": "r", "rule": "auto", "case": "17", "jws": "a..b"}).to_string();
    let Ok(Decision::Sign { digests, claims, jws }) = signature::sign(body.as_bytes()) else { panic!("a signature") };
    assert_eq!((digests.len(), claims.len(), jws.as_deref()), (1, 3, Some("a..b")));
    assert_eq!(places(signature::sign(b"{}")), ["/digests"]);
    assert!(matches!(signature::decline(b""), Ok(Decision::Decline { reason: None })));
    assert!(matches!(signature::decline(br#"{"reason": "No"}"#), Ok(Decision::Decline { reason: Some(_) })));
    assert_eq!(places(signature::decline(br#"{"reason": ""}"#)), ["/reason"]);
    assert_eq!(result::filter(b""), Ok(None));
    let filter = result::filter(br#"{"workflowTokenClaimParameters": {"claimOutputFilter": "All"}}"#);
    assert_eq!(filter, Ok(Some("All".to_owned())));
}

#[test]
fn a_system_learns_nothing_of_others_and_nothing_before_its_turn() {
    let before = signature::view(&Story::pending().order, SYSTEM, "handle", now()).unwrap();
    assert!(before.documents.is_empty());
    let story = Story::signed_by_person();
    let seen = signature::view(&story.order, SYSTEM, "handle", now()).unwrap();
    let text = serde_json::to_string(&seen).unwrap();
    assert!(text.contains("/transactionsigning/api/systemsignatures/handle/documents/0") && !text.contains("Jane"), "{text}");
    let digests = signature::digests(&story.order).unwrap();
    assert!(digests.signing_payload.contains(&digests.digests[0]) && digests.signing_payload.contains(&digests.workflow_id));
}

#[test]
fn the_creator_sees_each_signature_with_its_signer() {
    let seen = view::workflow(&Story::accepted().order, now());
    let names: Vec<_> = seen.signatures.iter().map(|signature| signature.service_provided_signer_name.as_deref()).collect();
    assert_eq!(names, [Some("Jane Doe"), Some("Bank")]);
    assert_eq!(seen.signatures[1].user_claims["organization_tin"], "DK01234567");
    assert_eq!((seen.next_action.as_str(), seen.signers_closed), ("none", true));
    let text = serde_json::to_string(&view::workflow(&Story::declined().order, now())).unwrap();
    assert!(text.contains("Not mine"), "{text}");
}

#[test]
fn paths_are_told_apart() {
    for (method, path, expected) in [
        ("POST", "workflows/DK01234567".to_owned(), Ok(())),
        ("POST", "workflows/DK01234567/signtextid".to_owned(), Ok(())),
        ("GET", format!("workflows/DK01234567/{ID}"), Ok(())),
        ("GET", format!("workflows/DK01234567/{ID}/workflowtoken"), Ok(())),
        ("GET", "systemsignatures/abc/documents/0".to_owned(), Ok(())),
        ("GET", "workflows/DK01234567/signtextid".to_owned(), Err(Kind::MethodNotAllowed)),
        ("GET", format!("workflows/DK01234567/{ID}/pades"), Err(Kind::MethodNotAllowed)),
        ("GET", "workflows/DK01234567/1".to_owned(), Err(Kind::InvalidRequest)),
        ("GET", "workflows/D K/1".to_owned(), Err(Kind::InvalidRequest)),
        ("GET", "systemsignatures/a.b".to_owned(), Err(Kind::InvalidRequest)),
        ("GET", "systemsignatures".to_owned(), Err(Kind::NoSuchRoute)),
    ] {
        let found = Route::find(method, &format!("/transactionsigning/api/{path}"));
        assert_eq!(found.map(|_| ()).map_err(|problem| problem.kind), expected, "{method} {path}");
    }
    assert!(!format!("{:?}", Route::find("GET", "/transactionsigning/api/systemsignatures/secret")).contains("secret"));
}
