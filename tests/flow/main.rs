//! Orders through the whole bundle, over HTTP: `cargo local test` starts the service.

mod automation;
mod evidence;
mod large;
mod parallel;
mod people;
mod system;
mod tenants;
mod token;
mod webhooks;
mod workflow;
mod zgw;
