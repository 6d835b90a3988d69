//! Doing a task: the first try, a repeat by the stream, and a repeat by the agenda all come this way.

use jiff::Timestamp;

use crate::event::Actor;
use crate::id::OrderId;
use crate::ports::{Clock, Orders, PortError, Tasks};
use crate::refusal::Refusal;
use crate::task::{Consumer, Task, TaskKind, TaskStatus};
use crate::transition::Command;
use crate::use_case::Error;
use crate::use_case::update::update;

/// The task, if it is still to be done. A record of the stream may be old, or come twice.
pub async fn open_task<P: Tasks>(ports: &P, order: OrderId, kind: TaskKind) -> Result<Option<Task>, Error> {
    Ok(ports.task(order, kind).await?.filter(Task::is_open))
}

/// Puts a task off to a better time. Somebody who changed it in the meantime knows better.
pub async fn put_off_until<P: Tasks>(ports: &P, task: &Task, at: Timestamp) -> Result<(), Error> {
    match ports.replace_task(task, &task.clone().put_off_until(at)).await {
        Ok(()) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Puts a task off after a failure that may pass. The wait makes room for others: a record that fails again and again would hold up
/// everything behind it in the stream. Answers the task as it is now: `Dead` when this was the last try.
///
/// When this cannot be stored either, the caller must let the stream deliver the record again.
pub async fn put_off<P: Tasks + Clock>(ports: &P, task: &Task) -> Result<Task, Error> {
    let after = task.clone().failed(ports.now());
    // A dead task is stored by the commit that says so in the audit trail.
    if after.status == TaskStatus::Dead {
        return Ok(after);
    }
    match ports.replace_task(task, &after).await {
        Ok(()) | Err(PortError::Conflict) => Ok(after),
        Err(error) => Err(error.into()),
    }
}

/// Lets an operator have a task done now, as if it had never failed; also one that was given up. It goes the way of every other: the
/// stream wakes its consumer, or the next sweep does it.
pub async fn retry<P: Tasks + Clock>(ports: &P, id: OrderId, kind: TaskKind) -> Result<Task, Error> {
    let task = ports.task(id, kind).await?.filter(|task| task.status != TaskStatus::Done).ok_or(Refusal::NotFound)?;
    let fresh = Task { failures: 0, ..task.clone() };
    let after = match kind.consumer() {
        Consumer::Seal | Consumer::Notify | Consumer::Registers => fresh.woken(ports.now()),
        Consumer::Expire => fresh.put_off_until(ports.now()),
    };
    ports.replace_task(&task, &after).await?;
    Ok(after)
}

/// Lets an operator give a task up for good. That a message was not delivered stands in the audit trail then; one that was given up
/// before leaves the list.
///
/// Sealing and removal cannot be given up: the order would never come to its end.
pub async fn give_up<P: Orders + Tasks + Clock>(ports: &P, id: OrderId, kind: TaskKind) -> Result<Task, Error> {
    let task = ports.task(id, kind).await?.filter(|task| task.status != TaskStatus::Done).ok_or(Refusal::NotFound)?;
    let over = task.clone().done();
    match kind {
        TaskKind::Seal | TaskKind::Purge => Err(Refusal::invalid("/task", "sealing and removal are owed until they are done").into()),
        _ if task.is_open() && kind.consumer() == Consumer::Notify => {
            let command = Command::MessageFailed { task: over.clone() };
            update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await?;
            Ok(over)
        }
        _ => {
            ports.replace_task(&task, &over).await?;
            Ok(over)
        }
    }
}
