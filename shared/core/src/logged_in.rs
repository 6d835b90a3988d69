//! Who has logged in with an electronic identity, and as which signers that counts.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::assurance::Assurance;
use crate::signer::{Method, NationalId, Party, Signer};

/// Somebody who has logged in at a provider of identities.
#[derive(Clone, PartialEq)]
pub struct LoggedIn {
    /// The provider's id.
    pub provider: String,
    /// By which name people know the provider.
    pub provider_name: String,
    /// By which name the provider knows the person.
    pub subject: String,
    /// The level of assurance, where the provider told one that is known here.
    pub level: Option<Assurance>,
    /// The national identity number, where told.
    pub number: Option<NationalId>,
    /// The name, where told.
    pub name: Option<String>,
    /// When the person showed who it is, where told.
    pub authenticated_at: Option<Timestamp>,
    /// What else the provider claimed.
    pub claims: BTreeMap<String, String>,
    /// Until when this counts.
    pub until: Timestamp,
}

/// Personal data stays out of logs.
impl fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoggedIn({}, ..)", self.provider)
    }
}

/// As what somebody who has logged in counts for a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As the signer.
    Signer,
    /// As the signer, but not surely enough: a log-in at a higher level would do.
    TooLow,
    /// As somebody else.
    SomebodyElse,
}

impl LoggedIn {
    /// As what this person counts for a signer: the number must be the signer's where the signer has one, and each claim that the creator
    /// requires must have been made by the provider.
    pub fn standing(&self, signer: &Signer) -> Standing {
        let Party::Person(person) = &signer.party else { return Standing::SomebodyElse };
        let is_number = person.national_id.is_none() || self.number == person.national_id;
        let has_claims = signer.required_claims.iter().all(|(name, value)| self.claims.get(name) == Some(value));
        if !is_number || !has_claims {
            Standing::SomebodyElse
        } else if self.level < person.assurance {
            Standing::TooLow
        } else {
            Standing::Signer
        }
    }

    /// How the person was recognised.
    pub fn method(&self) -> Method {
        Method::Eid {
            provider: self.provider.clone(),
            name: self.provider_name.clone(),
            level: self.level,
            authenticated_at: self.authenticated_at,
        }
    }
}
