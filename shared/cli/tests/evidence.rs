//! `segl verify` on what the service seals: the evidence in the document is checked as well.

mod support;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, Sha256};
use segl_core::ports::Clock as _;
use segl_core::transition::Command;
use segl_sealing::{
    Appearance, Attachment, Limits, LocalKey, PrefixDigest, Relationship, SealCertificate, SealRequest, SignatureAlgorithm, inspect,
};
use segl_testkit::fake::Fake;
use segl_testkit::story::{Draft, Story, client, facts, organization};
use serde_json::{Value, json};
use support::{Outcome, assert_poppler_valid, document, file, folder, segl};

/// An order over two documents that two systems have signed. The second document is `signed`.
fn story(fake: &Fake, signed: &[u8]) -> Story {
    let organization = organization(fake);
    let creator = client(fake, &organization, "").id;
    let mut story = Draft::new(&organization, &creator, fake.now()).documents(2).systems(2).create(fake, fake.now());
    for index in [DocumentIndex(0), DocumentIndex(1)] {
        let mut facts = facts(index);
        if index.0 == 1 {
            facts.sha256 = Sha256::of(signed);
            facts.size = signed.len() as u64;
        }
        story = story.then(Actor::Service, Command::DocumentReady { document: index, facts });
    }
    story.signed_by_all()
}

/// The evidence in the form that the service attaches.
fn evidence(story: &Story) -> Value {
    let order = story.order();
    let documents: Vec<Value> = order
        .documents()
        .map(|(_, document)| {
            let facts = document.facts().expect("is ready");
            json!({ "title": document.title.as_str(), "sha256": facts.sha256, "size": facts.size, "pages": facts.pages, "findings": facts.findings })
        })
        .collect();
    json!({
        "format": 1,
        "order": order.id,
        "organization": order.organization,
        "documents": documents,
        "audit_trail": { "head": order.chain.hash, "events": story.events() },
    })
}

/// Seals a document with a file attached.
fn seal(document: &[u8], name: &str, attached: &[u8]) -> Vec<u8> {
    let read = |name: &str| fs::read_to_string(file(name)).expect("reads");
    let certificate = SealCertificate::from_pem(&read("p256.pem")).expect("is usable");
    let plan = inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("can be sealed").plan;
    let attachment = Attachment {
        name: name.to_owned(),
        media_type: "application/json".to_owned(),
        description: "Evidence".to_owned(),
        bytes: attached.to_vec(),
        relationship: Relationship::Supplement,
    };
    let request = SealRequest {
        time: Timestamp::now(),
        reason: None,
        name: None,
        appearance: Appearance::Invisible,
        marks: Vec::new(),
        attachments: vec![attachment],
        certificate,
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
    };
    let prepared = plan.prepare(request).expect("prepares");
    let signature = LocalKey::from_pem(&read("p256.key")).expect("is usable").sign(&prepared.to_be_signed()).expect("signs");
    [document, &prepared.complete(&signature).expect("completes").increment].concat()
}

fn verify(folder: &Path, sealed: &[u8], more: &[&str]) -> Outcome {
    fs::write(folder.join("sealed.pdf"), sealed).expect("writes");
    assert_poppler_valid(&folder.join("sealed.pdf"), 1);
    let root = file("root.pem");
    segl(folder, &[&["verify", "sealed.pdf", "--trust", &root], more].concat())
}

#[test]
fn evidence_that_holds_is_told() {
    let folder = folder("holds");
    let document = document("An agreement");
    let story = story(&Fake::default(), &document);
    let sealed = seal(&document, "evidence.json", evidence(&story).to_string().as_bytes());
    let report = verify(&folder, &sealed, &["--json"]).expect(0).json();
    let view = &report["evidence"][0];
    assert_eq!(view["good"], true);
    assert_eq!(view["order"], json!(story.id()));
    assert_eq!(view["document"]["title"], "Document 1");
    assert_eq!(view["signatures"].as_array().map(Vec::len), Some(2));
    let text = verify(&folder, &sealed, &[]).expect(0).stdout;
    assert!(text.contains("in an unbroken chain") && text.contains("Document 1"), "{text}");
}

#[test]
fn evidence_that_does_not_hold_is_not_good_under_a_good_seal() {
    let folder = folder("altered");
    let document = document("An agreement");
    let story = story(&Fake::default(), &document);
    let good = evidence(&story);
    let altered = |change: fn(&mut Value)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        evidence
    };
    let cases = [
        ("event 2 was altered", altered(|value| value["audit_trail"]["events"][1]["at"] = json!("2020-01-01T00:00:00Z"))),
        ("event 2 is missing", altered(|value| drop(value["audit_trail"]["events"].as_array_mut().expect("a list").remove(1)))),
        ("does not end at its head", altered(|value| drop(value["audit_trail"]["events"].as_array_mut().expect("a list").pop()))),
        ("event 1 was altered", altered(|value| value["order"] = json!("01a20268-8353-70de-97f0-79d7b8f03df5"))),
        ("list of documents", altered(|value| value["documents"][1]["sha256"] = value["documents"][0]["sha256"].clone())),
        ("list of documents", altered(|value| drop(value["documents"].as_array_mut().expect("a list").pop()))),
        ("impossible number", altered(|value| value["documents"] = json!([]))),
        ("cannot be read", altered(|value| value["audit_trail"] = json!("none"))),
        ("format is not known", altered(|value| value["format"] = json!(2))),
        ("not made from any of the documents", evidence(&self::story(&Fake::default(), b"another document"))),
    ];
    for (problem, evidence) in cases {
        let sealed = seal(&document, "evidence.json", evidence.to_string().as_bytes());
        let report = verify(&folder, &sealed, &["--json"]).expect(1).json();
        assert_eq!(report["signatures"][0]["intact"], true, "{problem}");
        assert_eq!(report["evidence"][0]["good"], false, "{problem}");
        let told = report["evidence"][0]["problem"].as_str().unwrap_or_default();
        assert!(told.contains(problem), "{problem}: {told}");
    }
}

#[test]
fn files_of_others_are_passed_over() {
    let folder = folder("others");
    let document = document("An agreement");
    let good = evidence(&story(&Fake::default(), b"another document")).to_string();
    for (name, attached) in [("evidence.json", "{}"), ("evidence.json", "not JSON"), ("evidence.json", "[1]"), ("other.json", &good)] {
        let sealed = seal(&document, name, attached.as_bytes());
        let report = verify(&folder, &sealed, &["--json"]).expect(0).json();
        assert_eq!(report["evidence"], json!([]), "{name} {attached}");
    }
}
