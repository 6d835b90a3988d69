//! `ingest`: a document has arrived in storage. It is read once, as a stream: hashed, looked into, planned for sealing.
//!
//! What this function knows afterwards goes into one commit. A crash before it leaves a plan that nobody refers to, and the storage
//! service tells of the arrival again; should that fail, too, the agenda finds the order still drafting and has it told again.

pub mod draw;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use segl_core::document::{Document, DocumentFacts, DocumentRefusal, DocumentState, Finding, ObjectVersion, Preview, Uploaded};
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::language::Language;
use segl_core::order::{Dialect, Order};
use segl_core::page_list::{PageEntry, PageList};
use segl_core::ports::PortError;
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::update::update;
use segl_dialects::zgw::request::identifications;
use segl_lambda::service::Storage;
use segl_preview::Place;
use segl_sealing::{Examined, KeyKind, Limits, Plan, PrefixHasher, TextPlace, inspect_or_repair, repaired_from};
use segl_wording::words;

use crate::draw::{Artist, Drawing as _};

/// How far above the foot of a letter a line begins, in points: the size of common text.
const LINE: f32 = 12.0;

/// How many findings are kept of a document: twenty documents must fit one item of the table. Only earlier signatures can be more.
const MAX_FINDINGS: usize = 24;

/// Why a document could not be read; the event is then delivered again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Storage failed, or the order could not be changed.
    #[error(transparent)]
    UseCase(#[from] Error),
    /// The scratch file failed.
    #[error("the scratch file could not be written or read")]
    Scratch(#[from] std::io::Error),
    /// The document is fine and could not be read all the same.
    #[error("the document could not be examined")]
    Unreadable(#[source] segl_sealing::Refusal),
}

/// Reads a document that arrived. One that arrives twice, or too late, changes nothing.
///
/// What lies there now is read, whatever version the message told of: from the commit on, that version counts and no later one.
///
/// `seal_key` is the kind of key that will seal: the document is hashed for it, since it is not read again.
pub async fn ingest<P: Storage>(ports: &P, artist: &impl Artist, seal_key: KeyKind, key: &StorageKey) -> Result<(), IngestError> {
    let &StorageKey::Original(id, index) = key else { return Ok(()) };
    let Some(order) = ports.order(id).await.map_err(Error::from)? else {
        // Documents come after the commit of their order: this one is for an order that never was.
        ports.remove(key).await.map_err(Error::from)?;
        return Ok(());
    };
    if is_purged(&order) {
        // An upload address outlived the order's objects; personal data must not come back.
        ports.purge(id).await.map_err(Error::from)?;
        return Ok(());
    }
    let Some(document) = order.document(index).ok().filter(|document| document.state == DocumentState::Awaited) else { return Ok(()) };
    let Some(head) = ports.head(key).await.map_err(Error::from)? else { return Ok(()) };
    let command = match examine(ports, seal_key, key, &head.version, document, order.dialect).await? {
        Ok(Read { mut facts, mut plan, repair, mut scratch }) => {
            if let Some(suffix) = repair {
                // Page images are drawn from what will count.
                scratch.seek(SeekFrom::End(0))?;
                scratch.write_all(&suffix)?;
                // From here on the repaired file is what lies there. A crash after this is harmless: its own arrival, or the agenda, brings
                // it here again, and it is recognised as what repairing makes of its beginning, which is not repaired a second time. Where
                // it arrives after the commit, the document is not awaited any more. So nothing goes round in circles.
                facts.object = match ports.append_to_copy(key, &head.version, suffix, key).await {
                    // Another file came, or somebody else repaired this one. That tells its own arrival.
                    Err(PortError::Conflict) => return Ok(()),
                    appended => appended.map_err(Error::from)?,
                };
            }
            let names = identifications(&order);
            let (preview, places) = preview(ports, artist, id, index, &facts, &scratch, &names).await?;
            facts.preview = preview;
            add_spots(&mut plan, &scratch, names, &places);
            ports.put(&StorageKey::Plan(id, index, facts.sha256), stored(&plan)).await.map_err(Error::from)?;
            Command::DocumentReady { document: index, facts }
        }
        Err(refusal) => Command::DocumentRefused { document: index, refusal },
    };
    tracing::info!(order = %id, document = %index, outcome = outcome(&command), "document read");
    commit(ports, id, index, command).await
}

async fn commit<P: Storage>(ports: &P, id: OrderId, index: DocumentIndex, command: Command) -> Result<(), IngestError> {
    let refused = matches!(command, Command::DocumentRefused { .. });
    let changed = update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await;
    match changed {
        Ok(_) if refused => segl_core::use_case::remove::purge(ports, id).await?,
        Ok(_) => {}
        // Cancelled, expired, removed, or read by somebody else in the meantime.
        Err(Error::Refused(Refusal::Closed(_) | Refusal::NotFound)) => {
            tracing::info!(order = %id, document = %index, "too late");
            // A purge that came between saw no plan. A crash before this is made good by the repeat, which finds the order purged.
            if ports.order(id).await.map_err(Error::from)?.is_none_or(|order| is_purged(&order)) {
                ports.purge(id).await.map_err(Error::from)?;
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether none of the order's objects may be there any more: its data were removed, or one of its documents can never be sealed.
fn is_purged(order: &Order) -> bool {
    order.erased_at.is_some() || order.documents.iter().any(|document| matches!(document.state, DocumentState::Refused(_)))
}

/// What reading a document gave.
struct Read {
    facts: DocumentFacts,
    plan: Plan,
    /// What has to be appended to the stored file before the facts are about it.
    repair: Option<Vec<u8>>,
    /// The file as it is stored.
    scratch: File,
}

/// Reads a document, or tells why it can never be sealed.
async fn examine<P: Storage>(
    ports: &P,
    seal_key: KeyKind,
    key: &StorageKey,
    version: &ObjectVersion,
    document: &Document,
    dialect: Dialect,
) -> Result<Result<Read, DocumentRefusal>, IngestError> {
    // The document goes to a scratch file as it is hashed, so that no size of document costs memory.
    let mut scratch = tempfile::tempfile()?;
    let mut hasher = PrefixHasher::for_key(seal_key);
    ports
        .stream(key, &version.version, |piece| {
            hasher.update(piece);
            scratch.write_all(piece)
        })
        .await
        .map_err(Error::from)?;
    let limits = Limits::default();
    let stored = hasher.clone().finish();
    let stored = Uploaded { sha256: Sha256(stored.sha256), size: stored.len };
    // A file that was repaired here before begins with the one that was uploaded.
    let uploaded = match repaired_from(&scratch, &limits).map_err(IngestError::Unreadable)? {
        Some(size) => first(&mut scratch, size)?,
        None => stored,
    };
    if let Err(refusal) = as_announced(document, stored).or_else(|refusal| as_announced(document, uploaded).map_err(|_| refusal)) {
        return Ok(Err(refusal));
    }
    match inspect_or_repair(&scratch, hasher, &limits) {
        Ok(Examined { inspection, repair, .. }) => {
            let is_repaired = repair.is_some() || uploaded != stored;
            let mut findings: Vec<Finding> = inspection.findings.iter().map(finding).collect();
            if is_repaired && repair.is_none() {
                findings.insert(0, finding(&segl_sealing::Finding::Repaired));
            }
            findings.truncate(MAX_FINDINGS);
            let facts = DocumentFacts {
                sha256: Sha256(inspection.plan.document_sha256()),
                size: inspection.plan.document_len(),
                pages: inspection.pages,
                object: version.clone(),
                repaired_from: is_repaired.then_some(uploaded),
                findings,
                preview: None,
            };
            Ok(Ok(Read { facts, plan: inspection.plan, repair, scratch }))
        }
        Err(refusal @ segl_sealing::Refusal::Unreadable(_)) => Err(IngestError::Unreadable(refusal)),
        Err(refusal) => Ok(Err(told(dialect, &refusal))),
    }
}

/// Draws the document's pages and stores them, as many as time and memory allow; tells where `names` stand on them. None at all is no
/// error: signers then get the PDF.
///
/// A crash in the middle leaves images that nobody refers to; the repeat draws them again, under the same names.
async fn preview<P: Storage>(
    ports: &P,
    artist: &impl Artist,
    id: OrderId,
    index: DocumentIndex,
    facts: &DocumentFacts,
    scratch: &File,
    names: &[String],
) -> Result<(Option<Preview>, Vec<TextPlace>), IngestError> {
    let mut places = Vec::new();
    if facts.size > draw::MAX_DOCUMENT {
        return Ok((None, places));
    }
    let mut drawing = artist.begin(scratch, names)?;
    let mut list = PageList { document: facts.sha256, pages: Vec::new() };
    for number in 0.. {
        let Some(page) = drawing.next().await else { break };
        let sha256 = Sha256::of(&page.png);
        places.extend(page.places.iter().filter_map(|place| text_place(place, number, names)));
        ports.put(&StorageKey::PageImage(id, index, facts.sha256, number), page.png).await.map_err(Error::from)?;
        list.pages.push(PageEntry { sha256, width: page.width, height: page.height, text: page.text });
    }
    tracing::info!(order = %id, document = %index, drawn = list.pages.len(), pages = facts.pages, "pages drawn");
    if list.pages.is_empty() {
        return Ok((None, places));
    }
    let bytes = list.to_bytes();
    let sha256 = Sha256::of(&bytes);
    ports.put(&StorageKey::PageList(id, index, facts.sha256), bytes).await.map_err(Error::from)?;
    // The number is bounded by what the artist draws.
    Ok((Some(Preview { pages: u32::try_from(list.pages.len()).unwrap_or(u32::MAX), sha256 }), places))
}

/// A place as the drawing process told of it; what it says is believed as far as it makes sense.
fn text_place(place: &Place, page: u32, names: &[String]) -> Option<TextPlace> {
    let name = names.get(usize::from(place.name)).filter(|name| !name.is_empty())?.clone();
    Some(TextPlace { name, page, x: place.x, y: (place.y - LINE).max(0.0) })
}

/// Adds the spots of signers who are named in the document to its plan. Without them, it is signed as any other.
fn add_spots(plan: &mut Plan, scratch: &File, mut names: Vec<String>, places: &[TextPlace]) {
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    if let Err(refusal) = plan.add_spots(scratch, &Limits::default(), &names, places) {
        tracing::warn!(error = &refusal as &dyn std::error::Error, "the document's spots cannot be read");
    }
}

/// A refusal in words for whom it is for. Case systems hand it to officials, who read Dutch.
fn told(dialect: Dialect, refusal: &segl_sealing::Refusal) -> DocumentRefusal {
    let dutch = (dialect == Dialect::Zgw).then(|| words(Language::Dutch).refusal(refusal.code())).flatten();
    DocumentRefusal { code: refusal.code().to_owned(), text: dutch.map_or_else(|| refusal.to_string(), str::to_owned) }
}

fn finding(finding: &segl_sealing::Finding) -> Finding {
    Finding { code: finding.code().to_owned(), text: finding.to_string() }
}

/// The first bytes of a file, as the file that they once were.
fn first(file: &mut File, size: u64) -> Result<Uploaded, IngestError> {
    file.rewind()?;
    let mut hasher = PrefixHasher::for_key(KeyKind::P256);
    let mut piece = vec![0; 64 * 1024];
    let mut rest = file.take(size);
    loop {
        match rest.read(&mut piece)? {
            0 => break,
            count => hasher.update(&piece[..count]),
        }
    }
    let digest = hasher.finish();
    Ok(Uploaded { sha256: Sha256(digest.sha256), size: digest.len })
}

fn stored(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec(plan).expect("a plan has string keys and finite numbers only, which JSON can express")
}

fn as_announced(document: &Document, file: Uploaded) -> Result<(), DocumentRefusal> {
    let refuse = |code: &str, text: String| Err(DocumentRefusal { code: code.to_owned(), text });
    if let Some(size) = document.announced.size.filter(|size| *size != file.size) {
        return refuse("size-differs", format!("The file has {} bytes, and {size} were announced. Upload the document again.", file.size));
    }
    if document.announced.sha256.is_some_and(|sha256| sha256 != file.sha256) {
        return refuse("digest-differs", "The file is not the one whose SHA-256 was announced. Upload the document again.".to_owned());
    }
    Ok(())
}

fn outcome(command: &Command) -> &str {
    match command {
        Command::DocumentRefused { refusal, .. } => &refusal.code,
        _ => "ready",
    }
}

#[cfg(test)]
mod tests {
    use segl_core::language::Language;
    use segl_wording::words;

    #[test]
    fn whatever_is_found_is_told_in_every_language() {
        for language in Language::ALL {
            for code in segl_sealing::Finding::codes() {
                assert!(words(language).finding(code).is_some(), "{language:?} has no words for {code}");
            }
            assert_eq!(segl_sealing::Finding::codes().count(), words(language).findings.len(), "{language:?} has words for nothing");
        }
    }
}
