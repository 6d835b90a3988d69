//! Every port, in memory.
//!
//! The fake keeps to the contracts and enforces what callers owe: it panics when a change skips a version, and refuses a transaction
//! that a real store would refuse for its size. Each call lets other futures run first, so that joined futures really interleave.

mod authorities;
mod defect;
mod keys;
mod messages;
mod objects;
mod orders;
mod people;
mod registers;
mod tasks;
mod tokens;
mod webhooks;

pub use defect::Defect;
pub use tokens::TokenKey;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::SigningKey;
use segl_core::attempts::Failures;
use segl_core::client::Client;
use segl_core::event::{ChainHead, Event};
use segl_core::id::{ClientId, OrderId, OrganizationId, Sha256};
use segl_core::jwk::PublicKey;
use segl_core::logged_in::LoggedIn;
use segl_core::order::Order;
use segl_core::ports::{Answer, Clock, Contact, Entropy, Letter, Link, Message, PortError};
use segl_core::register::{RegisterName, RegisterWork};
use segl_core::register_settings::RegisterSettings;
use segl_core::root_key::RootKey;
use segl_core::signer::{DirectoryKey, Email, Mobile, NationalId, Person};
use segl_core::storage_key::StorageKey;
use segl_core::task::{Task, TaskKind};
use segl_core::transition::Idempotency;
use segl_core::webhook::{Delivery, DeliveryKey, Endpoint, EndpointId, Message as FeedMessage, Reception};

/// What a fresh fake's clock shows: 2026-01-15T09:00:00Z.
pub const START: Timestamp = Timestamp::constant(1_768_467_600, 0);

/// Every port, in memory. See the module.
pub struct Fake {
    inner: Mutex<Inner>,
    seal_key: SigningKey,
    root_key: [u8; 32],
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has no effect and answers [`PortError::Unavailable`].
    BeforeEffect,
    /// It takes effect and answers [`PortError::Unavailable`] all the same: failed, but persisted.
    AfterEffect,
    /// It has no effect and answers [`PortError::Rejected`].
    Rejected,
}

/// The cause of an injected failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fault was injected into {0}")]
pub struct Injected(pub &'static str);

/// That an object came, as storage tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The object's name.
    pub key: StorageKey,
    /// The version that came.
    pub version: String,
}

struct Inner {
    now: Timestamp,
    seed: u64,
    drawn: u64,
    journal: Vec<&'static str>,
    rules: Vec<Rule>,
    world: World,
}

/// Fails the call that `left` counts down to, or all of them.
struct Rule {
    call: Option<&'static str>,
    left: Option<usize>,
    fault: Fault,
}

/// All that is stored.
#[derive(Default)]
struct World {
    defect: Option<Defect>,
    orders: BTreeMap<OrderId, Order>,
    events: BTreeMap<(OrderId, u64), Event>,
    tasks: BTreeMap<(OrderId, TaskKind), Task>,
    idempotency: BTreeMap<(ClientId, String), Idempotency>,
    /// Per name its versions, oldest first.
    objects: BTreeMap<String, Vec<StoredVersion>>,
    versions_made: u64,
    arrivals: Vec<Arrival>,
    wake_ups: Vec<(OrderId, TaskKind)>,
    endpoints: BTreeMap<(OrganizationId, EndpointId), Endpoint>,
    feeds: BTreeMap<OrganizationId, Vec<FeedMessage>>,
    deliveries: BTreeMap<DeliveryKey, Delivery>,
    deliveries_woken: Vec<DeliveryKey>,
    letters: Vec<Letter>,
    /// How receivers answer, by their address; those that are not named answer 204.
    receptions: BTreeMap<String, Reception>,
    register_works: BTreeMap<OrderId, RegisterWork>,
    registers: BTreeMap<RegisterName, RegisterSettings>,
    register_secrets: BTreeMap<RegisterName, String>,
    clients: BTreeMap<ClientId, Client>,
    people: BTreeMap<(OrganizationId, DirectoryKey), Person>,
    retentions: BTreeMap<OrganizationId, SignedDuration>,
    contacts: BTreeMap<OrganizationId, Contact>,
    heads: BTreeMap<(Date, OrderId), ChainHead>,
    /// Per national identity number.
    orders_of_people: BTreeSet<(NationalId, OrderId)>,
    links: BTreeMap<Sha256, Link>,
    sessions: BTreeMap<Sha256, LoggedIn>,
    /// Per key and number of its window.
    counts: BTreeMap<(String, i64), u32>,
    failures: BTreeMap<Sha256, Failures>,
    used_tokens: BTreeMap<Sha256, Timestamp>,
    /// None until set.
    access_token_keys: Option<Vec<PublicKey>>,
    mails: Vec<(Email, Message)>,
    texts: Vec<(Mobile, String)>,
}

struct StoredVersion {
    version: String,
    etag: String,
    bytes: Vec<u8>,
    /// Found by its version only.
    written: Timestamp,
    retired: bool,
}

impl Default for Fake {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Fake {
    /// An empty fake. The seed decides everything that is drawn at random, the keys included.
    pub fn new(seed: u64) -> Self {
        let derived = |purpose: &str| Sha256::of(format!("{purpose}/{seed}").as_bytes()).0;
        let seal_key =
            SigningKey::from_bytes(&derived("seal-key").into()).expect("a digest is a valid P-256 scalar but once in 2^32 tries");
        let inner = Inner {
            now: START,
            seed,
            drawn: 0,
            journal: Vec::new(),
            rules: Vec::new(),
            world: World { defect: Defect::of_new_fakes(), ..World::default() },
        };
        Self { inner: Mutex::new(inner), seal_key, root_key: derived("root-key") }
    }

    /// Sets the clock.
    pub fn set_now(&self, now: Timestamp) {
        self.lock().now = now;
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        self.lock().now += by;
    }

    /// Lets the `nth` call of that name from now on fail, counted from 1. Names are a port and a method, e.g. `orders.commit`.
    pub fn fail(&self, call: &'static str, nth: usize, fault: Fault) {
        self.lock().rules.push(Rule { call: Some(call), left: Some(nth), fault });
    }

    /// Lets the `nth` call of any name from now on fail, counted from 1: for fault tables that break each step of a [`Fake::journal`].
    pub fn fail_step(&self, nth: usize, fault: Fault) {
        self.lock().rules.push(Rule { call: None, left: Some(nth), fault });
    }

    /// Lets every call of that name fail until [`Fake::heal`].
    pub fn fail_always(&self, call: &'static str, fault: Fault) {
        self.lock().rules.push(Rule { call: Some(call), left: None, fault });
    }

    /// Forgets all faults that have not come to pass.
    pub fn heal(&self) {
        self.lock().rules.clear();
    }

    /// The names of all calls made, failed ones included. Clock and entropy cannot fail and do not appear.
    pub fn journal(&self) -> Vec<&'static str> {
        self.lock().journal.clone()
    }

    /// Starts the journal anew.
    pub fn clear_journal(&self) {
        self.lock().journal.clear();
    }

    /// Messages that reached the receivers of webhooks, whatever those answered.
    pub fn letters(&self) -> Vec<Letter> {
        self.lock().world.letters.clone()
    }

    /// Lets the receiver at an address answer so from now on.
    pub fn receive(&self, url: &str, reception: Reception) {
        self.lock().world.receptions.insert(url.to_owned(), reception);
    }

    /// E-mails sent.
    pub fn mails(&self) -> Vec<(Email, Message)> {
        self.lock().world.mails.clone()
    }

    /// Text messages sent.
    pub fn texts(&self) -> Vec<(Mobile, String)> {
        self.lock().world.texts.clone()
    }

    /// Takes the arrivals of objects that nobody has been told of, oldest first: what wakes `ingest`.
    pub fn take_arrivals(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.lock().world.arrivals)
    }

    /// Takes the wake-ups of tasks stored as ready, oldest first: what the stream hands to `seal` and `notify`.
    pub fn take_wake_ups(&self) -> Vec<(OrderId, TaskKind)> {
        std::mem::take(&mut self.lock().world.wake_ups)
    }

    /// Takes the deliveries stored as ready, oldest first: what the stream hands to `notify`, too.
    pub fn take_deliveries(&self) -> Vec<DeliveryKey> {
        std::mem::take(&mut self.lock().world.deliveries_woken)
    }

    /// All deliveries to an endpoint, open or over, oldest first.
    pub fn deliveries_to(&self, endpoint: EndpointId) -> Vec<Delivery> {
        self.lock().world.deliveries.values().filter(|delivery| delivery.key.endpoint == endpoint).cloned().collect()
    }

    /// All tasks of an order, open or over.
    pub fn tasks_of(&self, order: OrderId) -> Vec<Task> {
        self.lock().world.tasks.values().filter(|task| task.order == order).cloned().collect()
    }

    /// An order as it is stored. Nobody calls a port for that.
    pub fn order_untold(&self, order: OrderId) -> Option<Order> {
        self.lock().world.orders.get(&order).cloned()
    }

    /// The ids of all orders, oldest first.
    pub fn order_ids(&self) -> Vec<OrderId> {
        self.lock().world.orders.keys().copied().collect()
    }

    /// The names of all objects.
    pub fn object_names(&self) -> Vec<String> {
        let script = self.lock();
        let shown = script.world.objects.iter().filter(|(_, versions)| versions.last().is_some_and(|newest| !newest.retired));
        shown.map(|(name, _)| name.clone()).collect()
    }

    /// The root key that [`segl_core::ports::RootKeySource`] answers.
    pub fn root(&self) -> RootKey {
        RootKey::new(self.root_key)
    }

    /// One call of a port: noted, failed if a rule says so, and otherwise done.
    async fn call<T>(&self, name: &'static str, effect: impl FnOnce(&mut World, Timestamp) -> Answer<T> + Send) -> Answer<T> {
        tokio::task::yield_now().await;
        let mut inner = self.lock();
        inner.journal.push(name);
        let fault = inner.fault(name);
        if fault == Some(Fault::BeforeEffect) {
            return Err(unavailable(name));
        }
        if fault == Some(Fault::Rejected) {
            return Err(rejected(name, Injected(name)));
        }
        let now = inner.now;
        let answer = effect(&mut inner.world, now);
        if fault == Some(Fault::AfterEffect) { Err(unavailable(name)) } else { answer }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A test that panicked in another thread has failed already; what it left behind can be looked at.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    /// The fault that this call meets. Every rule that names the call counts it, whether or not another strikes first.
    fn fault(&mut self, name: &'static str) -> Option<Fault> {
        let mut met = None;
        self.rules.retain_mut(|rule| {
            if rule.call.is_some_and(|call| call != name) {
                return true;
            }
            match &mut rule.left {
                None => met = met.or(Some(rule.fault)),
                Some(left) if *left > 1 => *left -= 1,
                Some(_) => {
                    met = met.or(Some(rule.fault));
                    return false;
                }
            }
            true
        });
        met
    }
}

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        self.lock().now
    }
}

/// Deterministic, so that a failing test fails again: SHA-256 in counter mode over the seed.
impl Entropy for Fake {
    fn fill(&self, bytes: &mut [u8]) {
        let mut inner = self.lock();
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::of(format!("entropy/{}/{}", inner.seed, inner.drawn).as_bytes()).0;
            inner.drawn += 1;
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

fn unavailable(name: &'static str) -> PortError {
    PortError::Unavailable { service: "fake", source: Box::new(Injected(name)) }
}

fn rejected(service: &'static str, cause: impl Into<segl_core::ports::Cause>) -> PortError {
    PortError::Rejected { service, source: cause.into() }
}

#[cfg(test)]
mod tests {
    use segl_core::ports::{Mailer, Texter};

    use super::*;

    #[tokio::test]
    async fn faults_strike_the_call_that_they_name_and_only_once() {
        let fake = Fake::default();
        let to = Email::parse("jane@example.org").unwrap();
        let mobile = Mobile::parse("+4670000000").unwrap();
        let message = Message { subject: "s".into(), text: "t".into(), html: None };
        fake.fail("mailer.send_mail", 2, Fault::BeforeEffect);
        fake.fail("mailer.send_mail", 3, Fault::AfterEffect);
        fake.fail("texter.send_text", 1, Fault::Rejected);
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(fake.send_mail(&to, &message).await.is_ok());
        }
        assert_eq!(answers, [true, false, false, true]);
        assert_eq!(fake.mails().len(), 3, "the third failed, but persisted");
        assert!(matches!(fake.send_text(&mobile, "x").await, Err(PortError::Rejected { .. })));
        assert!(fake.texts().is_empty());
        fake.fail_step(1, Fault::BeforeEffect);
        assert!(fake.send_text(&mobile, "x").await.is_err());
        fake.fail_always("texter.send_text", Fault::BeforeEffect);
        assert!(fake.send_text(&mobile, "x").await.is_err() && fake.send_text(&mobile, "x").await.is_err());
        fake.heal();
        assert!(fake.send_text(&mobile, "x").await.is_ok());
        assert_eq!(fake.journal().len(), 9);
    }

    #[test]
    fn the_seed_decides_what_is_drawn() {
        let draw = |seed| {
            let fake = Fake::new(seed);
            (fake.array::<40>(), fake.array::<8>())
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1).0[..8], draw(1).1);
    }
}
