//! `notify`: tells people by e-mail and text message. Woken by the table's stream for each message that is owed.
//!
//! The message goes out first, then the commit says so. A crash between the two sends it a second time: better twice than never.

mod text;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use segl_core::event::Actor;
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::order::{Order, OrderState};
use segl_core::ports::{Answer, Link, Mailer, Message, PortError, Texter};
use segl_core::refusal::Refusal;
use segl_core::signer::{Party, Person, SignerStatus};
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::{open_task, put_off};
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;

/// How long a link stays good after the order's deadline, so that signers can fetch the sealed document.
const LINK_AFTER_DEADLINE: SignedDuration = SignedDuration::from_hours(24 * 40);

/// What messages need besides storage.
pub struct Post<M, T> {
    /// Sends e-mails.
    pub mail: M,
    /// Sends text messages.
    pub sms: T,
    /// The address under which the service is reached, without a slash at its end.
    pub base_url: String,
    /// In which times are told.
    pub zone: TimeZone,
}

/// Does one message task, if it is still to be done.
pub async fn notify<P: Storage, M: Mailer, T: Texter>(ports: &P, post: &Post<M, T>, id: OrderId, kind: TaskKind) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, kind).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let command = match deliver(ports, post, &order, kind).await {
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

/// Puts the task off. Answers it when it is to be given up.
async fn after_failure<P: Storage>(ports: &P, task: Task, error: &Error) -> Result<Option<Task>, Error> {
    if matches!(error, Error::Port(PortError::Rejected { .. })) {
        // No later try would fare better with the same address.
        return Ok(Some(Task { status: TaskStatus::Dead, due: None, ..task }));
    }
    let after = put_off(ports, &task).await?;
    Ok((after.status == TaskStatus::Dead).then_some(after))
}

/// Sends what the task is about, and answers the channels used; none where there is nothing left to say.
async fn deliver<P: Storage, M: Mailer, T: Texter>(
    ports: &P,
    post: &Post<M, T>,
    order: &Order,
    kind: TaskKind,
) -> Result<Vec<String>, Error> {
    if order.erased_at.is_some() {
        return Ok(Vec::new());
    }
    match kind {
        TaskKind::Invite(index) => {
            let signer = order.signer(index)?;
            match (&signer.party, &signer.status) {
                (Party::Person(person), SignerStatus::Open { .. }) => {
                    let link = new_link(ports, post, order, index).await?;
                    send(post, person, &text::invitation(order, &link, &post.zone)).await
                }
                _ => Ok(Vec::new()),
            }
        }
        TaskKind::TellSigner(index) => match &order.signer(index)?.party {
            Party::Person(person) => {
                let link = new_link(ports, post, order, index).await?;
                send(post, person, &text::sealed(order, &link)).await
            }
            _ => Ok(Vec::new()),
        },
        TaskKind::TellCreator => match &order.creator {
            Some(person) if !matches!(order.state, OrderState::Drafting { .. } | OrderState::Pending { .. }) => {
                send(post, person, &text::outcome(order)).await
            }
            _ => Ok(Vec::new()),
        },
        TaskKind::Seal | TaskKind::Upgrade | TaskKind::Renew | TaskKind::Purge => Ok(Vec::new()),
    }
}

/// Makes a personal link. Only its digest is stored, so that whoever reads the table cannot sign. A crash after this leaves a link that
/// nobody knows.
async fn new_link<P: Storage, M, T>(ports: &P, post: &Post<M, T>, order: &Order, signer: SignerIndex) -> Result<String, Error> {
    let secret = URL_SAFE_NO_PAD.encode(ports.array::<32>());
    let until = order.deadline.max(ports.now()) + LINK_AFTER_DEADLINE;
    ports.put_link(&Link { digest: Sha256::of(secret.as_bytes()), order: order.id, signer, until }).await?;
    Ok(format!("{}/sign/{secret}", post.base_url))
}

/// Sends by every channel that is known. One that succeeds is enough; where all fail, a failure that may pass counts.
async fn send<M: Mailer, T: Texter>(post: &Post<M, T>, person: &Person, text: &text::Text) -> Result<Vec<String>, Error> {
    let mut channels = Vec::new();
    let mut failures = Vec::new();
    let mut note = |channel: &str, outcome: Answer<()>| match outcome {
        Ok(()) => channels.push(channel.to_owned()),
        Err(error) => failures.push(error),
    };
    if let Some(email) = &person.email {
        let message = Message { subject: text.subject.clone(), text: text.mail.clone() };
        note("email", post.mail.send_mail(email, &message).await);
    }
    if let Some(mobile) = &person.mobile {
        note("sms", post.sms.send_text(mobile, &text.sms).await);
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
