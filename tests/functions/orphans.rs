//! What attempts leave behind that do not count: it goes a day after the order has ended, and nothing else does.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::ports::Objects as _;
use segl_core::storage_key::StorageKey;
use segl_testkit::story;

use crate::cases::{create, order, sign};
use crate::evidence::evidence;
use crate::faults::every_step_fails;
use crate::platform::{Delivery, Platform};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An order that is sealed and of which evidence was made.
async fn accepted(platform: &Platform) -> OrderId {
    let id = create(platform, &order()).await;
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    evidence(platform, id, ".pdf").await;
    platform.wait_for_tasks(id).await;
    id
}

/// What may lie there of attempts that lost: of a seal, of the reading of a file that was replaced, and of evidence of how things were.
fn orphans(id: OrderId) -> [StorageKey; 6] {
    let (first, other) = (DocumentIndex(0), Sha256::of(b"a file that was replaced"));
    [
        StorageKey::Sealed(id, first, story::attempt(7)),
        StorageKey::SealedPlan(id, first, story::attempt(7)),
        StorageKey::Plan(id, first, other),
        StorageKey::PageList(id, first, other),
        StorageKey::PageImage(id, first, other, 0),
        StorageKey::Evidence(id, other),
    ]
}

async fn leave_behind(platform: &Platform, keys: &[StorageKey]) {
    for key in keys {
        platform.world.fake().put_new(key, b"left behind".to_vec()).await.expect("no fault yet");
    }
}

fn objects(platform: &Platform) -> BTreeSet<String> {
    platform.world.objects().into_iter().collect()
}

/// Sweeps until storage was tidied.
async fn wait_until_tidy(platform: &Platform, id: OrderId) {
    for _ in 0..500 {
        if platform.world.fake().order_untold(id).is_some_and(|order| order.tidy_at.is_none()) {
            return;
        }
        platform.sweep().await;
    }
    panic!("never tidied");
}

#[tokio::test]
async fn what_does_not_count_goes_a_day_later_whatever_fails() {
    let calls = ["objects.listed", "objects.remove", "orders.commit", "orders.order", "tasks.due"];
    let prepare = async |platform: &Platform| {
        let id = accepted(platform).await;
        leave_behind(platform, &orphans(id)).await;
        platform.world.fake().advance(DAY);
        id
    };
    let act = async |platform: &Platform, id| {
        wait_until_tidy(platform, id).await;
        id
    };
    every_step_fails(&calls, prepare, act, async |world, id| {
        let order = world.order(id).await;
        let left: Vec<StorageKey> = world.objects().iter().filter_map(|name| name.parse().ok()).collect();
        let its: Vec<_> =
            left.iter().filter(|key| StorageKey::prefixes(id).iter().any(|prefix| key.to_string().starts_with(prefix))).collect();
        assert!(its.iter().all(|key| order.refers_to(key)), "{its:?}");
        // The original, its plan, its page images with their list, the sealed document, its plan, and the evidence.
        let areas: BTreeSet<_> = its.iter().map(|key| key.to_string().split('/').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(areas.into_iter().collect::<Vec<_>>(), ["evidence", "originals", "plans", "previews", "sealed"]);
        let sealed = world.answer(world.ours.call("GET", &format!("/v1/orders/{id}/documents/0/sealed"))).await;
        assert_eq!(sealed.status, StatusCode::OK, "the seal that counts is there");
    })
    .await;
}

#[tokio::test]
async fn what_counts_stays_and_what_is_young_waits_another_day() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    let counts = objects(&platform);
    platform.world.fake().advance(DAY - SignedDuration::from_mins(30));
    // An attempt may be under way that wrote these and has not committed yet.
    leave_behind(&platform, &orphans(id)).await;
    platform.world.fake().advance(SignedDuration::from_mins(31));
    platform.sweep().await;
    assert_eq!(objects(&platform).len(), counts.len() + orphans(id).len(), "what is young stays");
    assert!(platform.world.order(id).await.tidy_at.is_some(), "and is looked at again");
    platform.world.fake().advance(DAY);
    platform.sweep().await;
    assert_eq!(objects(&platform), counts);
    assert!(platform.world.order(id).await.tidy_at.is_none());
}

/// The seal's function dies after each of its steps: whatever that leaves is gone a day later.
#[tokio::test]
async fn no_death_of_the_seal_leaves_anything_for_ever() {
    let signed = async || {
        let platform = Platform::new(Delivery::Prompt).await;
        let id = create(&platform, &order()).await;
        platform.wait_for(id, "pending").await;
        platform.world.fake().clear_journal();
        (platform, id)
    };
    let finish = async |platform: &Platform, id| {
        sign(platform, &platform.world.ours, id).await;
        platform.wait_for(id, "accepted").await;
        platform.wait_for_tasks(id).await;
    };
    let (plain, id) = signed().await;
    finish(&plain, id).await;
    let counts = objects(&plain).len();
    let steps = plain.world.fake().journal().len();
    let mut left_behind = 0;
    for step in 1..=steps {
        let (platform, id) = signed().await;
        platform.kill_after(step);
        finish(&platform, id).await;
        left_behind += objects(&platform).len() - counts;
        platform.world.fake().advance(DAY);
        wait_until_tidy(&platform, id).await;
        assert_eq!(objects(&platform).len(), counts, "killed after step {step}");
    }
    assert!(left_behind > 0, "some deaths leave something, or this shows nothing");
}

#[tokio::test]
async fn while_an_order_is_held_nothing_of_it_goes() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    leave_behind(&platform, &orphans(id)).await;
    let all = objects(&platform);
    for (act, stays) in [("hold", true), ("release", false)] {
        let call = platform.world.ours.json("POST", &format!("/v1/orders/{id}/{act}"), &serde_json::json!({}));
        assert_eq!(platform.world.answer(call).await.status, StatusCode::OK, "{act}");
        platform.world.fake().advance(DAY * 2);
        platform.sweep().await;
        assert_eq!(objects(&platform).is_superset(&all), stays, "{act}");
    }
}
