//! Letting people in: personal links and one-time codes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use crate::event::Actor;
use crate::id::{OrderId, Sha256, SignerIndex};
use crate::order::Order;
use crate::ports::{Clock, Entropy, Link, LinkKind, Links, Orders};
use crate::refusal::Refusal;
use crate::root_key::RootKey;
use crate::transition::{Command, PeopleCommand};
use crate::use_case::Error;
use crate::use_case::once::{IdempotencyKey, remember, secret};
use crate::use_case::update::update;

/// How long a link stays good after the order's deadline, so that signers can fetch the sealed document.
const LINK_AFTER_DEADLINE: SignedDuration = SignedDuration::from_hours(24 * 40);
/// How long a link for a signer who is logged in at the sender is good. The signer follows it at once.
const ONCE_VALID: SignedDuration = SignedDuration::from_mins(10);

/// A personal link that was made just now.
pub struct NewLink {
    /// The secret part of its address. Only its digest is stored, so that whoever reads the table cannot sign.
    pub secret: String,
    /// Until when it is good.
    pub until: Timestamp,
}

/// Makes a link to send to a signer. A crash after this leaves a link that nobody knows.
pub async fn sent_link<P: Links + Clock + Entropy>(ports: &P, order: &Order, signer: SignerIndex) -> Result<NewLink, Error> {
    let until = order.deadline.max(ports.now()) + LINK_AFTER_DEADLINE;
    let secret = URL_SAFE_NO_PAD.encode(ports.array::<32>());
    new_link(ports, order, signer, LinkKind::Sent, until, secret).await
}

/// Makes a link for a signer who is logged in at the sender. It opens once. A repeat under the same key answers the same link, opened
/// or not.
pub async fn link_for_once<P: Orders + Links + Clock + Entropy>(
    ports: &P,
    root: &RootKey,
    key: Option<&IdempotencyKey>,
    order: &Order,
    signer: SignerIndex,
) -> Result<NewLink, Error> {
    if order.erased_at.is_some() {
        return Err(Refusal::Erased.into());
    }
    if order.ceremony.direct.is_none() {
        return Err(Refusal::NotDirect.into());
    }
    remember(ports, key, Some(order.id)).await?;
    let secret = secret(ports, root, key);
    if key.is_some()
        && let Some(link) = ports.link(&Sha256::of(secret.as_bytes())).await?
    {
        return Ok(NewLink { secret, until: link.until });
    }
    new_link(ports, order, signer, LinkKind::Once { used: false }, ports.now() + ONCE_VALID, secret).await
}

async fn new_link<P: Links + Clock>(
    ports: &P,
    order: &Order,
    signer: SignerIndex,
    kind: LinkKind,
    until: Timestamp,
    secret: String,
) -> Result<NewLink, Error> {
    let generation = order.signer(signer)?.access.generation;
    let link = Link { digest: Sha256::of(secret.as_bytes()), order: order.id, signer, until, generation, kind };
    ports.put_link(&link).await?;
    Ok(NewLink { secret, until })
}

/// Draws a code and notes its hash. The caller sends it; a crash before that leaves a code that nobody knows, and the signer asks again.
pub async fn draw_code<P: Orders + Clock + Entropy>(ports: &P, root: &RootKey, id: OrderId, signer: SignerIndex) -> Result<String, Error> {
    let code = six_digits(ports);
    let hash = root.code_hash(id, signer, &code);
    update(ports, id, |order| {
        order.apply(Actor::Signer { signer }, ports.now(), Command::People(PeopleCommand::SendCode { signer, hash }))
    })
    .await?;
    Ok(code)
}

/// Takes a code that was entered. True where it was the one sent; either way the try is counted before anybody learns which.
pub async fn enter_code<P: Orders + Clock>(ports: &P, root: &RootKey, id: OrderId, signer: SignerIndex, code: &str) -> Result<bool, Error> {
    let hash = root.code_hash(id, signer, code);
    let mut right = false;
    update(ports, id, |order| {
        let now = ports.now();
        right = order.signer(signer)?.access.accepts(&hash, now);
        order.apply(Actor::Signer { signer }, now, Command::People(PeopleCommand::EnterCode { signer, hash }))
    })
    .await?;
    Ok(right)
}

/// Six digits, each million of them as likely as any other.
fn six_digits(entropy: &impl Entropy) -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let drawn = u32::from_be_bytes(entropy.array());
        // What lies above the last whole million would make some codes likelier.
        if drawn < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", drawn % CODES);
        }
    }
}
