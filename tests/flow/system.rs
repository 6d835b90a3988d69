//! Systems sign: from the request to the sealed PDF.

use segl_tests::stack::{basic, caller, other, variable};
use segl_tests::{judge, pdf};
use serde_json::json;

#[test]
fn two_organizations_sign_and_get_a_sealed_pdf() {
    let (ours, theirs) = (caller(), other());
    let (a, b) = (variable("SEGL_ORGANIZATION"), variable("SEGL_OTHER_ORGANIZATION"));
    let originals = [pdf::one_page("Order confirmation", 0), pdf::one_page("Terms", 20_000)];
    let id = ours.order("Purchase 4711", &[&originals[0], &originals[1]], &[&a, &b]);
    let order = ours.wait_for(&id, "pending");
    assert_eq!(order["documents"][0]["pages"], 1);
    let early = ours.get(&format!("/v1/orders/{id}/documents/0/sealed"));
    assert_eq!(early.status, 409, "{}", early.text());

    let signed = ours.sign(&id);
    assert!((200..300).contains(&signed.status), "{}", signed.text());
    let document = theirs.get(&format!("/v1/orders/{id}/signature-request/documents/0"));
    assert_eq!((document.status, document.body), (200, originals[0].clone()), "the other signer reads the very document");
    assert!((200..300).contains(&theirs.sign(&id).status));
    ours.wait_for(&id, "accepted");

    for (number, original) in originals.iter().enumerate() {
        let sealed = ours.get(&format!("/v1/orders/{id}/documents/{number}/sealed"));
        assert_eq!(sealed.status, 200);
        judge::assert_sealed(original, &sealed.body);
        let text = judge::text(&sealed.body);
        for words in ["Purchase 4711", a.as_str(), b.as_str(), id.as_str()] {
            assert!(text.contains(words), "the signature page has {words}: {text}");
        }
    }
    let trail = ours.get(&format!("/v1/orders/{id}/events")).json();
    let kinds: Vec<_> = trail["events"].as_array().expect("events").iter().filter_map(|event| event["what"]["type"].as_str()).collect();
    for kind in ["created", "document-ready", "signed", "everyone-signed", "sealed", "accepted"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

#[test]
fn one_decline_rejects_and_the_creator_reads_why() {
    let (ours, theirs) = (caller(), other());
    let id = ours.order("Offer", &[&pdf::one_page("Offer", 0)], &[&variable("SEGL_OTHER_ORGANIZATION")]);
    ours.wait_for(&id, "pending");
    let declined = theirs.post(&format!("/v1/orders/{id}/signatures"), &json!({"decision": "decline", "reason": "Price too high"}));
    assert!((200..300).contains(&declined.status), "{}", declined.text());
    let order = ours.wait_for(&id, "rejected");
    assert!(order.to_string().contains("Price too high"), "{order}");
    let late = theirs.sign(&id);
    assert_eq!(late.status, 409, "{}", late.text());
}

#[test]
fn groups_sign_in_sequence_and_k_of_n_is_enough() {
    let (ours, theirs) = (caller(), other());
    let (a, b) = (variable("SEGL_ORGANIZATION"), variable("SEGL_OTHER_ORGANIZATION"));
    let system = |organization: &str| json!({"type": "system", "organization": organization});
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(pdf::one_page("Chain", 0));
    let body = json!({
        "title": "Chain of approval",
        "documents": [{"title": "Chain", "content_base64": content}],
        "groups": [
            {"signers": [system(&b), {"type": "person", "email": "anybody@example.org"}], "quorum": 1},
            {"signers": [system(&a)]},
        ],
    });
    let created = ours.post("/v1/orders", &body);
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    ours.wait_for(&id, "pending");
    let early = ours.get(&format!("/v1/orders/{id}/signature-request/documents/0"));
    assert_eq!(early.status, 409, "the second group does not see the documents yet: {}", early.text());
    assert!((200..300).contains(&theirs.sign(&id).status));
    assert!((200..300).contains(&ours.sign(&id).status));
    ours.wait_for(&id, "accepted");
}

#[test]
fn all_ways_of_authenticating_lead_to_the_same_client() {
    let (id, secret) = (variable("SEGL_CLIENT_ID"), variable("SEGL_CLIENT_SECRET"));
    for (what, caller, status) in [
        ("API key", caller(), 200),
        ("HTTP Basic", basic(&id, &secret), 200),
        ("HTTP Basic with a wrong secret", basic(&id, "wrong"), 401),
        ("HTTP Basic of nobody", basic("nobody", &secret), 401),
        ("somebody else's secret", basic(&id, &variable("SEGL_OTHER_CLIENT_SECRET")), 401),
        ("nothing", segl_tests::stack::Caller::new(vec![]), 401),
        ("a scheme that is not known", segl_tests::stack::Caller::new(vec![("authorization".into(), "Digest x".into())]), 401),
    ] {
        let answer = caller.get("/v1/orders?limit=1");
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        if status == 401 {
            assert!(answer.header("www-authenticate").contains("Basic"), "{what}");
            assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
        }
    }
}

#[test]
fn a_repeated_creation_is_the_same_order() {
    let ours = caller();
    let organization = variable("SEGL_ORGANIZATION");
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(pdf::one_page("Once", 0));
    let body = json!({
        "title": "Once",
        "documents": [{"title": "Once", "content_base64": content}],
        "signers": [{"type": "system", "organization": organization}],
    });
    let unique = format!("key-{:?}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970"));
    let send = |body: &serde_json::Value| {
        let headers = [("content-type", "application/json"), ("idempotency-key", unique.as_str())];
        ours.send("POST", "/v1/orders", &headers, body.to_string().as_bytes())
    };
    let (first, again) = (send(&body), send(&body));
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text());
    assert_eq!(first.json()["id"], again.json()["id"]);
    let mut different = body.clone();
    different["title"] = "Twice".into();
    assert_eq!(send(&different).status, 422);
}
