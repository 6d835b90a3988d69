//! Changing an order that others may be changing at the same time.

use crate::id::OrderId;
use crate::order::Order;
use crate::ports::{Orders, PortError};
use crate::refusal::Refusal;
use crate::transition::Change;
use crate::use_case::Error;

/// How often a change is decided anew because somebody else was first. Each round means that another commit succeeded, so that this
/// many rounds need as many others who act on the same order at the same moment; an order has at most 50 signers.
const ROUNDS: usize = 64;

/// Reads the order, decides, commits; and again from the start where another commit came between. Answers the order as committed.
///
/// A crash before the commit leaves nothing; after it, everything that follows is owed as tasks in that same commit.
pub async fn update<P: Orders>(
    ports: &P,
    id: OrderId,
    mut decide: impl FnMut(Order) -> Result<Change, Refusal> + Send,
) -> Result<Order, Error> {
    for _ in 0..ROUNDS {
        let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
        let change = decide(order)?;
        match ports.commit(&change).await {
            Ok(()) => return Ok(change.order),
            Err(PortError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PortError::Conflict.into())
}
