//! Orders of a case system from the fetched document to the notification, through all functions and the registers over HTTP: every step
//! and every request is broken in turn. However it fails, the end is the same.

use std::cell::RefCell;
use std::sync::Arc;

use segl_core::id::OrderId;
use segl_core::order::{Dialect, OrderState};
use segl_core::ports::{Clock as _, RegisterWorks as _};
use segl_core::use_case::create::create;
use segl_testkit::registers::{Interference, Registers};
use segl_testkit::story::{Draft, system};

use crate::cases::{document, sign};
use crate::faults::every_step_fails;
use crate::platform::{Delivery, Platform};
use crate::registers::{employ, owed};
use crate::world::{OURS, World};

/// What is called on the way. A new name fails the test until somebody has thought about what its failure means.
const CALLS: [&str; 27] = [
    "attempts.failures",
    "clients.client",
    "objects.announce_again",
    "objects.append_to_copy",
    "objects.head",
    "objects.purge_evidence",
    "objects.put",
    "objects.put_new",
    "objects.put_pieces",
    "objects.read",
    "objects.read_range",
    "objects.stream",
    "objects.upload_url",
    "orders.commit",
    "orders.events",
    "orders.order",
    "register_book.register",
    "register_works.put_register_work",
    "register_works.register_work",
    "seal_key.public_key",
    "seal_key.sign",
    "tasks.due",
    "tasks.replace_task",
    "tasks.task",
    "webhooks.endpoints",
    "webhooks.feed_head",
    "webhooks.publish",
];

/// The registers of the run that is under way.
type Town = RefCell<Option<Arc<Registers>>>;

/// A cloud with an order whose document is still in the register.
async fn arrange(platform: &Platform, town: &Town) -> OrderId {
    let (registers, address) = employ(platform).await;
    let (fake, ours) = (platform.world.fake(), &platform.world.ours.client);
    let (case, urls) = registers.state().arrange(&[&document()]);
    let mut draft = Draft::new(&ours.organization, &ours.id, fake.now()).documents(1).group([system(OURS)]);
    draft.new.dialect = Dialect::Zgw;
    let order = create(fake, ours, draft.new, vec![None], None).await.expect("created").id;
    let work = owed(order, &address, &case, &urls[0]);
    fake.put_register_work(&work).await.expect("stored");
    town.replace(Some(registers));
    order
}

async fn live(platform: &Platform, id: OrderId) -> OrderId {
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    id
}

async fn check(world: &World, id: OrderId, town: &Town) {
    assert!(matches!(world.order(id).await.state, OrderState::Accepted { .. }));
    let town = town.borrow();
    let state = town.as_ref().expect("arranged").state();
    let (evidence, signed): (Vec<_>, Vec<_>) = state.documents.iter().partition(|document| document.identification.starts_with("segl-"));
    assert_eq!((evidence.len(), signed.len()), (1, 1), "one evidence document");
    assert!(evidence[0].newest().content.as_ref().is_some_and(|content| content.starts_with(b"%PDF-")));
    assert_eq!(state.relations.len(), 2, "which belongs to the case once");
    assert_eq!((signed[0].versions.len(), &signed[0].lock), (2, &None), "one new version, and no lock is left");
    let mut told = state.notifications.clone();
    told.dedup();
    assert_eq!(told.len(), 1, "never two notifications that differ");
    assert_eq!(told[0]["actie"], "OndertekenenVoltooid");
}

#[tokio::test]
async fn whatever_fails_there_is_one_new_version_one_evidence_document_and_one_notification() {
    let town = Town::default();
    every_step_fails(&CALLS, async |platform| arrange(platform, &town).await, live, async |world, id| check(world, id, &town).await).await;
}

#[tokio::test]
async fn whichever_request_to_a_register_fails_the_end_is_the_same() {
    let town = Town::default();
    let run = async |delivery, interference| {
        let platform = Platform::new(delivery).await;
        let id = arrange(&platform, &town).await;
        let registers = town.borrow().clone().expect("arranged");
        registers.state().interference = interference;
        live(&platform, id).await;
        check(&platform.world, id, &town).await;
        registers.state().heard
    };
    let requests = run(Delivery::Prompt, None).await;
    assert!(requests >= 12, "{requests}");
    for number in 1..=requests {
        for way in [Interference::Unheard, Interference::Lost, Interference::Refused(500), Interference::Refused(429)] {
            for delivery in [Delivery::Prompt, Delivery::LosesTheFirst] {
                eprintln!("request {number}, {way:?}, {delivery:?}");
                run(delivery, Some((number, way))).await;
            }
        }
    }
}
