//! Batches: each record has an outcome of its own, so that one bad record does not hold up the others.

use crate::causes::Causes;
use std::future::Future;

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use segl_core::id::OrderId;
use segl_core::task::TaskKind;
use segl_core::use_case::Error;

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
        let sequence = record.change.sequence_number.clone();
        let outcome = match segl_aws::records::task(record) {
            Ok((order, kind)) => {
                // On the heap: the futures of whole use cases are deep.
                let outcome = Box::pin(handle(order, kind)).await;
                if let Err(error) = &outcome {
                    tracing::error!(%order, task = %kind, error = %Causes(error), "task not done");
                }
                outcome.is_ok()
            }
            Err(error) => {
                tracing::error!(error = %Causes(&error), "record not understood");
                false
            }
        };
        if !outcome {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence;
            response.batch_item_failures.push(failure);
            // The stream goes back to this record and brings all after it again.
            break;
        }
    }
    response
}
