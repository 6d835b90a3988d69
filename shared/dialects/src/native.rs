//! The native dialect: JSON under `/v1`.
//!
//! [`route`] finds the operation of a request; [`openapi`] describes every one. Requests are strict: a member that is not
//! known is an error, because a misspelt `deadline` that is silently dropped is worse than a refusal.

pub mod anonymize;
pub mod batch;
pub mod decision;
pub mod event;
pub mod evidence;
pub mod inclusion;
pub mod openapi;
pub mod people;
pub mod query;
pub mod request;
pub mod route;
pub mod signature_request;
pub mod view;
pub mod webhook;
