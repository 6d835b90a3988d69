//! What the tests of the whole product share: the running stack, HTTP, PDFs, judges.

pub mod browser;
pub mod judge;
pub mod pdf;
pub mod stack;
