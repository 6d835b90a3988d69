//! Orders in the table.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use segl_core::event::Event;
use segl_core::id::{ClientId, OrderId, OrganizationId, Sha256};
use segl_core::order::Order;
use segl_core::ports::{Answer, Clock as _, HEADS_KEPT, Orders, PortError};
use segl_core::signer::NationalId;
use segl_core::task::TaskStatus;
use segl_core::transition::{Change, Idempotency};

use super::{Condition, DYNAMODB, Store};
use crate::error::{port_error, rejected, unavailable};
use crate::item::{BadItem, Item, ItemKey, Row, number, text};
use crate::stored::{StoredIdempotency, StoredOrder, task_item};

/// Twice what the contract promises, for clients whose repeats come late.
const IDEMPOTENCY_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// How long a person's orders are listed after their deadline: as long as personal links stay good.
const LISTED_AFTER_DEADLINE: SignedDuration = SignedDuration::from_hours(24 * 40);

/// The greatest number that an event's key can hold.
const MAX_SEQ: u64 = 9_999_999_999;

impl Orders for Store {
    async fn order(&self, id: OrderId) -> Answer<Option<Order>> {
        let Some(row) = self.row(&ItemKey::order(id)).await? else { return Ok(None) };
        row.read(|row| {
            let order: Order = row.body::<StoredOrder>()?.try_into()?;
            if order.id == id { Ok(Some(order)) } else { Err(BadItem::Misplaced) }
        })
    }

    /// One transaction. The SDK gives it a token, which stays the same when a try without an answer is repeated: a commit that did
    /// take effect then answers success and no conflict with itself.
    ///
    /// A crash before this leaves nothing; after it, the stream and the agenda see to what is owed.
    async fn commit(&self, change: &Change) -> Answer<()> {
        let answer = self.dynamo.transact_write_items().set_transact_items(Some(self.writes(change)?)).send().await;
        answer.map_err(|error| not_committed(error, change.done.len()))?;
        if let Some(tell) = self.observer {
            tell(change);
        }
        Ok(())
    }

    async fn events(&self, id: OrderId, after: u64, limit: usize) -> Answer<Vec<Event>> {
        let Some(first) = after.checked_add(1).filter(|first| *first <= MAX_SEQ) else { return Ok(Vec::new()) };
        let (first, last) = (ItemKey::event(id, first), ItemKey::event(id, MAX_SEQ));
        let rows = self.rows_between(&first, &last, limit).await?;
        rows.iter().map(|row| row.read(Row::body::<Event>)).collect()
    }

    async fn orders_of(&self, organization: &OrganizationId, before: Option<OrderId>, limit: usize) -> Answer<Vec<OrderId>> {
        // Ids sort by the time of creation, as text too.
        let query = self.dynamo.query().scan_index_forward(false);
        let query = match before {
            None => query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(&listing(organization))),
            Some(before) => query
                .key_condition_expression("pk = :pk AND sk < :before")
                .expression_attribute_values(":pk", text(&listing(organization)))
                .expression_attribute_values(":before", text(&ItemKey::listed_order(organization, before).sk)),
        };
        let rows = self.query(query, limit).await?;
        rows.iter().map(|row| row.read(listed_id)).collect()
    }

    async fn orders_of_person(&self, number: &NationalId, limit: usize) -> Answer<Vec<OrderId>> {
        let listing = format!("PERSON#{}", self.number_lookup(number)?);
        let query = self.dynamo.query().scan_index_forward(false);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(&listing));
        let rows = self.query(query, limit).await?;
        rows.iter().map(|row| row.read(listed_id)).collect()
    }

    async fn idempotency(&self, client: &ClientId, key: &str) -> Answer<Option<Idempotency>> {
        let Some(row) = self.row(&ItemKey::idempotency(client, key)).await? else { return Ok(None) };
        row.read(|row| Ok(Some(row.body::<StoredIdempotency>()?.of(client, key))))
    }

    async fn remember(&self, record: &Idempotency) -> Answer<()> {
        let item = idempotency_item(record, self.now()).into_attributes();
        let put = self.dynamo.put_item().table_name(&self.table).set_item(Some(item)).condition_expression("attribute_not_exists(pk)");
        put.send().await.map(drop).map_err(|error| match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_) | PutItemError::TransactionConflictException(_)) => PortError::Conflict,
            _ => port_error(DYNAMODB, error),
        })
    }
}

impl Store {
    /// The writes of a change. Those of `done` stand first: [`not_committed`] counts on it.
    fn writes(&self, change: &Change) -> Answer<Vec<TransactWriteItem>> {
        let Change { order, expected, events, tasks, done, idempotency } = change;
        let now = self.now();
        let mut writes = Vec::new();
        for task in done {
            writes.push(self.put(task_item(task, now), Some(still_open())));
        }
        let item = Item::new(&ItemKey::order(order.id)).number("version", order.version).due(order.id, order.next_due());
        let condition = expected.map_or_else(Condition::nothing_there, version_is);
        writes.push(self.put(item.body(&StoredOrder::from(order)), Some(condition)));
        if expected.is_none() {
            writes.push(self.put(Item::new(&ItemKey::listed_order(&order.organization, order.id)), None));
        }
        if let Some(record) = idempotency {
            writes.push(self.put(idempotency_item(record, now), Some(Condition::nothing_there())));
        }
        if let Some(last) = events.last() {
            // Whatever of that day was there before: a trail only grows, and commits come one after the other.
            let item = Item::new(&ItemKey::head(last.at.to_zoned(TimeZone::UTC).date(), order.id)).expires(last.at + HEADS_KEPT);
            writes.push(self.put(item.number("seq", order.chain.seq).text("hash", &order.chain.hash.to_string()), None));
        }
        for event in events {
            // An event's own JSON is what its hash covers, so it is stored as it is.
            let item = Item::new(&ItemKey::event(order.id, event.seq)).body(event);
            writes.push(self.put(item, Some(Condition::nothing_there())));
        }
        for task in tasks {
            writes.push(self.put(task_item(task, now), None));
        }
        // Not taken away when a number is corrected, or the order goes: who reads such a row looks at the signer, and it expires.
        for number in change.people() {
            let item = Item::new(&ItemKey::persons_order(&self.number_lookup(number)?, order.id));
            let until = order.deadline.saturating_add(LISTED_AFTER_DEADLINE).unwrap_or(order.deadline);
            writes.push(self.put(item.expires(until), None));
        }
        Ok(writes)
    }

    fn number_lookup(&self, number: &NationalId) -> Answer<Sha256> {
        let root = self.root_key.as_ref().ok_or_else(|| rejected(DYNAMODB, "this function was started without the root key"))?;
        Ok(root.lookup("national-id", number.as_str()))
    }
}

/// The order that a row of a listing names.
fn listed_id(row: &Row) -> Result<OrderId, BadItem> {
    row.key().sk.strip_prefix("ORDER#").and_then(|id| id.parse().ok()).ok_or(BadItem::Attribute("sk"))
}

fn idempotency_item(record: &Idempotency, now: Timestamp) -> Item {
    let item = Item::new(&ItemKey::idempotency(&record.client, &record.key)).expires(now + IDEMPOTENCY_KEPT);
    item.body(&StoredIdempotency::from(record))
}

fn listing(organization: &OrganizationId) -> String {
    format!("ORGANIZATION#{organization}")
}

pub(super) fn version_is(expected: u64) -> Condition {
    Condition { expression: "#version = :expected", names: vec!["version"], values: [(":expected".to_owned(), number(expected))].into() }
}

pub(super) fn still_open() -> Condition {
    Condition {
        expression: "#status IN (:ready, :waiting)",
        names: vec!["status"],
        values: [(":ready", TaskStatus::Ready), (":waiting", TaskStatus::Waiting)]
            .map(|(name, status)| (name.to_owned(), text(status.as_str())))
            .into(),
    }
}

/// Why a transaction did not take place. The reasons stand in the sequence of its writes, of which the first `done` mark tasks as over.
pub(super) fn not_committed(error: SdkError<TransactWriteItemsError, HttpResponse>, done: usize) -> PortError {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return port_error(DYNAMODB, error);
    };
    let reasons: Vec<&str> = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
    let (of_tasks, _) = reasons.split_at(done.min(reasons.len()));
    if of_tasks.contains(&"ConditionalCheckFailed") {
        return PortError::AlreadyDone;
    }
    // Another transaction was at the same items at the same moment: that, too, is somebody else being first.
    if reasons.iter().any(|reason| matches!(*reason, "ConditionalCheckFailed" | "TransactionConflict")) {
        return PortError::Conflict;
    }
    if reasons.iter().any(|reason| matches!(*reason, "ThrottlingError" | "ProvisionedThroughputExceeded")) {
        return unavailable(DYNAMODB, error);
    }
    port_error(DYNAMODB, error)
}
