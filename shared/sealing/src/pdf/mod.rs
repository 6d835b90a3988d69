//! The parts of PDF (ISO 32000-1) that sealing needs.

pub(crate) mod filters;
pub(crate) mod object;
pub(crate) mod parser;
pub(crate) mod reader;
pub(crate) mod xref;
