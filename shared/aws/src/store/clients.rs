//! API clients in the table.

use segl_core::client::{CertificateName, Client};
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

    /// Both copies and the rows of its certificates in one transaction, so that a client who is listed is the client who is let in. The
    /// row of a certificate that the client has lost stays, which does no harm: who follows it looks at the client.
    async fn put_client(&self, client: &Client) -> Answer<()> {
        let stored = StoredClient::from(client);
        let copies = [ItemKey::client(&client.id), ItemKey::listed_client(&client.id)];
        let copies = copies.iter().map(|key| self.put(Item::new(key).body(&stored), None));
        let certificates = client.certificates.iter().map(ItemKey::certificate);
        let certificates = certificates.map(|key| self.put(Item::new(&key).text("client", client.id.as_str()), None));
        let writes = copies.chain(certificates).collect();
        let answer = self.dynamo.transact_write_items().set_transact_items(Some(writes)).send().await;
        answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }

    async fn clients(&self) -> Answer<Vec<Client>> {
        let query = self.dynamo.query().key_condition_expression("pk = :pk").expression_attribute_values(":pk", text("CLIENTS"));
        self.query(query, usize::MAX).await?.iter().map(|row| row.read(read)).collect()
    }

    async fn client_of_certificate(&self, name: &CertificateName) -> Answer<Option<ClientId>> {
        let Some(row) = self.row(&ItemKey::certificate(name)).await? else { return Ok(None) };
        row.read(|row| row.text("client")?.parse().map(Some).map_err(BadItem::field("client")))
    }
}

fn read(row: &Row) -> Result<Client, BadItem> {
    row.body::<StoredClient>()?.try_into()
}
