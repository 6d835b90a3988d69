//! The signature container: CMS SignedData (RFC 5652) as CAdES and PAdES baseline want it (ETSI EN 319 122-1, 142-1).

pub(crate) mod container;
pub(crate) mod hash;
pub(crate) mod oids;
pub(crate) mod parsed;
pub(crate) mod signature;
pub(crate) mod time_stamp;
pub(crate) mod time_stamp_request;

pub(crate) use container::{SignedAttributes, container};
