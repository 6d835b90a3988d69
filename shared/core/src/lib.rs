//! The domain of Segl: signing orders, their signers, documents, events and tasks, the transitions between states, and the use
//! cases that the functions call.
//!
//! Architecture invariant: nothing here performs I/O, names a cloud service, reads a clock or draws a random number. Time and
//! randomness arrive as parameters; storage, mail and keys are the traits in [`ports`]. That is why every state of an order can be
//! reached, and every fault injected, in a test that runs in microseconds.
//!
//! Where to look first: [`order`] (what an order is), [`transition`] (what may happen to it), [`ports`] (what it needs from outside).

pub mod assurance;
pub mod attempts;
pub mod bundle;
pub mod ceremony;
pub mod checkpoint;
pub mod claim_filter;
pub mod clerk;
pub mod client;
pub mod commitment;
pub mod document;
pub mod event;
pub mod extension;
pub mod id;
pub mod inclusion;
pub mod jwk;
pub mod jws;
pub mod language;
pub mod logged_in;
pub mod new_order;
pub mod offer;
pub mod order;
pub mod page_list;
pub mod person_key;
pub mod ports;
pub mod refusal;
pub mod register;
pub mod register_settings;
pub mod reminder;
pub mod root_key;
pub mod seal_terms;
pub mod signer;
pub mod storage_key;
pub mod task;
pub mod text;
pub mod transition;
pub mod use_case;
pub mod webhook;
