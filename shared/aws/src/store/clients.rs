//! API clients in the table.

use segl_core::client::Client;
use segl_core::id::ClientId;
use segl_core::ports::{Answer, Clients};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{BadItem, Item, ItemKey, Row, text};
use crate::stored::StoredClient;

impl Clients for Store {
    async fn client(&self, id: &ClientId) -> Answer<Option<Client>> {
        let Some(row) = self.row(&ItemKey::client(id)).await? else { return Ok(None) };
        row.read(|row| {
            let client = read(row)?;
            if client.id == *id { Ok(Some(client)) } else { Err(BadItem::Misplaced) }
        })
    }

    /// Both copies in one transaction, so that a client who is listed is the client who is let in.
    async fn put_client(&self, client: &Client) -> Answer<()> {
        let stored = StoredClient::from(client);
        let writes = [ItemKey::client(&client.id), ItemKey::listed_client(&client.id)]
            .iter()
            .map(|key| self.put(Item::new(key).body(&stored), None))
            .collect();
        let answer = self.dynamo.transact_write_items().set_transact_items(Some(writes)).send().await;
        answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }

    async fn clients(&self) -> Answer<Vec<Client>> {
        let query = self.dynamo.query().key_condition_expression("pk = :pk").expression_attribute_values(":pk", text("CLIENTS"));
        self.query(query, usize::MAX).await?.iter().map(|row| row.read(read)).collect()
    }
}

fn read(row: &Row) -> Result<Client, BadItem> {
    row.body::<StoredClient>()?.try_into()
}
