//! Dialects: between the wire formats that callers speak and the domain, both ways.
//!
//! Architecture invariant: nothing here performs I/O, names a cloud service or an HTTP server, or reads a clock. Bytes and text come
//! in, domain values go out, and the other way round. A wire type is never a domain type: what a caller sends is parsed into the
//! domain once, and what a caller sees is a view made for that caller.
//!
//! Where to look first: [`native`] (our own JSON API and its OpenAPI description), [`automation`] (the Swedish automation API),
//! [`workflow`] (the Danish workflow API), [`oauth`] (access tokens), [`problem`] (every error there is, and its HTTP status).

pub mod automation;
pub mod content;
#[cfg(test)]
mod fixture;
pub mod json;
pub mod multipart;
pub mod native;
pub mod oauth;
pub mod path;
pub mod problem;
pub mod token;
pub mod workflow;
pub mod zgw;
