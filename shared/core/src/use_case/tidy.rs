//! Removing what attempts that do not count left behind in storage: seals and evidence of attempts that lost or died, page images and plans
//! of files that were replaced.

use jiff::SignedDuration;

use crate::event::Actor;
use crate::id::OrderId;
use crate::ports::{Clock, Objects, Orders};
use crate::refusal::Refusal;
use crate::transition::Command;
use crate::use_case::Error;
use crate::use_case::update::update;

/// What is younger may be an attempt's that is under way, and counts a moment later. No function runs for so long.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Removes the objects of an order that has ended to which it does not refer, where it is time for that.
///
/// What was listed before the order was read, and is old, can count no more: the attempt that wrote it is over, and did not commit. A crash
/// on the way leaves the rest to the next sweep.
pub async fn tidy<P: Orders + Objects + Clock>(ports: &P, id: OrderId) -> Result<(), Error> {
    let listed = ports.listed(id).await?;
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    let Some(at) = order.tidy_at else { return Ok(()) };
    let now = ports.now();
    let left_behind = listed.into_iter().filter(|(key, _)| !order.refers_to(key));
    let (settled, young): (Vec<_>, Vec<_>) = left_behind.partition(|(_, written)| now.duration_since(*written) >= SETTLED_AFTER);
    for (key, _) in &settled {
        ports.remove(key).await?;
    }
    let command = Command::Tidied { at, again: !young.is_empty() };
    update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await.map(drop)
}
