//! Delivering one message to one endpoint, or by mail to the owner of one that was switched off: the first try and every further one.

use jiff::Timestamp;

use crate::client::Privilege;
use crate::id::OrganizationId;
use crate::ports::{
    Clients, Clock, Contact, Courier, Entropy, Letter, Mailer, Message as Mail, Organizations, PortError, Publication, Webhooks,
};
use crate::root_key::RootKey;
use crate::use_case::Error;
use crate::use_case::announce::publish;
use crate::webhook::{About, Delivery, DeliveryKey, Disabled, Endpoint, Jitter, Message, Reception, Topic};

/// How often what is known of an endpoint is brought up to date because others changed it at the same time.
const ROUNDS: usize = 16;

/// How a mail that was taken stands in the log of deliveries: as mail servers say so (RFC 5321, 4.2.3).
const MAIL_TAKEN: u16 = 250;

/// The delivery, if it is to be tried now. A record of the stream may be old, or come twice; one that waits is left to the agenda, so that
/// a receiver in trouble is not asked before its time.
pub async fn to_try<P: Webhooks>(ports: &P, key: &DeliveryKey) -> Result<Option<Delivery>, Error> {
    Ok(ports.delivery(key).await?.filter(Delivery::is_ready))
}

/// Makes one try. `body` writes a message of an organization as it goes out.
///
/// The try comes first, then what is known of the endpoint, then the delivery's own state. A crash between them makes the try again:
/// the receiver knows a message that comes twice by its id.
pub async fn deliver<P: Webhooks + Clients + Organizations + Clock + Entropy, C: Courier>(
    ports: &P,
    courier: &C,
    root: &RootKey,
    delivery: Delivery,
    body: impl Fn(&OrganizationId, &Message) -> Vec<u8> + Send,
) -> Result<(), Error> {
    let key = &delivery.key;
    let endpoint = match ports.endpoint(&key.organization, key.endpoint).await? {
        Some(endpoint) if endpoint.disabled.is_none() && may_read(ports, &endpoint).await? => endpoint,
        // Nobody is there any more who could want it.
        _ => return store(ports, &delivery.given_up()).await,
    };
    let began = ports.now();
    if endpoint.is_troubled() && !claims(ports, &endpoint, began).await? {
        let at = endpoint.retry_at.filter(|at| *at > began).unwrap_or(began);
        return store(ports, &delivery.put_off_until(at, Jitter(ports.array()))).await;
    }
    let body = body(&key.organization, &delivery.message);
    let id = delivery.message.id(&key.organization);
    let signatures = endpoint.secret_generations(began).map(|generation| root.webhook_secret(endpoint.id, generation));
    let signature = signatures.map(|secret| secret.sign(&id, began, &body)).collect::<Vec<_>>().join(" ");
    let reception = courier.carry(&Letter { url: endpoint.url, id, at: began, signature, body }).await;
    note_health(ports, key, &reception).await?;
    store(ports, &delivery.attempted(began, ports.now(), reception, Jitter(ports.array()))).await
}

/// Makes one try to tell by mail that an endpoint was switched off. `write` says why. Nobody is told where the organization names nobody
/// any more, or the endpoint is on again or removed: whoever did that knows.
///
/// The mail comes first, then the delivery's own state. A crash between them sends it twice.
pub async fn tell_owner<P: Webhooks + Organizations + Clock + Entropy, M: Mailer>(
    ports: &P,
    mailer: &M,
    delivery: Delivery,
    write: impl Fn(&Contact, &Endpoint, Disabled) -> Mail + Send,
) -> Result<(), Error> {
    let key = &delivery.key;
    let endpoint = ports.endpoint(&key.organization, key.endpoint).await?;
    let contact = ports.contact(&key.organization).await?;
    let off = endpoint.as_ref().and_then(|endpoint| Some((endpoint, endpoint.disabled.filter(Disabled::is_ours)?)));
    let (Some((endpoint, disabled)), Some(contact)) = (off, contact) else { return store(ports, &delivery.given_up()).await };
    let began = ports.now();
    let reception = match mailer.send_mail(&contact.email, &write(&contact, endpoint, disabled)).await {
        Ok(()) => Reception::Answered { status: MAIL_TAKEN, retry_at: None },
        // The operator may correct the address until the last try.
        Err(PortError::Rejected { .. }) => Reception::NoAnswer("mail-refused".to_owned()),
        Err(_) => Reception::NoAnswer("mail-not-sent".to_owned()),
    };
    store(ports, &delivery.attempted(began, ports.now(), reception, Jitter(ports.array()))).await
}

/// Whether the endpoint's owner could still read what is delivered.
async fn may_read<P: Clients>(ports: &P, endpoint: &Endpoint) -> Result<bool, Error> {
    let client = ports.client(&endpoint.client).await?;
    Ok(client.is_some_and(|client| {
        client.enabled && client.organization == endpoint.organization && client.require(Privilege::WorkflowRead).is_ok()
    }))
}

/// Whether this delivery is the one that tries an endpoint in trouble. Of several at the same moment the store lets one be it.
async fn claims<P: Webhooks>(ports: &P, endpoint: &Endpoint, now: Timestamp) -> Result<bool, Error> {
    if endpoint.retry_at.is_some_and(|at| at > now) {
        return Ok(false);
    }
    match ports.put_endpoint(&endpoint.clone().probed(now)).await {
        Ok(()) => Ok(true),
        Err(PortError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Brings up to date how the endpoint fares, and switches it off where that is due.
async fn note_health<P: Webhooks + Organizations + Clock>(ports: &P, key: &DeliveryKey, reception: &Reception) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        let Some(endpoint) = ports.endpoint(&key.organization, key.endpoint).await? else { return Ok(()) };
        let after = match reception.arrived() {
            true => endpoint.succeeded(),
            false => Some(endpoint.failed(ports.now(), reception.is_gone())),
        };
        let stored = match after {
            None => return Ok(()),
            // Switched off while the try was under way: nothing more is to be learnt of it.
            Some(_) if endpoint.disabled.is_some() => return Ok(()),
            Some(after) => match after.disabled {
                Some(disabled) => switch_off(ports, after, disabled).await,
                None => ports.put_endpoint(&after).await.map_err(Error::from),
            },
        };
        match stored {
            Err(Error::Port(PortError::Conflict)) => {}
            stored => return stored,
        }
    }
    // Others know better by now how it fares.
    Ok(())
}

/// Stores that an endpoint is off together with the message that says so, and owes the mail about it, so that nobody loses events without
/// a notice.
async fn switch_off<P: Webhooks + Organizations + Clock>(ports: &P, endpoint: Endpoint, disabled: Disabled) -> Result<(), Error> {
    let contact = ports.contact(&endpoint.organization).await?;
    let about = About::Endpoint { endpoint: endpoint.id, reason: Some(disabled.why) };
    let message = |position| Ok(Message { position, topic: Topic::WebhookDisabled, at: disabled.at, about: about.clone() });
    let others = |other: &Endpoint| other.id != endpoint.id;
    let with = |publication: &mut Publication| {
        publication.endpoint = Some(endpoint.clone());
        let mail = contact.iter().map(|_| Delivery::notice(&endpoint, publication.message.clone(), disabled.at));
        publication.deliveries.extend(mail);
    };
    publish(ports, &endpoint.organization, message, others, with).await.map(drop)
}

/// Somebody who changed the delivery in the meantime made a try of their own, or replays it.
async fn store<P: Webhooks>(ports: &P, delivery: &Delivery) -> Result<(), Error> {
    match ports.put_delivery(delivery).await {
        Ok(()) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
