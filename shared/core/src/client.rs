//! API clients and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::id::{ClientId, OrganizationId, Sha256};
use crate::refusal::Refusal;
use crate::text::Name;

/// What a client may do. The names are the OAuth 2 scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Read the organization's orders.
    WorkflowRead,
    /// Create, cancel and delete the organization's orders.
    WorkflowWrite,
    /// Read what is put before the organization's system to sign.
    OrgSignatureRead,
    /// Sign or decline as the organization's system.
    OrgSignatureSign,
}

impl Privilege {
    /// Every privilege there is.
    pub const ALL: [Self; 4] = [Self::WorkflowRead, Self::WorkflowWrite, Self::OrgSignatureRead, Self::OrgSignatureSign];

    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkflowRead => "workflow:read",
            Self::WorkflowWrite => "workflow:write",
            Self::OrgSignatureRead => "orgsignature:read",
            Self::OrgSignatureSign => "orgsignature:sign",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No such privilege.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown privilege; known are workflow:read, workflow:write, orgsignature:read, orgsignature:sign")]
pub struct UnknownPrivilege;

impl FromStr for Privilege {
    type Err = UnknownPrivilege;

    fn from_str(raw: &str) -> Result<Self, UnknownPrivilege> {
        Self::ALL.into_iter().find(|privilege| privilege.as_str() == raw).ok_or(UnknownPrivilege)
    }
}

/// An API client as stored. It holds no secret: the client secret is derived again from the root key when it must be checked
/// ([`crate::root_key::RootKey::client_secret`]), and of the API key there is a digest only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Who it is.
    pub id: ClientId,
    /// Whose orders it sees.
    pub organization: OrganizationId,
    /// What people call it; shown on signature pages as the system that signed.
    pub name: Name,
    /// What it may do.
    pub privileges: BTreeSet<Privilege>,
    /// SHA-256 of the API key.
    pub api_key_hash: Sha256,
    /// Counts the rotations of the secret, from 1.
    pub secret_generation: u32,
    /// Until when the secret before the present one is still taken.
    pub previous_secret_until: Option<Timestamp>,
    /// A client that is switched off is treated as unknown.
    pub enabled: bool,
}

impl Client {
    /// Refuses when the client lacks `privilege`.
    pub fn require(&self, privilege: Privilege) -> Result<(), Refusal> {
        if self.privileges.contains(&privilege) { Ok(()) } else { Err(Refusal::PrivilegeMissing(privilege)) }
    }
}

/// An API key: `segl_`, the client's id, `_`, and 43 characters of base64url (256 random bits). The id in it finds the client without an
/// index; ids have no underscore.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key of a client, from fresh random bytes.
    pub fn new(client: &ClientId, random: [u8; 32]) -> Self {
        Self(format!("segl_{client}_{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// A key as a caller sent it, with the client that it names. Whether it is that client's is not said.
    pub fn parse(raw: &str) -> Option<(Self, ClientId)> {
        let (client, _) = raw.strip_prefix("segl_")?.split_once('_')?;
        Some((Self(raw.to_owned()), client.parse().ok()?))
    }

    /// What is stored of it. The key has 256 random bits, so that a plain digest cannot be searched.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A credential stays out of logs.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_name_their_client() {
        let client: ClientId = "client-a".parse().unwrap();
        let key = ApiKey::new(&client, [9; 32]);
        assert_eq!(ApiKey::parse(key.reveal()), Some((key.clone(), client)));
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
        for bad in ["", "segl_", "segl_client-a", "segl__x", "segl_A_x", "other_client-a_x"] {
            assert!(ApiKey::parse(bad).is_none(), "{bad}");
        }
    }
}
