//! The whole life of an order, from its creation to the last message, with every step broken in turn.

use std::collections::BTreeMap;

use lambda_http::http::StatusCode;
use segl_core::event::{What, verify_chain};
use segl_core::id::{DocumentIndex, OrderId, Sha256, SignerIndex};
use segl_core::order::OrderState;
use segl_core::ports::{Clock, Objects};
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskStatus;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cases::{base64, create, document, mails_to, sign};
use crate::faults::every_step_fails;
use crate::platform::Platform;
use crate::world::{OURS, THEIRS, World, authority};

const CREATOR: &str = "creator@example.org";
const PERSON: &str = "signer@example.org";
const MOBILE: &str = "+4670123456";

/// What is called on the way. A new name fails the test until somebody has thought about what its failure means.
const CALLS: [&str; 26] = [
    "attempts.failures",
    "clients.client",
    "limits.count",
    "links.link",
    "links.put_link",
    "mailer.send_mail",
    "objects.announce_again",
    "objects.append_to_copy",
    "objects.head",
    "objects.put",
    "objects.read",
    "objects.stream",
    "orders.commit",
    "orders.events",
    "orders.idempotency",
    "orders.order",
    "organizations.retention",
    "seal_key.public_key",
    "seal_key.sign",
    "tasks.due",
    "tasks.replace_task",
    "tasks.task",
    "texter.send_text",
    "webhooks.endpoints",
    "webhooks.feed_head",
    "webhooks.publish",
];

#[tokio::test]
async fn whatever_fails_everyone_signs_once_and_there_is_one_seal() {
    every_step_fails(&CALLS, async |_| (), async |platform, ()| live(platform).await, check).await;
}

/// Two systems, a person with e-mail and one with a telephone only, in two groups; all are told how it ends.
fn order() -> Value {
    json!({
        "title": "Purchase agreement",
        "creator": {"email": CREATOR},
        "options": {"tell_signers": true},
        "documents": [{"title": "Agreement", "content_base64": base64(&document())}],
        "groups": [
            {"signers": [{"type": "system", "organization": OURS}, {"type": "person", "email": PERSON}]},
            {"signers": [{"type": "system", "organization": THEIRS}, {"type": "person", "mobile": MOBILE}], "quorum": 1},
        ],
    })
}

async fn live(platform: &Platform) -> OrderId {
    let world = &platform.world;
    let id = create(platform, &order()).await;
    platform.wait_for(id, "pending").await;
    sign(platform, &world.ours, id).await;
    sign_by_link(platform).await;
    platform.settle().await;
    sign(platform, &world.theirs, id).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    id
}

/// As a browser would: the page, then its form.
async fn sign_by_link(platform: &Platform) {
    platform.settle().await;
    let link = platform.link_for(PERSON).await;
    let mut browser = Browser::default();
    let page = platform.insist_on("the page", &browser.get(&link), StatusCode::OK).await;
    browser.take(&page);
    let form = browser.post(&link, &[("act", "sign"), ("consent", "yes")]);
    platform.insist_on("the form", &form, StatusCode::SEE_OTHER).await;
}

async fn check(world: &World, id: OrderId) {
    assert_eq!(world.fake().order_ids(), [id], "one order, however often it was asked for");
    let order = world.order(id).await;
    let events = world.events(id).await;
    verify_chain(id, &events, &order.chain).expect("the audit trail verifies");

    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for event in &events {
        let name = match &event.what {
            What::Created { .. } => "created".to_owned(),
            What::DocumentReady { .. } => "ready".to_owned(),
            What::Signed { signer, .. } => format!("signed {signer}"),
            What::EveryoneSigned {} => "everyone signed".to_owned(),
            What::Sealed { document, .. } => format!("sealed {document}"),
            What::Accepted {} => "accepted".to_owned(),
            What::GroupOpened { group } => format!("group {group}"),
            What::Invited { signer, .. } => format!("invited {signer}"),
            What::Opened { signer } => format!("opened {signer}"),
            What::OutcomeSent { task, .. } => format!("sent {task}"),
            other => panic!("nothing like this happened: {other:?}"),
        };
        *count.entry(name).or_default() += 1;
    }
    assert!(count.values().all(|times| *times == 1), "everything happened once: {count:?}");
    for name in [
        "created",
        "ready",
        "group 0",
        "group 1",
        "opened 1",
        "signed 0",
        "signed 1",
        "signed 2",
        "everyone signed",
        "sealed 0",
        "accepted",
        "sent tell-creator",
        "sent tell-signer-1",
    ] {
        assert!(count.contains_key(name), "{name} is missing: {count:?}");
    }
    // Who signs before a lost answer about the invitation was made good has been invited, though the trail does not say so.
    assert!(!count.contains_key("signed 3"), "one of the second group is enough");

    let tasks = world.fake().tasks_of(id);
    assert!(tasks.iter().all(|task| task.status == TaskStatus::Done), "{tasks:?}");
    assert!(mails_to(world, CREATOR) >= 1, "the creator was told");
    assert!(mails_to(world, PERSON) >= 2, "the person was invited and told");
    assert_eq!(order.signers[SignerIndex(3).as_usize()].status, segl_core::signer::SignerStatus::NotNeeded);
    // Whose signature was not needed any more when the message was due need not be invited.
    let invited = count.contains_key("invited 3");
    assert!(!invited || !world.fake().texts().is_empty(), "who was invited got a message");

    let OrderState::Accepted { sealed, .. } = &order.state else { panic!("accepted: {:?}", order.state) };
    let [sealed] = sealed.as_slice() else { panic!("one sealed document: {sealed:?}") };
    let key = StorageKey::Sealed(id, DocumentIndex(0), sealed.attempt.clone());
    let bytes = world
        .fake()
        .read(&key, Some(&sealed.object.version), u64::MAX)
        .await
        .expect("no fault is left")
        .expect("the sealed document exists");
    assert_eq!((Sha256::of(&bytes), bytes.len() as u64), (sealed.sha256, sealed.size));
    assert!(bytes.starts_with(&document()));
    let anchors = [authority().root()];
    let policy = segl_sealing::Policy::new(world.fake().now(), &anchors);
    let report = segl_sealing::verify(&bytes, &policy).expect("the sealed document can be read");
    assert!(report.is_good() && report.signatures.len() == 1, "{report:?}");
}
