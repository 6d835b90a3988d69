//! Putting what happened into the feed of the organization, and owing its deliveries.

use crate::id::{OrderId, OrganizationId};
use crate::ports::{Clock, Orders, PortError, Publication, Tasks, Webhooks};
use crate::refusal::Refusal;
use crate::task::TaskKind;
use crate::use_case::Error;
use crate::use_case::task::open_task;
use crate::webhook::{Delivery, Endpoint, Message};

/// How often a position is taken anew because somebody else took it first. Each round means that another message was published.
const ROUNDS: usize = 64;

/// Does the task `announce` of an event, if it is still to be done.
///
/// A crash before the commit leaves nothing; after it, the task is over and the deliveries are owed.
pub async fn announce<P: Orders + Tasks + Webhooks + Clock>(ports: &P, id: OrderId, seq: u64) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, TaskKind::Announce(seq)).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let event = ports.events(id, seq.saturating_sub(1), 1).await?.pop().filter(|event| event.seq == seq).ok_or(Refusal::NotFound)?;
    let message = |position| Message::of(&event, position).ok_or(Refusal::NotFound);
    match publish(ports, &order.organization, message, |_| true, |publication| publication.task = Some(task.clone())).await {
        // Somebody else did it at the same moment.
        Ok(_) | Err(Error::Port(PortError::AlreadyDone)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Publishes at the next free position, for the endpoints that want the topic and for which `also` holds. `with` adds what belongs into
/// the same transaction.
pub(crate) async fn publish<P: Webhooks + Clock>(
    ports: &P,
    organization: &OrganizationId,
    message: impl Fn(u64) -> Result<Message, Refusal> + Send,
    also: impl Fn(&Endpoint) -> bool + Send,
    with: impl Fn(&mut Publication) + Send,
) -> Result<Message, Error> {
    for _ in 0..ROUNDS {
        let endpoints = ports.endpoints(organization).await?;
        let message = message(ports.feed_head(organization).await? + 1)?;
        let wanted = endpoints.iter().filter(|endpoint| endpoint.wants(message.topic) && also(endpoint));
        let deliveries = wanted.map(|endpoint| Delivery::new(endpoint, message.clone(), ports.now())).collect();
        let mut publication = Publication { organization: organization.clone(), message, deliveries, task: None, endpoint: None };
        with(&mut publication);
        match ports.publish(&publication).await {
            Ok(()) => return Ok(publication.message),
            // A changed endpoint is a conflict that does not go away: the caller looks at it anew.
            Err(PortError::Conflict) if publication.endpoint.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PortError::Conflict.into())
}
