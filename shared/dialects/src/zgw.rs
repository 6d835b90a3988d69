//! The signing trigger of Dutch case management (ZGW): a task application or case system asks for signatures on documents that lie in a
//! register, and is told by notification how it ended. Under `/zgw`.
//!
//! The message is the one that the market has published, field by field, and what it does not say is not added to it. Errors have the
//! form of the ZGW standard (`invalidParams`). Texts are Dutch: officials and citizens read them.

pub mod error;
pub mod openapi;
pub mod request;
pub mod route;
#[cfg(test)]
mod tests;
pub mod view;
