//! Removing documents and personal data.

use crate::event::Actor;
use crate::id::OrderId;
use crate::order::Order;
use crate::ports::{Clock, Objects, Orders, PortError, Tasks};
use crate::refusal::Refusal;
use crate::task::{Task, TaskKind};
use crate::transition::Command;
use crate::use_case::Error;
use crate::use_case::update::update;

/// Removes an order's documents and personal data, cancelling it first where it is still pending. Removing twice is no error.
///
/// The commit owes a purge. A crash after it leaves that task on the agenda, and the sweep purges.
pub async fn remove<P: Orders + Objects + Tasks + Clock>(ports: &P, id: OrderId, actor: Actor) -> Result<Order, Error> {
    let removed = update(ports, id, |order| order.apply(actor.clone(), ports.now(), Command::Erase)).await;
    match removed {
        Ok(order) => {
            purge(ports, id).await?;
            Ok(order)
        }
        Err(Error::Refused(Refusal::Erased)) => Ok(ports.order(id).await?.ok_or(Refusal::NotFound)?),
        Err(error) => Err(error),
    }
}

/// Removes the copies that an order owes to remove since people in it were anonymised, if it still owes that.
pub async fn purge_copies<P: Orders + Objects + Tasks + Clock>(ports: &P, id: OrderId) -> Result<(), Error> {
    let Some(task) = ports.task(id, TaskKind::PurgeCopies).await?.filter(|task| task.is_open()) else { return Ok(()) };
    ports.purge_copies(id).await?;
    purged(ports, id, task).await
}

/// Does the purge that an order owes, if it still owes it.
pub async fn purge<P: Orders + Objects + Tasks + Clock>(ports: &P, id: OrderId) -> Result<(), Error> {
    let Some(task) = ports.task(id, TaskKind::Purge).await?.filter(|task| task.is_open()) else { return Ok(()) };
    ports.purge(id).await?;
    purged(ports, id, task).await
}

async fn purged<P: Orders + Clock>(ports: &P, id: OrderId, task: Task) -> Result<(), Error> {
    let done = update(ports, id, |order| order.apply(Actor::Service, ports.now(), Command::Purged { task: task.clone() })).await;
    match done {
        // Somebody else purged at the same time and said so first.
        Err(Error::Port(PortError::AlreadyDone)) => Ok(()),
        other => other.map(drop),
    }
}
