//! What is to be signed, as files and as images of its pages.

use segl_core::document::Preview;
use segl_core::id::{DocumentIndex, Sha256};
use segl_core::order::{Order, OrderState};
use segl_core::page_list::PageList;
use segl_core::ports::PortError;
use segl_core::signer::SignerStatus;
use segl_core::storage_key::StorageKey;
use segl_core::transition::PeopleCommand;
use segl_core::use_case::Error;
use segl_lambda::file;
use segl_lambda::reply::{MAX_INLINE, Reply};
use segl_lambda::service::{Service, Storage};

use crate::notice::Notice;
use crate::visit::Visit;
use crate::{failed, note};

/// The greatest list: forty pages of text.
const MAX_LIST: u64 = 4 * 1024 * 1024;

/// Hands out a document, and once it is sealed, the sealed one.
pub async fn file<P: Storage>(service: &Service<P>, visit: &Visit, number: &str) -> Result<Reply, Notice> {
    let index = readable(visit, number)?;
    read(service, visit, index).await?;
    let order = &visit.order;
    let document = order.document(index).map_err(|_| Notice::Unknown)?;
    let sealed = matches!(order.state, OrderState::Accepted { .. });
    let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), sealed);
    let (key, version, size) = match order.sealed_document(index) {
        Ok(sealed) => (StorageKey::Sealed(order.id, index, sealed.attempt.clone()), sealed.object.version.clone(), sealed.size),
        Err(_) => {
            let (_, facts) = order.readable_document(index).map_err(|_| Notice::Unknown)?;
            (StorageKey::Original(order.id, index), facts.object.version.clone(), facts.size)
        }
    };
    file::reply(&service.ports, &key, &version, size, &name).await.map_err(failed)
}

/// Hands out the image of a page, if it is the very one that the order's list names.
pub async fn image<P: Storage>(service: &Service<P>, visit: &Visit, number: &str, page: &str) -> Result<Reply, Notice> {
    let index = readable(visit, number)?;
    let page: u32 = page.parse().map_err(|_| Notice::Unknown)?;
    let (_, facts) = visit.order.readable_document(index).map_err(|_| Notice::Unknown)?;
    let preview = facts.preview.filter(|preview| page < preview.pages).ok_or(Notice::Unknown)?;
    let list = page_list(service, &visit.order, index, facts.sha256, preview).await?;
    let entry = list.pages.get(page as usize).ok_or(Notice::Unknown)?;
    let key = StorageKey::PageImage(visit.order.id, index, facts.sha256, page);
    let bytes = service.ports.read(&key, None, MAX_INLINE).await.map_err(|error| failed(error.into()))?;
    let bytes = bytes.filter(|bytes| Sha256::of(bytes) == entry.sha256).ok_or_else(|| not_as_listed(&key))?;
    // Browsers fetch an image when the reader comes near it: with the last one the reader has been through.
    if page + 1 == preview.pages {
        read(service, visit, index).await?;
    }
    Ok(Reply::with_body(lambda_http::http::StatusCode::OK, key.media_type(), bytes))
}

/// The lists of the page images of all documents; none for a document that has no images.
pub async fn page_lists<P: Storage>(service: &Service<P>, order: &Order) -> Result<Vec<Option<PageList>>, Notice> {
    let mut lists = Vec::new();
    for (index, document) in order.documents() {
        lists.push(match document.facts().and_then(|facts| Some((facts, facts.preview?))) {
            Some((facts, preview)) => Some(page_list(service, order, index, facts.sha256, preview).await?),
            None => None,
        });
    }
    Ok(lists)
}

async fn page_list<P: Storage>(
    service: &Service<P>,
    order: &Order,
    index: DocumentIndex,
    document: Sha256,
    preview: Preview,
) -> Result<PageList, Notice> {
    let key = StorageKey::PageList(order.id, index, document);
    let bytes = service.ports.read(&key, None, MAX_LIST).await.map_err(|error| failed(error.into()))?;
    bytes.and_then(|bytes| PageList::from_bytes(&bytes, &preview.sha256)).ok_or_else(|| not_as_listed(&key))
}

/// Notes that the signer has the document, the first time.
async fn read<P: Storage>(service: &Service<P>, visit: &Visit, document: DocumentIndex) -> Result<(), Notice> {
    let open = matches!(visit.signer().status, SignerStatus::Open { .. });
    if open && !visit.signer().access.read.contains(&document) {
        note(service, visit, PeopleCommand::Read { signer: visit.index, document }).await?;
    }
    Ok(())
}

/// The document, if this visitor may see it now.
fn readable(visit: &Visit, number: &str) -> Result<DocumentIndex, Notice> {
    visit.admitted()?;
    if matches!(visit.signer().status, SignerStatus::Waiting) {
        return Err(Notice::NotYet);
    }
    number.parse().map(DocumentIndex).map_err(|_| Notice::Unknown)
}

/// What lies there is not what signatures name: nobody is shown it.
fn not_as_listed(key: &StorageKey) -> Notice {
    failed(Error::from(PortError::Corrupt { key: key.to_string(), source: "it is not what the order's digests name".into() }))
}
