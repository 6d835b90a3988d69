//! The settings of registers in the table, all under one key: there are few, and they are listed.

use segl_core::ports::{Answer, RegisterBook};
use segl_core::register::RegisterName;
use segl_core::register_settings::RegisterSettings;

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{BadItem, Item, ItemKey, Row, text};
use crate::stored::StoredRegisterSettings;

impl RegisterBook for Store {
    async fn register(&self, name: &RegisterName) -> Answer<Option<RegisterSettings>> {
        let Some(row) = self.row(&ItemKey::register(name)).await? else { return Ok(None) };
        row.read(|row| {
            let settings = read(row)?;
            if settings.name == *name { Ok(Some(settings)) } else { Err(BadItem::Misplaced) }
        })
    }

    async fn put_register(&self, settings: &RegisterSettings) -> Answer<()> {
        let item = Item::new(&ItemKey::register(&settings.name)).body(&StoredRegisterSettings::from(settings));
        let put = self.dynamo.put_item().table_name(&self.table).set_item(Some(item.into_attributes()));
        put.send().await.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }

    async fn registers(&self) -> Answer<Vec<RegisterSettings>> {
        let query = self.dynamo.query().key_condition_expression("pk = :pk").expression_attribute_values(":pk", text("REGISTERS"));
        self.query(query, usize::MAX).await?.iter().map(|row| row.read(read)).collect()
    }

    async fn remove_register(&self, name: &RegisterName) -> Answer<()> {
        let key = ItemKey::register(name);
        let delete = self.dynamo.delete_item().table_name(&self.table).key("pk", text(&key.pk)).key("sk", text(&key.sk));
        delete.send().await.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }
}

fn read(row: &Row) -> Result<RegisterSettings, BadItem> {
    row.body::<StoredRegisterSettings>()?.try_into()
}
