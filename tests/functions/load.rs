//! Many orders at once, from creation to the seal: none is lost, and none is done twice. `tests/bench/throughput.rs` measures with it.
//!
//! Each order goes through the functions as the platform would call them: `create-order` by a request, `ingest` by the document's
//! arrival, `system-sign` by two requests of each of two systems, `seal` by the task that is owed. Storage and keys are in memory: what
//! takes time is our own work, with two signatures on P-256 and the check of each seal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ingest::ingest;
use lambda_http::http::StatusCode;
use seal::{Seal, seal};
use segl_core::event::{What, verify_chain};
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_lambda::call::Call;
use segl_sealing::KeyKind;
use segl_testkit::fake::TokenKey;
use serde_json::{Value, json};

use crate::world::{Credential, OURS, Shared, THEIRS, TwoPages, World, json_of};

/// What all orders share.
struct Load {
    world: World,
    seal: Seal<Shared, TokenKey>,
    order: Value,
}

/// Brings so many orders to their end, so many at a time, and checks every one. Answers how long they took, without the checks.
pub async fn run(orders: usize, at_once: usize) -> Duration {
    let world = World::new().await;
    let seal = Seal::load(world.fake(), Shared(world.service.clone()), world.tokens(), world.post.zone.clone()).await.expect("a seal");
    let document = STANDARD.encode(segl_tests::pdf::one_page("Purchase agreement", 0));
    let order = json!({
        "title": "Purchase agreement",
        "documents": [{"title": "Agreement", "content_base64": document}],
        "signers": [{"type": "system", "organization": OURS}, {"type": "system", "organization": THEIRS}],
    });
    let load = Arc::new(Load { world, seal, order });
    let begun = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let workers: Vec<_> = (0..at_once)
        .map(|_| {
            let (load, begun) = (load.clone(), begun.clone());
            tokio::spawn(async move {
                while begun.fetch_add(1, Ordering::Relaxed) < orders {
                    load.one().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("every step is answered as it should be");
    }
    let elapsed = start.elapsed();
    load.check(orders).await;
    elapsed
}

impl Load {
    /// One order, as the platform and its callers would have it.
    async fn one(&self) {
        let ports = self.world.fake();
        let created = self.expect(StatusCode::CREATED, self.world.ours.json("POST", "/v1/orders", &self.order)).await;
        let id: OrderId = created["id"].as_str().expect("an id").parse().expect("an id");
        ingest(ports, &TwoPages, KeyKind::P256, &StorageKey::Original(id, DocumentIndex(0))).await.expect("the document is read");
        self.sign(&self.world.ours, id).await;
        self.sign(&self.world.theirs, id).await;
        seal(ports, &self.seal, id, TaskKind::Seal).await.expect("the order is sealed");
    }

    async fn sign(&self, system: &Credential, id: OrderId) {
        let request = self.expect(StatusCode::OK, system.call("GET", &format!("/v1/orders/{id}/signature-request"))).await;
        let body = json!({"decision": "sign", "digests": request["digests"], "claims": {"rule": "below the limit"}});
        self.expect(StatusCode::OK, system.json("POST", &format!("/v1/orders/{id}/signatures"), &body)).await;
    }

    async fn expect(&self, status: StatusCode, call: Call) -> Value {
        let reply = self.world.answer(call).await;
        assert_eq!(reply.status, status, "{}", String::from_utf8_lossy(&reply.body));
        json_of(&reply)
    }

    async fn check(&self, orders: usize) {
        let fake = self.world.fake();
        let ids = fake.order_ids();
        assert_eq!(ids.len(), orders, "no order is lost, none is there twice");
        let told: Vec<_> = fake.take_wake_ups();
        assert_eq!(told.iter().filter(|(_, kind)| *kind == TaskKind::Seal).count(), orders, "each is to be sealed once");
        for id in ids {
            let (order, events) = (self.world.order(id).await, self.world.events(id).await);
            verify_chain(id, &events, &order.chain).expect("the audit trail verifies");
            assert!(matches!(&order.state, OrderState::Accepted { sealed, .. } if sealed.len() == 1), "{:?}", order.state);
            let count = |wanted: fn(&What) -> bool| events.iter().filter(|event| wanted(&event.what)).count();
            assert_eq!(count(|what| matches!(what, What::Signed { .. })), 2, "{id}: signatures");
            assert_eq!(count(|what| matches!(what, What::Sealed { .. })), 1, "{id}: seals");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_orders_at_once_all_come_to_their_end() {
    run(60, 20).await;
}
