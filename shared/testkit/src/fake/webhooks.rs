//! Endpoints, feeds and deliveries in memory.

use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, PortError, Publication, Webhooks};
use segl_core::task::{Task, TaskStatus};
use segl_core::webhook::{Delivery, DeliveryKey, Endpoint, EndpointId, Message};

use super::{Defect, Fake, World};

impl Webhooks for Fake {
    async fn endpoints(&self, organization: &OrganizationId) -> Answer<Vec<Endpoint>> {
        self.call("webhooks.endpoints", |world, _| {
            Ok(world.endpoints.values().filter(|endpoint| endpoint.organization == *organization).cloned().collect())
        })
        .await
    }

    async fn endpoint(&self, organization: &OrganizationId, id: EndpointId) -> Answer<Option<Endpoint>> {
        self.call("webhooks.endpoint", |world, _| Ok(world.endpoints.get(&(organization.clone(), id)).cloned())).await
    }

    async fn put_endpoint(&self, endpoint: &Endpoint) -> Answer<()> {
        self.call("webhooks.put_endpoint", |world, _| {
            world.check_endpoint(endpoint)?;
            world.endpoints.insert((endpoint.organization.clone(), endpoint.id), endpoint.clone());
            Ok(())
        })
        .await
    }

    async fn remove_endpoint(&self, organization: &OrganizationId, id: EndpointId) -> Answer<()> {
        self.call("webhooks.remove_endpoint", |world, _| {
            world.endpoints.remove(&(organization.clone(), id));
            Ok(())
        })
        .await
    }

    async fn feed_head(&self, organization: &OrganizationId) -> Answer<u64> {
        self.call("webhooks.feed_head", |world, _| Ok(world.feed_head(organization))).await
    }

    async fn feed(&self, organization: &OrganizationId, after: u64, limit: usize) -> Answer<Vec<Message>> {
        self.call("webhooks.feed", |world, _| {
            let feed = world.feeds.get(organization).into_iter().flatten();
            Ok(feed.filter(|message| message.position > after).take(limit).cloned().collect())
        })
        .await
    }

    async fn publish(&self, publication: &Publication) -> Answer<()> {
        self.call("webhooks.publish", |world, _| world.publish(publication)).await
    }

    async fn delivery(&self, key: &DeliveryKey) -> Answer<Option<Delivery>> {
        self.call("webhooks.delivery", |world, _| Ok(world.deliveries.get(key).cloned())).await
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Answer<()> {
        self.call("webhooks.put_delivery", |world, _| {
            world.check_delivery(delivery)?;
            world.put_delivery(delivery);
            Ok(())
        })
        .await
    }

    async fn deliveries(
        &self,
        organization: &OrganizationId,
        endpoint: EndpointId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Delivery>> {
        self.call("webhooks.deliveries", |world, _| {
            let its = world.deliveries.values().rev();
            let its = its.filter(|delivery| delivery.key.organization == *organization && delivery.key.endpoint == endpoint);
            Ok(its.filter(|delivery| before.is_none_or(|before| delivery.key.position < before)).take(limit).cloned().collect())
        })
        .await
    }
}

impl World {
    fn feed_head(&self, organization: &OrganizationId) -> u64 {
        self.feeds.get(organization).and_then(|feed| feed.last()).map_or(0, |message| message.position)
    }

    fn publish(&mut self, publication: &Publication) -> Answer<()> {
        let Publication { organization, message, deliveries, task, endpoint } = publication;
        let open = |task: &Task| self.tasks.get(&(task.order, task.kind)).is_some_and(Task::is_open);
        if !task.iter().all(open) && self.defect != Some(Defect::NoUnpublished) {
            return Err(PortError::AlreadyDone);
        }
        if message.position != self.feed_head(organization) + 1 && self.defect != Some(Defect::NoPosition) {
            return Err(PortError::Conflict);
        }
        endpoint.iter().try_for_each(|endpoint| self.check_endpoint(endpoint))?;
        deliveries.iter().try_for_each(|delivery| self.check_delivery(delivery))?;
        if let Some(task) = task {
            self.put_task(&task.clone().done());
        }
        if let Some(endpoint) = endpoint {
            self.endpoints.insert((endpoint.organization.clone(), endpoint.id), endpoint.clone());
        }
        for delivery in deliveries {
            self.put_delivery(delivery);
        }
        self.feeds.entry(organization.clone()).or_default().push(message.clone());
        Ok(())
    }

    fn check_endpoint(&self, endpoint: &Endpoint) -> Answer<()> {
        let stored = self.endpoints.get(&(endpoint.organization.clone(), endpoint.id));
        let follows = stored.map_or(0, |stored| stored.version) + 1 == endpoint.version;
        if follows || self.defect == Some(Defect::NoEndpointVersion) { Ok(()) } else { Err(PortError::Conflict) }
    }

    fn check_delivery(&self, delivery: &Delivery) -> Answer<()> {
        let stored = self.deliveries.get(&delivery.key);
        let follows = stored.map_or(0, |stored| stored.version) + 1 == delivery.version;
        if follows || self.defect == Some(Defect::NoDeliveryVersion) { Ok(()) } else { Err(PortError::Conflict) }
    }

    /// Stores a delivery; a ready one wakes its consumer.
    fn put_delivery(&mut self, delivery: &Delivery) {
        if delivery.status == TaskStatus::Ready {
            self.deliveries_woken.push(delivery.key.clone());
        }
        self.deliveries.insert(delivery.key.clone(), delivery.clone());
    }
}
