//! Doing a task: the first try, a repeat by the stream, and a repeat by the agenda all come this way.

use jiff::Timestamp;

use crate::id::OrderId;
use crate::ports::{Clock, PortError, Tasks};
use crate::task::{Task, TaskKind, TaskStatus};
use crate::use_case::Error;

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
