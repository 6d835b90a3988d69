//! The task of fetching a document from the register in which it lies, at exactly the version that is to be signed.
//!
//! A PDF goes into storage piece by piece, whatever its size. Anything else that can be signed as a PDF is small, is held, and goes through
//! the converter. What a file is tells its content, not its name.
//!
//! What was fetched is stored, and its arrival wakes `ingest`, as that of any document. A crash before that leaves nothing, and the task
//! is done again; a crash after it leaves a document that the next try finds.

mod format;
mod obstacle;
mod package;

use std::future::Future;
use std::io;

use jiff::{SignedDuration, Timestamp};
use segl_core::document::DocumentState;
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::ports::{Pieces, PortError};
use segl_core::refusal::Refusal;
use segl_core::register::RegisterName;
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::open_task;
use segl_core::use_case::update::update;

use crate::task::{close, put_off};
use crate::work::Ports;

pub use format::Format;
pub use obstacle::Obstacle;

/// After how many tries a fetch is given up: some three days.
const GIVE_UP_AFTER: u32 = 16;

/// The largest document that is fetched, in bytes: as much as `ingest` has room for beside it.
pub const MAX_DOCUMENT: usize = 400 * 1024 * 1024;

/// The largest file that is converted, in bytes: it is held in memory.
pub const MAX_CONVERTED: usize = 32 * 1024 * 1024;

/// How much is looked at to see what a file is: among so many bytes a PDF has its header (ISO 32000-2, 7.5.2).
const LOOKED_AT: usize = 1024;

/// Where documents are fetched.
pub trait Originals: Sync {
    /// A document on its way in.
    type Download: Download;
    /// Begins with the content of one version of a document of at most [`MAX_DOCUMENT`] bytes. `token` is chance, for tokens that have
    /// names.
    fn download(
        &self,
        name: &RegisterName,
        url: &str,
        version: u32,
        now: Timestamp,
        token: [u8; 16],
    ) -> impl Future<Output = Result<Self::Download, NoDocument>> + Send;
}

/// A document on its way in.
pub trait Download: Send {
    /// The next piece; nothing after the last. After an error there is no further one.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, NoDocument>> + Send;
}

/// What makes PDFs of other files.
pub trait Converter: Sync {
    /// A file as PDF.
    fn convert(&self, format: Format, content: Vec<u8>, now: Timestamp) -> impl Future<Output = Result<Vec<u8>, NotConverted>> + Send;
}

/// Why a document was not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDocument {
    /// That may pass; how long the register asks to be left alone.
    Later(Option<SignedDuration>),
    /// That stays so.
    Never(Obstacle),
}

/// Why there is no PDF of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotConverted {
    /// Nobody is configured who could make one.
    Nobody,
    /// That may pass; how long the converter asks to be left alone.
    Later(Option<SignedDuration>),
    /// The converter has understood, and can make none of this file.
    Never,
}

/// Why a document is not in storage yet.
enum Stop {
    NoDocument(NoDocument),
    /// The converter is out of order, for as long as it says.
    NoConverter(Option<SignedDuration>),
    Storage(PortError),
}

/// Does the task, if it is still to be done.
///
/// # Errors
/// When not even the next try could be stored; the stream delivers the record again then.
pub async fn fetch<P: Ports, O: Originals + Converter>(ports: &P, office: &O, id: OrderId, index: DocumentIndex) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, TaskKind::Fetch(index)).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let key = StorageKey::Original(id, index);
    let awaited = matches!(order.state, OrderState::Drafting { .. }) && order.document(index)?.state == DocumentState::Awaited;
    if !awaited || ports.head(&key).await?.is_some() {
        return close(ports, &task).await;
    }
    let work = ports.register_work(id).await?;
    let place = work.as_ref().and_then(|work| Some((&work.register, work.documents.get(index.as_usize())?)));
    let fetched = match place {
        Some((register, document)) => match office.download(register, &document.url, document.version, ports.now(), ports.array()).await {
            Ok(download) => store(ports, office, &key, download).await,
            Err(no_document) => Err(Stop::NoDocument(no_document)),
        },
        None => Err(Stop::NoDocument(NoDocument::Never(Obstacle::Gone))),
    };
    let is_last = task.failures >= GIVE_UP_AFTER;
    let obstacle = match fetched {
        Ok(()) => return close(ports, &task).await,
        // Storage is ours, and is never given up.
        Err(Stop::Storage(error)) => {
            tracing::warn!(order = %id, document = %index, %error, "not stored yet");
            return put_off(ports, &task, None).await;
        }
        Err(Stop::NoDocument(NoDocument::Later(after)) | Stop::NoConverter(after)) if !is_last => {
            tracing::warn!(order = %id, document = %index, "not fetched yet");
            return put_off(ports, &task, after).await;
        }
        Err(Stop::NoDocument(NoDocument::Later(_))) => Obstacle::Silent,
        Err(Stop::NoConverter(_)) => Obstacle::ConverterSilent,
        Err(Stop::NoDocument(NoDocument::Never(obstacle))) => obstacle,
    };
    tracing::warn!(order = %id, document = %index, ?obstacle, "can never be fetched");
    let command = Command::NotFetched { document: index, refusal: obstacle.refusal(), task };
    match update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        // Cancelled or expired meanwhile, or somebody else found out the same.
        Ok(_) | Err(Error::Refused(Refusal::Closed(_)) | Error::Port(PortError::AlreadyDone)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Stores a document as a PDF, converted where it is none.
async fn store<P: Ports, O: Converter, D: Download>(ports: &P, converter: &O, key: &StorageKey, download: D) -> Result<(), Stop> {
    let mut source = Source { download, kept: None, broken: None };
    let start = source.gather(LOOKED_AT).await.map_err(Stop::NoDocument)?;
    if start.is_empty() {
        return Err(Stop::never(Obstacle::Empty));
    }
    if format::is_pdf(&start) {
        source.kept = Some(start);
        return match ports.put_pieces(key, &mut source).await {
            Ok(_) => Ok(()),
            Err(error) => Err(source.broken.map_or(Stop::Storage(error), Stop::NoDocument)),
        };
    }
    source.kept = Some(start);
    let content = source.gather(MAX_CONVERTED + 1).await.map_err(Stop::NoDocument)?;
    let format = Format::of(&content).map_err(Stop::never)?;
    match converter.convert(format, content, ports.now()).await {
        Ok(pdf) => ports.put(key, pdf).await.map(drop).map_err(Stop::Storage),
        Err(NotConverted::Nobody) => Err(Stop::never(Obstacle::NoConverter)),
        Err(NotConverted::Never) => Err(Stop::never(Obstacle::NotConvertible)),
        Err(NotConverted::Later(after)) => Err(Stop::NoConverter(after)),
    }
}

impl Stop {
    fn never(obstacle: Obstacle) -> Self {
        Self::NoDocument(NoDocument::Never(obstacle))
    }
}

/// A download whose beginning was looked at.
struct Source<D> {
    download: D,
    /// What was read and is not handed on yet.
    kept: Option<Vec<u8>>,
    /// Why there is no further piece, where the download broke off.
    broken: Option<NoDocument>,
}

impl<D: Download> Source<D> {
    /// So many bytes at least, or all that there are.
    async fn gather(&mut self, least: usize) -> Result<Vec<u8>, NoDocument> {
        let mut gathered = self.kept.take().unwrap_or_default();
        while gathered.len() < least
            && let Some(piece) = self.download.next().await?
        {
            gathered.extend(piece);
        }
        Ok(gathered)
    }
}

impl<D: Download> Pieces for Source<D> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(kept) = self.kept.take() {
            return Ok(Some(kept));
        }
        self.download.next().await.map_err(|broken| {
            self.broken = Some(broken);
            io::ErrorKind::ConnectionAborted.into()
        })
    }
}
