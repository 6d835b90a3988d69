//! Seals of every level: reached at once, or later when an authority is back, and renewed before they lapse. The authority is a program
//! of another maker, on loopback.

use jiff::Timestamp;
use segl_core::document::{Level, SealedDocument};
use segl_core::event::{What, verify_chain};
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::ports::{Objects as _, SigningKey as _, Tasks as _};
use segl_core::storage_key::StorageKey;
use segl_core::task::{TaskKind, TaskStatus};
use segl_core::use_case::task::retry;
use segl_local::authority::Authority;
use segl_outbound::{Client, PrivateHosts};
use segl_sealing::{Policy, TimeStampAuthority, verify};
use segl_testkit::fake::TokenKey;
use segl_tests::judge;
use serde_json::{Value, json};

use crate::cases::{create, order, sign};
use crate::platform::{Delivery, Platform};
use crate::world::{Shared, authority};

/// A platform at this very moment, since the authority's clock cannot be set, and the authority.
async fn start() -> (Platform, Authority) {
    let running = Authority::start(&judge::programs(), authority().folder()).await.expect("the authority starts");
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    fake.set_now(Timestamp::now());
    let public_key = fake.public_key().await.expect("the fake has a key");
    let chain = authority().certificate(&public_key, &running.revocation_list());
    fake.put(&StorageKey::SealCertificate, chain).await.expect("the fake stores");
    (platform, running)
}

async fn seal(platform: &Platform, urls: &[String], id: OrderId, kind: TaskKind) {
    let fake = platform.world.fake();
    fake.set_now(Timestamp::now());
    let ready = seal::Seal::load(fake, Shared(platform.world.service.clone()), platform.world.tokens(), jiff::tz::TimeZone::UTC).await;
    let authorities = urls.iter().map(|url| TimeStampAuthority { url: url.clone(), policy: None, anchors: vec![authority().root()] });
    let client = Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []);
    let ready: seal::Seal<Shared, TokenKey, Client> = ready.expect("a certificate").with_authorities(authorities.collect(), client);
    seal::seal(fake, &ready, id, kind).await.expect("the outcome can be noted");
}

async fn signed(platform: &Platform, level: &str) -> OrderId {
    let mut request = order();
    request["seal"] = json!({"level": level});
    let id = create(platform, &request).await;
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    id
}

async fn sealed(platform: &Platform, id: OrderId) -> (SealedDocument, Vec<u8>) {
    let order = platform.world.order(id).await;
    let OrderState::Accepted { sealed, .. } = &order.state else { panic!("{:?}", order.state) };
    let key = StorageKey::Sealed(id, DocumentIndex(0), sealed[0].attempt.clone());
    let file = platform.world.fake().read(&key, Some(&sealed[0].object.version), u64::MAX).await.expect("no faults").expect("it is there");
    assert_eq!(file.len() as u64, sealed[0].size);
    (sealed[0].clone(), file)
}

/// By our own code, and by that of others.
fn assert_level(file: &[u8], level: judge::Level) {
    judge::assert_level(file, level, &authority().folder().join("root.pem"));
    let anchors = [authority().root()];
    let report = verify(&file, &Policy::new(Timestamp::now(), &anchors)).expect("can be read");
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.signatures[0].level.map(segl_sealing::Level::name), Some(level.name), "{report:?}");
}

async fn view(platform: &Platform, id: OrderId) -> Value {
    let reply = platform.world.answer(platform.world.ours.call("GET", &format!("/v1/orders/{id}"))).await;
    serde_json::from_slice(&reply.body).expect("JSON")
}

#[tokio::test]
async fn every_level_is_reached_at_once_where_the_authority_answers() {
    let down = "http://127.0.0.1:9/tsa".to_owned();
    for level in judge::LEVELS {
        let (platform, mut running) = start().await;
        let id = signed(&platform, level.name).await;
        // The first authority is down; the second answers.
        seal(&platform, &[down.clone(), running.time_stamps()], id, TaskKind::Seal).await;
        let (document, file) = sealed(&platform, id).await;
        assert_eq!((document.level.as_str(), &document.shortfall), (level.name, &None));
        assert_level(&file, level);
        let told = view(&platform, id).await;
        assert_eq!(told["documents"][0]["sealed"]["level"], level.name, "{told}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_seal_that_fell_short_climbs_later_and_is_renewed_for_ever() {
    let (platform, mut running) = start().await;
    let fake = platform.world.fake();
    let id = signed(&platform, "B-LTA").await;
    seal(&platform, &["http://127.0.0.1:9/tsa".to_owned()], id, TaskKind::Seal).await;
    let (first, before) = sealed(&platform, id).await;
    assert_eq!(first.level, Level::BB);
    assert_eq!(first.shortfall.as_ref().map(|shortfall| shortfall.code.as_str()), Some("time-stamp-unavailable"));
    let [basic, ..] = judge::LEVELS;
    assert_level(&before, basic);
    let told = view(&platform, id).await;
    let shown = &told["documents"][0]["sealed"];
    assert_eq!((&shown["level"], &shown["target_level"]), (&json!("B-B"), &json!("B-LTA")), "{told}");

    // Still down: nothing changes, and the task comes again.
    seal(&platform, &["http://127.0.0.1:9/tsa".to_owned()], id, TaskKind::Upgrade).await;
    assert_eq!(sealed(&platform, id).await.0, first);
    let task = fake.task(id, TaskKind::Upgrade).await.expect("no faults").expect("it is owed");
    assert_eq!((task.status, task.failures), (TaskStatus::Waiting, 1));

    let ended = platform.world.order(id).await.state.ended_at();
    seal(&platform, &[running.time_stamps()], id, TaskKind::Upgrade).await;
    let (second, after) = sealed(&platform, id).await;
    assert_eq!((second.level, &second.shortfall), (Level::BLta, &None));
    assert!(after.starts_with(&before) && after.len() > before.len(), "what was given out stays good");
    // One proves the time of the seal, as one over its value would have; one covers the validation data.
    assert_level(&after, basic.archived(2));
    assert!(!fake.task(id, TaskKind::Upgrade).await.expect("no faults").is_some_and(|task| task.is_open()), "nothing more is owed");

    let renewal = fake.task(id, TaskKind::Renew).await.expect("no faults").expect("it is owed");
    assert!(renewal.due.zip(second.lapses_at).is_some_and(|(due, lapses)| due < lapses), "before the stamp lapses");
    seal(&platform, &[running.time_stamps()], id, TaskKind::Renew).await;
    assert_eq!(sealed(&platform, id).await.0, second, "not before its time");
    retry(fake, id, TaskKind::Renew).await.expect("an operator brings it forward");
    seal(&platform, &[running.time_stamps()], id, TaskKind::Renew).await;
    let (third, renewed) = sealed(&platform, id).await;
    assert!(renewed.starts_with(&after) && renewed.len() > after.len() && third.level == Level::BLta);
    assert_level(&renewed, basic.archived(3));

    let events = platform.world.events(id).await;
    let order = platform.world.order(id).await;
    verify_chain(id, &events, &order.chain).expect("the audit trail verifies");
    let count = |wanted: fn(&What) -> bool| events.iter().filter(|event| wanted(&event.what)).count();
    assert_eq!(count(|what| matches!(what, What::SealUpgraded { .. })), 1);
    assert_eq!(count(|what| matches!(what, What::SealRenewed { .. })), 1);
    assert_eq!(order.state.ended_at(), ended, "it ended when it ended");
    let files = platform.world.objects().into_iter().filter(|name| name.starts_with("sealed/")).count();
    assert_eq!(files, 1, "what does not count any more is gone");

    let reply = platform.world.answer(platform.world.ours.call("DELETE", &format!("/v1/orders/{id}"))).await;
    assert_eq!(reply.status, 204);
    platform.settle().await;
    assert!(fake.tasks_of(id).iter().all(|task| !task.is_open()), "a removed order owes nothing");
    assert!(platform.world.objects().iter().all(|name| !name.contains(&id.to_string())));
    running.stop().await;
}

/// What an order in `Sealing` tells of what it waits for.
async fn hindrance(platform: &Platform, id: OrderId) -> Value {
    let told = view(platform, id).await;
    assert_eq!(told["next_action"], "seal", "{told}");
    told["blocked_by"][0]["hindrance"]["code"].clone()
}

#[tokio::test]
async fn an_order_that_cannot_be_sealed_yet_says_why() {
    let (platform, mut running) = start().await;
    let fake = platform.world.fake();
    let id = signed(&platform, "B-B").await;
    assert_eq!(hindrance(&platform, id).await, Value::Null, "nothing has failed yet");
    seal::postpone(fake, id, TaskKind::Seal, &seal::SealFailure::NoCertificate).await.expect("no faults");
    assert_eq!(hindrance(&platform, id).await, "certificate-missing");
    seal::postpone(fake, id, TaskKind::Seal, &seal::SealFailure::OtherKey).await.expect("no faults");
    assert_eq!(hindrance(&platform, id).await, "certificate-of-other-key");
    let task = fake.task(id, TaskKind::Seal).await.expect("no faults").expect("it is owed");
    assert_eq!((task.status, task.failures), (TaskStatus::Waiting, 2), "it comes again");
    seal(&platform, &[], id, TaskKind::Seal).await;
    let told = view(&platform, id).await;
    assert_eq!((&told["state"], &told["blocked_by"]), (&json!("accepted"), &json!([])), "{told}");
    running.stop().await;
}

#[tokio::test]
async fn time_stamps_are_added_without_the_certificate_and_the_shorter_file_stays_readable() {
    let (platform, mut running) = start().await;
    let fake = platform.world.fake();
    let id = signed(&platform, "B-LTA").await;
    seal(&platform, &[], id, TaskKind::Seal).await;
    let (first, before) = sealed(&platform, id).await;
    fake.remove(&StorageKey::SealCertificate).await.expect("no faults");
    let authorities = vec![TimeStampAuthority { url: running.time_stamps(), policy: None, anchors: vec![authority().root()] }];
    let client = Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []);
    seal::extend(fake, &seal::Helpers::new(authorities, client), id, TaskKind::Upgrade).await.expect("the outcome can be noted");
    let (second, after) = sealed(&platform, id).await;
    assert_eq!(second.level, Level::BLta);
    assert!(after.starts_with(&before));
    let key = StorageKey::Sealed(id, DocumentIndex(0), first.attempt);
    let shorter = fake.read(&key, Some(&first.object.version), u64::MAX).await.expect("no faults");
    assert_eq!(shorter, Some(before), "whoever was sent to it still reads it");
    assert_eq!(fake.head(&key).await.expect("no faults"), None, "and nobody else finds it");
    running.stop().await;
}
