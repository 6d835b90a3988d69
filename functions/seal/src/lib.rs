//! `seal`: an order that everyone has signed becomes sealed documents. Woken by the table's stream.
//!
//! Each attempt writes under keys of its own, and the commit says which attempt counts; so two attempts at the same time give one seal.
//! No step holds a document: the plan made at ingest is enough to write what is appended, and storage copies the rest by itself.
//!
//! Where an authority does not answer, the seal is issued at the level reached, and an upgrade is owed (`extend`).

mod appearance;
mod bundle;
mod climb;
mod evidence;
mod extend;
mod fetch;
mod hindrance;
mod page;
mod report;
mod token;
mod words;

pub use extend::extend;
pub use fetch::{Fetcher, Nobody};
pub use token::TokenSigner;

use jiff::tz::TimeZone;
use segl_core::document::{DocumentFacts, DocumentRefusal, SealedDocument};
use segl_core::event::Actor;
use segl_core::id::{AttemptId, DocumentIndex, OrderId};
use segl_core::order::{EveryoneSigned, Order};
use segl_core::ports::{PortError, SignatureAlgorithm, SigningKey};
use segl_core::refusal::Refusal;
use segl_core::root_key::RootKey;
use segl_core::storage_key::StorageKey;
use segl_core::task::{Consumer, Task, TaskKind};
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::trail;
use segl_core::use_case::task::{open_task, put_off};
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::metrics::Metric;
use segl_lambda::service::Storage;
use segl_sealing::{Attachment, KeyKind, Plan, PrefixHasher, SealCertificate, SealError, SealRequest, Session, TimeStampAuthority};

use crate::climb::{Base, climb, goal, keep};
use crate::fetch::Patience;

/// The greatest plan that is read. Plans are a few kilobytes; the greatest has a page tree without levels.
const MAX_PLAN: u64 = 16 * 1024 * 1024;
/// The seal: a key and the certificate for it, and who helps to reach higher levels.
pub struct Seal<K, T, F = Nobody> {
    key: K,
    tokens: TokenSigner<T>,
    certificate: SealCertificate,
    algorithm: SignatureAlgorithm,
    zone: TimeZone,
    proof: Option<ProofLinks>,
    helpers: Helpers<F>,
}

/// Addresses behind which the holder of a sealed document sees that it was sealed here. `ceremony` answers there.
#[derive(Debug, Clone)]
pub struct ProofLinks {
    /// From which the tokens in them are derived.
    pub root_key: RootKey,
    /// The service's public address.
    pub base_url: String,
}

impl ProofLinks {
    fn link(&self, order: OrderId) -> String {
        format!("{}/proof/{order}/{}", self.base_url.trim_end_matches('/'), self.root_key.proof_token(order))
    }
}

/// Who helps to reach higher levels. Upgrades and renewals need nobody else.
pub struct Helpers<F = Nobody> {
    authorities: Vec<TimeStampAuthority>,
    fetcher: F,
}

impl<F> Helpers<F> {
    /// Time-stamp authorities, tried in this order, and somebody who calls them and those who tell of revocation.
    pub fn new(authorities: Vec<TimeStampAuthority>, fetcher: F) -> Self {
        Self { authorities, fetcher }
    }
}

/// Why there is no seal.
#[derive(Debug, thiserror::Error)]
pub enum SealFailure {
    /// The order or storage.
    #[error(transparent)]
    UseCase(#[from] Error),
    /// The document cannot be sealed, or the self-check before release found something.
    #[error("the document was not sealed")]
    Sealing(#[from] SealError),
    /// The certificate cannot be used.
    #[error("the certificate of the seal cannot be used")]
    Certificate(#[from] segl_sealing::CertificateError),
    /// The certificate is for another key.
    #[error("the certificate of the seal is not for the configured key")]
    OtherKey,
    /// A certificate that those of time-stamp authorities must lead to cannot be read.
    #[error("the certificates of the time-stamp authorities cannot be read")]
    Anchors(#[source] segl_sealing::CertificateError),
    /// What only adds time-stamps asked for a signature: a defect.
    #[error("an extension asked for the seal's signature")]
    NoSigner,
    /// There is no certificate in storage.
    #[error("there is no certificate of the seal in storage; install one before the first order")]
    NoCertificate,
    /// A plan is missing or not readable.
    #[error("the plan of document {0} makes no sense")]
    Plan(DocumentIndex, #[source] Option<serde_json::Error>),
    /// The evidence does not hold: nothing is sealed that its readers would refuse.
    #[error("the evidence does not hold")]
    Bundle(#[from] segl_core::bundle::BadBundle),
    /// The page of evidence could not be composed.
    #[error("the page of evidence was not composed")]
    Compose(#[from] segl_sealing::ComposeError),
    /// The page of evidence cannot be sealed.
    #[error("the page of evidence cannot be sealed")]
    Refused(#[from] segl_sealing::Refusal),
    /// What storage composed is not what was sealed.
    #[error("the composed object has {found} bytes instead of {expected}")]
    Composed {
        /// The size that it has.
        found: u64,
        /// The size that it must have.
        expected: u64,
    },
}

impl From<PortError> for SealFailure {
    fn from(error: PortError) -> Self {
        Self::UseCase(error.into())
    }
}

impl<K: SigningKey, T: SigningKey> Seal<K, T> {
    /// Takes the certificate from storage and proves that it is for the key. `SHA-256` goes with RSA and P-256, SHA-384 with P-384.
    /// Without authorities, seals are of level B-B.
    pub async fn load<P: Storage>(ports: &P, key: K, tokens: TokenSigner<T>, zone: TimeZone) -> Result<Self, SealFailure> {
        let pem = ports.read(&StorageKey::SealCertificate, None, 256 * 1024).await?.ok_or(SealFailure::NoCertificate)?;
        let certificate = SealCertificate::from_pem(&String::from_utf8_lossy(&pem))?;
        if !certificate.matches_public_key(&key.public_key().await?) {
            return Err(SealFailure::OtherKey);
        }
        let algorithm = match certificate.key_kind() {
            KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
            KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
            KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
        };
        Ok(Self { key, tokens, certificate, algorithm, zone, proof: None, helpers: Helpers::new(Vec::new(), Nobody) })
    }

    /// The same with time-stamp authorities, tried in this order, and with somebody who calls them.
    pub fn with_authorities<F>(self, authorities: Vec<TimeStampAuthority>, fetcher: F) -> Seal<K, T, F> {
        let Self { key, tokens, certificate, algorithm, zone, proof, .. } = self;
        Seal { key, tokens, certificate, algorithm, zone, proof, helpers: Helpers::new(authorities, fetcher) }
    }

    /// The same with a link on each signature page.
    #[must_use]
    pub fn with_proof(self, links: ProofLinks) -> Self {
        Self { proof: Some(links), ..self }
    }

    /// The same with RSASSA-PSS instead of RSASSA-PKCS1-v1_5, where the key is of RSA.
    #[must_use]
    pub fn with_pss(self) -> Self {
        let algorithm = match self.algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => SignatureAlgorithm::RsaPssSha256,
            other => other,
        };
        Self { algorithm, ..self }
    }
}

/// Does a task of an order's seal, if it is still to be done. Answers an error only where not even that could be noted.
pub async fn seal<P: Storage, K: SigningKey, T: SigningKey, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    id: OrderId,
    kind: TaskKind,
) -> Result<(), Error> {
    if matches!(kind, TaskKind::Upgrade | TaskKind::Renew) {
        return extend(ports, &seal.helpers, id, kind).await;
    }
    let Some(task) = open_task(ports, id, kind).await?.filter(|_| kind.consumer() == Consumer::Seal) else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    if kind == TaskKind::Evidence {
        return bundle::make(ports, seal, &order, task).await;
    }
    let Some(signed) = order.everyone_signed() else { return Ok(()) };
    let attempt = attempt_id(ports.array());
    let since = signed.since();
    let mut reached = None;
    let command = match seal_all(ports, seal, signed, &attempt).await {
        Ok(sealed) => {
            reached = sealed.iter().map(|one| one.level).min();
            Command::Sealed { sealed, task }
        }
        Err(failure) => {
            tracing::error!(order = %id, %attempt, error = %Causes(&failure), "not sealed");
            remove_objects(ports, &order, &attempt).await;
            match never(&failure) {
                Some(refusal) => Command::CannotSeal { refusal, task },
                None => return wait(ports, &task, &failure).await,
            }
        }
    };
    // A crash before this commit leaves objects that nobody refers to; the next attempt writes others.
    match update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        Ok(order) => {
            tracing::info!(order = %id, %attempt, state = order.state.name(), "sealed");
            if let Some(level) = reached {
                let now = ports.now();
                Metric::seal_time(level, now.duration_since(since)).write(now);
            }
            Ok(())
        }
        // Another attempt was first, and its seal counts.
        Err(Error::Port(PortError::AlreadyDone) | Error::Refused(Refusal::Closed(_))) => {
            remove_objects(ports, &order, &attempt).await;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Puts off a task that cannot be done before somebody acts, and lets the order say why.
pub async fn postpone<P: Storage>(ports: &P, id: OrderId, kind: TaskKind, failure: &SealFailure) -> Result<(), Error> {
    match open_task(ports, id, kind).await? {
        Some(task) => wait(ports, &task, failure).await,
        None => Ok(()),
    }
}

async fn wait<P: Storage>(ports: &P, task: &Task, failure: &SealFailure) -> Result<(), Error> {
    put_off(ports, task).await?;
    if task.kind != TaskKind::Seal {
        return Ok(());
    }
    let found = hindrance::hindrance(failure, ports.now());
    let told = match ports.order(task.order).await {
        Ok(order) => order.is_some_and(|order| order.hindrance() == Some(&found)),
        Err(error) => return untold(task, &error.into()),
    };
    if told {
        return Ok(());
    }
    // A crash before this leaves the order without the reason; the next attempt that fails tells it.
    match update(ports, task.order, |order| order.apply(Actor::Service, ports.now(), Command::Hindered(found.clone()))).await {
        // Another attempt sealed it meanwhile.
        Ok(_) | Err(Error::Refused(Refusal::Closed(_))) => Ok(()),
        Err(error) => untold(task, &error),
    }
}

/// The task is put off all the same: it would not be done sooner because nobody can read why it waits.
fn untold(task: &Task, error: &Error) -> Result<(), Error> {
    tracing::warn!(order = %task.order, error = %Causes(error), "the order does not say what hinders its seal");
    Ok(())
}

async fn seal_all<P: Storage, K: SigningKey, T: SigningKey, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    signed: EveryoneSigned<'_>,
    attempt: &AttemptId,
) -> Result<Vec<SealedDocument>, SealFailure> {
    let events = trail(ports, signed.order()).await?;
    let files = [evidence::attachment(signed, &events), seal.tokens.attachment(ports, signed.order()).await?];
    let mut patience = Patience::new(&seal.helpers.fetcher);
    let mut sealed = Vec::new();
    for (index, _, facts) in signed.documents() {
        sealed.push(seal_one(ports, seal, &mut patience, signed, attempt, index, facts, &files).await?);
    }
    Ok(sealed)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one document's seal, each named")]
async fn seal_one<P: Storage, K: SigningKey, T: SigningKey, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    patience: &mut Patience<'_, F>,
    signed: EveryoneSigned<'_>,
    attempt: &AttemptId,
    index: DocumentIndex,
    facts: &DocumentFacts,
    files: &[Attachment],
) -> Result<SealedDocument, SealFailure> {
    let order = signed.order();
    let plan = StorageKey::Plan(order.id, index, facts.sha256);
    let plan = ports.read(&plan, None, MAX_PLAN).await?.ok_or(SealFailure::Plan(index, None))?;
    let plan: Plan = serde_json::from_slice(&plan).map_err(|error| SealFailure::Plan(index, Some(error)))?;
    // The plan was stored apart from the order; it must be about the very bytes that were signed.
    if plan.document_sha256() != facts.sha256.0 || plan.document_len() != facts.size {
        return Err(SealFailure::Plan(index, None));
    }
    let request = || request(ports.now(), seal, signed, &plan, files);
    let session =
        match Session::seal(plan.clone(), request(), goal(ports, &seal.helpers, seal.certificate.roots(), order.options.seal.level)) {
            Err(SealError::NoHashState) => {
                let plan = hashed_again(ports, order.id, index, facts, plan.clone()).await?;
                Session::seal(plan, request(), goal(ports, &seal.helpers, seal.certificate.roots(), order.options.seal.level))?
            }
            session => session?,
        };
    let outcome = climb(ports, seal, patience, session).await?;
    keep(ports, order.id, index, attempt, Base { key: StorageKey::Original(order.id, index), object: &facts.object }, outcome).await
}

/// The plan for a key of another kind than the one that there was when the document arrived. It alone makes sealing cost what reading
/// the document costs.
async fn hashed_again<P: Storage>(
    ports: &P,
    id: OrderId,
    index: DocumentIndex,
    facts: &DocumentFacts,
    plan: Plan,
) -> Result<Plan, SealFailure> {
    let mut hasher = PrefixHasher::new();
    let original = StorageKey::Original(id, index);
    let take = |piece: &[u8]| {
        hasher.update(piece);
        Ok(())
    };
    ports.stream(&original, &facts.object.version, take).await?;
    plan.with_prefix(hasher.finish()).ok_or(SealFailure::Plan(index, None))
}

fn request<K, T, F>(
    now: jiff::Timestamp,
    seal: &Seal<K, T, F>,
    signed: EveryoneSigned<'_>,
    plan: &Plan,
    files: &[Attachment],
) -> SealRequest {
    let language = signed.order().ceremony.language.unwrap_or_default().tag();
    SealRequest {
        time: now,
        reason: Some(words::Words::for_language(language).reason.to_owned()),
        name: seal.certificate.leaf().common_name(),
        appearance: appearance::appearance(
            signed,
            plan,
            &seal.zone,
            language,
            seal.proof.as_ref().map(|proof| proof.link(signed.order().id)),
        ),
        marks: appearance::marks(signed, &seal.zone, language),
        // Nor does every part of PDF/A permit a file. The audit trail can be read from the service all the same.
        attachments: if plan.permits_attachments() { files.to_vec() } else { Vec::new() },
        certificate: seal.certificate.clone(),
        algorithm: sealing_algorithm(seal.algorithm),
    }
}

fn sealing_algorithm(algorithm: SignatureAlgorithm) -> segl_sealing::SignatureAlgorithm {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => segl_sealing::SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPssSha256 => segl_sealing::SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::EcdsaP256Sha256 => segl_sealing::SignatureAlgorithm::EcdsaP256Sha256,
        SignatureAlgorithm::EcdsaP384Sha384 => segl_sealing::SignatureAlgorithm::EcdsaP384Sha384,
    }
}

/// The refusal, where no further attempt can succeed: the input itself cannot be sealed.
fn never(failure: &SealFailure) -> Option<DocumentRefusal> {
    match failure {
        SealFailure::Sealing(error @ SealError::TooLarge(_)) => Some(DocumentRefusal {
            code: "too-large".to_owned(),
            text: format!("The document cannot be sealed: {error}. Split it and create a new order."),
        }),
        _ => None,
    }
}

/// Removes what an attempt that does not count has written. What this misses is referred to by nobody, and goes a day later (`segl_core::use_case::tidy`).
async fn remove_objects<P: Storage>(ports: &P, order: &Order, attempt: &AttemptId) {
    for key in objects(order, attempt) {
        if let Err(error) = ports.remove(&key).await {
            tracing::warn!(order = %order.id, %attempt, error = %Causes(&error), "an attempt's object stays behind");
        }
    }
}

/// Retires what an attempt that counts no more has written: whoever was sent to it before still reads it.
async fn retire_objects<P: Storage>(ports: &P, order: &Order, attempt: &AttemptId) {
    for key in objects(order, attempt) {
        if let Err(error) = ports.retire(&key).await {
            tracing::warn!(order = %order.id, %attempt, error = %Causes(&error), "a shorter object stays until the order is removed");
        }
    }
}

/// Where an attempt writes.
fn objects(order: &Order, attempt: &AttemptId) -> impl Iterator<Item = StorageKey> {
    let of = |index| [StorageKey::Sealed(order.id, index, attempt.clone()), StorageKey::SealedPlan(order.id, index, attempt.clone())];
    order.documents().flat_map(move |(index, _)| of(index))
}

fn attempt_id(random: [u8; 16]) -> AttemptId {
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.parse().expect("32 hexadecimal digits are the id of an attempt")
}
