//! Evidence of an order that a person signed, and what is left of the person afterwards.

use std::io::{Cursor, Read as _};

use clap::Parser as _;
use segl_cli::arguments::{Arguments, Command};
use segl_tests::stack::{Answer, Caller, caller, variable};
use segl_tests::{judge, pdf};
use serde_json::{Value, json};

use crate::people::{fresh, link_of, sign};

/// Evidence, which is made while we wait for it.
fn evidence(path: &str) -> Answer {
    let ours = caller();
    ours.poll_with(path, &[("prefer", "wait=10")], "evidence", |answer| {
        assert!(matches!(answer.status, 200 | 202), "{} {}", answer.status, answer.text());
        answer.status == 200
    })
}

/// A file of an archive.
fn file(archive: &[u8], name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut bytes = Vec::new();
    archive.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}")).read_to_end(&mut bytes).expect("it is read");
    bytes
}

fn verify(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("ASCII").to_owned();
    std::fs::write(path(name), bytes).expect("a scratch file");
    std::fs::write(path("keys.json"), Caller::new(vec![]).get("/.well-known/jwks.json").body).expect("a scratch file");
    let root = variable("SEGL_ROOT_CERTIFICATE");
    let words = ["segl", "verify", &path(name), "--trust", &root, "--keys", &path("keys.json")];
    let Command::Verify(arguments) = Arguments::try_parse_from(words).expect("a command line").command else {
        panic!("the command is verify")
    };
    let judged = arguments.run(jiff::Timestamp::now()).expect("it is judged");
    assert!(judged.good, "{judged}");
    judged.to_string()
}

#[test]
fn evidence_names_the_signer_until_the_signer_is_anonymised() {
    use base64::Engine as _;
    let ours = caller();
    let address = fresh("evidence");
    let document = pdf::one_page("Lease", 0);
    let created = ours.post(
        "/v1/orders",
        &json!({
            "title": "Lease",
            "documents": [{"title": "Lease", "content_base64": base64::engine::general_purpose::STANDARD.encode(&document)}],
            "signers": [{"type": "person", "name": "Ærlig Ødegård", "email": address}],
        }),
    );
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    ours.wait_for(&id, "pending");
    let anonymize = || ours.post("/v1/people:anonymize", &json!({"email": address}));
    let refused = anonymize();
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("person-pending")));
    assert_eq!(sign(&link_of(&address)).status, 303);
    ours.wait_for(&id, "accepted");

    let sealed = evidence(&format!("/v1/orders/{id}/evidence"));
    assert_eq!(sealed.header("content-type"), "application/pdf");
    // Nothing lies before a file that we made ourselves.
    judge::assert_sealed(b"%PDF", &sealed.body);
    let text = judge::text(&sealed.body);
    for part in ["Ærlig Ødegård", address.as_str(), "Personal link", "everyone-signed", &segl_core::id::Sha256::of(&document).to_string()]
    {
        assert!(text.replace(['\n', ' '], "").contains(&part.replace(' ', "")), "{part}: {text}");
    }
    assert!(verify("evidence.pdf", &sealed.body).contains("by signer 0, who is named"));
    let archive = evidence(&format!("/v1/orders/{id}/evidence.zip"));
    verify("evidence.zip", &archive.body);
    assert_eq!(file(&archive.body, "documents/0-signed.pdf"), document);

    let hold = |what: &str| ours.post(&format!("/v1/orders/{id}/{what}"), &json!({})).status;
    assert_eq!(hold("hold"), 200);
    assert_eq!((anonymize().status, ours.send("DELETE", &format!("/v1/orders/{id}"), &[], b"").status), (409, 409), "held");
    assert_eq!(hold("release"), 200);
    let done = anonymize();
    assert_eq!((done.status, done.json()), (200, json!({"orders": 1})));
    let archive = evidence(&format!("/v1/orders/{id}/evidence.zip"));
    assert!(verify("evidence.zip", &archive.body).contains("whose personal data was removed"));
    let bundle: Value = serde_json::from_slice(&file(&archive.body, segl_core::bundle::FILE_NAME)).expect("JSON");
    assert!(!bundle.to_string().contains(&address) && bundle["signers"][0]["kind"] == "erased", "{bundle}");
    let order = ours.get(&format!("/v1/orders/{id}")).text();
    assert!(!order.contains(&address) && !order.contains("Ødegård"), "{order}");
    assert_eq!(ours.get(&format!("/v1/orders/{id}/documents/0/sealed")).status, 200, "the document stays as it was signed");
    assert_eq!(ours.send("DELETE", &format!("/v1/orders/{id}"), &[], b"").status, 204);
}

#[test]
fn anybody_reads_yesterdays_checkpoint() {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let path = format!("/v1/checkpoints/{}", today.yesterday().expect("a day"));
    let nobody = Caller::new(vec![]);
    let checkpoint = nobody.poll(&path, "the checkpoint", |answer| (answer.status == 200).then(|| answer.json()));
    let published: segl_core::checkpoint::Published = serde_json::from_value(checkpoint).expect("a checkpoint");
    let keys = nobody.get("/.well-known/jwks.json").json();
    let token = segl_tokens::verify::Unverified::parse_as(&published.checkpoint, segl_core::checkpoint::TYP).expect("a token");
    let claims = token.signed_claims(&token.find_key(&keys).expect("its key is published")).expect("signed by it");
    assert_eq!(claims["root"], segl_core::checkpoint::root(&published.leaves).to_string());
}
