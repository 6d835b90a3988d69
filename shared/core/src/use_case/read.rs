//! Reading orders, by those who may. Whether a client has the privilege at all is settled before, where its call is routed.

use crate::client::Client;
use crate::id::OrderId;
use crate::order::Order;
use crate::ports::Orders;
use crate::refusal::Refusal;
use crate::signer::SignerStatus;
use crate::use_case::Error;

/// An order of the client's organization. For any other order the answer is the same as for one that does not exist.
pub async fn own_order<P: Orders>(ports: &P, client: &Client, id: OrderId) -> Result<Order, Error> {
    match ports.order(id).await? {
        Some(order) if order.organization == client.organization => Ok(order),
        _ => Err(Refusal::NotFound.into()),
    }
}

/// An order in which the client's organization is asked to sign as a system. One who is not asked learns nothing.
///
/// A signer whose turn has not come is told that, and sees the order all the same: the organizations that sign know of each other.
pub async fn order_to_sign<P: Orders>(ports: &P, client: &Client, id: OrderId) -> Result<Order, Error> {
    match ports.order(id).await? {
        Some(order) if order.system_signer(client).is_some() => Ok(order),
        _ => Err(Refusal::NotFound.into()),
    }
}

/// Refuses to hand out documents to a signer before they may be seen.
pub fn may_see_documents(status: &SignerStatus) -> Result<(), Refusal> {
    match status {
        SignerStatus::Waiting => Err(Refusal::NotYourTurn),
        _ => Ok(()),
    }
}
