//! Workflow tokens: made when they are asked for, from the order as it stands.

use segl_core::event::{ChainHead, What};
use segl_core::id::DocumentIndex;
use segl_core::order::Order;
use segl_core::ports::{PortError, SigningKey};
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_dialects::token::TokenQuery;
use segl_tokens::issuer::{Format, Issuer};
use segl_tokens::workflow::WorkflowToken;

use crate::service::Storage;

/// The greatest chain that is read.
const MAX_CHAIN: u64 = 64 * 1024;
/// How many events are read at a time.
const EVENTS: usize = 500;

/// A token that was just signed.
#[derive(Debug)]
pub struct Issued {
    /// The token in compact form.
    pub token: String,
    /// The certificate for its key, in PEM, where one is installed.
    pub certificate: Option<String>,
}

/// The token of an accepted order. `issuer` is the service's address.
///
/// # Errors
/// What [`Order::sealed_document`] refuses: there is a token when there is a sealed document.
pub async fn issue<P: Storage, K: SigningKey>(ports: &P, key: &K, order: &Order, query: TokenQuery, issuer: &str) -> Result<Issued, Error> {
    order.sealed_document(DocumentIndex(0))?;
    let head = head_at_acceptance(ports, order).await?;
    sign(ports, key, order, head, query, issuer).await
}

/// The token of an order that everyone has signed and that is about to be sealed.
pub async fn before_sealing<P: Storage, K: SigningKey>(ports: &P, key: &K, order: &Order, issuer: &str) -> Result<Issued, Error> {
    sign(ports, key, order, order.chain, TokenQuery::default(), issuer).await
}

async fn sign<P: Storage, K: SigningKey>(
    ports: &P,
    key: &K,
    order: &Order,
    head: ChainHead,
    query: TokenQuery,
    issuer: &str,
) -> Result<Issued, Error> {
    let token = WorkflowToken::new(order, head, query.filter, issuer).map_err(|_| Refusal::Erased)?;
    let pem = ports.read(&StorageKey::WorkflowTokenCertificate, None, MAX_CHAIN).await?;
    let pem = pem.and_then(|pem| String::from_utf8(pem).ok());
    let format = if query.flat { Format::Flat } else { Format::Structured };
    let issuer = Issuer::new(key, pem.as_deref()).await?;
    let token = issuer.sign(&token, format).await?;
    Ok(Issued { token, certificate: pem.filter(|_| issuer.is_certified()) })
}

/// The audit trail goes on after the order is accepted; a token tells of it up to there, so that it says the same each time.
async fn head_at_acceptance<P: Storage>(ports: &P, order: &Order) -> Result<ChainHead, Error> {
    let mut after = 0;
    while after < order.chain.seq {
        let events = ports.events(order.id, after, EVENTS).await?;
        if let Some(event) = events.iter().find(|event| matches!(event.what, What::Accepted {})) {
            return Ok(ChainHead { seq: event.seq, hash: event.hash });
        }
        let Some(last) = events.last() else { break };
        after = last.seq;
    }
    let source = "an accepted order without the event that says so".into();
    Err(PortError::Corrupt { key: format!("ORDER#{}", order.id), source }.into())
}
