//! How the tasks of registers go on. Somebody who changed a task in the meantime knows better.

use jiff::SignedDuration;
use segl_core::ports::{Clock, PortError, Tasks};
use segl_core::task::Task;
use segl_core::use_case::Error;

/// The task is done. A crash right before this does it again.
pub(crate) async fn close<P: Tasks>(ports: &P, task: &Task) -> Result<(), Error> {
    replace(ports, task, task.clone().done()).await
}

/// The next try is as late as the task's own patience or the other side asks, whichever is later.
pub(crate) async fn put_off<P: Tasks + Clock>(ports: &P, task: &Task, after: Option<SignedDuration>) -> Result<(), Error> {
    let now = ports.now();
    let mut failed = task.clone().failed(now);
    failed.due = failed.due.max(after.map(|after| now + after));
    replace(ports, task, failed).await
}

async fn replace<P: Tasks>(ports: &P, before: &Task, after: Task) -> Result<(), Error> {
    match ports.replace_task(before, &after).await {
        Ok(()) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
