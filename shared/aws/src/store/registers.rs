//! What orders have to do with registers, beside them in the table.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use segl_core::id::OrderId;
use segl_core::ports::{Answer, PortError, RegisterWorks};
use segl_core::register::RegisterWork;

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{Item, ItemKey, number};
use crate::stored::StoredRegisterWork;

impl RegisterWorks for Store {
    async fn register_work(&self, order: OrderId) -> Answer<Option<RegisterWork>> {
        let Some(row) = self.row(&ItemKey::register_work(order)).await? else { return Ok(None) };
        row.read(|row| row.body::<StoredRegisterWork>()?.read(order, row.number("revision")?).map(Some))
    }

    async fn put_register_work(&self, work: &RegisterWork) -> Answer<()> {
        let item = Item::new(&ItemKey::register_work(work.order)).number("revision", work.revision).body(&StoredRegisterWork::from(work));
        let put = self.dynamo.put_item().table_name(&self.table).set_item(Some(item.into_attributes()));
        let put = put.expression_attribute_names("#revision", "revision");
        let put = match work.revision.checked_sub(1).filter(|before| *before > 0) {
            None => put.condition_expression("attribute_not_exists(#revision)"),
            Some(before) => put.condition_expression("#revision = :before").expression_attribute_values(":before", number(before)),
        };
        put.send().await.map(drop).map_err(|error| match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => PortError::Conflict,
            _ => port_error(DYNAMODB, error),
        })
    }
}
