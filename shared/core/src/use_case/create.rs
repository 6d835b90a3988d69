//! Creating an order.

use crate::client::Client;
use crate::commitment::Salt;
use crate::id::{DocumentIndex, OrderId};
use crate::new_order::NewOrder;
use crate::order::Order;
use crate::ports::{Clock, Entropy, Objects, Orders, PortError, RegisterWorks};
use crate::refusal::Refusal;
use crate::register::{RegisterDocument, RegisterName, RegisterWork};
use crate::storage_key::StorageKey;
use crate::use_case::Error;
use crate::use_case::once::{self, IdempotencyKey};

/// Creates an order and stores the documents that came with the request: `contents[n]` is document n, or none where it will be uploaded.
///
/// First the commit, then the documents. A crash between the two leaves a drafting order without its documents: a repeat with the
/// same idempotency key stores them, and without one the order expires by itself. The other way round, documents could arrive for an
/// order that never comes to be.
pub async fn create<P: Orders + Objects + Clock + Entropy>(
    ports: &P,
    client: &Client,
    new: NewOrder,
    contents: Vec<Option<Vec<u8>>>,
    idempotency: Option<IdempotencyKey>,
) -> Result<Order, Error> {
    let order = match &idempotency {
        Some(key) => match earlier(ports, key).await? {
            Some(order) => order,
            None => commit_new(ports, client, new, idempotency.as_ref()).await?,
        },
        None => commit_new(ports, client, new, None).await?,
    };
    for (index, content) in (0..).map(DocumentIndex).zip(contents) {
        let Some(content) = content else { continue };
        // A repeat must not replace what was read already.
        if matches!(order.document(index)?.state, crate::document::DocumentState::Awaited) {
            ports.put(&StorageKey::Original(order.id, index), content).await?;
        }
    }
    Ok(order)
}

/// Where the documents of an order lie that a case system asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The case's address.
    pub case_url: String,
    /// The type of the evidence document, where one is wanted.
    pub evidence_type: Option<String>,
    /// The documents, in the order's sequence.
    pub documents: Vec<RegisterDocument>,
}

/// Creates an order whose documents are fetched from the client's register.
///
/// What is kept of the register is stored first. A crash between the two leaves a record of an order that never comes to be, which
/// nobody looks at. The other way round, a fetch could begin that knows no address.
pub async fn create_from_register<P: Orders + RegisterWorks + Clock + Entropy>(
    ports: &P,
    client: &Client,
    new: NewOrder,
    origin: Origin,
    idempotency: Option<IdempotencyKey>,
) -> Result<Order, Error> {
    if let Some(key) = &idempotency
        && let Some(order) = earlier(ports, key).await?
    {
        return Ok(order);
    }
    let id = OrderId::new(ports.now(), ports.array());
    let Origin { case_url, evidence_type, documents } = origin;
    let register = RegisterName::from(&client.id);
    let work = RegisterWork { order: id, revision: 1, register, case_url, evidence_type, documents, progress: String::new() };
    ports.put_register_work(&work).await?;
    commit_as(ports, client, id, new, idempotency.as_ref()).await
}

async fn commit_new<P: Orders + Clock + Entropy>(
    ports: &P,
    client: &Client,
    new: NewOrder,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Order, Error> {
    let id = OrderId::new(ports.now(), ports.array());
    commit_as(ports, client, id, new, idempotency).await
}

async fn commit_as<P: Orders + Clock + Entropy>(
    ports: &P,
    client: &Client,
    id: OrderId,
    new: NewOrder,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Order, Error> {
    let now = ports.now();
    let mut change = new.create(id, client.organization.clone(), client.id.clone(), now, || Salt(ports.array()))?;
    change.idempotency = idempotency.map(|key| key.record(Some(id), None));
    match (ports.commit(&change).await, idempotency) {
        (Ok(()), _) => Ok(change.order),
        // The same request arrived twice at once, and the other was first.
        (Err(PortError::Conflict), Some(key)) => Ok(earlier(ports, key).await?.ok_or(PortError::Conflict)?),
        (Err(error), _) => Err(error.into()),
    }
}

/// The order that the same client created with the same key, if there is one and the request was the same.
async fn earlier<P: Orders>(ports: &P, key: &IdempotencyKey) -> Result<Option<Order>, Error> {
    let Some(record) = once::earlier(ports, key).await? else { return Ok(None) };
    Ok(ports.order(record.order.ok_or(Refusal::IdempotencyMismatch)?).await?)
}
