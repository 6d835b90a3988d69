//! What orders have to do with registers, in memory.

use segl_core::id::OrderId;
use segl_core::ports::{Answer, PortError, RegisterWorks};
use segl_core::register::RegisterWork;

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
