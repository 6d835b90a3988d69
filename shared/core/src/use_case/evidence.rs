//! The file of evidence of an order: asked for here, made by the function that has the seal's key.

use crate::client::Client;
use crate::event::{Actor, Event, verify_chain};
use crate::id::OrderId;
use crate::order::Order;
use crate::ports::{Clock, ObjectHead, Objects, Orders, PortError, Tasks};
use crate::refusal::Refusal;
use crate::storage_key::StorageKey;
use crate::task::TaskKind;
use crate::transition::Command;
use crate::use_case::Error;
use crate::use_case::read::own_order;
use crate::use_case::update::update;

/// How many events are read at a time.
const EVENTS: usize = 500;

/// Whether there is a file of evidence.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// It is there, and tells all that happened to the order.
    Ready {
        /// The order as it tells of it.
        order: Box<Order>,
        /// Where it lies.
        key: StorageKey,
        /// What lies there.
        head: ObjectHead,
    },
    /// It is being made.
    Awaited,
}

/// An order that this very client created. Evidence names everybody with all that is known of them; the organization's other clients read
/// orders without it.
pub async fn created_order<P: Orders>(ports: &P, client: &Client, id: OrderId) -> Result<Order, Error> {
    let order = own_order(ports, client, id).await?;
    if order.created_by == client.id { Ok(order) } else { Err(Refusal::NotCreator.into()) }
}

/// The evidence of an order as it stands, for the client that created it.
pub async fn evidence<P: Orders + Objects + Tasks + Clock>(ports: &P, client: &Client, id: OrderId) -> Result<Evidence, Error> {
    let order = created_order(ports, client, id).await?;
    evidence_of(ports, order, &Actor::Client { client: client.id.clone() }).await
}

/// The evidence of an order as it stands. What happens to the order afterwards makes it old: then another is made.
///
/// A crash after the commit leaves the task to the stream and the agenda.
pub async fn evidence_of<P: Orders + Objects + Tasks + Clock>(ports: &P, order: Order, actor: &Actor) -> Result<Evidence, Error> {
    let id = order.id;
    let key = StorageKey::Evidence(id, order.chain.hash);
    if let Some(head) = ports.head(&key).await? {
        return Ok(Evidence::Ready { order: Box::new(order), key, head });
    }
    if ports.task(id, TaskKind::Evidence).await?.is_some_and(|task| task.is_open()) {
        return Ok(Evidence::Awaited);
    }
    update(ports, id, |order| order.apply(actor.clone(), ports.now(), Command::MakeEvidence)).await?;
    Ok(Evidence::Awaited)
}

/// The order's audit trail up to the order as it was read, whole and verified.
pub async fn trail<P: Orders>(ports: &P, order: &Order) -> Result<Vec<Event>, Error> {
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
    verify_chain(order.id, &events, &order.chain)
        .map_err(|broken| PortError::Corrupt { key: format!("the audit trail of {}", order.id), source: Box::new(broken) })?;
    Ok(events)
}
