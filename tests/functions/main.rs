//! All functions together, in memory: what HTTP answers, and what becomes of an order when a step fails.
//!
//! [`world`] holds every port in one fake, and sends each call to the function that `template.yaml` names for its route. [`platform`] is
//! the rest of the cloud: it wakes functions, loses some of the wake-ups, and kills what it runs. Nothing here needs the running stack.

mod attacks;
mod authentication;
mod authorities;
mod bad_input;
mod browser;
mod cases;
mod checkpoint;
mod chromium;
mod chromium_sender;
mod climb;
mod conversion;
mod endings;
mod erasure;
mod evidence;
mod faults;
mod idempotency;
mod identities;
mod identity;
mod late;
mod levels;
mod life;
mod load;
mod matrix;
mod mutants;
mod orphans;
mod people;
mod platform;
mod portal;
mod privileges;
mod proof;
mod registers;
mod repair;
mod sender;
mod token;
mod ways;
mod webhooks;
mod workflow;
mod world;
mod write_back;
