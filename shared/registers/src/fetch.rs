//! The task of fetching a document from the register in which it lies, at exactly the version that is to be signed.
//!
//! What was fetched is stored, and its arrival wakes `ingest`, as that of any document. A crash before that leaves nothing, and the task
//! is done again; a crash after it leaves a document that the next try finds.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use segl_core::document::{DocumentRefusal, DocumentState};
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::ports::PortError;
use segl_core::refusal::Refusal;
use segl_core::register::RegisterName;
use segl_core::storage_key::StorageKey;
use segl_core::task::{Task, TaskKind};
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::open_task;
use segl_core::use_case::update::update;

use crate::work::Ports;

/// After how many tries a fetch is given up: some three days.
const GIVE_UP_AFTER: u32 = 16;

/// The largest document that is fetched, in bytes: it is held in memory once.
pub const MAX_DOCUMENT: usize = 64 * 1024 * 1024;

/// Where documents are fetched.
pub trait Originals: Sync {
    /// The content of one version of a document of at most [`MAX_DOCUMENT`] bytes. `token` is chance, for tokens that have names.
    fn download(
        &self,
        name: &RegisterName,
        url: &str,
        version: u32,
        now: Timestamp,
        token: [u8; 16],
    ) -> impl Future<Output = Result<Vec<u8>, NoDocument>> + Send;
}

/// Why a document was not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDocument {
    /// That may pass; how long the register asks to be left alone.
    Later(Option<SignedDuration>),
    /// That stays so.
    Never(Obstacle),
}

/// Why a document can never be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The register has no such version of it.
    Gone,
    /// It is empty.
    Empty,
    /// It has more than [`MAX_DOCUMENT`] bytes.
    TooLarge,
    /// It lies where we do not go: at a private address, or behind a redirect.
    Elsewhere,
    /// It is no PDF.
    NotPdf,
    /// The register understands and refuses.
    Refused,
    /// The register did not answer for days.
    Silent,
}

impl Obstacle {
    /// The same for the order. The texts are for an official.
    fn refusal(self) -> DocumentRefusal {
        let (code, text) = match self {
            Self::Gone => ("document-gone", "Deze versie van het document staat niet in het register. Start het ondertekenen opnieuw."),
            Self::Empty => ("document-empty", "Het document in het register is leeg. Voeg een bestand toe en start opnieuw."),
            Self::TooLarge => ("document-too-large", "Het document is te groot. Maak het bestand kleiner en start opnieuw."),
            Self::Elsewhere => {
                ("document-elsewhere", "Het document staat op een adres dat niet mag worden gelezen. Vraag uw beheerder om hulp.")
            }
            Self::NotPdf => ("not-a-pdf", "Het document is geen pdf. Zet het om naar pdf en start opnieuw."),
            Self::Refused => ("register-refuses", "Het register geeft het document niet. Vraag uw beheerder om hulp."),
            Self::Silent => ("register-silent", "Het register gaf dagenlang geen antwoord. Start het ondertekenen opnieuw."),
        };
        DocumentRefusal { code: code.to_owned(), text: text.to_owned() }
    }
}

/// Does the task, if it is still to be done.
///
/// # Errors
/// When not even the next try could be stored; the stream delivers the record again then.
pub async fn fetch<P: Ports, O: Originals>(ports: &P, originals: &O, id: OrderId, index: DocumentIndex) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, TaskKind::Fetch(index)).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let key = StorageKey::Original(id, index);
    let awaited = matches!(order.state, OrderState::Drafting { .. }) && order.document(index)?.state == DocumentState::Awaited;
    if !awaited || ports.head(&key).await?.is_some() {
        return replace(ports, &task, task.clone().done()).await;
    }
    let work = ports.register_work(id).await?;
    let place = work.as_ref().and_then(|work| Some((&work.register, work.documents.get(index.as_usize())?)));
    let fetched = match place {
        Some((register, document)) => {
            originals.download(register, &document.url, document.version, ports.now(), ports.array()).await.and_then(pdf)
        }
        None => Err(NoDocument::Never(Obstacle::Gone)),
    };
    let obstacle = match fetched {
        Ok(content) => {
            ports.put(&key, content).await?;
            return replace(ports, &task, task.clone().done()).await;
        }
        Err(NoDocument::Later(after)) if task.failures < GIVE_UP_AFTER => {
            tracing::warn!(order = %id, document = %index, "not fetched yet");
            let mut failed = task.clone().failed(ports.now());
            failed.due = failed.due.max(after.map(|after| ports.now() + after));
            return replace(ports, &task, failed).await;
        }
        Err(NoDocument::Later(_)) => Obstacle::Silent,
        Err(NoDocument::Never(obstacle)) => obstacle,
    };
    tracing::warn!(order = %id, document = %index, ?obstacle, "can never be fetched");
    let command = Command::NotFetched { document: index, refusal: obstacle.refusal(), task };
    match update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        // Cancelled or expired meanwhile, or somebody else found out the same.
        Ok(_) | Err(Error::Refused(Refusal::Closed(_)) | Error::Port(PortError::AlreadyDone)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// By content, and not by name: the header of ISO 32000-2, 7.5.2 stands among the first 1,024 bytes.
fn pdf(content: Vec<u8>) -> Result<Vec<u8>, NoDocument> {
    if content.is_empty() {
        return Err(NoDocument::Never(Obstacle::Empty));
    }
    let start = &content[..content.len().min(1024)];
    if start.windows(5).any(|window| window == b"%PDF-") { Ok(content) } else { Err(NoDocument::Never(Obstacle::NotPdf)) }
}

async fn replace<P: Ports>(ports: &P, before: &Task, after: Task) -> Result<(), Error> {
    match ports.replace_task(before, &after).await {
        Ok(()) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
