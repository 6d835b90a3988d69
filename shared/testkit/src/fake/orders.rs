//! Orders in memory.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use segl_core::event::{ChainHead, Event};
use segl_core::id::{ClientId, OrderId, OrganizationId, Sha256};
use segl_core::order::Order;
use segl_core::ports::{AGENDA_SHARDS, Answer, Heads, Orders, PortError};
use segl_core::signer::NationalId;
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::{Change, Idempotency};

use super::{Defect, Fake, World, rejected};

/// The most items of one transaction (DynamoDB's limit).
const MAX_ITEMS: usize = 100;

impl Orders for Fake {
    async fn order(&self, id: OrderId) -> Answer<Option<Order>> {
        self.call("orders.order", |world, _| Ok(world.orders.get(&id).cloned())).await
    }

    async fn commit(&self, change: &Change) -> Answer<()> {
        let apart = self.call("orders.commit", |world, _| world.commit(change)).await?;
        match apart {
            Some(part) => {
                self.call("orders.commit", |world, _| {
                    world.store(change, part);
                    Ok(())
                })
                .await
            }
            None => Ok(()),
        }
    }

    async fn events(&self, id: OrderId, after: u64, limit: usize) -> Answer<Vec<Event>> {
        self.call("orders.events", |world, _| {
            let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
            Ok(world.events.range((id, first)..=(id, u64::MAX)).take(limit).map(|(_, event)| event.clone()).collect())
        })
        .await
    }

    async fn orders_of(&self, organization: &OrganizationId, before: Option<OrderId>, limit: usize) -> Answer<Vec<OrderId>> {
        self.call("orders.orders_of", |world, _| {
            let own = world.orders.values().rev().filter(|order| order.organization == *organization).map(|order| order.id);
            Ok(own.filter(|id| before.is_none_or(|before| *id < before)).take(limit).collect())
        })
        .await
    }

    async fn orders_of_person(&self, number: &NationalId, limit: usize) -> Answer<Vec<OrderId>> {
        self.call("orders.orders_of_person", |world, _| {
            let own = world.orders_of_people.iter().rev().filter(|(found, _)| found == number).map(|(_, order)| *order);
            Ok(own.take(limit).collect())
        })
        .await
    }

    async fn idempotency(&self, client: &ClientId, key: &str) -> Answer<Option<Idempotency>> {
        self.call("orders.idempotency", |world, _| Ok(world.idempotency.get(&(client.clone(), key.to_owned())).cloned())).await
    }

    async fn remember(&self, record: &Idempotency) -> Answer<()> {
        self.call("orders.remember", |world, _| {
            let key = (record.client.clone(), record.key.clone());
            if world.idempotency.contains_key(&key) && world.defect != Some(Defect::NoUniqueKey) {
                return Err(PortError::Conflict);
            }
            world.idempotency.insert(key, record.clone());
            Ok(())
        })
        .await
    }
}

impl Heads for Fake {
    async fn heads(&self, day: Date, shard: u8, after: Option<OrderId>, limit: usize) -> Answer<Vec<(OrderId, ChainHead)>> {
        self.call("heads.heads", |world, _| {
            let of_day = world.heads.iter().filter(|((on, order), _)| *on == day && shard_of(*order) == shard);
            let wanted = of_day.filter(|((_, order), _)| after.is_none_or(|after| *order > after));
            Ok(wanted.take(limit).map(|((_, order), head)| (*order, *head)).collect())
        })
        .await
    }
}

/// As good as any.
fn shard_of(order: OrderId) -> u8 {
    Sha256::of(order.to_string().as_bytes()).0[0] % AGENDA_SHARDS
}

/// What a change is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Order,
    Events,
    Done,
    Tasks,
    Key,
}

impl Part {
    const ALL: [Self; 5] = [Self::Order, Self::Events, Self::Done, Self::Tasks, Self::Key];
}

impl World {
    /// Stores a change. Answers what a store with such a defect writes by itself afterwards.
    fn commit(&mut self, change: &Change) -> Answer<Option<Part>> {
        self.check(change)?;
        let apart = match self.defect {
            Some(Defect::OrderApart) => Some(Part::Order),
            Some(Defect::EventsApart) => Some(Part::Events),
            Some(Defect::TasksApart) => Some(Part::Tasks),
            Some(Defect::DoneApart) => Some(Part::Done),
            Some(Defect::KeyApart) => Some(Part::Key),
            _ => None,
        };
        for part in Part::ALL.into_iter().filter(|part| Some(*part) != apart) {
            self.store(change, part);
        }
        Ok(apart)
    }

    fn store(&mut self, change: &Change, part: Part) {
        let order = &change.order;
        match part {
            Part::Order => {
                self.orders.insert(order.id, order.clone());
                let numbers = change.people().into_iter().map(|number| (number.clone(), order.id));
                self.orders_of_people.extend(numbers);
            }
            Part::Events => {
                if let Some(last) = change.events.last() {
                    self.heads.insert((last.at.to_zoned(TimeZone::UTC).date(), order.id), order.chain);
                }
                for event in &change.events {
                    self.events.insert((order.id, event.seq), event.clone());
                }
            }
            Part::Done => change.done.iter().for_each(|task| self.put_task(task)),
            Part::Tasks => change.tasks.iter().for_each(|task| self.put_task(task)),
            Part::Key => {
                if let Some(record) = &change.idempotency {
                    self.idempotency.insert((record.client.clone(), record.key.clone()), record.clone());
                }
            }
        }
    }

    fn check(&self, change: &Change) -> Answer<()> {
        let Change { order, expected, events, tasks, done, idempotency } = change;
        if let Some(expected) = expected {
            assert_eq!(order.version, expected + 1, "a change moves the version on by one");
        }
        let kinds: Vec<TaskKind> = done.iter().chain(tasks).map(|task| task.kind).collect();
        if kinds.iter().collect::<BTreeSet<_>>().len() != kinds.len() {
            return Err(rejected("fake", "one item appears twice in a transaction"));
        }
        let rows = usize::from(!events.is_empty()) + change.people().len() + usize::from(idempotency.is_some());
        if 2 + events.len() + kinds.len() + rows > MAX_ITEMS {
            return Err(rejected("fake", "a transaction of more than 100 items"));
        }
        let open = |task: &Task| self.tasks.get(&(order.id, task.kind)).is_some_and(Task::is_open);
        if !done.iter().all(open) && self.defect != Some(Defect::NoOpenTask) {
            return Err(PortError::AlreadyDone);
        }
        let key_taken =
            idempotency.as_ref().is_some_and(|record| self.idempotency.contains_key(&(record.client.clone(), record.key.clone())));
        let key_taken = key_taken && self.defect != Some(Defect::NoUniqueKey);
        let version_differs = self.orders.get(&order.id).map(|order| order.version) != *expected;
        let event_taken = events.iter().any(|event| self.events.contains_key(&(order.id, event.seq)));
        let was_changed = (version_differs || event_taken) && self.defect != Some(Defect::NoVersion);
        if key_taken || was_changed { Err(PortError::Conflict) } else { Ok(()) }
    }

    /// Stores a task; a ready one wakes its consumer.
    pub(super) fn put_task(&mut self, task: &Task) {
        if task.status == TaskStatus::Ready {
            self.wake_ups.push((task.order, task.kind));
        }
        self.tasks.insert((task.order, task.kind), task.clone());
    }
}
