//! The laptop stack behind `cargo local`: it prepares an emulator of AWS, deploys `template.yaml`
//! to it, gives the API one plain URL, and runs the demo and the tests against that.
//!
//! The library exists for the tests, which read the same template through [`template`].

pub mod authority;
pub mod certificate;
pub mod clients;
pub mod converter;
pub mod deployment;
pub mod emulator;
pub mod environment;
pub mod error;
pub mod functions;
pub mod http;
pub mod identities;
pub mod layout;
pub mod prerequisites;
pub mod process;
pub mod progress;
pub mod proxy;
pub mod python;
pub mod served;
pub mod stack;
pub mod template;
