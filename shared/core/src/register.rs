//! What is kept beside an order that came from a case system (ZGW): where its documents came from and go back to, and how far that is.

use crate::id::OrderId;

/// The most characters that the name of a register's settings has.
const MAX_NAME: usize = 64;

/// What an order has to do with a register. It is stored before the order is, and belongs to it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterWork {
    /// Whose.
    pub order: OrderId,
    /// Counts stores, from 1: who works on it without knowing the newest one must look again.
    pub revision: u64,
    /// The settings by which the register is spoken to.
    pub register: RegisterName,
    /// The case's address in the register of cases.
    pub case_url: String,
    /// The type of the evidence document, an address in a catalogue; nothing where no evidence document is wanted.
    pub evidence_type: Option<String>,
    /// The documents, in the order's sequence.
    pub documents: Vec<RegisterDocument>,
    /// How far the write-back and the notification are, in a form of their own; empty before they begin.
    pub progress: String,
}

/// A document in a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterDocument {
    /// Its address.
    pub url: String,
    /// The version that is signed.
    pub version: u32,
}

/// The name of a register's settings: lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterName(String);

/// Why a name was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 lower-case letters, digits and hyphens")]
pub struct NotARegister;

impl RegisterName {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RegisterName {
    type Err = NotARegister;

    fn from_str(raw: &str) -> Result<Self, NotARegister> {
        let good = (1..=MAX_NAME).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good { Ok(Self(raw.to_owned())) } else { Err(NotARegister) }
    }
}
