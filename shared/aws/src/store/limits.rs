//! Counts within a while, in the table. An item a window; expiry sweeps those that are over.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::SignedDuration;
use segl_core::ports::{Answer, Clock as _, Limits};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{ItemKey, number};

impl Limits for Store {
    async fn count(&self, key: &str, window: SignedDuration, most: u32) -> Answer<bool> {
        let length = window.as_secs().max(1);
        let began = self.now().as_second().div_euclid(length);
        let over = (began + 1).saturating_mul(length);
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(ItemKey::limit(key, began).attributes()))
            .update_expression("ADD #count :one SET #ttl = :over")
            .condition_expression("attribute_not_exists(#count) OR #count < :most")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(most))
            .expression_attribute_values(":over", number(over))
            .send()
            .await;
        match update {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(port_error(DYNAMODB, error)),
            },
        }
    }
}
