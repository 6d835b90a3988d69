//! Changing an order that others may be changing at the same time.

use crate::id::OrderId;
use crate::order::Order;
use crate::ports::Orders;
use crate::refusal::Refusal;
use crate::transition::Change;
use crate::use_case::Error;
use crate::use_case::once::update_once;

/// How often a change is decided anew because somebody else was first. Each round means that another commit succeeded, so that this
/// many rounds need as many others who act on the same order at the same moment; an order has at most 50 signers.
pub(crate) const ROUNDS: usize = 64;

/// Reads the order, decides, commits; and again from the start where another commit came between. Answers the order as committed.
///
/// A crash before the commit leaves nothing; after it, everything that follows is owed as tasks in that same commit.
pub async fn update<P: Orders>(
    ports: &P,
    id: OrderId,
    mut decide: impl FnMut(Order) -> Result<Change, Refusal> + Send,
) -> Result<Order, Error> {
    Ok(update_once(ports, None, id, |order| Ok((decide(order)?, None))).await?.0)
}
