//! Signed tokens (RFC 7515, RFC 7519): the workflow token, which proves without the service who signed what, and the signatures that
//! systems make with keys of their own.
//!
//! Architecture invariant: pure but for the port of the key that signs. Nothing here reads a clock or asks a network; who verifies brings
//! the keys along.
//!
//! Where to look first: [`workflow`] (what a workflow token says), [`issuer`] (how it is signed), [`verify`] (how anybody checks it),
//! [`detached`] (a system's own signature).

pub mod detached;
pub mod flat;
pub mod issuer;
pub mod verify;
pub mod workflow;
