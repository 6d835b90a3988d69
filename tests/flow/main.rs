//! Orders through the whole bundle, over HTTP: `cargo local test` starts the service.

mod automation;
mod chromium;
mod evidence;
mod large;
mod levels;
mod parallel;
mod people;
mod sender;
mod system;
mod tenants;
mod token;
mod webhooks;
mod workflow;
mod zgw;
