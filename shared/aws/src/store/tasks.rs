//! Tasks in the table, and the agenda in its index.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use segl_core::id::OrderId;
use segl_core::ports::{Answer, Clock as _, Due, PortError, Tasks};
use segl_core::task::{Task, TaskKind, TaskStatus};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{BadItem, GIVEN_UP, ItemKey, Row, agenda, number, text};
use crate::stored::{task_from_row, task_item};

impl Tasks for Store {
    async fn task(&self, order: OrderId, kind: TaskKind) -> Answer<Option<Task>> {
        let Some(row) = self.row(&ItemKey::task(order, kind)).await? else { return Ok(None) };
        row.read(|row| task_from_row(row).map(Some))
    }

    async fn tasks(&self, order: OrderId) -> Answer<Vec<Task>> {
        let query = self
            .dynamo
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :task)")
            .expression_attribute_values(":pk", text(&ItemKey::order(order).pk))
            .expression_attribute_values(":task", text(ItemKey::TASK));
        let rows = self.query(query, usize::MAX).await?;
        rows.iter().map(|row| row.read(task_from_row)).collect()
    }

    async fn given_up(&self, limit: usize) -> Answer<Vec<(OrderId, TaskKind)>> {
        let query = self
            .dynamo
            .query()
            .index_name("agenda")
            .key_condition_expression("#agenda = :agenda")
            .expression_attribute_names("#agenda", "agenda")
            .expression_attribute_values(":agenda", text(GIVEN_UP));
        let rows = self.query_index(query, limit).await?;
        let read =
            |row: &Row| Ok((row.key().order_id().ok_or(BadItem::Attribute("pk"))?, row.key().task_kind().ok_or(BadItem::Attribute("sk"))?));
        rows.iter().map(|row| row.read(read)).collect()
    }

    async fn replace_task(&self, before: &Task, after: &Task) -> Answer<()> {
        let put = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(task_item(after, self.now()).into_attributes()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#failures", "failures")
            .expression_attribute_values(":status", text(before.status.as_str()))
            .expression_attribute_values(":failures", number(before.failures));
        let put = match before.due {
            // In the index, a task that was given up stands under the time when it was.
            None if before.status == TaskStatus::Dead => put.condition_expression("#status = :status AND #failures = :failures"),
            None => put
                .condition_expression("#status = :status AND #failures = :failures AND attribute_not_exists(#due)")
                .expression_attribute_names("#due", "due"),
            Some(due) => put
                .condition_expression("#status = :status AND #failures = :failures AND #due = :due")
                .expression_attribute_names("#due", "due")
                .expression_attribute_values(":due", number(due.as_millisecond())),
        };
        put.send().await.map(drop).map_err(|error| match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_) | PutItemError::TransactionConflictException(_)) => PortError::Conflict,
            _ => port_error(DYNAMODB, error),
        })
    }

    async fn due(&self, shard: u8, now: Timestamp, limit: usize) -> Answer<Vec<Due>> {
        let query = self
            .dynamo
            .query()
            .index_name("agenda")
            .key_condition_expression("#agenda = :agenda AND #due <= :now")
            .expression_attribute_names("#agenda", "agenda")
            .expression_attribute_names("#due", "due")
            .expression_attribute_values(":agenda", text(&agenda(shard)))
            .expression_attribute_values(":now", number(now.as_millisecond()));
        let rows = self.query_index(query, limit).await?;
        // One row that makes no sense must not keep everything behind it from being done.
        let read = |row: &Row| row.read(due_from_row).inspect_err(|error| tracing::error!(%error, "left out of the agenda")).ok();
        Ok(rows.iter().filter_map(read).collect())
    }
}

fn due_from_row(row: &Row) -> Result<Due, BadItem> {
    if let Some(key) = row.key().delivery() {
        return Ok(Due::Delivery(key));
    }
    let order = row.key().order_id().ok_or(BadItem::Attribute("pk"))?;
    if row.key().sk == "META" {
        return Ok(Due::Order(order));
    }
    row.key().task_kind().map(|kind| Due::Task(order, kind)).ok_or(BadItem::Attribute("sk"))
}
