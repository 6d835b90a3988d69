//! What follows on a seal: the level that was out of reach at first, and new time-stamps as the years go by.
//!
//! Neither the seal's key nor the document is needed. The order has ended and stays as it ended; what lies in storage becomes more.

use jiff::Timestamp;
use segl_core::document::SealedDocument;
use segl_core::event::Actor;
use segl_core::extension::Extended;
use segl_core::id::{AttemptId, OrderId};
use segl_core::order::{Order, OrderState};
use segl_core::ports::PortError;
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::{open_task, put_off};
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;
use segl_sealing::{SealedPlan, Session};

use crate::climb::{Base, NoSigner, climb, goal, keep};
use crate::fetch::{Fetcher, Patience};
use crate::{Helpers, MAX_PLAN, SealFailure, attempt_id, remove_objects, retire_objects};

/// Does an upgrade or a renewal of an order's seal, if it is still to be done. Where nothing could be added, the task is put off and comes
/// again, for ever.
pub async fn extend<P: Storage, F: Fetcher>(ports: &P, helpers: &Helpers<F>, id: OrderId, kind: TaskKind) -> Result<(), Error> {
    let extends = matches!(kind, TaskKind::Upgrade | TaskKind::Renew);
    let Some(task) = open_task(ports, id, kind).await?.filter(|task| extends && !is_asleep(task, ports.now())) else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    extend_order(ports, helpers, &order, task).await
}

/// A renewal owes the next one in its commit. When the answer to that commit is lost, its wake-up comes again, and finds the next one,
/// whose time is years away.
fn is_asleep(task: &Task, now: Timestamp) -> bool {
    task.kind == TaskKind::Renew && task.status == TaskStatus::Waiting && task.due.is_some_and(|due| due > now)
}

async fn extend_order<P: Storage, F: Fetcher>(ports: &P, helpers: &Helpers<F>, order: &Order, task: Task) -> Result<(), Error> {
    let OrderState::Accepted { sealed, .. } = &order.state else { return Ok(()) };
    if order.erased_at.is_some() {
        return Ok(());
    }
    let attempt = attempt_id(ports.array());
    let extended = match extend_all(ports, helpers, order, sealed, &attempt).await {
        Ok(extended) => extended,
        Err(failure) => {
            tracing::error!(order = %order.id, %attempt, task = %task.kind, error = %Causes(&failure), "not extended");
            remove_objects(ports, order, &attempt).await;
            return put_off(ports, &task).await.map(drop);
        }
    };
    if extended.iter().all(|one| one.sealed.attempt == one.from) {
        return put_off(ports, &task).await.map(drop);
    }
    let command = Command::Extended { extended: extended.clone(), task: task.clone() };
    // A crash before this commit leaves objects that nobody refers to, and the documents as they were.
    match update(ports, order.id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        Ok(after) => {
            tracing::info!(order = %order.id, %attempt, task = %task.kind, "extended");
            // A crash before this leaves the shorter files, which go when the order is removed. Who was just sent to one still gets it.
            for one in extended.iter().filter(|one| one.sealed.attempt != one.from) {
                retire_objects(ports, order, &one.from).await;
            }
            // Short of its goal, an upgrade stays open: it comes again later, and not at once.
            match open_task(ports, after.id, task.kind).await? {
                Some(open) if open == task => put_off(ports, &open).await.map(drop),
                _ => Ok(()),
            }
        }
        // Another attempt was first, or the order was removed meanwhile.
        Err(Error::Port(PortError::AlreadyDone) | Error::Refused(Refusal::Closed(_) | Refusal::Erased)) => {
            remove_objects(ports, order, &attempt).await;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn extend_all<P: Storage, F: Fetcher>(
    ports: &P,
    helpers: &Helpers<F>,
    order: &Order,
    sealed: &[SealedDocument],
    attempt: &AttemptId,
) -> Result<Vec<Extended>, SealFailure> {
    let mut patience = Patience::new(&helpers.fetcher);
    let mut extended = Vec::new();
    for before in sealed {
        let from = before.attempt.clone();
        let key = StorageKey::SealedPlan(order.id, before.document, from.clone());
        let plan = ports.read(&key, None, MAX_PLAN).await?.ok_or(SealFailure::Plan(before.document, None))?;
        let plan: SealedPlan = serde_json::from_slice(&plan).map_err(|error| SealFailure::Plan(before.document, Some(error)))?;
        // The plan was stored apart from the order; it must be about the very bytes that were sealed.
        if plan.document_sha256() != before.sha256.0 || plan.document_len() != before.size {
            return Err(SealFailure::Plan(before.document, None));
        }
        // The plan knows the certificates above the seal's own.
        let session = Session::extend(plan, goal(ports, helpers, &[], order.options.seal.level.max(before.level)))?;
        let outcome = climb(ports, &NoSigner, &mut patience, session).await?;
        let after = if outcome.increment.is_empty() {
            before.clone()
        } else {
            let base = Base { key: StorageKey::Sealed(order.id, before.document, from.clone()), object: &before.object };
            keep(ports, order.id, before.document, attempt, base, outcome).await?
        };
        extended.push(Extended { from, sealed: after });
    }
    Ok(extended)
}
