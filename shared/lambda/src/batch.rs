//! Batches: each record has an outcome of its own, so that one bad record does not hold up the others.

use crate::causes::Causes;
use std::future::Future;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures_util::future::join_all;
use segl_aws::records::{Woken, woken};
use segl_core::id::OrderId;
use segl_core::task::TaskKind;
use segl_core::use_case::Error;
use segl_core::webhook::DeliveryKey;

/// Hands each task that the table's stream tells of to `handle`, one after the other.
///
/// The stream wants the failed record's sequence number, and delivers from there again. A handler that fails for a passing reason puts
/// its task off and answers `Ok`; it answers `Err` only where even that could not be stored.
pub async fn tasks<F, R>(event: Event, handle: F) -> DynamoDbEventResponse
where
    F: Fn(OrderId, TaskKind) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let mut response = DynamoDbEventResponse::default();
    for record in &event.records {
        let outcome = match woken(record) {
            Ok(Woken::Task(order, kind)) => {
                // On the heap: the futures of whole use cases are deep.
                let outcome = Box::pin(handle(order, kind)).await;
                if let Err(error) = &outcome {
                    tracing::error!(%order, task = %kind, error = %Causes(error), "task not done");
                }
                outcome.is_ok()
            }
            Ok(Woken::Delivery(_)) => not_understood("a delivery among tasks"),
            Err(error) => not_understood(Causes(&error)),
        };
        if !outcome {
            response.batch_item_failures.push(failure(record));
            // The stream goes back to this record and brings all after it again.
            break;
        }
    }
    response
}

/// Hands all deliveries that the table's stream tells of to `handle` at once: who takes long to answer holds up nobody beside it.
///
/// The stream goes back to the first one that failed. Those after it that succeeded come again, and are over already.
pub async fn deliveries<F, R>(event: Event, handle: F) -> DynamoDbEventResponse
where
    F: Fn(DeliveryKey) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let handle = &handle;
    let outcomes = join_all(event.records.iter().map(|record| async move {
        match woken(record) {
            Ok(Woken::Delivery(key)) => {
                let (endpoint, position) = (key.endpoint, key.position);
                let outcome = Box::pin(handle(key)).await;
                if let Err(error) = &outcome {
                    tracing::error!(%endpoint, position, error = %Causes(error), "delivery not made");
                }
                outcome.is_ok()
            }
            Ok(Woken::Task(..)) => not_understood("a task among deliveries"),
            Err(error) => not_understood(Causes(&error)),
        }
    }));
    let failed = outcomes.await.into_iter().zip(&event.records).filter(|(done, _)| !done);
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures = failed.map(|(_, record)| failure(record)).collect();
    response
}

/// Whether a batch is one of deliveries. A batch comes by one filter of the stream, so that its records are all alike.
pub fn has_deliveries(event: &Event) -> bool {
    event.records.first().is_some_and(|record| matches!(woken(record), Ok(Woken::Delivery(_))))
}

fn failure(record: &EventRecord) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = record.change.sequence_number.clone();
    failure
}

fn not_understood(error: impl std::fmt::Display) -> bool {
    tracing::error!(%error, "record not understood");
    false
}
