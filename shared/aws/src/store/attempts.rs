//! Failures to prove who calls, in the table. Expiry is a broom only: who reads compares times.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::Timestamp;
use segl_core::attempts::{Counter, FORGOTTEN_AFTER, Failures};
use segl_core::ports::{Answer, Attempts};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{BadItem, ItemKey, Row, number};

/// The count goes up where the last failure is not forgotten.
const ONE_MORE: &str = "SET failures = failures + :one, last_failure = :now, #ttl = :ttl";
/// It begins anew where it is, or was never begun.
const FIRST: &str = "SET failures = :one, last_failure = :now, #ttl = :ttl";

impl Attempts for Store {
    /// Half a read unit: a count that is a moment behind delays a moment later.
    async fn failures(&self, counter: &Counter) -> Answer<Option<Failures>> {
        let key = ItemKey::attempts(counter).attributes();
        let answer = self.dynamo.get_item().table_name(&self.table).set_key(Some(key)).send().await;
        let Some(row) = answer.map_err(|error| port_error(DYNAMODB, error))?.item.map(Row::new).transpose()? else { return Ok(None) };
        row.read(|row| {
            let last = Timestamp::from_millisecond(row.number("last_failure")?).map_err(BadItem::field("last_failure"))?;
            Ok(Some(Failures { count: row.number("failures")?, last }))
        })
    }

    /// At most two writes. Of two that begin anew at the same moment, one is not counted, which is no harm.
    async fn count_failure(&self, counter: &Counter, now: Timestamp) -> Answer<()> {
        let update = |expression: &str| {
            let expires = now + FORGOTTEN_AFTER * 2;
            self.dynamo
                .update_item()
                .table_name(&self.table)
                .set_key(Some(ItemKey::attempts(counter).attributes()))
                .update_expression(expression)
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":now", number(now.as_millisecond()))
                .expression_attribute_values(":ttl", number(expires.as_second()))
        };
        let one_more = update(ONE_MORE)
            .condition_expression("last_failure > :forgotten")
            .expression_attribute_values(":forgotten", number((now - FORGOTTEN_AFTER).as_millisecond()));
        match one_more.send().await {
            Err(error) if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) => {
                update(FIRST).send().await.map(drop).map_err(|error| port_error(DYNAMODB, error))
            }
            outcome => outcome.map(drop).map_err(|error| port_error(DYNAMODB, error)),
        }
    }
}
