//! How else an order can end, with every step on the way broken in turn: deleted, declined, cancelled, expired, and failed because its
//! document can never be sealed.

use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use segl_core::event::{What, verify_chain};
use segl_core::id::OrderId;
use segl_core::order::OrderState;
use segl_core::task::TaskStatus;
use segl_lambda::reply::Reply;
use segl_testkit::contract::Http as _;
use serde_json::{Value, json};

use crate::cases::{create, decide, encrypted, mails_to, order, sign};
use crate::faults::every_step_fails;
use crate::platform::Platform;
use crate::world::{World, json_of};

const CREATOR: &str = "creator@example.org";

/// What every story calls.
const ALWAYS: [&str; 5] = ["attempts.failures", "clients.client", "orders.commit", "orders.order", "tasks.task"];

/// What announces an event to the organization's systems.
const ANNOUNCED: [&str; 4] = ["orders.events", "webhooks.endpoints", "webhooks.feed_head", "webhooks.publish"];

fn calls(more: &[&'static str]) -> Vec<&'static str> {
    ALWAYS.iter().chain(&ANNOUNCED).chain(more).copied().collect()
}

async fn pending(platform: &Platform, more: Value) -> OrderId {
    let mut body = order();
    body["creator"] = json!({"email": CREATOR});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let id = create(platform, &body).await;
    platform.wait_for(id, "pending").await;
    id
}

async fn accepted(platform: &Platform) -> OrderId {
    let id = pending(platform, json!({})).await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    id
}

async fn delete(platform: &Platform, id: OrderId) -> OrderId {
    let call = platform.world.ours.call("DELETE", &format!("/v1/orders/{id}"));
    platform.insist_on("the deletion", &call, StatusCode::NO_CONTENT).await;
    platform.wait_for_tasks(id).await;
    id
}

/// Waits until the order has that time.
async fn wait_until(platform: &Platform, id: OrderId, member: &str) {
    let call = platform.world.ours.call("GET", &format!("/v1/orders/{id}"));
    platform.insist(member, &call, |reply| json_of(reply)[member].is_string().then_some(())).await;
}

#[tokio::test]
async fn a_pending_order_is_deleted_whatever_fails() {
    let calls = calls(&["objects.purge", "tasks.due", "tasks.replace_task"]);
    every_step_fails(
        &calls,
        async |platform| pending(platform, json!({})).await,
        delete,
        async |world, id| {
            ended(world, id, &[("cancelled", 1), ("erased", 1)]).await;
            assert_erased(world, id).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_accepted_order_is_deleted_whatever_fails() {
    // It has ended already, which was announced: there is nothing more to tell others.
    let calls: Vec<_> = ALWAYS.into_iter().chain(["objects.purge"]).collect();
    every_step_fails(&calls, accepted, delete, async |world, id| {
        ended(world, id, &[("accepted", 1), ("erased", 1)]).await;
        assert_erased(world, id).await;
    })
    .await;
}

#[tokio::test]
pub async fn an_order_expires_and_its_retention_ends_whatever_fails() {
    let calls = calls(&["mailer.send_mail", "objects.purge", "tasks.due", "tasks.replace_task"]);
    let act = async |platform: &Platform, id| {
        platform.world.fake().advance(SignedDuration::from_hours(30 * 24));
        platform.sweep().await;
        wait_until(platform, id, "ended_at").await;
        platform.wait_for_tasks(id).await;
        platform.world.fake().advance(SignedDuration::from_hours(24));
        platform.sweep().await;
        wait_until(platform, id, "erased_at").await;
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(
        &calls,
        async |platform| pending(platform, json!({"retention_days": 1})).await,
        act,
        async |world, id| {
            ended(world, id, &[("expired", 1), ("erased", 1)]).await;
            assert_erased(world, id).await;
            assert!(mails_to(world, CREATOR) >= 1, "the creator was told");
        },
    )
    .await;
}

#[tokio::test]
pub async fn a_system_declines_whatever_fails() {
    let calls = calls(&["mailer.send_mail", "tasks.due", "tasks.replace_task"]);
    let act = async |platform: &Platform, id| {
        decide(platform, &platform.world.ours, id, &json!({"decision": "decline", "reason": "Price too high"})).await;
        platform.wait_for(id, "rejected").await;
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(
        &calls,
        async |platform| pending(platform, json!({})).await,
        act,
        async |world, id| {
            ended(world, id, &[("declined", 1), ("rejected", 1)]).await;
            assert!(mails_to(world, CREATOR) >= 1, "the creator was told");
        },
    )
    .await;
}

#[tokio::test]
async fn an_order_is_cancelled_whatever_fails() {
    let calls = calls(&["mailer.send_mail", "tasks.due", "tasks.replace_task"]);
    let act = async |platform: &Platform, id| {
        let call = platform.world.ours.call("POST", &format!("/v1/orders/{id}/cancel"));
        // Who is told that it has ended already is content: the answer to the first try was lost.
        let cancelled = |reply: &Reply| matches!(reply.status.as_u16(), 200 | 409).then_some(());
        platform.insist("the cancellation", &call, cancelled).await;
        platform.wait_for(id, "cancelled").await;
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(
        &calls,
        async |platform| pending(platform, json!({})).await,
        act,
        async |world, id| {
            ended(world, id, &[("cancelled", 1)]).await;
            assert!(mails_to(world, CREATOR) >= 1, "the creator was told");
        },
    )
    .await;
}

#[tokio::test]
async fn a_document_that_cannot_be_sealed_fails_its_order_whatever_fails() {
    let calls = calls(&[
        "mailer.send_mail",
        "objects.announce_again",
        "objects.head",
        "objects.purge",
        "objects.stream",
        "objects.upload_url",
        "orders.idempotency",
        "organizations.retention",
        "tasks.due",
        "tasks.replace_task",
    ]);
    let locked = encrypted();
    let act = async |platform: &Platform, ()| {
        let mut body = order();
        body["creator"] = json!({"email": CREATOR});
        body["documents"] = json!([{"title": "Agreement"}]);
        let id = create(platform, &body).await;
        let call = platform.world.ours.call("GET", &format!("/v1/orders/{id}"));
        let address = |reply: &Reply| json_of(reply)["documents"][0]["upload"]["url"].as_str().map(str::to_owned);
        let url = platform.insist("an address", &call, address).await;
        assert_eq!(platform.world.fake().upload(&url, locked.clone()).await, 200);
        let order = platform.wait_for(id, "failed").await;
        assert!(order["reason"].to_string().contains("password"), "the creator can read why: {order}");
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(
        &calls,
        async |_| (),
        act,
        async |world, id| {
            ended(world, id, &[("document-refused", 1), ("failed", 1)]).await;
            assert_eq!(world.objects(), [""; 0], "what can never be sealed is not kept");
            assert!(mails_to(world, CREATOR) >= 1, "the creator was told");
        },
    )
    .await;
}

/// Asserts that the trail verifies, that nothing is owed, and how often each of these events is there.
async fn ended(world: &World, id: OrderId, expected: &[(&str, usize)]) {
    let order = world.order(id).await;
    let events = world.events(id).await;
    verify_chain(id, &events, &order.chain).expect("the audit trail verifies");
    for (name, times) in expected {
        let found = events.iter().filter(|event| serde_json::to_value(&event.what).expect("an event is JSON")["type"] == *name).count();
        assert_eq!(found, *times, "{name}: {events:#?}");
    }
    let ends =
        |what: &What| matches!(what, What::Accepted {} | What::Rejected {} | What::Cancelled {} | What::Expired {} | What::Failed { .. });
    assert_eq!(events.iter().filter(|event| ends(&event.what)).count(), 1, "an order ends once: {events:#?}");
    assert!(!matches!(order.state, OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. }));
    let tasks = world.fake().tasks_of(id);
    assert!(tasks.iter().all(|task| task.status == TaskStatus::Done), "{tasks:?}");
}

async fn assert_erased(world: &World, id: OrderId) {
    let order = world.order(id).await;
    assert!(order.erased_at.is_some() && order.creator.is_none());
    assert_eq!(world.objects(), [""; 0], "no object is left");
}
