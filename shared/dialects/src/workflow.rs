//! The workflow dialect: the Danish workflow API with its system signatures, under `/transactionsigning/api`.
//!
//! It has what the original lacks: a state, sequence and quorum, declining with a reason, cancelling, an audit trail. Where the original
//! is not public, names are those that its other parts suggest. Errors are problem details (RFC 9457), as its platform writes them.
//!
//! A workflow is created first, and signers are asked afterwards, one by one ([`sign_text`]). So its list of signers is open, unless
//! `groups` names them all; it is closed by `close`, by `last` with the last request for a sign-text id, or by asking for the result
//! when all who were asked have signed.

pub mod openapi;
pub mod request;
pub mod result;
pub mod route;
pub mod sign_text;
pub mod signature;
#[cfg(test)]
mod tests;
pub mod view;
