//! What the tests of the whole product share: the running stack, HTTP, PDFs and office files, judges.

pub mod browser;
pub mod judge;
pub mod office;
pub mod pdf;
pub mod stack;
