//! What orders have to do with registers, in memory.

use segl_core::id::OrderId;
use segl_core::ports::{Answer, PortError, RegisterBook, RegisterSecrets, RegisterWorks};
use segl_core::register::{RegisterName, RegisterWork};
use segl_core::register_settings::RegisterSettings;

use super::Fake;

impl RegisterWorks for Fake {
    async fn register_work(&self, order: OrderId) -> Answer<Option<RegisterWork>> {
        self.call("register_works.register_work", |world, _| Ok(world.register_works.get(&order).cloned())).await
    }

    async fn put_register_work(&self, work: &RegisterWork) -> Answer<()> {
        self.call("register_works.put_register_work", |world, _| {
            let before = world.register_works.get(&work.order).map_or(0, |stored| stored.revision);
            if work.revision != before + 1 {
                return Err(PortError::Conflict);
            }
            world.register_works.insert(work.order, work.clone());
            Ok(())
        })
        .await
    }
}

impl RegisterBook for Fake {
    async fn register(&self, name: &RegisterName) -> Answer<Option<RegisterSettings>> {
        self.call("register_book.register", |world, _| Ok(world.registers.get(name).cloned())).await
    }

    async fn put_register(&self, settings: &RegisterSettings) -> Answer<()> {
        self.call("register_book.put_register", |world, _| {
            world.registers.insert(settings.name.clone(), settings.clone());
            Ok(())
        })
        .await
    }

    async fn registers(&self) -> Answer<Vec<RegisterSettings>> {
        self.call("register_book.registers", |world, _| Ok(world.registers.values().cloned().collect())).await
    }

    async fn remove_register(&self, name: &RegisterName) -> Answer<()> {
        self.call("register_book.remove_register", |world, _| {
            world.registers.remove(name);
            Ok(())
        })
        .await
    }
}

impl RegisterSecrets for Fake {
    async fn register_secret(&self, name: &RegisterName) -> Answer<Option<String>> {
        self.call("register_secrets.register_secret", |world, _| Ok(world.register_secrets.get(name).cloned())).await
    }

    async fn put_register_secret(&self, name: &RegisterName, secret: &str) -> Answer<()> {
        self.call("register_secrets.put_register_secret", |world, _| {
            world.register_secrets.insert(name.clone(), secret.to_owned());
            Ok(())
        })
        .await
    }

    async fn remove_register_secret(&self, name: &RegisterName) -> Answer<()> {
        self.call("register_secrets.remove_register_secret", |world, _| {
            world.register_secrets.remove(name);
            Ok(())
        })
        .await
    }
}
