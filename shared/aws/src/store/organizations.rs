//! What is settled for organizations, in the table.

use jiff::SignedDuration;
use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, Contact, Organizations};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{Item, ItemKey};
use crate::stored::StoredContact;

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

    async fn contact(&self, organization: &OrganizationId) -> Answer<Option<Contact>> {
        let Some(row) = self.row(&ItemKey::contact(organization)).await? else { return Ok(None) };
        row.read(|row| row.body::<StoredContact>()?.try_into().map(Some))
    }

    async fn set_contact(&self, organization: &OrganizationId, contact: Option<&Contact>) -> Answer<()> {
        let key = ItemKey::contact(organization);
        match contact {
            Some(contact) => self.replace(Item::new(&key).body(&StoredContact::from(contact))).await,
            None => {
                let answer = self.dynamo.delete_item().table_name(&self.table).set_key(Some(key.attributes())).send().await;
                answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
            }
        }
    }
}
