//! Calls servers that are not ours: time-stamp authorities, OCSP responders, distribution points, receivers of webhooks, registers.
//!
//! What such an address names was often chosen by somebody else, and what answers is not trusted:
//!
//! - An address is looked up once, each answer is checked, and the connection goes to exactly the address that was checked. A name
//!   whose answers change between two look-ups gains nothing by it.
//! - Private and special addresses ([`is_public`]) are not connected to, unless the operator named the host ([`PrivateHosts`]).
//! - One deadline holds for a call as a whole: look-up, connecting, TLS, and an answer that comes byte by byte.
//! - An answer is cut off at the size that the caller allows, as it streams in.
//! - Redirects are answers like others. Nobody follows them.
//! - Each call has a connection of its own. Nothing of one call is left for the next.

mod address;
mod authority;
mod client;
mod connect;
mod converter;
mod exchange;
mod failure;
mod incoming;
mod register;
mod retry_after;
mod target;

pub use address::is_public;
pub use client::{Answer, Call, Client, Content};
pub use connect::{Addresses, PrivateHosts, Resolver};
pub use converter::Gotenberg;
pub use exchange::{Exchange, Head, Nothing, Pieces};
pub use failure::{Blame, Failure};
pub use hyper::header::{HeaderMap, HeaderName, HeaderValue};
pub use incoming::Incoming;
pub use register::{Access, RegisterClient, RegisterFailure, Transfer};
pub use retry_after::retry_at;
pub use target::{BadAddress, Target};
