//! The sweep: what the schedule does with whatever is due.

use jiff::SignedDuration;

use crate::document::DocumentState;
use crate::event::Actor;
use crate::id::OrderId;
use crate::order::{Order, OrderState};
use crate::ports::{Clock, Due, Objects, Orders, PortError, Tasks, Webhooks};
use crate::refusal::Refusal;
use crate::storage_key::StorageKey;
use crate::task::{Consumer, TaskKind};
use crate::transition::{Command, PeopleCommand};
use crate::use_case::Error;
use crate::use_case::remove::{purge, purge_copies, remove};
use crate::use_case::tidy::tidy;
use crate::use_case::update::update;
use crate::webhook::DeliveryKey;

/// What became of one due thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// An order's deadline had passed.
    Expired,
    /// Those whose turn it is are owed a reminder.
    Reminded,
    /// Missing documents were looked for.
    LookedForDocuments,
    /// Retention had ended.
    Removed,
    /// What attempts left behind was removed.
    Tidied,
    /// A task's consumer was woken. It has been owed for so long.
    Woken(SignedDuration),
    /// A delivery is to be tried now. How long it has been owed is its receiver's doing, and no sign of trouble here.
    DeliveryWoken,
    /// Objects were purged.
    Purged,
    /// It was not due any more.
    Nothing,
}

/// Does what is due. Doing it twice, or at the same time as somebody else, is harmless.
pub async fn sweep<P: Orders + Objects + Tasks + Webhooks + Clock>(ports: &P, due: Due) -> Result<Swept, Error> {
    let swept = match due {
        Due::Order(id) => sweep_order(ports, id).await,
        Due::Task(id, kind) => sweep_task(ports, id, kind).await,
        Due::Delivery(key) => sweep_delivery(ports, &key).await,
    };
    match swept {
        // The order moved on between the look and the act; if it is due again, the agenda will say so.
        Err(Error::Refused(Refusal::Closed(_) | Refusal::NotFound | Refusal::Held(_)))
        | Err(Error::Port(PortError::Conflict | PortError::AlreadyDone)) => Ok(Swept::Nothing),
        other => other,
    }
}

async fn sweep_order<P: Orders + Objects + Tasks + Clock>(ports: &P, id: OrderId) -> Result<Swept, Error> {
    let Some(order) = ports.order(id).await? else { return Ok(Swept::Nothing) };
    let now = ports.now();
    if order.next_due().is_none_or(|due| due > now) {
        return Ok(Swept::Nothing);
    }
    match order.state {
        OrderState::Drafting { .. } if now < order.deadline => {
            look_for_documents(ports, &order).await?;
            update(ports, id, |order| order.apply(Actor::Service, ports.now(), Command::DocumentsLookedFor)).await?;
            Ok(Swept::LookedForDocuments)
        }
        OrderState::Pending { .. } if now < order.signing_deadline() => {
            let command = Command::People(PeopleCommand::RemindAsPlanned);
            update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await?;
            Ok(Swept::Reminded)
        }
        OrderState::Drafting { .. } | OrderState::Pending { .. } => {
            update(ports, id, |order| order.apply(Actor::Service, ports.now(), Command::Expire)).await?;
            Ok(Swept::Expired)
        }
        OrderState::Sealing { .. } => Ok(Swept::Nothing),
        _ if order.retained_until().is_some_and(|until| until <= now) => {
            remove(ports, id, Actor::Service).await?;
            Ok(Swept::Removed)
        }
        _ => {
            tidy(ports, id).await?;
            Ok(Swept::Tidied)
        }
    }
}

/// A document may have arrived without anybody having been told, or its reader may have died: then its arrival is told again.
async fn look_for_documents<P: Objects>(ports: &P, order: &Order) -> Result<(), Error> {
    for (index, document) in order.documents() {
        let key = StorageKey::Original(order.id, index);
        if document.state == DocumentState::Awaited && ports.head(&key).await?.is_some() {
            ports.announce_again(&key).await?;
        }
    }
    Ok(())
}

async fn sweep_task<P: Orders + Objects + Tasks + Clock>(ports: &P, id: OrderId, kind: TaskKind) -> Result<Swept, Error> {
    let Some(task) = ports.task(id, kind).await?.filter(|task| task.is_open()) else { return Ok(Swept::Nothing) };
    let now = ports.now();
    if task.due.is_none_or(|due| due > now) {
        return Ok(Swept::Nothing);
    }
    if kind.consumer() == Consumer::Expire {
        match kind {
            TaskKind::PurgeCopies => purge_copies(ports, id).await?,
            _ => purge(ports, id).await?,
        }
        return Ok(Swept::Purged);
    }
    ports.replace_task(&task, &task.clone().woken(now)).await?;
    Ok(Swept::Woken(task.owed_for(now)))
}

async fn sweep_delivery<P: Webhooks + Clock>(ports: &P, key: &DeliveryKey) -> Result<Swept, Error> {
    let now = ports.now();
    match ports.delivery(key).await?.filter(|delivery| delivery.due.is_some_and(|due| due <= now)) {
        Some(delivery) => {
            ports.put_delivery(&delivery.woken(now)).await?;
            Ok(Swept::DeliveryWoken)
        }
        None => Ok(Swept::Nothing),
    }
}
