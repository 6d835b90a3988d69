//! Seals above B-B, with every step broken in turn: what is asked of authorities, and what is stored and committed while a seal is made,
//! climbs, and is renewed.

use jiff::SignedDuration;
use segl_core::document::{Level, SealedDocument};
use segl_core::event::{What, verify_chain};
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::OrderState;
use segl_core::ports::{Objects as _, Tasks as _};
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_sealing::{Policy, verify};
use serde_json::json;

use crate::authorities::Authorities;
use crate::cases::{create, order, sign};
use crate::faults::every_step_fails;
use crate::platform::Platform;
use crate::world::{World, authority};

/// What every story calls: whom a seal of the highest level asks, and who keeps it.
const ALWAYS: [&str; 12] = [
    "authorities.revocation_list",
    "authorities.time_stamp",
    "objects.append_to_copy",
    "objects.head",
    "objects.put",
    "objects.read",
    "orders.commit",
    "orders.events",
    "orders.order",
    "tasks.due",
    "tasks.replace_task",
    "tasks.task",
];

/// What announces an event to the organization's systems.
const ANNOUNCED: [&str; 3] = ["webhooks.endpoints", "webhooks.feed_head", "webhooks.publish"];

fn calls(more: &[&'static str]) -> Vec<&'static str> {
    ALWAYS.iter().chain(&ANNOUNCED).chain(more).copied().collect()
}

/// An order for an archive that waits for its signature.
async fn pending(platform: &Platform) -> OrderId {
    let mut request = order();
    request["seal"] = json!({"level": "B-LTA", "appearance": "none"});
    let id = create(platform, &request).await;
    platform.wait_for(id, "pending").await;
    id
}

/// How the only document is sealed; none before it is.
fn sealed(world: &World, id: OrderId) -> Option<SealedDocument> {
    match &world.fake().order_untold(id)?.state {
        OrderState::Accepted { sealed, .. } => sealed.first().cloned(),
        _ => None,
    }
}

/// Lets time pass until the seal is what was asked for, and nothing is owed but its renewal.
async fn archived(platform: &Platform, id: OrderId) -> SealedDocument {
    platform.settle().await;
    for _ in 0..200 {
        let open: Vec<_> = platform.world.fake().tasks_of(id).into_iter().filter(|task| task.is_open()).map(|task| task.kind).collect();
        match sealed(&platform.world, id) {
            Some(sealed) if sealed.level == Level::BLta && open == [TaskKind::Renew] => return sealed,
            _ => platform.sweep().await,
        }
    }
    panic!("it never climbed: {:?}", platform.world.fake().tasks_of(id));
}

#[tokio::test]
async fn whatever_fails_the_seal_reaches_its_level() {
    let authorities = Authorities::start().await;
    let prepare = async |platform: &Platform| {
        authorities.attend(platform).await;
        let id = pending(platform).await;
        platform.settle().await;
        sign(platform, &platform.world.ours, id).await;
        id
    };
    let act = async |platform: &Platform, id: OrderId| {
        archived(platform, id).await;
        id
    };
    let more = ["seal_key.public_key", "seal_key.sign"];
    every_step_fails(&calls(&more), prepare, act, async |world, id| check(world, id, 0).await).await;
}

#[tokio::test]
async fn whatever_fails_a_seal_that_fell_short_climbs_and_is_renewed() {
    let authorities = Authorities::start().await;
    let prepare = async |platform: &Platform| {
        authorities.attend(platform).await;
        authorities.set_down(true);
        let id = pending(platform).await;
        sign(platform, &platform.world.ours, id).await;
        platform.wait_for(id, "accepted").await;
        for _ in 0..2 {
            platform.sweep().await;
        }
        assert_eq!(sealed(&platform.world, id).map(|sealed| sealed.level), Some(Level::BB));
        authorities.set_down(false);
        id
    };
    let act = async |platform: &Platform, id: OrderId| {
        let first = archived(platform, id).await;
        let fake = platform.world.fake();
        let due = fake.tasks_of(id).into_iter().find(|task| task.kind == TaskKind::Renew).and_then(|task| task.due);
        fake.set_now(due.expect("an open task is due") + SignedDuration::from_mins(1));
        for _ in 0..200 {
            if archived(platform, id).await.attempt != first.attempt {
                return id;
            }
            platform.sweep().await;
        }
        panic!("it was never renewed: {:?}", fake.tasks_of(id));
    };
    // The list that was fetched for the seal tells of the authority, too; without it, its responder is asked.
    // A day after it climbed, what its attempts left behind is looked for.
    let more = ["authorities.status", "objects.listed", "objects.retire"];
    every_step_fails(&calls(&more), prepare, act, async |world, id| check(world, id, 1).await).await;
}

async fn check(world: &World, id: OrderId, renewals: usize) {
    let fake = world.fake();
    let order = world.order(id).await;
    let events = world.events(id).await;
    verify_chain(id, &events, &order.chain).expect("the audit trail verifies");
    let OrderState::Accepted { sealed, .. } = &order.state else { panic!("{:?}", order.state) };
    let [sealed] = sealed.as_slice() else { panic!("one document: {sealed:?}") };
    assert_eq!((sealed.level, &sealed.shortfall), (Level::BLta, &None));

    let told = events.iter().filter_map(|event| match &event.what {
        What::Sealed { level, .. } | What::SealUpgraded { level, .. } => Some(*level),
        _ => None,
    });
    let levels: Vec<_> = told.collect();
    assert!(levels.is_sorted_by(|before, after| before < after), "each step up is told once: {levels:?}");
    assert_eq!(levels.last(), Some(&Level::BLta));
    let count = |wanted: fn(&What) -> bool| events.iter().filter(|event| wanted(&event.what)).count();
    assert_eq!(count(|what| matches!(what, What::SealRenewed { .. })), renewals);
    assert_eq!(count(|what| matches!(what, What::Accepted {})), 1);

    let key = StorageKey::Sealed(id, DocumentIndex(0), sealed.attempt.clone());
    let file = fake.read(&key, Some(&sealed.object.version), u64::MAX).await.expect("no faults").expect("it is there");
    assert_eq!((Sha256::of(&file), file.len() as u64), (sealed.sha256, sealed.size));
    let anchors = [authority().root()];
    let report = verify(&file, &Policy::new(segl_core::ports::Clock::now(fake), &anchors)).expect("can be read");
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.signatures[0].level, Some(segl_sealing::Level::BLTA), "{report:?}");
    assert!(fake.task(id, TaskKind::Renew).await.expect("no faults").is_some_and(|task| task.is_open()), "it will be renewed again");
}
