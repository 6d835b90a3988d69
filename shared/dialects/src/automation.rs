//! The automation dialect: the Swedish automation API, with forms in and JSON or plain text out. All of it but anonymising.
//!
//! It differs from the original where the original would do harm: every call is authenticated, an unfinished document is handed out
//! on request only, and what is not understood is refused instead of ignored.

pub mod anonymize;
pub mod due_date;
pub mod error;
pub mod form;
pub mod person;
pub mod quoting;
pub mod resolve;
pub mod route;
pub mod view;
