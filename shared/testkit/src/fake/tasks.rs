//! Tasks and the agenda in memory.

use jiff::Timestamp;
use segl_core::id::{OrderId, Sha256};
use segl_core::ports::{AGENDA_SHARDS, Answer, Due, PortError, Tasks};
use segl_core::task::{Task, TaskKind, TaskStatus};

use super::{Defect, Fake};

impl Tasks for Fake {
    async fn task(&self, order: OrderId, kind: TaskKind) -> Answer<Option<Task>> {
        self.call("tasks.task", |world, _| Ok(world.tasks.get(&(order, kind)).cloned())).await
    }

    async fn tasks(&self, order: OrderId) -> Answer<Vec<Task>> {
        self.call("tasks.tasks", |world, _| {
            let mut tasks: Vec<_> = world.tasks.values().filter(|task| task.order == order).cloned().collect();
            tasks.sort_by_key(|task| task.kind.to_string());
            Ok(tasks)
        })
        .await
    }

    async fn given_up(&self, limit: usize) -> Answer<Vec<(OrderId, TaskKind)>> {
        self.call("tasks.given_up", |world, _| {
            let dead = world.tasks.values().filter(|task| task.status == TaskStatus::Dead);
            Ok(dead.take(limit).map(|task| (task.order, task.kind)).collect())
        })
        .await
    }

    async fn replace_task(&self, before: &Task, after: &Task) -> Answer<()> {
        assert_eq!((before.order, before.kind), (after.order, after.kind), "a task is replaced by itself");
        self.call("tasks.replace_task", |world, _| {
            if world.tasks.get(&(before.order, before.kind)) != Some(before) && world.defect != Some(Defect::NoUnchangedTask) {
                return Err(PortError::Conflict);
            }
            world.put_task(after);
            Ok(())
        })
        .await
    }

    async fn due(&self, shard: u8, now: Timestamp, limit: usize) -> Answer<Vec<Due>> {
        self.call("tasks.due", |world, _| {
            let orders = world.orders.values().filter_map(|order| Some((order.next_due()?, order.id, None)));
            let tasks = world.tasks.values().filter_map(|task| Some((task.due?, task.order, Some(task.kind))));
            let orders = orders.filter(|_| world.defect != Some(Defect::AgendaWithoutOrders));
            let tasks = tasks.filter(|_| world.defect != Some(Defect::AgendaWithoutTasks));
            let mut orders: Vec<_> = orders.chain(tasks).filter(|(_, id, _)| shard_of(id) == shard).collect();
            orders.sort_by_key(|(at, id, kind)| (*at, *id, kind.map(|kind| kind.to_string())));
            let orders = orders.into_iter().map(|(at, id, kind)| (at, kind.map_or(Due::Order(id), |kind| Due::Task(id, kind))));
            let deliveries = world.deliveries.values().filter(|delivery| shard_of(delivery.key.endpoint) == shard);
            let deliveries = deliveries.filter_map(|delivery| Some((delivery.due?, Due::Delivery(delivery.key.clone()))));
            let mut due: Vec<_> = orders.chain(deliveries).filter(|(at, _)| *at <= now).collect();
            due.sort_by_key(|(at, _)| *at);
            Ok(due.into_iter().take(limit).map(|(_, due)| due).collect())
        })
        .await
    }
}

fn shard_of(id: impl ToString) -> u8 {
    Sha256::of(id.to_string().as_bytes()).0[0] % AGENDA_SHARDS
}
