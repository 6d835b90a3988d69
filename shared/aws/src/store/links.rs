//! Personal links in the table. Expiry is a broom only: who follows a link compares its time.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::SignedDuration;
use segl_core::id::Sha256;
use segl_core::ports::{Answer, Link, LinkKind, Links};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{Item, ItemKey, number};
use crate::stored::StoredLink;

/// How long a link that has lapsed is kept, so that its holder can be told that it has lapsed.
const KEPT_WHEN_LAPSED: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Links for Store {
    async fn put_link(&self, link: &Link) -> Answer<()> {
        // A time beyond what a timestamp can hold is one at which nothing expires.
        let expires = link.until.saturating_add(KEPT_WHEN_LAPSED).unwrap_or(link.until);
        let item = Item::new(&ItemKey::link(&link.digest)).body(&StoredLink::from(link)).expires(expires);
        let item = match link.kind {
            LinkKind::Once { used } => item.number("used", u8::from(used)),
            LinkKind::Sent => item,
        };
        self.replace(item).await
    }

    async fn use_up(&self, digest: &Sha256) -> Answer<bool> {
        let update = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(ItemKey::link(digest).attributes()))
            .update_expression("SET #used = :yes")
            // Of links that are not there, or not for once, there is nothing to use up.
            .condition_expression("#used = :no")
            .expression_attribute_names("#used", "used")
            .expression_attribute_values(":yes", number(1))
            .expression_attribute_values(":no", number(0))
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

    async fn link(&self, digest: &Sha256) -> Answer<Option<Link>> {
        let Some(row) = self.row(&ItemKey::link(digest)).await? else { return Ok(None) };
        row.read(|row| Ok(Some(row.body::<StoredLink>()?.of(digest, row.optional_number::<u8>("used")? == Some(1)))))
    }
}
