//! What follows on a seal: the level that was out of reach at first, and new time-stamps as the years go by.
//!
//! Neither the seal's key nor the document is needed. The order has ended and stays as it ended; what lies in storage becomes more.

use segl_core::document::SealedDocument;
use segl_core::event::Actor;
use segl_core::extension::Extended;
use segl_core::id::AttemptId;
use segl_core::order::{Order, OrderState};
use segl_core::ports::{PortError, SigningKey};
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_core::task::Task;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::put_off;
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;
use segl_sealing::{SealedPlan, Session};

use crate::climb::{Base, climb, goal, keep};
use crate::fetch::{Fetcher, Patience};
use crate::{MAX_PLAN, Seal, SealFailure, attempt_id, remove_objects};

/// Does an upgrade or a renewal. Where nothing could be added, the task is put off and comes again, for ever.
pub(crate) async fn extend<P: Storage, K: SigningKey, T, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    order: &Order,
    task: Task,
) -> Result<(), Error> {
    let OrderState::Accepted { sealed, .. } = &order.state else { return Ok(()) };
    if order.erased_at.is_some() {
        return Ok(());
    }
    let attempt = attempt_id(ports.array());
    let extended = match extend_all(ports, seal, order, sealed, &attempt).await {
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
            // A crash before this leaves the shorter files, which go when the order is removed.
            for one in extended.iter().filter(|one| one.sealed.attempt != one.from) {
                remove_objects(ports, order, &one.from).await;
            }
            // Short of its goal, an upgrade stays open: it comes again later, and not at once.
            match segl_core::use_case::task::open_task(ports, after.id, task.kind).await? {
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

async fn extend_all<P: Storage, K: SigningKey, T, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    order: &Order,
    sealed: &[SealedDocument],
    attempt: &AttemptId,
) -> Result<Vec<Extended>, SealFailure> {
    let mut patience = Patience::new(&seal.fetcher);
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
        let session = Session::extend(plan, goal(ports, seal, order.options.seal.level.max(before.level)))?;
        let outcome = climb(ports, seal, &mut patience, session).await?;
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
