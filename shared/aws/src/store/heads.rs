//! The heads of audit trails by day, in the table. Expiry sweeps those whose checkpoint has long been made.

use jiff::civil::Date;
use segl_core::event::ChainHead;
use segl_core::id::OrderId;
use segl_core::ports::{Answer, Heads};

use super::Store;
use crate::item::{BadItem, ItemKey, Row, heads, text};

impl Heads for Store {
    async fn heads(&self, day: Date, shard: u8, after: Option<OrderId>, limit: usize) -> Answer<Vec<(OrderId, ChainHead)>> {
        let partition = heads(day, shard);
        let query = self.dynamo.query().expression_attribute_values(":pk", text(&partition));
        let query = match after {
            None => query.key_condition_expression("pk = :pk"),
            Some(after) => query
                .key_condition_expression("pk = :pk AND sk > :after")
                .expression_attribute_values(":after", text(&ItemKey::head(day, after).sk)),
        };
        self.query(query, limit).await?.iter().map(|row| row.read(read)).collect()
    }
}

fn read(row: &Row) -> Result<(OrderId, ChainHead), BadItem> {
    let order = row.key().sk.strip_prefix("ORDER#").and_then(|id| id.parse().ok()).ok_or(BadItem::Attribute("sk"))?;
    let hash = row.text("hash")?.parse().map_err(BadItem::field("hash"))?;
    Ok((order, ChainHead { seq: row.number("seq")?, hash }))
}
