//! Clerks: people of an organization who log in and act as one of its API clients. The audit trail names who did it, not the client alone.

use std::fmt;

use serde::Serialize;

use crate::commitment::{self, Salt};
use crate::event::Actor;
use crate::id::{ClientId, Sha256};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::signer::Email;
use crate::text::Name;

/// The most clerks that an order knows. They stand in the order's item, which must stay below 400 KB.
pub const MAX_CLERKS: usize = 16;

/// Somebody who logged in, as the provider told it at that time. Whoever is called otherwise later is another clerk: what was told counts.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Clerk {
    /// The id of the OpenID provider.
    pub provider: String,
    /// By which name the provider knows the person: up to 255 bytes.
    pub subject: String,
    /// The name, where told.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "name")]
    pub name: Option<Name>,
    /// The e-mail address, where told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
}

fn name<S: serde::Serializer>(name: &Option<Name>, to: S) -> Result<S::Ok, S::Error> {
    name.as_ref().map(Name::as_str).serialize(to)
}

/// Personal data stays out of logs.
impl fmt::Debug for Clerk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clerk(..)")
    }
}

impl Clerk {
    /// How people call the clerk: by name, else by address, else as the provider does.
    pub fn label(&self) -> &str {
        let name = self.name.as_ref().map(Name::as_str);
        name.or(self.email.as_ref().map(Email::as_str)).unwrap_or(&self.subject)
    }
}

/// A clerk of one order, with what opens the audit trail's commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownClerk {
    /// Who.
    pub clerk: Clerk,
    /// What the commitments are salted with.
    pub salt: Salt,
}

impl KnownClerk {
    /// The commitment by which the audit trail names the clerk.
    pub fn commitment(&self) -> Sha256 {
        commitment::commit(&self.salt, &self.clerk)
    }

    /// The clerk as the cause of events.
    pub fn acting_as(&self, client: &ClientId) -> Actor {
        Actor::Clerk { client: client.clone(), clerk: self.commitment() }
    }
}

impl Order {
    /// Makes a clerk known to the order, with a fresh salt where it is not yet, and answers who acts from now on. Nothing of it is kept
    /// unless a command follows.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where [`MAX_CLERKS`] others acted before.
    pub fn with_clerk(self, client: &ClientId, clerk: &Clerk, salt: Salt) -> Result<(Self, Actor), Refusal> {
        if let Some(known) = self.clerks.iter().find(|known| known.clerk == *clerk) {
            let actor = known.acting_as(client);
            return Ok((self, actor));
        }
        if self.clerks.len() >= MAX_CLERKS {
            return Err(Refusal::invalid("", format!("{MAX_CLERKS} people acted on this order, and it cannot hold more")));
        }
        // What was removed stays removed: nobody can act on an order without data any more.
        if self.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        let known = KnownClerk { clerk: clerk.clone(), salt };
        let actor = known.acting_as(client);
        let mut data = self.into_data();
        data.clerks.push(known);
        let order = Self::restore(data).expect("the number of clerks was checked, and no other rule is about them");
        Ok((order, actor))
    }

    /// The clerk whom a commitment of the audit trail names, unless removed.
    pub fn clerk(&self, commitment: &Sha256) -> Option<&Clerk> {
        self.clerks.iter().find(|known| known.commitment() == *commitment).map(|known| &known.clerk)
    }
}
