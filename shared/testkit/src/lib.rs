//! What tests are made of: one in-memory implementation of every port, the checks that it and the real adapters both pass, and
//! orders to play with.
//!
//! - [`fake::Fake`] enforces the contracts of [`segl_core::ports`] and breaks down on request, before or after a call took effect.
//! - [`contract`] is the suite of checks of those contracts, generic over the ports.
//! - [`identity_provider`] is an OpenID provider that logs in whomever a test wants, also wrongly.
//! - [`registers`] are the registers of Dutch case management, with their rules, and nothing of ours in them.
//! - [`story`] builds orders and leads them from state to state.

pub mod contract;
pub mod fake;
pub mod identity_provider;
pub mod registers;
pub mod story;
