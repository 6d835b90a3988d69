//! Sign-text ids: handles by which signers who were asked are told of an order.
//!
//! A handle is bound to one signer. To a system it names the order without telling its id to anybody else, and only clients who may sign
//! as that system can use it; to a person it is the secret of the personal link. The two are looked up under different digests, so that a
//! system's handle opens no page, whoever gets hold of it.

use jiff::SignedDuration;

use crate::client::Client;
use crate::commitment::Salt;
use crate::event::Actor;
use crate::id::{OrderId, Sha256, SignerIndex};
use crate::order::Order;
use crate::ports::{Clock, Entropy, Link, LinkKind, Links, Orders, PortError};
use crate::refusal::Refusal;
use crate::signer::{Party, Signer};
use crate::transition::{Command, NewSigner};
use crate::use_case::Error;
use crate::use_case::once::{IdempotencyKey, earlier, remember};
use crate::use_case::read::own_order;
use crate::use_case::update::ROUNDS;

/// How long a handle stays good after the order's deadline, so that its holder can see how things ended.
const AFTER_DEADLINE: SignedDuration = SignedDuration::from_hours(24 * 40);

/// A handle that has just been made. It is told once, and stored as a digest only.
#[derive(Debug)]
pub struct SignText {
    /// The handle.
    pub id: String,
    /// To whom it belongs.
    pub signer: SignerIndex,
    /// The order.
    pub order: Order,
}

/// Asks a further signer of the client's own order under `handle`, a new secret ([`crate::use_case::once::secret`]); closes the list where `last` says that nobody else follows. A repeat under the same key
/// asks nobody and answers the signer who was asked.
///
/// The handle is stored before the commit that it belongs to. A crash between the two leaves one that nobody was told of; after the
/// commit, a signer whose handle was lost on the way: [`again`] makes another.
pub async fn ask<P: Orders + Links + Clock>(
    ports: &P,
    client: &Client,
    key: Option<&IdempotencyKey>,
    handle: String,
    id: OrderId,
    new: NewSigner,
    last: bool,
) -> Result<SignText, Error> {
    for _ in 0..ROUNDS {
        let order = own_order(ports, client, id).await?;
        if let Some(key) = key
            && let Some(record) = earlier(ports, key).await?
        {
            let signer = record.signer.ok_or(Refusal::IdempotencyMismatch)?;
            let order = own_order(ports, client, id).await?;
            return Ok(SignText { id: handle, signer, order });
        }
        let signer = SignerIndex(u16::try_from(order.signers.len()).unwrap_or(u16::MAX));
        let actor = Actor::Client { client: client.id.clone() };
        let mut change = order.apply(actor.clone(), ports.now(), Command::AddSigner(new.clone()))?;
        if last {
            change = change.and(actor, ports.now(), Command::CloseRoster)?;
        }
        change.idempotency = key.map(|key| key.record(Some(id), Some(signer)));
        keep(ports, &change.order, signer, &handle).await?;
        match ports.commit(&change).await {
            Ok(()) => return Ok(SignText { id: handle, signer, order: change.order }),
            Err(PortError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PortError::Conflict.into())
}

/// Makes `handle` another handle of a signer who was asked before. Earlier ones stay good.
pub async fn again<P: Orders + Links + Clock>(
    ports: &P,
    client: &Client,
    key: Option<&IdempotencyKey>,
    handle: String,
    id: OrderId,
    signer: SignerIndex,
) -> Result<SignText, Error> {
    let order = own_order(ports, client, id).await?;
    order.signer(signer)?;
    if order.erased_at.is_some() {
        return Err(Refusal::Erased.into());
    }
    remember(ports, key, Some(id)).await?;
    keep(ports, &order, signer, &handle).await?;
    Ok(SignText { id: handle, signer, order })
}

/// The order and the signer to whom a system's handle belongs, for a client who may sign as that system. For anybody else the answer is
/// the same as for a handle that does not exist.
pub async fn find<P: Orders + Links + Clock>(ports: &P, client: &Client, handle: &str) -> Result<(Order, SignerIndex), Error> {
    let link = ports.link(&system_digest(handle)).await?.filter(|link| ports.now() < link.until).ok_or(Refusal::NotFound)?;
    let order = ports.order(link.order).await?.ok_or(Refusal::NotFound)?;
    match order.signers.get(link.signer.as_usize()) {
        Some(signer) if signer.party.is_system_of(client) => Ok((order, link.signer)),
        _ => Err(Refusal::NotFound.into()),
    }
}

async fn keep<P: Links + Clock>(ports: &P, order: &Order, signer: SignerIndex, handle: &str) -> Result<(), Error> {
    let Signer { party, access, .. } = order.signer(signer)?;
    let digest = match party {
        Party::System(_) => system_digest(handle),
        Party::Person(_) | Party::Erased => Sha256::of(handle.as_bytes()),
    };
    let until = order.deadline.max(ports.now()) + AFTER_DEADLINE;
    Ok(ports.put_link(&Link { digest, order: order.id, signer, until, generation: access.generation, kind: LinkKind::Sent }).await?)
}

fn system_digest(handle: &str) -> Sha256 {
    Sha256::of(format!("system/{handle}").as_bytes())
}

impl NewSigner {
    /// One more signer, in the turn of the last group.
    pub fn new<P: Entropy>(ports: &P, party: Party) -> Self {
        Self { party, group: None, required_claims: [].into(), salt: Salt(ports.array()) }
    }
}
