//! What every function shares: start-up, configuration, logs, authentication, HTTP in and out, batches.
//!
//! A function's `main.rs` is three lines, and its `lib.rs` holds what it does, generic over the ports of the core, so that tests run
//! it with fakes. See [`service::Service`] for what a function is handed.

pub mod authentication;
pub mod batch;
pub mod brand;
pub mod call;
pub mod causes;
pub mod evidence;
pub mod file;
pub mod metrics;
pub mod reply;
pub mod route;
pub mod service;
pub mod start;
pub mod tokens;
pub mod variables;
