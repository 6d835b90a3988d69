//! What [`Webhooks`] promises.

use std::collections::BTreeSet;

use segl_core::id::OrganizationId;
use segl_core::ports::{Answer, Clock, Entropy, PortError, Publication, Webhooks};
use segl_core::task::TaskStatus;
use segl_core::webhook::{About, Delivery, Endpoint, EndpointId, EndpointUrl, Message, Reception, Topic};

use super::expect_conflict;
use super::orders::far_future;
use crate::story::{client, organization};

/// The whole contract of [`Webhooks`], for an organization of its own. Deliveries wait, so that nobody is woken.
pub async fn webhooks<P: Webhooks + Clock + Entropy>(ports: &P) {
    let organization = organization(ports);
    let endpoint = endpoints(ports, &organization).await;
    feed(ports, &organization, &endpoint).await;
}

async fn endpoints<P: Webhooks + Clock + Entropy>(ports: &P, organization: &OrganizationId) -> Endpoint {
    let first = Endpoint {
        id: EndpointId::new(ports.now(), ports.array()),
        version: 1,
        organization: organization.clone(),
        client: client(ports, organization, "").id,
        url: EndpointUrl::parse("https://example.org/hooks").unwrap(),
        topics: BTreeSet::from([Topic::OrderAccepted, Topic::WebhookDisabled]),
        created_at: ports.now(),
        secret_generation: 3,
        previous_secret_until: Some(far_future()),
        last_request: Some(segl_core::id::Sha256::of(b"a request")),
        failures: 2,
        failing_since: Some(ports.now()),
        retry_at: Some(far_future()),
        disabled: None,
    };
    assert_eq!(ports.endpoint(organization, first.id).await.unwrap(), None, "nothing is there yet");
    ports.put_endpoint(&first).await.expect("a new endpoint is stored");
    expect_conflict(ports.put_endpoint(&first).await, "a new endpoint where one is");
    let second = first.failed(far_future(), true);
    ports.put_endpoint(&second).await.expect("the version before is there");
    expect_conflict(ports.put_endpoint(&second).await, "the version before is not there any more");
    assert_eq!(ports.endpoint(organization, first.id).await.unwrap(), Some(second.clone()), "as it was stored");
    let other = Endpoint { id: EndpointId::new(far_future(), ports.array()), ..first.clone() };
    ports.put_endpoint(&other).await.unwrap();
    assert_eq!(ports.endpoints(organization).await.unwrap(), [second.clone(), other.clone()], "oldest first");
    for _ in 0..2 {
        ports.remove_endpoint(organization, other.id).await.expect("removing what is gone is no error");
    }
    assert_eq!(ports.endpoints(organization).await.unwrap(), std::slice::from_ref(&second), "one is gone");
    second
}

async fn feed<P: Webhooks + Clock>(ports: &P, organization: &OrganizationId, endpoint: &Endpoint) {
    assert_eq!(ports.feed_head(organization).await.unwrap(), 0, "nothing was published");
    let message = |position| {
        let about = About::Endpoint { endpoint: endpoint.id, reason: None };
        Message { position, topic: Topic::WebhookTest, at: far_future(), about }
    };
    let publish = async |position| -> Answer<()> {
        let waiting = Endpoint { retry_at: Some(far_future()), failures: 9, ..endpoint.clone() };
        let deliveries = vec![Delivery::new(&waiting, message(position), ports.now())];
        assert_eq!(deliveries[0].status, TaskStatus::Waiting);
        let organization = organization.clone();
        ports.publish(&Publication { organization, message: message(position), deliveries, task: None, endpoint: None }).await
    };
    expect_conflict(publish(2).await, "a gap");
    for position in 1..=3 {
        publish(position).await.expect("the next position");
        expect_conflict(publish(position).await, "a position that is taken");
    }
    assert_eq!(ports.feed_head(organization).await.unwrap(), 3);
    assert_eq!(ports.feed(organization, 0, 2).await.unwrap(), [message(1), message(2)], "in sequence, at most so many");
    assert_eq!(ports.feed(organization, 2, 100).await.unwrap(), [message(3)], "those after a position");
    assert_eq!(ports.feed(organization, u64::MAX, 100).await.unwrap(), [], "there is an end");

    let stale = Endpoint { version: endpoint.version, ..endpoint.clone() };
    let with_endpoint = |endpoint: Endpoint| Publication {
        organization: organization.clone(),
        message: message(4),
        deliveries: Vec::new(),
        task: None,
        endpoint: Some(endpoint),
    };
    expect_conflict(ports.publish(&with_endpoint(stale)).await, "an endpoint that was changed");
    assert_eq!(ports.feed_head(organization).await.unwrap(), 3, "all or nothing");
    let changed = Endpoint { version: endpoint.version + 1, disabled: None, ..endpoint.clone() };
    ports.publish(&with_endpoint(changed.clone())).await.expect("the endpoint goes along");
    assert_eq!(ports.endpoint(organization, endpoint.id).await.unwrap(), Some(changed));

    let log = ports.deliveries(organization, endpoint.id, None, 2).await.unwrap();
    assert_eq!(log.iter().map(|delivery| delivery.key.position).collect::<Vec<_>>(), [3, 2], "newest first, at most so many");
    let rest = ports.deliveries(organization, endpoint.id, Some(2), 100).await.unwrap();
    assert_eq!(rest.iter().map(|delivery| delivery.key.position).collect::<Vec<_>>(), [1], "those before a position");
    let delivery = rest.into_iter().next().unwrap();
    let mut after = delivery.clone();
    for reception in [Reception::NoAnswer("time-out".to_owned()), Reception::Answered { status: 500, retry_at: Some(far_future()) }] {
        after = Delivery {
            version: delivery.version,
            ..after.attempted(far_future(), far_future(), reception, segl_core::webhook::Jitter([0, 0]))
        };
    }
    after.version = delivery.version + 1;
    ports.put_delivery(&after).await.expect("the version before is there");
    assert!(matches!(ports.put_delivery(&after).await, Err(PortError::Conflict)), "and now it is not");
    assert_eq!(ports.delivery(&delivery.key).await.unwrap(), Some(after), "with what came of its tries");
}
