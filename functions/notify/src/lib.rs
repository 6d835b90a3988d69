//! `notify`: tells people by e-mail and text message, and systems by webhooks. Woken by the table's stream for each message that is owed.
//!
//! The message goes out first, then the commit says so. A crash between the two sends it a second time: better twice than never.

mod address;
pub mod courier;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::ceremony::Channel;
use segl_core::event::Actor;
use segl_core::id::{OrderId, SignerIndex};
use segl_core::order::{LinkTarget, Order, OrderState};
use segl_core::ports::{Answer, Contact, Courier, Mailer, Message, PortError, Texter};
use segl_core::refusal::Refusal;
use segl_core::reminder::end_of_night;
use segl_core::signer::{Party, Person, SignerStatus};
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::Command;
use segl_core::use_case::announce::announce;
use segl_core::use_case::ceremony::sent_link;
use segl_core::use_case::deliver::{tell_owner, to_try};
use segl_core::use_case::task::{open_task, put_off, put_off_until};
use segl_core::use_case::update::update;
use segl_core::use_case::{self, Error};
use segl_core::webhook::{DeliveryKey, Disabled, Endpoint};
use segl_dialects::native::webhook;
use segl_lambda::brand::Brand;
use segl_lambda::causes::Causes;
use segl_lambda::metrics::{Delivery, Metric};
use segl_lambda::service::{Service, Storage};
use segl_wording::message::{Letter, Outcome, Voice, Way};

use crate::address::voice;

/// What messages need besides storage.
pub struct Post<M, T> {
    /// Sends e-mails.
    pub mail: M,
    /// Sends text messages.
    pub sms: T,
    /// The address under which the service is reached, without a slash at its end.
    pub base_url: String,
    /// In which times are told to people who have no zone of their own.
    pub zone: TimeZone,
    /// In whose name messages go.
    pub brand: Brand,
}

/// Does one message task, if it is still to be done.
pub async fn notify<P: Storage, M: Mailer, T: Texter>(ports: &P, post: &Post<M, T>, id: OrderId, kind: TaskKind) -> Result<(), Error> {
    if let TaskKind::Announce(seq) = kind {
        return announce_or_wait(ports, id, seq).await;
    }
    let Some(task) = open_task(ports, id, kind).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    if let Some(at) = better_time(&order, kind, ports.now(), &post.zone) {
        return put_off_until(ports, &task, at).await;
    }
    let command = match send_message(ports, post, &order, kind).await {
        Ok(channels) => Command::MessageSent { task, channels },
        Err(error) => {
            tracing::warn!(order = %id, task = %kind, error = %Causes(&error), "not delivered");
            match after_failure(ports, task, &error).await? {
                Some(dead) => Command::MessageFailed { task: dead },
                None => return Ok(()),
            }
        }
    };
    let told = update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await;
    match told {
        Ok(_) | Err(Error::Port(PortError::AlreadyDone)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Delivers one message to one endpoint, or by mail to the owner of one that was switched off, if it is to be delivered now.
pub async fn deliver<P: Storage, M: Mailer, T: Texter, C: Courier>(
    service: &Service<P>,
    post: &Post<M, T>,
    courier: &C,
    key: &DeliveryKey,
) -> Result<(), Error> {
    let ports = &service.ports;
    match to_try(ports, key).await? {
        None => Ok(()),
        Some(notice) if notice.noticed().is_some() => {
            tell_owner(ports, &post.mail, notice, |contact, endpoint, off| that_it_is_off(post, contact, endpoint, off)).await
        }
        Some(delivery) => use_case::deliver::deliver(ports, courier, &service.root_key, delivery, webhook::body).await,
    }
}

fn that_it_is_off<M, T>(post: &Post<M, T>, contact: &Contact, endpoint: &Endpoint, off: Disabled) -> Message {
    let voice = Voice {
        language: contact.language,
        zone: post.zone.clone(),
        sender: post.brand.name_or(endpoint.organization.as_str()),
        colour: post.brand.colour(),
    };
    let letter = voice.webhook_off(&endpoint.id.to_string(), &endpoint.url.host(), off.at, off.why);
    Message { subject: letter.subject, text: letter.text, html: Some(letter.html) }
}

/// What failed for a passing reason makes room for others, as messages do.
async fn announce_or_wait<P: Storage>(ports: &P, id: OrderId, seq: u64) -> Result<(), Error> {
    let failed = match announce(ports, id, seq).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    tracing::warn!(order = %id, seq, error = %Causes(&failed), "not announced");
    match open_task(ports, id, TaskKind::Announce(seq)).await? {
        Some(task) => put_off(ports, &task).await.map(drop),
        None => Ok(()),
    }
}

/// Puts the task off. Answers it when it is to be given up.
async fn after_failure<P: Storage>(ports: &P, task: Task, error: &Error) -> Result<Option<Task>, Error> {
    if matches!(error, Error::Port(PortError::Rejected { .. })) {
        // No later try would fare better with the same address.
        return Ok(Some(Task { status: TaskStatus::Dead, due: None, ..task }));
    }
    let after = put_off(ports, &task).await?;
    if after.is_open() {
        Metric::delivery(Delivery::PutOff).write(ports.now());
    }
    Ok((after.status == TaskStatus::Dead).then_some(after))
}

/// Sends what the task is about, and answers the channels used; none where there is nothing left to say.
async fn send_message<P: Storage, M: Mailer, T: Texter>(
    ports: &P,
    post: &Post<M, T>,
    order: &Order,
    kind: TaskKind,
) -> Result<Vec<String>, Error> {
    if order.erased_at.is_some() {
        return Ok(Vec::new());
    }
    match kind {
        TaskKind::Invite(index) | TaskKind::Remind(index) | TaskKind::RemindBySms(index) => {
            let signer = order.signer(index)?;
            match (&signer.party, &signer.status) {
                (Party::Person(person), SignerStatus::Open { .. }) => {
                    let channels = match kind {
                        TaskKind::Invite(_) => person.link_channels(),
                        _ => reminder_channels(person, kind),
                    };
                    if channels.is_empty() {
                        return Ok(Vec::new());
                    }
                    let voice = voice(&post.brand, order, person, &post.zone);
                    let address = address_for(ports, post, order, index, person).await?;
                    let deadline = order.signing_deadline();
                    let letter = match kind {
                        TaskKind::Invite(_) => voice.invitation(deadline, way(person, &address)),
                        _ => voice.reminder(deadline, way(person, &address)),
                    };
                    send(post, person, &channels, letter).await
                }
                _ => Ok(Vec::new()),
            }
        }
        TaskKind::TellSigner(index) => match &order.signer(index)?.party {
            Party::Person(person) => {
                let address = address_for(ports, post, order, index, person).await?;
                let letter = voice(&post.brand, order, person, &post.zone).sealed(way(person, &address));
                send(post, person, &person.link_channels(), letter).await
            }
            _ => Ok(Vec::new()),
        },
        TaskKind::WarnCreator | TaskKind::TellCreator => match &order.creator {
            Some(person) => {
                let voice = voice(&post.brand, order, person, &post.zone);
                let (title, id) = (order.title.as_str(), order.id.to_string());
                let letter = match (kind, outcome(order)) {
                    (TaskKind::TellCreator, Some(outcome)) => voice.outcome(title, &id, outcome),
                    (TaskKind::WarnCreator, None) => voice.warning(title, &id, order.signing_deadline()),
                    // What was to be told has been overtaken.
                    _ => return Ok(Vec::new()),
                };
                send(post, person, &address::all(person), letter).await
            }
            None => Ok(Vec::new()),
        },
        TaskKind::Announce(_)
        | TaskKind::Fetch(_)
        | TaskKind::TellRegister
        | TaskKind::Seal
        | TaskKind::Upgrade
        | TaskKind::Renew
        | TaskKind::Evidence
        | TaskKind::Purge
        | TaskKind::PurgeCopies => Ok(Vec::new()),
    }
}

/// By which channels a reminder goes: one, of those by which links travel. The last reminder is a text message or nothing.
fn reminder_channels(person: &Person, kind: TaskKind) -> Vec<Channel> {
    let links = person.link_channels();
    match kind {
        TaskKind::RemindBySms(_) => links.into_iter().filter(|channel| *channel == Channel::Sms).collect(),
        _ => links.into_iter().take(1).collect(),
    }
}

/// Until when a task is better left alone: nobody is reminded at night.
fn better_time(order: &Order, kind: TaskKind, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let (TaskKind::Remind(index) | TaskKind::RemindBySms(index)) = kind else { return None };
    match &order.signer(index).ok()?.party {
        Party::Person(person) => end_of_night(now, &address::zone(person, zone)),
        _ => None,
    }
}

fn outcome(order: &Order) -> Option<Outcome<'_>> {
    match &order.state {
        OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. } => None,
        OrderState::Accepted { .. } => Some(Outcome::Accepted),
        OrderState::Rejected { by, .. } => Some(Outcome::Rejected(match order.signer(*by).map(|signer| &signer.status) {
            Ok(SignerStatus::Declined { reason: Some(reason), .. }) => Some(reason.as_str()),
            _ => None,
        })),
        OrderState::Cancelled { .. } => Some(Outcome::Cancelled),
        OrderState::Expired { .. } => Some(Outcome::Expired),
        OrderState::Failed { reason, .. } => Some(Outcome::Failed(reason)),
    }
}

/// Where a signer finds the order: in the portal, where a log-in is all that it takes, so that the message holds no secret; otherwise at a
/// personal link.
async fn address_for<P: Storage, M, T>(
    ports: &P,
    post: &Post<M, T>,
    order: &Order,
    signer: SignerIndex,
    person: &Person,
) -> Result<String, Error> {
    if person.signs_in_portal() {
        return Ok(match order.options.link {
            LinkTarget::Order => format!("{}/portal/orders/{}/{signer}", post.base_url, order.id),
            LinkTarget::List => format!("{}/portal", post.base_url),
        });
    }
    let link = sent_link(ports, order, signer).await?;
    Ok(format!("{}/sign/{}", post.base_url, link.secret))
}

fn way<'a>(person: &Person, address: &'a str) -> Way<'a> {
    if person.signs_in_portal() { Way::Portal(address) } else { Way::Link(address) }
}

/// Sends by these channels. One that succeeds is enough; where all fail, a failure that may pass counts.
async fn send<M: Mailer, T: Texter>(post: &Post<M, T>, person: &Person, by: &[Channel], letter: Letter) -> Result<Vec<String>, Error> {
    let mut channels = Vec::new();
    let mut failures = Vec::new();
    let mut note = |channel: Channel, outcome: Answer<()>| match outcome {
        Ok(()) => channels.push(channel.as_str().to_owned()),
        Err(error) => failures.push(error),
    };
    if let Some(email) = person.email.as_ref().filter(|_| by.contains(&Channel::Email)) {
        let message = Message { subject: letter.subject, text: letter.text, html: Some(letter.html) };
        note(Channel::Email, post.mail.send_mail(email, &message).await);
    }
    if let Some(mobile) = person.mobile.as_ref().filter(|_| by.contains(&Channel::Sms)) {
        note(Channel::Sms, post.sms.send_text(mobile, &letter.sms).await);
    }
    if channels.is_empty() && !failures.is_empty() {
        let passing = failures.iter().position(|error| !matches!(error, PortError::Rejected { .. })).unwrap_or(0);
        return Err(failures.swap_remove(passing).into());
    }
    for error in failures {
        tracing::warn!(error = %Causes(&error), "one of several channels failed");
    }
    Ok(channels)
}
