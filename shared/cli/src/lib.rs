//! `segl`, the command line: seals and verifies PDF documents on this machine, and manages a deployed service: its clients, its user
//! directory, the registers of case systems and the certificate of its seal.
//!
//! A command is an arguments type that [`arguments`] collects, and a function that is generic over the ports of the core, so that
//! tests run it with fakes. What it answers is a value that can be shown to people and as JSON ([`output`]).

pub mod arguments;
mod bundle;
pub mod certificate;
mod checkpoint;
pub mod clients;
pub mod csr;
pub mod error;
mod evidence;
mod files;
mod inclusion;
pub mod orders;
pub mod organizations;
pub mod output;
mod pem;
pub mod people;
pub mod registers;
pub mod seal;
mod service;
pub mod tasks;
mod token;
pub mod verify;
pub mod webhooks;
