//! A damaged file is repaired once, and everybody sees what came of it.

use segl_core::document::DocumentState;
use segl_core::event::What;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::ports::Objects as _;
use segl_core::storage_key::StorageKey;
use segl_sealing::Policy;
use segl_testkit::contract::Http as _;
use serde_json::json;

use crate::cases::{create, document, order};
use crate::platform::{Delivery, Platform};
use crate::world::json_of;

/// The document with a list of its objects that leads nowhere.
fn damaged() -> Vec<u8> {
    let text = document();
    let at = text.windows(9).rposition(|piece| piece == b"startxref").expect("a PDF has one");
    [&text[..at], b"startxref\n7\n%%EOF\n"].concat()
}

/// An order for one document that was announced as the damaged file, and the address to which it can be uploaded.
async fn awaiting(platform: &Platform, announced: &[u8]) -> (OrderId, String) {
    let mut body = order();
    body["documents"] = json!([{"title": "Agreement", "size": announced.len(), "sha256": Sha256::of(announced).to_string()}]);
    let id = create(platform, &body).await;
    let reply = platform.world.answer(platform.world.ours.call("GET", &format!("/v1/orders/{id}"))).await;
    (id, json_of(&reply)["documents"][0]["upload"]["url"].as_str().expect("an address").to_owned())
}

async fn check(platform: &Platform, id: OrderId) {
    let world = &platform.world;
    let damaged = damaged();
    let DocumentState::Ready(facts) = world.order(id).await.documents[0].state.clone() else { panic!("it is ready") };
    let uploaded = facts.repaired_from.expect("what was uploaded is told");
    assert_eq!((uploaded.sha256, uploaded.size), (Sha256::of(&damaged), damaged.len() as u64));
    assert_eq!(facts.findings[0].code, "repaired");

    let key = StorageKey::Original(id, DocumentIndex(0));
    let stored = world.fake().read(&key, Some(&facts.object.version), u64::MAX).await.expect("no fault").expect("is there");
    assert!(stored.starts_with(&damaged), "the file begins with what was uploaded");
    assert_eq!((Sha256::of(&stored), stored.len() as u64), (facts.sha256, facts.size));
    assert_eq!(world.fake().read(&key, None, u64::MAX).await.expect("no fault"), Some(stored.clone()), "it was repaired once");
    assert!(segl_sealing::verify(&stored, &Policy::new(jiff::Timestamp::UNIX_EPOCH, &[])).is_ok(), "and can be read now");

    let told: Vec<_> = world.events(id).await.into_iter().map(|event| event.what).collect();
    let told = told.iter().find_map(|what| match what {
        What::DocumentReady { repaired_from, findings, .. } => Some((repaired_from, findings)),
        _ => None,
    });
    assert!(told.is_some_and(|(from, findings)| *from == Some(uploaded) && findings.contains(&"repaired".to_owned())));
    let reply = json_of(&world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await);
    assert_eq!(reply["documents"][0]["repaired_from"]["sha256"], json!(uploaded.sha256.to_string()));
}

#[tokio::test]
async fn a_damaged_file_is_repaired_before_anybody_sees_it() {
    let platform = Platform::new(Delivery::Prompt).await;
    let (id, url) = awaiting(&platform, &damaged()).await;
    platform.world.fake().upload(&url, damaged()).await;
    platform.settle().await;
    check(&platform, id).await;
}

#[tokio::test]
async fn whatever_dies_on_the_way_it_is_repaired_once() {
    for calls in 1..12 {
        let platform = Platform::new(Delivery::Prompt).await;
        let (id, url) = awaiting(&platform, &damaged()).await;
        platform.world.fake().upload(&url, damaged()).await;
        platform.world.fake().clear_journal();
        platform.kill_after(calls);
        platform.settle().await;
        platform.wait_for(id, "pending").await;
        check(&platform, id).await;
    }
}

#[tokio::test]
async fn another_file_than_the_one_announced_is_not_repaired() {
    let platform = Platform::new(Delivery::Prompt).await;
    let (id, url) = awaiting(&platform, &damaged()).await;
    let mut other = damaged();
    other[20] ^= 1;
    platform.world.fake().upload(&url, other).await;
    platform.settle().await;
    let DocumentState::Refused(refusal) = platform.world.order(id).await.documents[0].state.clone() else { panic!("it is refused") };
    assert_eq!(refusal.code, "digest-differs");
}
