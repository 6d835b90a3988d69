//! What the core needs from outside. Each trait's comment is its contract; the fakes in `testkit` and the adapters in `aws` both pass
//! the same suite of checks of it.

use std::future::Future;
use std::ops::Range;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::attempts::{Counter, Failures};
use crate::client::{CertificateName, Client};
use crate::document::ObjectVersion;
use crate::event::{ChainHead, Event};
use crate::id::{ClientId, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::jwk::PublicKey;
use crate::language::Language;
use crate::logged_in::LoggedIn;
use crate::order::Order;
use crate::refusal::Remedy;
use crate::register::{RegisterName, RegisterWork};
use crate::register_settings::RegisterSettings;
use crate::signer::{DirectoryKey, Email, Mobile, NationalId, Person};
use crate::storage_key::StorageKey;
use crate::task::{Task, TaskKind};
use crate::transition::{Change, Idempotency};
use crate::webhook::{Delivery, DeliveryKey, Endpoint, EndpointId, EndpointUrl, Message as FeedMessage, Reception};

/// The cause of an error, kept whole.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong outside.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A condition did not hold: somebody else was first. Look again and decide anew.
    #[error("changed by somebody else in the meantime")]
    Conflict,
    /// The task that was to be marked as over is over already: somebody else did it.
    #[error("the task was done by somebody else in the meantime")]
    AlreadyDone,
    /// No answer, or none that tells whether it took effect. Trying again is safe by the contract of every port.
    #[error("{service} did not answer")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// Why.
        source: Cause,
    },
    /// The other side understood and will never do it, e.g. an address that does not exist.
    #[error("{service} refused")]
    Rejected {
        /// Which service.
        service: &'static str,
        /// Why.
        source: Cause,
    },
    /// Something stored makes no sense.
    #[error("what is stored under {key} makes no sense")]
    Corrupt {
        /// Its key.
        key: String,
        /// Why.
        source: Cause,
    },
}

impl PortError {
    /// Who must act.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Conflict | Self::AlreadyDone => Remedy::Conflict,
            Self::Unavailable { .. } => Remedy::Retry,
            Self::Rejected { .. } | Self::Corrupt { .. } => Remedy::Corrupt,
        }
    }
}

/// The answer of a port.
pub type Answer<T> = Result<T, PortError>;

/// Orders, their events, and what goes with them in the same transaction.
///
/// Reads see every commit that was answered before. [`Orders::commit`] stores all of a change or nothing:
/// - a change with `expected` applies only to exactly that version, otherwise [`PortError::Conflict`];
/// - a change without is a new order: [`PortError::Conflict`] when the id exists;
/// - the idempotency key, if there is one, must be new: otherwise [`PortError::Conflict`];
/// - each task in `done` must be open, otherwise [`PortError::AlreadyDone`], also when the version does not match either;
/// - each task in `tasks` is stored as it is, in place of one of the same kind;
/// - an event never replaces another.
///
/// After [`PortError::Unavailable`] the change may have been stored or not; reading tells.
pub trait Orders: Send + Sync {
    /// The order, if there is one.
    fn order(&self, id: OrderId) -> impl Future<Output = Answer<Option<Order>>> + Send;
    /// Stores a change.
    fn commit(&self, change: &Change) -> impl Future<Output = Answer<()>> + Send;
    /// Events after `after`, in sequence, at most `limit`.
    fn events(&self, id: OrderId, after: u64, limit: usize) -> impl Future<Output = Answer<Vec<Event>>> + Send;
    /// Ids of the organization's orders, newest first, those before `before` only, at most `limit`.
    fn orders_of(
        &self,
        organization: &OrganizationId,
        before: Option<OrderId>,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<OrderId>>> + Send;
    /// Ids of the orders in which a person of this number must log in to sign, newest first, at most `limit`. Numbers may have been corrected
    /// since: the reader looks at the signer itself. Orders long past their deadline are not named any more.
    fn orders_of_person(&self, number: &NationalId, limit: usize) -> impl Future<Output = Answer<Vec<OrderId>>> + Send;
    /// What a client did under an idempotency key. Kept for at least 24 hours.
    fn idempotency(&self, client: &ClientId, key: &str) -> impl Future<Output = Answer<Option<Idempotency>>> + Send;
    /// Stores what a client does under an idempotency key by itself; [`PortError::Conflict`] when the key was used.
    fn remember(&self, record: &Idempotency) -> impl Future<Output = Answer<()>> + Send;
}

/// Tasks outside a transaction of their order, and the agenda.
pub trait Tasks: Send + Sync {
    /// One task, if there is one.
    fn task(&self, order: OrderId, kind: TaskKind) -> impl Future<Output = Answer<Option<Task>>> + Send;
    /// All tasks of an order by their ids, also those that are over.
    fn tasks(&self, order: OrderId) -> impl Future<Output = Answer<Vec<Task>>> + Send;
    /// Tasks that were given up, longest ago first, at most `limit`. May lag behind as [`Tasks::due`] does, and forgets after a month.
    fn given_up(&self, limit: usize) -> impl Future<Output = Answer<Vec<(OrderId, TaskKind)>>> + Send;
    /// Replaces `before` by `after`; [`PortError::Conflict`] when what is stored is not `before`.
    fn replace_task(&self, before: &Task, after: &Task) -> impl Future<Output = Answer<()>> + Send;
    /// What is due at `now` in one shard of the agenda, earliest first, at most `limit`. May lag behind commits by seconds, and may
    /// name what is not due any more: the reader looks at the thing itself before acting.
    fn due(&self, shard: u8, now: Timestamp, limit: usize) -> impl Future<Output = Answer<Vec<Due>>> + Send;
}

/// What orders have to do with registers of case systems.
pub trait RegisterWorks: Send + Sync {
    /// That of one order, if it has any.
    fn register_work(&self, order: OrderId) -> impl Future<Output = Answer<Option<RegisterWork>>> + Send;
    /// Stores it in place of the one whose revision is one less; the first revision where there is none. [`PortError::Conflict`] when
    /// that is not what is there: somebody else works on it.
    fn put_register_work(&self, work: &RegisterWork) -> impl Future<Output = Answer<()>> + Send;
}

/// The settings of registers.
pub trait RegisterBook: Send + Sync {
    /// The settings of that name, if there are any.
    fn register(&self, name: &RegisterName) -> impl Future<Output = Answer<Option<RegisterSettings>>> + Send;
    /// Stores settings, new or changed.
    fn put_register(&self, settings: &RegisterSettings) -> impl Future<Output = Answer<()>> + Send;
    /// All settings.
    fn registers(&self) -> impl Future<Output = Answer<Vec<RegisterSettings>>> + Send;
    /// Removes settings. Removing what is gone is no error.
    fn remove_register(&self, name: &RegisterName) -> impl Future<Output = Answer<()>> + Send;
}

/// The secrets by which registers know us. They are kept apart from everything else.
pub trait RegisterSecrets: Send + Sync {
    /// The secret that goes with the settings of that name, if there is one.
    fn register_secret(&self, name: &RegisterName) -> impl Future<Output = Answer<Option<String>>> + Send;
    /// Stores it, new or changed.
    fn put_register_secret(&self, name: &RegisterName, secret: &str) -> impl Future<Output = Answer<()>> + Send;
    /// Removes it. Removing what is gone is no error.
    fn remove_register_secret(&self, name: &RegisterName) -> impl Future<Output = Answer<()>> + Send;
}

/// Into how many shards the agenda is split, so that no partition of its index gets too many writes.
pub const AGENDA_SHARDS: u8 = 8;

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// An order: a deadline, a look for documents, the end of retention.
    Order(OrderId),
    /// A task.
    Task(OrderId, TaskKind),
    /// A delivery to an endpoint.
    Delivery(DeliveryKey),
}

/// Objects: documents, plans, sealed documents. The bucket keeps versions; a version never changes.
pub trait Objects: Send + Sync {
    /// Stores an object, replacing what had the name before.
    fn put(&self, key: &StorageKey, bytes: Vec<u8>) -> impl Future<Output = Answer<ObjectVersion>> + Send;
    /// Stores an object under a name that nothing has yet; [`PortError::Conflict`] otherwise.
    fn put_new(&self, key: &StorageKey, bytes: Vec<u8>) -> impl Future<Output = Answer<ObjectVersion>> + Send;
    /// Stores an object that comes piece by piece, replacing what had the name before. It is there once all of it is, and its pieces are
    /// never held all together. Where `pieces` fail nothing is stored, and the answer is [`PortError::Unavailable`] with their error as
    /// the cause. A crash leaves parts behind that life-cycle rules remove.
    fn put_pieces<S: Pieces>(&self, key: &StorageKey, pieces: &mut S) -> impl Future<Output = Answer<ObjectVersion>> + Send;
    /// What lies there now, if anything.
    fn head(&self, key: &StorageKey) -> impl Future<Output = Answer<Option<ObjectHead>>> + Send;
    /// Reads an object whole; one of more than `limit` bytes is [`PortError::Rejected`]. The newest version where none is named.
    fn read(&self, key: &StorageKey, version: Option<&str>, limit: u64) -> impl Future<Output = Answer<Option<Vec<u8>>>> + Send;
    /// Reads these bytes of an object of exactly this version, as far as it has them. A version that is not there is
    /// [`PortError::Rejected`].
    fn read_range(&self, key: &StorageKey, version: &str, range: Range<u64>) -> impl Future<Output = Answer<Vec<u8>>> + Send;
    /// Hands an object of exactly this version on piece by piece, and holds one piece at a time. Stops when `sink` fails, and answers
    /// [`PortError::Unavailable`] with its error as the cause. A version that is not there is [`PortError::Rejected`].
    fn stream<S>(&self, key: &StorageKey, version: &str, sink: S) -> impl Future<Output = Answer<()>> + Send
    where
        S: FnMut(&[u8]) -> std::io::Result<()> + Send;
    /// Writes a new object made of one version of another and of `suffix`, copying on the side of the store. An object may be appended
    /// to itself, which gives it a new version. [`PortError::Conflict`] when the name is taken, by other bytes than those of that version
    /// where it is the same name, or when the version has another entity tag; [`PortError::Rejected`] when the version is gone. A crash
    /// leaves parts behind that life-cycle rules remove.
    fn append_to_copy(
        &self,
        from: &StorageKey,
        version: &ObjectVersion,
        suffix: Vec<u8>,
        to: &StorageKey,
    ) -> impl Future<Output = Answer<ObjectVersion>> + Send;
    /// Copies an object onto itself, so that its arrival is told again, as that of a new version. What is gone has nothing to tell, which
    /// is no error.
    fn announce_again(&self, key: &StorageKey) -> impl Future<Output = Answer<()>> + Send;
    /// The order's objects, each with when it was written last. What was retired or removed is not among them, nor what has no name of
    /// ours.
    fn listed(&self, order: OrderId) -> impl Future<Output = Answer<Vec<(StorageKey, Timestamp)>>> + Send;
    /// Removes all versions of an order's objects. Removing what is gone is no error.
    fn purge(&self, order: OrderId) -> impl Future<Output = Answer<()>> + Send;
    /// Removes all versions of an order's files of evidence. Removing what is gone is no error.
    fn purge_evidence(&self, order: OrderId) -> impl Future<Output = Answer<()>> + Send;
    /// Removes all versions of an order's copies that name people and can be made again: page images and evidence.
    fn purge_copies(&self, order: OrderId) -> impl Future<Output = Answer<()>> + Send;
    /// Removes all versions of one object. Removing what is gone is no error.
    fn remove(&self, key: &StorageKey) -> impl Future<Output = Answer<()>> + Send;
    /// Hides an object from those who do not name its version. Who does, by [`Objects::read`] or at an address from
    /// [`Objects::download_url`], has it until life-cycle rules or [`Objects::purge`] remove it, days later. Retiring what is gone is no error.
    fn retire(&self, key: &StorageKey) -> impl Future<Output = Answer<()>> + Send;
    /// An address to which the holder may PUT the object until it lapses.
    fn upload_url(&self, key: &StorageKey, valid: SignedDuration) -> impl Future<Output = Answer<String>> + Send;
    /// An address from which the holder may GET this version until it lapses, under the given file name.
    fn download_url(
        &self,
        key: &StorageKey,
        version: &str,
        file_name: &str,
        valid: SignedDuration,
    ) -> impl Future<Output = Answer<String>> + Send;
}

/// Bytes that come one piece after the other.
pub trait Pieces: Send {
    /// The next piece; nothing after the last. After an error there is no further one.
    fn next(&mut self) -> impl Future<Output = std::io::Result<Option<Vec<u8>>>> + Send;
}

/// An object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Which version.
    pub version: ObjectVersion,
    /// Its size in bytes.
    pub size: u64,
}

/// Endpoints, the event feed of each organization, and deliveries.
///
/// Reads see every write that was answered before. Endpoints and deliveries have versions: a write names the one that it replaces, and
/// where something else is stored it is [`PortError::Conflict`].
pub trait Webhooks: Send + Sync {
    /// All endpoints of an organization's clients, oldest first.
    fn endpoints(&self, organization: &OrganizationId) -> impl Future<Output = Answer<Vec<Endpoint>>> + Send;
    /// One endpoint, if there is one.
    fn endpoint(&self, organization: &OrganizationId, id: EndpointId) -> impl Future<Output = Answer<Option<Endpoint>>> + Send;
    /// Stores an endpoint in place of its version before; a new one has version 1.
    fn put_endpoint(&self, endpoint: &Endpoint) -> impl Future<Output = Answer<()>> + Send;
    /// Removes an endpoint. Removing what is gone is no error. Its deliveries stay for a while and lead nowhere.
    fn remove_endpoint(&self, organization: &OrganizationId, id: EndpointId) -> impl Future<Output = Answer<()>> + Send;
    /// The position of the newest message in the feed; 0 where there is none.
    fn feed_head(&self, organization: &OrganizationId) -> impl Future<Output = Answer<u64>> + Send;
    /// Messages after a position, in sequence, at most `limit`. They are kept for [`FEED_KEPT`].
    fn feed(&self, organization: &OrganizationId, after: u64, limit: usize) -> impl Future<Output = Answer<Vec<FeedMessage>>> + Send;
    /// Stores a message, its deliveries, and what goes with them, all or nothing: [`PortError::AlreadyDone`] when the task is over
    /// already, [`PortError::Conflict`] when the message's position is not the next one or the endpoint was changed.
    ///
    /// After [`PortError::Unavailable`] it may have been stored or not; the task tells, or the endpoint.
    fn publish(&self, publication: &Publication) -> impl Future<Output = Answer<()>> + Send;
    /// One delivery, if there is one.
    fn delivery(&self, key: &DeliveryKey) -> impl Future<Output = Answer<Option<Delivery>>> + Send;
    /// Stores a delivery in place of its version before; a new one has version 1.
    fn put_delivery(&self, delivery: &Delivery) -> impl Future<Output = Answer<()>> + Send;
    /// The deliveries to an endpoint, newest first, those before a position only, at most `limit`. Those that are over are kept for
    /// [`FEED_KEPT`].
    fn deliveries(
        &self,
        organization: &OrganizationId,
        endpoint: EndpointId,
        before: Option<u64>,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<Delivery>>> + Send;
}

/// How long a message stays in the feed, and a delivery in the log: 30 days.
pub const FEED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A message on its way into the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Whose feed.
    pub organization: OrganizationId,
    /// What.
    pub message: FeedMessage,
    /// To whom.
    pub deliveries: Vec<Delivery>,
    /// The task that this fulfils, where it follows from one.
    pub task: Option<Task>,
    /// The endpoint that changes with it, in place of its version before.
    pub endpoint: Option<Endpoint>,
}

/// Hands messages to the receivers of webhooks. A message may arrive twice.
pub trait Courier: Send + Sync {
    /// Sends one, once, and says how it was taken. Nothing is followed, and nothing private is connected to.
    fn carry(&self, letter: &Letter) -> impl Future<Output = Reception> + Send;
}

/// A message as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where to.
    pub url: EndpointUrl,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`: when this try was made.
    pub at: Timestamp,
    /// `webhook-signature`.
    pub signature: String,
    /// The body, as JSON.
    pub body: Vec<u8>,
}

/// API clients.
pub trait Clients: Send + Sync {
    /// The client, if there is one.
    fn client(&self, id: &ClientId) -> impl Future<Output = Answer<Option<Client>>> + Send;
    /// Stores a client, new or changed.
    fn put_client(&self, client: &Client) -> impl Future<Output = Answer<()>> + Send;
    /// Every client.
    fn clients(&self) -> impl Future<Output = Answer<Vec<Client>>> + Send;
    /// The client that was stored last with this certificate. It may have lost it since: look at the client itself.
    fn client_of_certificate(&self, name: &CertificateName) -> impl Future<Output = Answer<Option<ClientId>>> + Send;
}

/// Failures to prove who calls. A count may be a little behind, and is dropped some time after [`crate::attempts::FORGOTTEN_AFTER`].
pub trait Attempts: Send + Sync {
    /// What has been counted.
    fn failures(&self, counter: &Counter) -> impl Future<Output = Answer<Option<Failures>>> + Send;
    /// Counts one more. Where the last one is forgotten, the count begins anew.
    fn count_failure(&self, counter: &Counter, now: Timestamp) -> impl Future<Output = Answer<()>> + Send;
}

/// Tokens that are good once.
pub trait Replays: Send + Sync {
    /// Whether a token is used for the first time. It is remembered for as long as it is good, `until`. After
    /// [`PortError::Unavailable`] it may be remembered, though nobody was let in by it: its maker makes another one.
    fn first_use(&self, token: &Sha256, until: Timestamp) -> impl Future<Output = Answer<bool>> + Send;
}

/// The public keys of those that sign tokens, the one that signs first; the others signed before, or will. Asked for once and kept: the
/// key under an id never changes, and other ids are another configuration, which is another process.
pub trait TokenKeys: Send + Sync {
    /// Those of access tokens.
    fn access_token_keys(&self) -> impl Future<Output = Answer<Vec<PublicKey>>> + Send;
    /// Those of workflow tokens; none where none is configured.
    fn workflow_token_keys(&self) -> impl Future<Output = Answer<Vec<PublicKey>>> + Send;
}

/// The user directory of an organization.
pub trait Directory: Send + Sync {
    /// The person of that entry, if there is one.
    fn look_up(&self, organization: &OrganizationId, key: &DirectoryKey) -> impl Future<Output = Answer<Option<Person>>> + Send;
    /// Stores a person under the entry in `person.directory`; [`PortError::Rejected`] without one.
    fn put_person(&self, organization: &OrganizationId, person: &Person) -> impl Future<Output = Answer<()>> + Send;
    /// Removes an entry. Removing what is gone is no error.
    fn remove_person(&self, organization: &OrganizationId, key: &DirectoryKey) -> impl Future<Output = Answer<()>> + Send;
}

/// What is settled for an organization as a whole.
pub trait Organizations: Send + Sync {
    /// How long documents and personal data of its orders are kept after their end, where it has a time of its own.
    fn retention(&self, organization: &OrganizationId) -> impl Future<Output = Answer<Option<SignedDuration>>> + Send;
    /// Settles that time for orders that are created from now on, or gives it up.
    fn set_retention(&self, organization: &OrganizationId, retention: Option<SignedDuration>) -> impl Future<Output = Answer<()>> + Send;
    /// Who is told what concerns the organization as a whole, where it named somebody.
    fn contact(&self, organization: &OrganizationId) -> impl Future<Output = Answer<Option<Contact>>> + Send;
    /// Settles who that is, or that nobody is.
    fn set_contact(&self, organization: &OrganizationId, contact: Option<&Contact>) -> impl Future<Output = Answer<()>> + Send;
}

/// Who is told what concerns an organization as a whole, such as that a webhook was switched off. A mailbox of many rather than one
/// person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The address.
    pub email: Email,
    /// The language of the mails.
    pub language: Language,
}

/// The heads of audit trails by day, for checkpoints. They are stored by the commit that lets a trail grow ([`Orders::commit`]).
pub trait Heads: Send + Sync {
    /// The heads of the orders of one shard whose trails grew on `day` (UTC), each as of the last time on that day, by order id, those
    /// after `after` only, at most `limit`. Kept for [`HEADS_KEPT`] at least.
    fn heads(
        &self,
        day: Date,
        shard: u8,
        after: Option<OrderId>,
        limit: usize,
    ) -> impl Future<Output = Answer<Vec<(OrderId, ChainHead)>>> + Send;
}

/// How long heads are kept by day: time for an operator to mend what keeps checkpoints from being made.
pub const HEADS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Personal links. A link is kept as a digest only.
pub trait Links: Send + Sync {
    /// Stores a link.
    fn put_link(&self, link: &Link) -> impl Future<Output = Answer<()>> + Send;
    /// Uses a link up. True for the first who does, false for everybody after. A crash after it leaves a link that is used: the sender
    /// asks for another.
    fn use_up(&self, digest: &Sha256) -> impl Future<Output = Answer<bool>> + Send;
    /// The link whose secret has this digest, if there is one. It may have lapsed: compare `until`.
    fn link(&self, digest: &Sha256) -> impl Future<Output = Answer<Option<Link>>> + Send;
}

/// A personal link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// SHA-256 of the secret part of the address.
    pub digest: Sha256,
    /// The order to which it leads.
    pub order: OrderId,
    /// The signer who holds it.
    pub signer: SignerIndex,
    /// Until when it is good.
    pub until: Timestamp,
    /// The signer's [`crate::ceremony::Access::generation`] for which it was made.
    pub generation: u32,
    /// What it is for.
    pub kind: LinkKind,
}

/// What a personal link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Sent to the signer, who may come back to it.
    Sent,
    /// Handed to the sender for a signer who is logged in there; it opens once.
    Once {
        /// Whether it has been.
        used: bool,
    },
}

/// Sessions of people who logged in. A session is found by a digest of what its browser has.
pub trait Sessions: Send + Sync {
    /// Stores a session.
    fn put_session(&self, digest: &Sha256, session: &LoggedIn) -> impl Future<Output = Answer<()>> + Send;
    /// The session, if there is one. It may have lapsed: compare `until`.
    fn session(&self, digest: &Sha256) -> impl Future<Output = Answer<Option<LoggedIn>>> + Send;
    /// Ends a session. Ending what is gone is no error.
    fn end_session(&self, digest: &Sha256) -> impl Future<Output = Answer<()>> + Send;
}

/// Counts what may be done so often within a while, over all processes.
pub trait Limits: Send + Sync {
    /// Counts one more under `key`, unless `most` were counted in this window already: then false. Windows of `window` begin at whole
    /// multiples of it. The key is kept as it is, and must be no personal data.
    fn count(&self, key: &str, window: SignedDuration, most: u32) -> impl Future<Output = Answer<bool>> + Send;
}

/// Sends e-mail. A message may arrive twice after [`PortError::Unavailable`].
pub trait Mailer: Send + Sync {
    /// Sends one message. An address that is refused for good is [`PortError::Rejected`].
    fn send_mail(&self, to: &Email, message: &Message) -> impl Future<Output = Answer<()>> + Send;
}

/// Sends text messages. A message may arrive twice after [`PortError::Unavailable`].
pub trait Texter: Send + Sync {
    /// Sends one message. A number that is refused for good is [`PortError::Rejected`].
    fn send_text(&self, to: &Mobile, text: &str) -> impl Future<Output = Answer<()>> + Send;
}

/// An e-mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as HTML, where there is one.
    pub html: Option<String>,
}

/// Holds a private key that never leaves its keeper: that of the seal, or one that signs tokens.
pub trait SigningKey: Send + Sync {
    /// The public key, as DER `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    fn public_key(&self) -> impl Future<Output = Answer<Vec<u8>>> + Send;
    /// Signs a digest. ECDSA signatures are DER `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
    fn sign(&self, digest: &[u8], algorithm: SignatureAlgorithm) -> impl Future<Output = Answer<Vec<u8>>> + Send;
}

/// How the seal key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PSS (RFC 8017, 8.1) with SHA-256.
    RsaPssSha256,
    /// ECDSA (FIPS 186-5) on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA (FIPS 186-5) on P-384 with SHA-384.
    EcdsaP384Sha384,
}

/// Derives the service's root key.
pub trait RootKeySource: Send + Sync {
    /// 32 bytes, the same each time.
    fn root_key(&self) -> impl Future<Output = Answer<[u8; 32]>> + Send;
}

/// Tells the time, in whole milliseconds of UTC.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Draws from a cryptographically secure source.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// An array of random bytes.
    fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
