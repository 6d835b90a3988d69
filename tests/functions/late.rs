//! Who comes late, or at the same time as another: two files under one name, two seals, two deliveries, documents for an order
//! that is gone.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use lambda_http::http::StatusCode;
use segl_core::document::DocumentState;
use segl_core::event::{What, verify_chain};
use segl_core::id::{DocumentIndex, OrderId, Sha256, SignerIndex};
use segl_core::order::OrderState;
use segl_core::ports::{Due, Objects as _, Webhooks as _};
use segl_core::storage_key::StorageKey;
use segl_core::task::{TaskKind, TaskStatus};
use segl_core::use_case::announce::announce;
use segl_core::use_case::checkpoint::make_due;
use segl_core::use_case::sweep::sweep;
use segl_core::webhook::Reception;
use segl_sealing::KeyKind;
use segl_testkit::contract::Http as _;
use segl_testkit::fake::Fault;
use serde_json::json;

use crate::cases::{create, create_another, document, encrypted, order, sign};
use crate::platform::{Delivery, Platform};
use crate::webhooks::{HOOK, hook};
use crate::world::{Credential, OURS, Shared, THEIRS, TwoPages, json_of, workflow_token_key};

/// Runs until the work is about to make its next call after one of that name.
async fn run_past<T>(platform: &Platform, work: &mut Pin<Box<impl Future<Output = T>>>, name: &str) {
    platform.world.fake().clear_journal();
    let outcome = std::future::poll_fn(|context| match work.as_mut().poll(context) {
        std::task::Poll::Ready(_) => std::task::Poll::Ready(false),
        std::task::Poll::Pending if platform.world.fake().journal().contains(&name) => std::task::Poll::Ready(true),
        std::task::Poll::Pending => std::task::Poll::Pending,
    });
    assert!(outcome.await, "the work calls {name} and goes on");
}

/// An order that awaits the upload of so many documents, with their addresses.
async fn awaiting(platform: &Platform, documents: usize) -> (OrderId, Vec<String>) {
    let mut body = order();
    body["documents"] = (0..documents).map(|number| json!({"title": format!("Document {number}")})).collect();
    let id = create(platform, &body).await;
    let reply = platform.world.answer(platform.world.ours.call("GET", &format!("/v1/orders/{id}"))).await;
    let order = json_of(&reply);
    let url = |number: usize| order["documents"][number]["upload"]["url"].as_str().expect("an address").to_owned();
    (id, (0..documents).map(url).collect())
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_read_does_not_spoil_the_seal() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    let (id, urls) = awaiting(&platform, 1).await;
    let key = StorageKey::Original(id, DocumentIndex(0));
    let (first, second) = (document(), segl_tests::pdf::one_page("Another agreement", 5_000));

    fake.upload(&urls[0], first.clone()).await;
    let mut reads_first = Box::pin(ingest::ingest(fake, &TwoPages, KeyKind::P256, &key));
    run_past(&platform, &mut reads_first, "objects.head").await;
    fake.upload(&urls[0], second).await;
    let mut reads_second = Box::pin(ingest::ingest(fake, &TwoPages, KeyKind::P256, &key));
    run_past(&platform, &mut reads_second, "objects.stream").await;
    reads_first.await.expect("the first file is read");
    reads_second.await.expect("the second comes too late");

    let facts = platform.world.order(id).await.documents[0].facts().cloned().expect("the first file counts");
    assert_eq!(facts.sha256, Sha256::of(&first));
    sign(&platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
}

#[tokio::test]
pub async fn two_seals_at_the_same_time_give_one() {
    for second_waits_at in ["orders.events", "objects.append_to_copy", "objects.head"] {
        let platform = Platform::new(Delivery::Prompt).await;
        let fake = platform.world.fake();
        let id = create(&platform, &order()).await;
        platform.wait_for(id, "pending").await;
        sign(&platform, &platform.world.ours, id).await;
        let load = || seal::Seal::load(fake, Shared(platform.world.service.clone()), platform.world.tokens(), jiff::tz::TimeZone::UTC);
        let (one, other) = (load().await.expect("a certificate"), load().await.expect("a certificate"));
        let mut slow = Box::pin(seal::seal(fake, &one, id, TaskKind::Seal));
        run_past(&platform, &mut slow, second_waits_at).await;
        seal::seal(fake, &other, id, TaskKind::Seal).await.expect("the quick one seals");
        slow.await.expect("the slow one finds it done");

        let order = platform.world.order(id).await;
        let events = platform.world.events(id).await;
        verify_chain(id, &events, &order.chain).expect("the audit trail verifies");
        assert_eq!(events.iter().filter(|event| matches!(event.what, What::Sealed { .. })).count(), 1);
        let OrderState::Accepted { sealed, .. } = &order.state else { panic!("{:?}", order.state) };
        let key = StorageKey::Sealed(id, DocumentIndex(0), sealed[0].attempt.clone());
        assert!(fake.head(&key).await.expect("no faults").is_some(), "what counts is there");
        let all = platform.world.objects().into_iter().filter(|name| name.starts_with("sealed/")).count();
        assert_eq!(all, 1, "what does not count is gone ({second_waits_at})");
    }
}

#[tokio::test]
pub async fn two_signers_at_the_same_moment_both_sign() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = order();
    body["signers"] = json!([{"type": "system", "organization": OURS}, {"type": "system", "organization": THEIRS}]);
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    let decision = json!({"decision": "sign", "digests": [Sha256::of(&document()).to_string()]});
    let sign = |who: &Credential| world.answer(who.json("POST", &format!("/v1/orders/{id}/signatures"), &decision));
    let (one, other) = tokio::join!(sign(&world.ours), sign(&world.theirs));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    platform.wait_for(id, "accepted").await;
    let signed = world.events(id).await.iter().filter(|event| matches!(event.what, What::Signed { .. })).count();
    assert_eq!(signed, 2);
}

/// An order that owes an invitation, of which nobody was told.
async fn owing_an_invitation(platform: &Platform) -> OrderId {
    let mut body = order();
    body["signers"] = json!([{"type": "person", "email": "signer@example.org"}]);
    let id = create(platform, &body).await;
    let fake = platform.world.fake();
    for arrival in fake.take_arrivals() {
        ingest::ingest(fake, &TwoPages, KeyKind::P256, &arrival.key).await.expect("the document is read");
    }
    let woken: Vec<_> = fake.take_wake_ups().into_iter().filter(|(_, kind)| !matches!(kind, TaskKind::Announce(_))).collect();
    assert_eq!(woken, [(id, INVITE)]);
    id
}

const INVITE: TaskKind = TaskKind::Invite(SignerIndex(0));

async fn invitations(platform: &Platform, id: OrderId) -> usize {
    platform.world.events(id).await.iter().filter(|event| matches!(event.what, What::Invited { .. })).count()
}

#[tokio::test]
pub async fn a_message_that_two_send_at_the_same_moment_is_noted_once() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = owing_an_invitation(&platform).await;
    let notify = || notify::notify(platform.world.fake(), &platform.world.post, id, INVITE);
    let (one, other) = tokio::join!(notify(), notify());
    one.expect("one notes it");
    other.expect("the other finds it noted");
    assert_eq!(invitations(&platform, id).await, 1);
}

#[tokio::test]
pub async fn a_message_whose_sender_dies_is_noted_once() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = owing_an_invitation(&platform).await;
    let notify = || notify::notify(platform.world.fake(), &platform.world.post, id, INVITE);
    platform.world.fake().fail("orders.commit", 1, Fault::AfterEffect);
    notify().await.expect_err("it dies right after the commit");
    notify().await.expect("the next one finds it noted");
    assert_eq!(invitations(&platform, id).await, 1);
}

#[tokio::test]
pub async fn a_sweep_that_comes_late_wakes_nobody_for_what_is_done() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    let id = owing_an_invitation(&platform).await;
    fake.advance(jiff::SignedDuration::from_mins(6));
    let mut sweep = Box::pin(segl_core::use_case::sweep::sweep(fake, segl_core::ports::Due::Task(id, INVITE)));
    run_past(&platform, &mut sweep, "tasks.task").await;
    notify::notify(fake, &platform.world.post, id, INVITE).await.expect("the invitation goes out");
    sweep.await.expect("the sweep finds it done");
    platform.settle().await;
    assert_eq!(invitations(&platform, id).await, 1);
    assert_eq!(crate::cases::mails_to(&platform.world, "signer@example.org"), 1);
}

#[tokio::test]
async fn nothing_comes_back_of_an_order_that_was_removed_while_its_document_was_read() {
    for reader_waits_at in ["orders.order", "objects.head", "objects.stream", "objects.put"] {
        let platform = Platform::new(Delivery::Prompt).await;
        let fake = platform.world.fake();
        let (id, urls) = awaiting(&platform, 1).await;
        fake.upload(&urls[0], document()).await;
        let key = StorageKey::Original(id, DocumentIndex(0));
        let mut reads = Box::pin(ingest::ingest(fake, &TwoPages, KeyKind::P256, &key));
        run_past(&platform, &mut reads, reader_waits_at).await;
        let reply = platform.world.answer(platform.world.ours.call("DELETE", &format!("/v1/orders/{id}"))).await;
        assert_eq!(reply.status, 204);
        // Whether it fails for want of the object or comes to its end: the platform delivers a failed event again.
        if reads.await.is_err() {
            ingest::ingest(fake, &TwoPages, KeyKind::P256, &key).await.expect("the repeat finds the order gone");
        }
        assert_eq!(platform.world.objects(), [""; 0], "{reader_waits_at}");
        // An upload address lives longer than the order.
        assert_eq!(fake.upload(&urls[0], document()).await, 200);
        platform.settle().await;
        assert_eq!(platform.world.objects(), [""; 0], "{reader_waits_at}, and uploaded again");
    }
}

#[tokio::test]
async fn nothing_is_kept_of_an_order_whose_other_document_cannot_be_sealed() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    let (id, urls) = awaiting(&platform, 3).await;
    fake.upload(&urls[0], document()).await;
    platform.settle().await;
    // One is being read when the next is refused; one comes after.
    fake.upload(&urls[1], document()).await;
    let key = StorageKey::Original(id, DocumentIndex(1));
    let mut reads = Box::pin(ingest::ingest(fake, &TwoPages, KeyKind::P256, &key));
    run_past(&platform, &mut reads, "objects.put").await;
    fake.upload(&urls[2], encrypted()).await;
    ingest::ingest(fake, &TwoPages, KeyKind::P256, &StorageKey::Original(id, DocumentIndex(2))).await.expect("a refusal is an outcome");
    reads.await.expect("too late is an outcome");
    assert_eq!(platform.world.objects(), [""; 0]);
    fake.upload(&urls[1], document()).await;
    platform.settle().await;

    let order = platform.world.order(id).await;
    assert!(matches!(order.state, OrderState::Failed { .. }), "{:?}", order.state);
    assert!(matches!(order.documents[2].state, DocumentState::Refused(_)));
    assert_eq!(platform.world.objects(), [""; 0]);
}

#[tokio::test]
async fn a_file_for_an_order_that_never_was_is_removed() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    let id = segl_testkit::story::order_id(fake, segl_testkit::fake::START);
    fake.put(&StorageKey::Original(id, DocumentIndex(0)), document()).await.expect("the fake stores");
    platform.settle().await;
    assert_eq!(platform.world.objects(), [""; 0]);
}

/// Two records of the stream about one event, and one about another order's, at the same moment.
#[tokio::test]
pub async fn what_two_announce_at_the_same_moment_is_published_once() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    let (one, other) = (create(&platform, &order()).await, create_another(&platform, &order()).await);
    let (a, b, c) = tokio::join!(announce(fake, one, 1), announce(fake, one, 1), announce(fake, other, 1));
    for announced in [a, b, c] {
        announced.expect("whoever comes later finds it published");
    }
    let feed = fake.feed(&OURS.parse().expect("an organization"), 0, 100).await.expect("no faults");
    let positions: Vec<_> = feed.iter().map(|message| message.position).collect();
    let orders: BTreeSet<_> = feed.iter().map(|message| message.id(&OURS.parse().expect("an organization"))).collect();
    assert_eq!((positions, orders.len()), (vec![1, 2], 2));
}

/// What is known of a receiver, and the log of a delivery, keep what each of them learnt.
#[tokio::test]
pub async fn two_tries_at_the_same_moment_are_both_counted() {
    let platform = Platform::new(Delivery::Prompt).await;
    let (fake, world) = (platform.world.fake(), &platform.world);
    let (id, _) = hook(&platform, &world.ours.clone(), HOOK).await;
    let answer = |status| fake.receive(HOOK, Reception::Answered { status, retry_at: None });
    for order in [create(&platform, &order()).await, create_another(&platform, &order()).await] {
        announce(fake, order, 1).await.expect("no faults");
    }
    let owed = fake.deliveries_to(id);
    let deliver = |number: usize| notify::deliver(&world.service, &world.post, fake, &owed[number].key);
    answer(500);
    let (one, other) = tokio::join!(deliver(0), deliver(1));
    one.and(other).expect("no faults");
    let endpoint = fake.endpoint(&world.ours.client.organization, id).await.expect("no faults").expect("is there");
    assert_eq!((owed.len(), endpoint.failures), (2, 2), "each failure is known of the receiver");

    fake.advance(jiff::SignedDuration::from_hours(1));
    for due in fake.deliveries_to(id) {
        sweep(fake, Due::Delivery(due.key)).await.expect("no faults");
    }
    let mut slow = Box::pin(deliver(0));
    run_past(&platform, &mut slow, "courier.carry").await;
    answer(200);
    deliver(0).await.expect("no faults");
    slow.await.expect("it finds that the message arrived");
    let delivery = fake.deliveries_to(id).into_iter().find(|delivery| delivery.key == owed[0].key).expect("is there");
    assert_eq!((delivery.status, delivery.attempts.len()), (TaskStatus::Done, 2), "that it arrived is not forgotten");
}

/// The second of two checkpoints of one day, made a minute later.
#[tokio::test]
pub async fn of_two_checkpoints_of_one_day_the_first_counts() {
    let platform = Platform::new(Delivery::Prompt).await;
    let fake = platform.world.fake();
    create(&platform, &order()).await;
    fake.advance(jiff::SignedDuration::from_hours(24));
    let signer = workflow_token_key();
    let key = StorageKey::Checkpoint(jiff::civil::date(2026, 1, 15));
    let read = || fake.read(&key, None, 1 << 20);
    let mut slow = Box::pin(make_due(fake, &signer));
    run_past(&platform, &mut slow, "heads.heads").await;
    make_due(fake, &signer).await.expect("no faults");
    let first = read().await.expect("no faults");
    fake.advance(jiff::SignedDuration::from_mins(1));
    slow.await.expect("it finds the day's checkpoint made");
    assert!(first.is_some() && read().await.expect("no faults") == first);
}
