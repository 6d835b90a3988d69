//! Signatures given ahead: with the order's creation, by the creator's own system.

use jiff::Timestamp;
use segl_core::ceremony::Ceremony;
use segl_core::commitment::Salt;
use segl_core::document::{Announced, DocumentFacts, ObjectVersion};
use segl_core::event::{Actor, What};
use segl_core::id::{DocumentIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::new_order::{NewDocument, NewGroup, NewOrder, SignedAhead};
use segl_core::order::{Dialect, Options, Order, Roster};
use segl_core::refusal::Refusal;
use segl_core::signer::{Act, Method, Party, SignerStatus};
use segl_core::text::{Description, Title};
use segl_core::transition::{Change, Command};

fn now() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

fn system(organization: &str) -> Party {
    Party::System(organization.parse::<OrganizationId>().unwrap().into())
}

fn create(roster: Roster, signers: &[&str], announced: Option<Sha256>) -> Result<Change, Refusal> {
    let act = Act {
        method: Method::Client { client: "crm".parse().unwrap(), name: "CRM".into() },
        claims: [("rule".to_owned(), "7".to_owned())].into(),
        digests: vec![Sha256::of(b"offer")],
        images: Vec::new(),
        address: None,
        jws: None,
    };
    let new = NewOrder {
        dialect: Dialect::Workflow,
        title: Title::parse("Offer").unwrap(),
        description: Description::parse("").unwrap(),
        creator: None,
        clerk: None,
        deadline: now() + jiff::SignedDuration::from_hours(1),
        retention: None,
        options: Options::default(),
        ceremony: Ceremony::default(),
        tags: serde_json::Value::Null,
        documents: vec![NewDocument {
            title: Title::parse("Offer").unwrap(),
            file_name: None,
            announced: Announced { sha256: announced, size: None },
        }],
        groups: vec![NewGroup { quorum: None, time: None, signers: signers.iter().map(|signer| system(signer)).collect() }],
        roster,
        ahead: Some(SignedAhead { signer: SignerIndex(0), act }),
        warnings: Vec::new(),
    };
    new.create(OrderId::new(now(), [1; 10]), "DK01234567".parse().unwrap(), "crm".parse().unwrap(), now(), || Salt([1; 32]))
}

fn arrive(order: Order, content: &[u8]) -> Change {
    let object = ObjectVersion { version: "v1".into(), etag: "\"e\"".into() };
    let facts =
        DocumentFacts { sha256: Sha256::of(content), size: 1, pages: 1, object, repaired_from: None, findings: Vec::new(), preview: None };
    order.apply(Actor::Service, now(), Command::DocumentReady { document: DocumentIndex(0), facts }).unwrap()
}

#[test]
fn it_takes_effect_with_the_documents() {
    for (what, roster, signers, state) in [
        ("the only signer", Roster::Closed, &["DK01234567"][..], "sealing"),
        ("one of two", Roster::Closed, &["DK01234567", "DK76543210"], "pending"),
        ("others may come", Roster::Open, &["DK01234567"], "pending"),
    ] {
        let created = create(roster, signers, Some(Sha256::of(b"offer"))).unwrap();
        assert_eq!(created.order.signers[0].status, SignerStatus::Waiting, "{what}");
        let change = arrive(created.order, b"offer");
        assert_eq!(change.order.state.name(), state, "{what}");
        assert!(matches!(change.order.signers[0].status, SignerStatus::Signed(_)) && change.order.signers[0].ahead.is_none(), "{what}");
        let signed = change.events.iter().find(|event| matches!(event.what, What::Signed { .. })).expect(what);
        assert_eq!(signed.actor, Actor::Signer { signer: SignerIndex(0) }, "{what}: it is the signer's doing");
    }
}

#[test]
fn it_holds_for_what_it_names_only() {
    assert_eq!(create(Roster::Closed, &["DK01234567"], None).err(), Some(Refusal::DigestsDiffer), "a document that is not known yet");
    assert_eq!(create(Roster::Closed, &["DK01234567"], Some(Sha256::of(b"x"))).err(), Some(Refusal::DigestsDiffer), "another document");
    let created = create(Roster::Closed, &["DK01234567"], Some(Sha256::of(b"offer"))).unwrap();
    let change = arrive(created.order, b"something else");
    assert!(matches!(change.order.signers[0].status, SignerStatus::Open { .. }), "nothing was signed, and the signer may look again");
}
