//! Endpoints, feeds and deliveries in the table.

use aws_sdk_dynamodb::types::TransactWriteItem;
use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, Clock as _, FEED_KEPT, PortError, Publication, Webhooks};
use segl_core::webhook::{Delivery, DeliveryKey, Endpoint, EndpointId, Message};

use super::orders::{not_committed, still_open, version_is};
use super::{Condition, DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{BadItem, Item, ItemKey, Row, text};
use crate::stored::{StoredEndpoint, StoredMessage, delivery_from_row, delivery_item, task_item};

impl Webhooks for Store {
    async fn endpoints(&self, organization: &OrganizationId) -> Answer<Vec<Endpoint>> {
        let query = self
            .dynamo
            .query()
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&format!("WEBHOOKS#{organization}")));
        self.query(query, usize::MAX).await?.iter().map(|row| row.read(endpoint_from_row)).collect()
    }

    async fn endpoint(&self, organization: &OrganizationId, id: EndpointId) -> Answer<Option<Endpoint>> {
        let Some(row) = self.row(&ItemKey::endpoint(organization, id)).await? else { return Ok(None) };
        row.read(|row| endpoint_from_row(row).map(Some))
    }

    async fn put_endpoint(&self, endpoint: &Endpoint) -> Answer<()> {
        self.transact(vec![self.endpoint_put(endpoint)], 0).await
    }

    async fn remove_endpoint(&self, organization: &OrganizationId, id: EndpointId) -> Answer<()> {
        let key = ItemKey::endpoint(organization, id).attributes();
        let answer = self.dynamo.delete_item().table_name(&self.table).set_key(Some(key)).send().await;
        answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }

    async fn feed_head(&self, organization: &OrganizationId) -> Answer<u64> {
        let Some(row) = self.row(&ItemKey::feed_head(organization)).await? else { return Ok(0) };
        row.read(|row| row.number("version"))
    }

    async fn feed(&self, organization: &OrganizationId, after: u64, limit: usize) -> Answer<Vec<Message>> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let (first, last) = (ItemKey::message(organization, first), ItemKey::message(organization, u64::MAX));
        let rows = self.rows_between(&first, &last, limit).await?;
        rows.iter().map(|row| row.read(|row| row.body::<StoredMessage>()?.try_into())).collect()
    }

    /// One transaction, in which the feed's head moves on by one: of two messages for the same position one is a conflict.
    async fn publish(&self, publication: &Publication) -> Answer<()> {
        let Publication { organization, message, deliveries, task, endpoint } = publication;
        let (now, before) = (self.now(), message.position.saturating_sub(1));
        let mut writes: Vec<_> = task.iter().map(|task| self.put(task_item(&task.clone().done(), now), Some(still_open()))).collect();
        let head = Item::new(&ItemKey::feed_head(organization)).number("version", message.position);
        writes.push(self.put(head, Some(if before == 0 { Condition::nothing_there() } else { version_is(before) })));
        let entry = Item::new(&ItemKey::message(organization, message.position)).body(&StoredMessage::from(message));
        writes.push(self.put(entry.expires(now + FEED_KEPT), Some(Condition::nothing_there())));
        writes.extend(endpoint.iter().map(|endpoint| self.endpoint_put(endpoint)));
        writes.extend(deliveries.iter().map(|delivery| self.delivery_put(delivery)));
        self.transact(writes, usize::from(task.is_some())).await
    }

    async fn delivery(&self, key: &DeliveryKey) -> Answer<Option<Delivery>> {
        let Some(row) = self.row(&ItemKey::of_delivery(key)).await? else { return Ok(None) };
        row.read(|row| delivery_from_row(row).map(Some))
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Answer<()> {
        self.transact(vec![self.delivery_put(delivery)], 0).await
    }

    async fn deliveries(
        &self,
        organization: &OrganizationId,
        endpoint: EndpointId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Delivery>> {
        let before =
            ItemKey::of_delivery(&DeliveryKey { organization: organization.clone(), endpoint, position: before.unwrap_or(u64::MAX) });
        let query = self
            .dynamo
            .query()
            .scan_index_forward(false)
            .key_condition_expression("pk = :pk AND sk < :before")
            .expression_attribute_values(":pk", text(&before.pk))
            .expression_attribute_values(":before", text(&before.sk));
        self.query(query, limit).await?.iter().map(|row| row.read(delivery_from_row)).collect()
    }
}

impl Store {
    /// Writes, of which the first `done` mark tasks as over. A single write goes this way, too: the SDK's token makes its repeat after a
    /// lost answer the same write, and no conflict with itself.
    async fn transact(&self, writes: Vec<TransactWriteItem>, done: usize) -> Result<(), PortError> {
        let answer = self.dynamo.transact_write_items().set_transact_items(Some(writes)).send().await;
        answer.map(drop).map_err(|error| not_committed(error, done))
    }

    fn endpoint_put(&self, endpoint: &Endpoint) -> TransactWriteItem {
        let item = Item::new(&ItemKey::endpoint(&endpoint.organization, endpoint.id)).number("version", endpoint.version);
        self.put(item.body(&StoredEndpoint::from(endpoint)), Some(next_version(endpoint.version)))
    }

    fn delivery_put(&self, delivery: &Delivery) -> TransactWriteItem {
        self.put(delivery_item(delivery, self.now()), Some(next_version(delivery.version)))
    }
}

/// The version before is there; before the first one, nothing.
fn next_version(version: u64) -> Condition {
    if version <= 1 { Condition::nothing_there() } else { version_is(version - 1) }
}

fn endpoint_from_row(row: &Row) -> Result<Endpoint, BadItem> {
    row.body::<StoredEndpoint>()?.read(row.number("version")?)
}
