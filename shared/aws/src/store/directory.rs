//! The user directory in the table. Who only sees the keys of its items learns nobody's user name: they are keyed hashes.

use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, Directory};
use segl_core::signer::{DirectoryKey, Person};

use super::{DYNAMODB, Store};
use crate::error::{port_error, rejected};
use crate::item::{Item, ItemKey};
use crate::stored::StoredPerson;

/// The service's name in errors.
const DIRECTORY: &str = "the directory";

impl Directory for Store {
    async fn look_up(&self, organization: &OrganizationId, key: &DirectoryKey) -> Answer<Option<Person>> {
        let Some(row) = self.row(&self.entry(organization, key)?).await? else { return Ok(None) };
        row.read(|row| row.body::<StoredPerson>()?.try_into().map(Some))
    }

    async fn put_person(&self, organization: &OrganizationId, person: &Person) -> Answer<()> {
        let key = person.directory.as_ref().ok_or_else(|| rejected(DIRECTORY, "the person has no directory entry"))?;
        self.replace(Item::new(&self.entry(organization, key)?).body(&StoredPerson::from(person))).await
    }

    async fn remove_person(&self, organization: &OrganizationId, key: &DirectoryKey) -> Answer<()> {
        let key = self.entry(organization, key)?.attributes();
        let answer = self.dynamo.delete_item().table_name(&self.table).set_key(Some(key)).send().await;
        answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }
}

impl Store {
    fn entry(&self, organization: &OrganizationId, key: &DirectoryKey) -> Answer<ItemKey> {
        let root = self.root_key.as_ref().ok_or_else(|| rejected(DIRECTORY, "this function was started without the root key"))?;
        Ok(ItemKey::person(organization, &root.lookup("directory", key.as_str())))
    }
}
