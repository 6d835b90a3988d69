//! What people read on pages and in messages, in every language.
//!
//! [`Words`] has a field for each text, and each language is a constant of that type: a text that a language lacks does not compile. Texts
//! only: no layout, no rules about who reads what.

mod da;
mod en;
pub mod event;
pub mod evidence;
pub mod fill;
pub mod message;
mod nb;
mod nl;
pub mod sender;
mod sv;
pub mod time;
pub mod words;

pub use evidence::{EvidenceWords, evidence_words};
pub use fill::fill;
pub use sender::{SenderWords, sender_words};
pub use words::{Words, words};
