//! Bad input: a clear error, and nothing left in table or bucket.

#[path = "automation.rs"]
#[allow(dead_code, unused_imports, reason = "the form is sent the same way; its tests run in `flow`")]
mod automation;
#[path = "people.rs"]
#[allow(dead_code, reason = "what `automation` needs")]
mod people;
