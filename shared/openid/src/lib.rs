//! Log-in by OpenID Connect: the authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636), `nonce` and `state`.
//!
//! Each log-in is an [`attempt::Attempt`], which lives in the browser's cookie. Its secrets are derived from the cookie by a key that never
//! leaves the service, so nothing is stored, and an altered cookie has other secrets. What comes back is believed step by step: the
//! answer belongs to the attempt and comes from its provider ([`callback`]), the code is exchanged by who has the verifier ([`token`]),
//! the ID token is the provider's, for us and for this attempt ([`id_token`]).
//!
//! Architecture invariant: pure but for [`relying_party`], which asks the network by way of [`exchange::Exchange`]. Nothing here reads a
//! clock or draws at random.
//!
//! Where to look first: [`relying_party`] (begin, finish, log out), [`provider`] (what is configured).

pub mod attempt;
pub mod callback;
pub mod discovery;
pub mod exchange;
pub mod failure;
pub mod id_token;
pub mod keys;
pub mod provider;
pub mod relying_party;
pub mod token;
