//! The evidence of an order as an answer: a sealed PDF, or an archive of it with the order's files.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use segl_core::bundle::{self, Bundle};
use segl_core::checkpoint::day_of;
use segl_core::client::Client;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::inclusion::FILE_NAME;
use segl_core::order::Order;
use segl_core::ports::{ObjectHead, PortError};
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::{Evidence, evidence, trail};
use segl_core::use_case::inclusion::inclusion;
use segl_dialects::native;
use segl_dialects::native::route::EvidenceForm;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::file;
use crate::reply::{MAX_INLINE, Reply};
use crate::service::Storage;

/// How often it is looked whether the evidence is there.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How much of a checkpoint goes into an archive.
const MAX_CHECKPOINT: u64 = 1024 * 1024;
/// What an archive needs besides the files in it, at most.
const FRAME: u64 = 16 * 1024;

/// The evidence of an order that this client created, as a file; none where it is still being made after `patience`.
///
/// # Errors
/// What [`evidence`] refuses.
pub async fn answer<P: Storage>(
    ports: &P,
    client: &Client,
    id: OrderId,
    form: EvidenceForm,
    patience: Duration,
) -> Result<Option<Reply>, Error> {
    let mut looks = patience.as_millis() / LOOK_EVERY.as_millis();
    loop {
        match evidence(ports, client, id).await? {
            Evidence::Ready { order, key, head } => {
                let file = match form {
                    EvidenceForm::Pdf => pdf(ports, &order, &key, &head).await,
                    EvidenceForm::Zip => archive(ports, &order, &key, &head).await,
                };
                return file.map(Some);
            }
            Evidence::Awaited if looks == 0 => return Ok(None),
            Evidence::Awaited => {
                looks -= 1;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

async fn pdf<P: Storage>(ports: &P, order: &Order, key: &StorageKey, head: &ObjectHead) -> Result<Reply, Error> {
    file::reply(ports, key, &head.version.version, head.size, &format!("evidence-{}.pdf", order.id)).await
}

/// The PDF, the bundle by itself, the proof and the checkpoint that vouch for it where there are, and the order's files as far as they fit
/// an answer. What does not fit is named in the bundle by its digest.
async fn archive<P: Storage>(ports: &P, order: &Order, key: &StorageKey, head: &ObjectHead) -> Result<Reply, Error> {
    let bundle = Bundle::new(order, trail(ports, order).await?);
    let bytes = serde_json::to_vec_pretty(&bundle).expect("evidence has string keys and whole numbers only, which JSON can express");
    let mut room = MAX_INLINE.saturating_sub(FRAME + bytes.len() as u64);
    if head.size > room {
        // The PDF holds the same.
        return pdf(ports, order, key, head).await;
    }
    let Some(sealed) = ports.read(key, Some(&head.version.version), room).await? else { return Err(gone(key)) };
    room -= head.size;
    let mut files = vec![("evidence.pdf".to_owned(), sealed), (bundle::FILE_NAME.to_owned(), bytes)];
    let events = &bundle.audit_trail.events;
    if let Some(proof) = inclusion(ports, order.id, events).await? {
        let proof =
            serde_json::to_vec_pretty(&native::inclusion::inclusion(Some(&proof))).expect("text and numbers, which JSON can express");
        room = room.saturating_sub(proof.len() as u64);
        files.push((FILE_NAME.to_owned(), proof));
    }
    if let Some(last) = events.last() {
        let day = day_of(last);
        let key = StorageKey::Checkpoint(day);
        if let Some(head) = ports.head(&key).await?.filter(|head| head.size <= room.min(MAX_CHECKPOINT)) {
            let Some(checkpoint) = ports.read(&key, Some(&head.version.version), room).await? else { return Err(gone(&key)) };
            room -= head.size;
            files.push((format!("checkpoint-{day}.json"), checkpoint));
        }
    }
    for (index, _) in order.documents() {
        for (name, key, version, size) in stored(order, index) {
            if size <= room {
                let Some(document) = ports.read(&key, Some(&version), room).await? else { return Err(gone(&key)) };
                room -= size;
                files.push((name, document));
            }
        }
    }
    let archive = pack(files).map_err(|error| PortError::Rejected { service: "the archive", source: error.into() })?;
    Ok(Reply::file("application/zip", &format!("evidence-{}.zip", order.id), archive))
}

/// The files of a document that can be handed out: name in the archive, key, version, size.
fn stored(order: &Order, index: DocumentIndex) -> Vec<(String, StorageKey, String, u64)> {
    let original = order.readable_document(index).ok().map(|(_, facts)| {
        (format!("documents/{index}-signed.pdf"), StorageKey::Original(order.id, index), facts.object.version.clone(), facts.size)
    });
    let sealed = order.sealed_document(index).ok().map(|sealed| {
        let key = StorageKey::Sealed(order.id, index, sealed.attempt.clone());
        (format!("documents/{index}-sealed.pdf"), key, sealed.object.version.clone(), sealed.size)
    });
    original.into_iter().chain(sealed).collect()
}

/// As they are: what is in them is compressed already. The same files make the same archive.
fn pack(files: Vec<(String, Vec<u8>)>) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name, options)?;
        archive.write_all(&content)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn gone(key: &StorageKey) -> Error {
    PortError::Corrupt { key: key.to_string(), source: "the object is gone, and the order refers to it".into() }.into()
}
