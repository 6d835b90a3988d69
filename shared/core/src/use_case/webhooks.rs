//! Managing endpoints: a client manages its own, and those of others are not there for it.
//!
//! Under an idempotency key a change counts once, until another change is made under a key: an endpoint keeps the last request that changed
//! it, in the same write. A test message and a replay are sent again by a repeat; receivers tell messages apart by their ids.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::client::Client;
use crate::id::Sha256;
use crate::ports::{Clock, Entropy, Orders, PortError, Webhooks};
use crate::refusal::Refusal;
use crate::use_case::Error;
use crate::use_case::announce::publish;
use crate::use_case::clients::MAX_OVERLAP;
use crate::use_case::once::{IdempotencyKey, earlier, remember};
use crate::webhook::{
    About, Delivery, DeliveryKey, Disabled, Endpoint, EndpointId, EndpointUrl, MAX_ENDPOINTS, Message, Topic, WhyDisabled,
};

/// How often a change is decided anew because somebody else was first.
const ROUNDS: usize = 16;

/// The most deliveries that are replayed at a time.
pub const MAX_REPLAYED: usize = 100;

/// What changes about an endpoint; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// Where it is.
    pub url: Option<EndpointUrl>,
    /// What is delivered.
    pub topics: Option<BTreeSet<Topic>>,
    /// Whether anything is.
    pub enabled: Option<bool>,
}

/// Which deliveries are replayed: those of the feed's positions from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// The first position.
    pub first: u64,
    /// The last position.
    pub last: u64,
    /// Only what was given up or still fails, and not what arrived.
    pub failed_only: bool,
}

/// Stores a new endpoint of the client. Its secret follows from its id. A crash after the store leaves an endpoint that the caller finds
/// in the list.
pub async fn add<P: Webhooks + Orders + Clock + Entropy>(
    ports: &P,
    key: Option<&IdempotencyKey>,
    client: &Client,
    url: EndpointUrl,
    topics: BTreeSet<Topic>,
) -> Result<Endpoint, Error> {
    let now = ports.now();
    let last_request = known(ports, key).await?;
    let id = last_request.as_ref().map_or_else(|| EndpointId::new(now, ports.array()), EndpointId::of_request);
    if last_request.is_some()
        && let Some(endpoint) = ports.endpoint(&client.organization, id).await?
    {
        return Ok(endpoint);
    }
    if ports.endpoints(&client.organization).await?.len() >= MAX_ENDPOINTS {
        return Err(
            Refusal::invalid("", format!("the organization has {MAX_ENDPOINTS} endpoints, which is the most; remove one first")).into()
        );
    }
    let endpoint = Endpoint {
        id,
        version: 1,
        organization: client.organization.clone(),
        client: client.id.clone(),
        url,
        topics,
        created_at: now,
        secret_generation: 1,
        previous_secret_until: None,
        last_request,
        failures: 0,
        failing_since: None,
        retry_at: None,
        disabled: None,
    };
    match ports.put_endpoint(&endpoint).await {
        // The same request at the same moment.
        Err(PortError::Conflict) if last_request.is_some() => own(ports, client, id).await,
        other => Ok(other.map(|()| endpoint)?),
    }
}

/// The client's own endpoints.
pub async fn list<P: Webhooks>(ports: &P, client: &Client) -> Result<Vec<Endpoint>, Error> {
    let all = ports.endpoints(&client.organization).await?;
    Ok(all.into_iter().filter(|endpoint| endpoint.client == client.id).collect())
}

/// One of the client's own endpoints.
pub async fn own<P: Webhooks>(ports: &P, client: &Client, id: EndpointId) -> Result<Endpoint, Error> {
    let found = ports.endpoint(&client.organization, id).await?;
    Ok(found.filter(|endpoint| endpoint.client == client.id).ok_or(Refusal::NoSuchWebhook)?)
}

/// Changes an endpoint. One that is switched on again begins without a past.
pub async fn change<P: Webhooks + Orders + Clock>(
    ports: &P,
    key: Option<&IdempotencyKey>,
    client: &Client,
    id: EndpointId,
    change: EndpointChange,
) -> Result<Endpoint, Error> {
    let now = ports.now();
    update(ports, key, client, id, |endpoint| {
        let EndpointChange { url, topics, enabled } = change.clone();
        endpoint.url = url.unwrap_or(endpoint.url.clone());
        endpoint.topics = topics.unwrap_or(std::mem::take(&mut endpoint.topics));
        match enabled {
            Some(true) if endpoint.disabled.is_some() => {
                (endpoint.disabled, endpoint.failures, endpoint.failing_since, endpoint.retry_at) = (None, 0, None, None);
            }
            Some(false) if endpoint.disabled.is_none() => endpoint.disabled = Some(Disabled { at: now, why: WhyDisabled::ByOwner }),
            _ => {}
        }
        Ok(())
    })
    .await
}

/// Gives an endpoint a new secret. Deliveries are signed by the one before, too, for `overlap`; with an overlap of zero it ends at once.
/// Rotating again during the overlap ends the older of the two.
pub async fn rotate_secret<P: Webhooks + Orders + Clock>(
    ports: &P,
    key: Option<&IdempotencyKey>,
    client: &Client,
    id: EndpointId,
    overlap: SignedDuration,
) -> Result<Endpoint, Error> {
    if overlap.is_negative() || overlap > MAX_OVERLAP {
        return Err(Refusal::invalid("/overlap_seconds", "must be from 0 to 30 days").into());
    }
    let until = (!overlap.is_zero()).then(|| ports.now() + overlap);
    update(ports, key, client, id, |endpoint| {
        let next = endpoint.secret_generation.checked_add(1);
        endpoint.secret_generation = next.ok_or_else(|| Refusal::invalid("", "this endpoint's secret was rotated too often"))?;
        endpoint.previous_secret_until = until;
        Ok(())
    })
    .await
}

/// Removes an endpoint. What is still owed to it is given up.
pub async fn remove<P: Webhooks + Orders>(ports: &P, key: Option<&IdempotencyKey>, client: &Client, id: EndpointId) -> Result<(), Error> {
    let asked_before = match key {
        Some(key) => earlier(ports, key).await?.is_some(),
        None => false,
    };
    match own(ports, client, id).await {
        Err(Error::Refused(Refusal::NoSuchWebhook)) if asked_before => return Ok(()),
        other => other?,
    };
    remember(ports, key, None).await?;
    Ok(ports.remove_endpoint(&client.organization, id).await?)
}

/// Owes the endpoint a message of no consequence. Its delivery is like that of any other.
pub async fn test<P: Webhooks + Clock>(ports: &P, client: &Client, id: EndpointId) -> Result<Delivery, Error> {
    let endpoint = own(ports, client, id).await?;
    if endpoint.disabled.is_some() {
        return Err(switched_off().into());
    }
    let now = ports.now();
    let message =
        |position| Ok(Message { position, topic: Topic::WebhookTest, at: now, about: About::Endpoint { endpoint: id, reason: None } });
    let with = |publication: &mut crate::ports::Publication| {
        publication.deliveries = vec![Delivery::new(&endpoint, publication.message.clone(), now)];
    };
    let message = publish(ports, &client.organization, message, |_| false, with).await?;
    Ok(Delivery::new(&endpoint, message, now))
}

/// Owes deliveries again, as if they had never been tried, and answers how many. A message that came before the endpoint did, or that
/// it did not want then, is delivered now. At most [`MAX_REPLAYED`] positions at a time.
///
/// A crash on the way leaves the first of them replayed: replaying all of them again is harmless but for further copies.
pub async fn replay<P: Webhooks + Clock>(ports: &P, client: &Client, id: EndpointId, replay: Replay) -> Result<usize, Error> {
    let endpoint = own(ports, client, id).await?;
    if endpoint.disabled.is_some() {
        return Err(switched_off().into());
    }
    let Replay { first, last, failed_only } = replay;
    let count = last.checked_sub(first).and_then(|more| usize::try_from(more).ok()).map_or(0, |more| more.saturating_add(1));
    if first == 0 || count == 0 || count > MAX_REPLAYED {
        return Err(Refusal::invalid("/last", format!("must be first or after it, and at most {MAX_REPLAYED} positions altogether")).into());
    }
    let mut replayed = 0;
    for message in ports.feed(&client.organization, first - 1, count).await?.into_iter().filter(|message| message.position <= last) {
        let key = DeliveryKey { organization: client.organization.clone(), endpoint: id, position: message.position };
        let now = ports.now();
        let next = match ports.delivery(&key).await? {
            // What was told by mail is told.
            Some(delivery) if delivery.noticed().is_some() => continue,
            // It is on its way already.
            Some(delivery) if delivery.is_open() && delivery.failures == 0 => continue,
            Some(delivery) if delivery.status == crate::task::TaskStatus::Done && failed_only => continue,
            Some(delivery) => delivery.replayed(now),
            None if failed_only || !endpoint.wants(message.topic) => continue,
            None => Delivery::new(&endpoint, message, now),
        };
        match ports.put_delivery(&next).await {
            Ok(()) => replayed += 1,
            // A try ended at this very moment, or somebody else replays it.
            Err(PortError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(replayed)
}

fn switched_off() -> Refusal {
    Refusal::invalid("", "the webhook is switched off; switch it on first")
}

/// Notes the request that stands under a key, and what it is told from others by.
async fn known<P: Orders>(ports: &P, key: Option<&IdempotencyKey>) -> Result<Option<Sha256>, Error> {
    remember(ports, key, None).await?;
    Ok(key.map(IdempotencyKey::mark))
}

/// Reads, changes and stores one of the client's own endpoints.
async fn update<P: Webhooks + Orders>(
    ports: &P,
    key: Option<&IdempotencyKey>,
    client: &Client,
    id: EndpointId,
    change: impl Fn(&mut Endpoint) -> Result<(), Refusal> + Send,
) -> Result<Endpoint, Error> {
    own(ports, client, id).await?;
    let request = known(ports, key).await?;
    for _ in 0..ROUNDS {
        let mut endpoint = own(ports, client, id).await?;
        if request.is_some() && endpoint.last_request == request {
            return Ok(endpoint);
        }
        endpoint.last_request = request.or(endpoint.last_request);
        change(&mut endpoint)?;
        endpoint.version += 1;
        match ports.put_endpoint(&endpoint).await {
            Ok(()) => return Ok(endpoint),
            Err(PortError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PortError::Conflict.into())
}
