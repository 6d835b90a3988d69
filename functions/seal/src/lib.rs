//! `seal`: an order that everyone has signed becomes sealed documents. Woken by the table's stream.
//!
//! Each attempt writes under keys of its own, and the commit says which attempt counts; so two attempts at the same time give one seal.
//! No step holds a document: the plan made at ingest is enough to write what is appended, and storage copies the rest by itself.

mod appearance;
mod evidence;
mod page;
mod words;

use jiff::tz::TimeZone;
use segl_core::document::{Document, DocumentFacts, DocumentRefusal, Level, SealedDocument};
use segl_core::event::{Actor, Event, verify_chain};
use segl_core::id::{AttemptId, DocumentIndex, OrderId, Sha256};
use segl_core::order::{EveryoneSigned, Order};
use segl_core::ports::{PortError, SignatureAlgorithm, SigningKey};
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::{open_task, put_off};
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;
use segl_sealing::{Attachment, KeyKind, Plan, Relationship, SealCertificate, SealError, SealRequest};

/// The greatest plan that is read. Plans are a few kilobytes; the greatest has a page tree without levels.
const MAX_PLAN: u64 = 16 * 1024 * 1024;
/// The language of the signature page.
const LANGUAGE: &str = "en";
/// How many events are read at a time.
const EVENTS: usize = 500;

/// The seal: a key and the certificate for it.
pub struct Seal<K> {
    key: K,
    certificate: SealCertificate,
    algorithm: SignatureAlgorithm,
    zone: TimeZone,
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
    /// There is no certificate in storage.
    #[error("there is no certificate of the seal in storage; install one before the first order")]
    NoCertificate,
    /// A plan is missing or not readable.
    #[error("the plan of document {0} makes no sense")]
    Plan(DocumentIndex, #[source] Option<serde_json::Error>),
    /// The audit trail does not verify: nothing is sealed on a trail that was tampered with.
    #[error("the audit trail does not verify")]
    Chain(#[from] segl_core::event::BrokenChain),
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

impl<K: SigningKey> Seal<K> {
    /// Takes the certificate from storage and proves that it is for the key. `SHA-256` goes with RSA and P-256, SHA-384 with P-384.
    pub async fn load<P: Storage>(ports: &P, key: K, zone: TimeZone) -> Result<Self, SealFailure> {
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
        Ok(Self { key, certificate, algorithm, zone })
    }
}

/// Does an order's seal task, if it is still to be done. Answers an error only where not even that could be noted.
pub async fn seal<P: Storage, K: SigningKey>(ports: &P, seal: &Seal<K>, id: OrderId, kind: TaskKind) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, kind).await?.filter(|_| kind == TaskKind::Seal) else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let Some(signed) = order.everyone_signed() else { return Ok(()) };
    let attempt = attempt_id(ports.array());
    let command = match seal_all(ports, seal, signed, &attempt).await {
        Ok(sealed) => Command::Sealed { sealed, task },
        Err(failure) => {
            tracing::error!(order = %id, %attempt, error = %Causes(&failure), "not sealed");
            remove_attempt(ports, &order, &attempt).await;
            match never(&failure) {
                Some(refusal) => Command::CannotSeal { refusal, task },
                None => return put_off(ports, &task).await.map(drop),
            }
        }
    };
    // A crash before this commit leaves objects that nobody refers to; the next attempt writes others.
    match update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        Ok(order) => {
            tracing::info!(order = %id, %attempt, state = order.state.name(), "sealed");
            Ok(())
        }
        // Another attempt was first, and its seal counts.
        Err(Error::Port(PortError::AlreadyDone) | Error::Refused(Refusal::Closed(_))) => {
            remove_attempt(ports, &order, &attempt).await;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn seal_all<P: Storage, K: SigningKey>(
    ports: &P,
    seal: &Seal<K>,
    signed: EveryoneSigned<'_>,
    attempt: &AttemptId,
) -> Result<Vec<SealedDocument>, SealFailure> {
    let events = chain(ports, signed.order()).await?;
    let evidence = evidence::document(signed, &events);
    let mut sealed = Vec::new();
    for (index, document, facts) in signed.documents() {
        sealed.push(seal_one(ports, seal, signed, attempt, index, document, facts, &evidence).await?);
    }
    Ok(sealed)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one document's seal, each named")]
async fn seal_one<P: Storage, K: SigningKey>(
    ports: &P,
    seal: &Seal<K>,
    signed: EveryoneSigned<'_>,
    attempt: &AttemptId,
    index: DocumentIndex,
    _document: &Document,
    facts: &DocumentFacts,
    evidence: &[u8],
) -> Result<SealedDocument, SealFailure> {
    let order = signed.order();
    let plan = StorageKey::Plan(order.id, index, facts.sha256);
    let plan = ports.read(&plan, None, MAX_PLAN).await?.ok_or(SealFailure::Plan(index, None))?;
    let plan: Plan = serde_json::from_slice(&plan).map_err(|error| SealFailure::Plan(index, Some(error)))?;
    // The plan was stored apart from the order; it must be about the very bytes that were signed.
    if plan.document_sha256() != facts.sha256.0 || plan.document_len() != facts.size {
        return Err(SealFailure::Plan(index, None));
    }
    let prepared = plan.prepare(request(ports.now(), seal, signed, &plan, evidence))?;
    let to_be_signed = prepared.to_be_signed();
    let signature = seal.key.sign(&to_be_signed.digest, seal.algorithm).await?;
    let result = prepared.complete(&signature)?;
    let (sha256, size) = (Sha256(result.sha256), result.total_len);
    let key = StorageKey::Sealed(order.id, index, attempt.clone());
    let object = ports.append_to_copy(&StorageKey::Original(order.id, index), &facts.object, result.increment, &key).await?;
    let head = ports.head(&key).await?.filter(|head| head.version == object).map_or(0, |head| head.size);
    if head != size {
        return Err(SealFailure::Composed { found: head, expected: size });
    }
    Ok(SealedDocument {
        document: index,
        attempt: attempt.clone(),
        object,
        sha256,
        size,
        level: Level::BB,
        shortfall: None,
        lapses_at: None,
    })
}

fn request<K>(now: jiff::Timestamp, seal: &Seal<K>, signed: EveryoneSigned<'_>, plan: &Plan, evidence: &[u8]) -> SealRequest {
    let attachment = Attachment {
        name: "evidence.json".to_owned(),
        media_type: "application/json".to_owned(),
        description: "Who signed what, when and how, with the audit trail".to_owned(),
        bytes: evidence.to_vec(),
        relationship: Relationship::Supplement,
    };
    SealRequest {
        time: now,
        reason: Some(words::Words::for_language(LANGUAGE).reason.to_owned()),
        name: seal.certificate.leaf().common_name(),
        appearance: appearance::appearance(signed, plan, &seal.zone, LANGUAGE),
        // Nor does every part of PDF/A permit a file. The audit trail can be read from the service all the same.
        attachments: if plan.permits_attachments() { vec![attachment] } else { Vec::new() },
        certificate: seal.certificate.clone(),
        algorithm: match seal.algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => segl_sealing::SignatureAlgorithm::RsaPkcs1Sha256,
            SignatureAlgorithm::RsaPssSha256 => segl_sealing::SignatureAlgorithm::RsaPssSha256,
            SignatureAlgorithm::EcdsaP256Sha256 => segl_sealing::SignatureAlgorithm::EcdsaP256Sha256,
            SignatureAlgorithm::EcdsaP384Sha384 => segl_sealing::SignatureAlgorithm::EcdsaP384Sha384,
        },
    }
}

/// The order's audit trail, whole and verified.
async fn chain<P: Storage>(ports: &P, order: &Order) -> Result<Vec<Event>, SealFailure> {
    let mut events: Vec<Event> = Vec::new();
    while (events.len() as u64) < order.chain.seq {
        let page = ports.events(order.id, events.last().map_or(0, |event| event.seq), EVENTS).await?;
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    // Events after the order was read belong to a later version of it.
    events.retain(|event| event.seq <= order.chain.seq);
    verify_chain(order.id, &events, &order.chain)?;
    Ok(events)
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

/// Removes what an attempt that does not count has written. What this misses is referred to by nobody, and goes when the order is removed.
async fn remove_attempt<P: Storage>(ports: &P, order: &Order, attempt: &AttemptId) {
    for (index, _) in order.documents() {
        if let Err(error) = ports.remove(&StorageKey::Sealed(order.id, index, attempt.clone())).await {
            tracing::warn!(order = %order.id, %attempt, error = %Causes(&error), "an attempt's object stays behind");
        }
    }
}

fn attempt_id(random: [u8; 16]) -> AttemptId {
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.parse().expect("32 hexadecimal digits are the id of an attempt")
}
