//! What is settled for organizations, in the table.

use jiff::SignedDuration;
use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, Organizations};

use super::Store;
use crate::item::{Item, ItemKey};

impl Organizations for Store {
    async fn retention(&self, organization: &OrganizationId) -> Answer<Option<SignedDuration>> {
        let Some(row) = self.row(&ItemKey::settings(organization)).await? else { return Ok(None) };
        row.read(|row| Ok(row.optional_number("retention_seconds")?.map(SignedDuration::from_secs)))
    }

    async fn set_retention(&self, organization: &OrganizationId, retention: Option<SignedDuration>) -> Answer<()> {
        let item = Item::new(&ItemKey::settings(organization));
        self.replace(match retention {
            Some(retention) => item.number("retention_seconds", retention.as_secs()),
            None => item,
        })
        .await
    }
}
