//! What the cloud does around the functions: it wakes them, delivers again, keeps a schedule, and now and then kills one.
//!
//! Callers are here, too: they repeat a request that got no answer or a 5xx one, as the API tells them to.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;

use ::registers::Office;
use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use seal::Seal;
use segl_core::id::OrderId;
use segl_core::storage_key::StorageKey;
use segl_core::task::{Consumer, TaskKind};
use segl_core::webhook::DeliveryKey;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_registers::fetch::fetch;
use segl_registers::work::tell_register;
use segl_sealing::KeyKind;
use segl_testkit::fake::TokenKey;
use segl_testkit::registers::Registers;
use serde_json::Value;

use crate::authorities::{Asker, Authorities};
use crate::registers::Secret;
use crate::world::{Painter, Shared, TwoPages, World, json_of};

/// How long a scheduled sweep waits for the next. Longer than a task may stay ready, so that each finds what was lost before.
const BETWEEN_SWEEPS: SignedDuration = SignedDuration::from_mins(6);
/// After so many sweeps without what is waited for, an order counts as stuck.
const STUCK: usize = 150;

/// How reliably wake-ups arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// At once, and again where the function failed.
    Prompt,
    /// The first of each kind never arrives, and none is repeated: only the agenda helps.
    LosesTheFirst,
}

/// The cloud around a world.
pub struct Platform {
    /// What runs in it.
    pub world: World,
    delivery: Delivery,
    lost: RefCell<BTreeSet<String>>,
    /// Whether pages are really drawn.
    pub draws: bool,
    /// What a warm instance of `seal` holds.
    seal: RefCell<Option<Seal<Shared, TokenKey, Asker>>>,
    /// Who helps with seals above B-B; nobody, where nothing is said.
    pub authorities: RefCell<Option<Arc<Authorities>>>,
    /// What a warm instance of `registers` holds, where the world has a register.
    pub office: OnceCell<Office<Secret>>,
    /// The registers themselves, whose clock goes with the cloud's.
    pub registers: OnceCell<Arc<Registers>>,
    /// After how many calls of ports in all the running function dies.
    dies_after: Cell<Option<usize>>,
    /// After how many further sweeps all ports work again.
    heals_after: Cell<usize>,
}

enum WakeUp {
    Arrival(StorageKey),
    Task(OrderId, TaskKind),
    Delivery(DeliveryKey),
}

impl Platform {
    /// A cloud with nothing in it.
    pub async fn new(delivery: Delivery) -> Self {
        Self::around(World::new().await, delivery)
    }

    /// A cloud around a world.
    pub fn around(world: World, delivery: Delivery) -> Self {
        Self {
            world,
            delivery,
            draws: false,
            lost: RefCell::default(),
            seal: RefCell::default(),
            authorities: RefCell::default(),
            office: OnceCell::new(),
            registers: OnceCell::new(),
            dies_after: Cell::default(),
            heals_after: Cell::new(usize::MAX),
        }
    }

    /// Lets whatever runs then die when the journal has `calls` entries: after the effect of that call, before anything else.
    pub fn kill_after(&self, calls: usize) {
        self.dies_after.set(Some(calls));
    }

    /// Ends an outage after so many sweeps.
    pub fn heal_after(&self, sweeps: usize) {
        self.heals_after.set(sweeps);
    }

    /// Runs one invocation; none when it died on the way. Each call of a port yields before it takes effect, so that what is dropped
    /// between two polls is what a killed process would not have done.
    async fn invoke<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = Box::pin(work);
        std::future::poll_fn(|context| {
            let polled = work.as_mut().poll(context);
            let calls = self.world.fake().journal().len();
            match self.dies_after.get() {
                Some(last) if calls >= last => {
                    self.dies_after.set(None);
                    // The next instance starts cold.
                    Poll::Ready(None)
                }
                _ => polled.map(Some),
            }
        })
        .await
    }

    /// Delivers all that there is to be told, and what follows from it.
    pub async fn settle(&self) {
        loop {
            let fake = self.world.fake();
            let arrivals = fake.take_arrivals().into_iter().map(|arrival| arrival.key);
            // The bucket tells of originals only.
            let arrivals = arrivals.filter(|key| matches!(key, StorageKey::Original(..))).map(WakeUp::Arrival);
            let tasks = fake.take_wake_ups().into_iter().map(|(order, kind)| WakeUp::Task(order, kind));
            let deliveries = fake.take_deliveries().into_iter().map(WakeUp::Delivery);
            let all: Vec<_> = arrivals.chain(tasks).chain(deliveries).collect();
            if all.is_empty() {
                return;
            }
            for one in &all {
                self.deliver(one).await;
            }
        }
    }

    async fn deliver(&self, wake_up: &WakeUp) {
        let tries = match self.delivery {
            Delivery::Prompt => 3,
            Delivery::LosesTheFirst if self.lost.borrow_mut().insert(wake_up.name()) => 0,
            Delivery::LosesTheFirst => 1,
        };
        for _ in 0..tries {
            if self.wake(wake_up).await {
                return;
            }
        }
    }

    /// Whether the function came to its end without an error.
    async fn wake(&self, wake_up: &WakeUp) -> bool {
        let ports = self.world.fake();
        match wake_up {
            WakeUp::Arrival(key) if self.draws => {
                matches!(self.invoke(ingest::ingest(ports, &Painter, KeyKind::P256, key)).await, Some(Ok(())))
            }
            WakeUp::Arrival(key) => matches!(self.invoke(ingest::ingest(ports, &TwoPages, KeyKind::P256, key)).await, Some(Ok(()))),
            WakeUp::Delivery(key) => {
                matches!(self.invoke(notify::deliver(&self.world.service, &self.world.post, ports, key)).await, Some(Ok(())))
            }
            WakeUp::Task(order, kind) => match kind.consumer() {
                Consumer::Seal => self.seal(*order, *kind).await,
                Consumer::Notify => matches!(self.invoke(notify::notify(ports, &self.world.post, *order, *kind)).await, Some(Ok(()))),
                Consumer::Registers => match (self.office.get(), kind) {
                    (Some(office), TaskKind::TellRegister) => {
                        let open = office.with(ports);
                        let work = tell_register(ports, &open, &self.world.post.zone, *order);
                        matches!(self.invoke(work).await, Some(Ok(())))
                    }
                    (Some(office), TaskKind::Fetch(document)) => {
                        matches!(self.invoke(fetch(ports, &office.with(ports), *order, *document)).await, Some(Ok(())))
                    }
                    _ => true,
                },
                // The stream's filters let through nothing for `expire`.
                Consumer::Expire => true,
            },
        }
    }

    async fn seal(&self, order: OrderId, kind: TaskKind) -> bool {
        let ports = self.world.fake();
        let warm = self.seal.take();
        let work = async {
            let ready = match warm {
                Some(ready) => ready,
                None => {
                    let (world, authorities) = (Shared(self.world.service.clone()), self.authorities.borrow().clone());
                    let seal = Seal::load(ports, world.clone(), self.world.tokens(), self.world.post.zone.clone()).await.ok()?;
                    let stamps = authorities.iter().map(|authorities| authorities.time_stamps()).collect();
                    seal.with_proof(self.world.proof()).with_authorities(stamps, Asker { world, authorities })
                }
            };
            let outcome = seal::seal(ports, &ready, order, kind).await;
            Some((ready, outcome))
        };
        match self.invoke(work).await.flatten() {
            Some((ready, outcome)) => {
                self.seal.replace(Some(ready));
                outcome.is_ok()
            }
            None => false,
        }
    }

    /// Time passes, the schedule sweeps, and what it woke is done.
    pub async fn sweep(&self) {
        let fake = self.world.fake();
        fake.advance(BETWEEN_SWEEPS);
        if let Some(registers) = self.registers.get() {
            registers.state().now = segl_core::ports::Clock::now(fake);
        }
        match self.heals_after.get() {
            0 => fake.heal(),
            left => self.heals_after.set(left - 1),
        }
        // A sweep that fails is not repeated: the next one follows.
        let _ = self.invoke(expire::sweep_all(fake)).await;
        self.settle().await;
    }

    /// Sends a request until `done` makes something of the answer. An answer of 5xx, or none, is no answer.
    pub async fn insist<T>(&self, what: &str, call: &Call, done: impl Fn(&Reply) -> Option<T>) -> T {
        for tries in 0..STUCK {
            let reply = self.invoke(self.world.answer(call.clone())).await;
            if let Some(done) = reply.as_ref().filter(|reply| !reply.status.is_server_error()).and_then(&done) {
                return done;
            }
            // One more try at once; then callers wait.
            if tries > 0 {
                self.sweep().await;
            }
        }
        panic!("{what}: never came");
    }

    /// Sends a request until it is answered with that status. Any other answer but 5xx is wrong.
    pub async fn insist_on(&self, what: &str, call: &Call, status: StatusCode) -> Reply {
        self.insist(what, call, |reply| {
            assert_eq!(reply.status, status, "{what}: {}", String::from_utf8_lossy(&reply.body));
            Some(reply.clone())
        })
        .await
    }

    /// Waits until the order's creator sees it in a state.
    pub async fn wait_for(&self, id: OrderId, state: &str) -> Value {
        self.settle().await;
        let call = self.world.ours.call("GET", &format!("/v1/orders/{id}"));
        self.insist(state, &call, |reply| {
            let order = json_of(reply);
            (order["state"] == state).then_some(order)
        })
        .await
    }

    /// Waits until nothing is owed any more.
    pub async fn wait_for_tasks(&self, id: OrderId) {
        self.settle().await;
        for _ in 0..STUCK {
            if self.world.fake().tasks_of(id).iter().all(|task| !task.is_open()) {
                return;
            }
            self.sweep().await;
        }
        panic!("never done: {:?}", self.world.fake().tasks_of(id));
    }

    /// Waits until a mail to `address` has a personal link, and answers the newest one's path.
    pub async fn link_for(&self, address: &str) -> String {
        for _ in 0..STUCK {
            let mails = self.world.fake().mails();
            let newest = mails.iter().rev().find(|(to, _)| to.as_str() == address);
            if let Some(at) = newest.and_then(|(_, message)| Some(message.text.find("/sign/").map(|at| &message.text[at..])?.to_owned())) {
                return at.lines().next().unwrap_or_default().to_owned();
            }
            self.sweep().await;
        }
        panic!("no link for {address}");
    }
}

impl WakeUp {
    fn name(&self) -> String {
        match self {
            Self::Arrival(key) => key.to_string(),
            Self::Task(order, kind) => format!("{order} {kind}"),
            Self::Delivery(key) => format!("{} {}", key.endpoint, key.position),
        }
    }
}
