//! A signer as stored.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use segl_core::commitment::Salt;
use segl_core::id::{ClientId, GroupIndex, OrganizationId, Sha256};
use segl_core::signer::{Act, Jws, Method, Party, Signature, Signer, SignerStatus, System};
use serde::{Deserialize, Serialize};

use super::parse_optional;
use super::person::StoredPerson;
use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredSigner {
    party: StoredParty,
    group: GroupIndex,
    /// 32 bytes in base64 (RFC 4648, 4).
    salt: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    required_claims: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ahead: Option<StoredAct>,
    status: StoredStatus,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum StoredParty {
    Person(StoredPerson),
    System {
        organization: OrganizationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
    },
    Erased,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum StoredStatus {
    Waiting,
    Open {
        since: Timestamp,
    },
    Signed {
        at: Timestamp,
        method: Method,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        claims: BTreeMap<String, String>,
        digests: Vec<Sha256>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jws: Option<Jws>,
    },
    Declined {
        at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    NotNeeded,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredAct {
    method: Method,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<String, String>,
    digests: Vec<Sha256>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jws: Option<Jws>,
}

impl From<Act> for StoredAct {
    fn from(Act { method, claims, digests, address, jws }: Act) -> Self {
        Self { method, claims, digests, address, jws }
    }
}

impl From<StoredAct> for Act {
    fn from(StoredAct { method, claims, digests, address, jws }: StoredAct) -> Self {
        Self { method, claims, digests, address, jws }
    }
}

impl From<&Signer> for StoredSigner {
    fn from(signer: &Signer) -> Self {
        let Signer { party, group, salt, required_claims, ahead, status } = signer;
        Self {
            party: match party {
                Party::Person(person) => StoredParty::Person(person.into()),
                Party::System(System { organization, client }) => {
                    StoredParty::System { organization: organization.clone(), client: client.clone() }
                }
                Party::Erased => StoredParty::Erased,
            },
            group: *group,
            salt: STANDARD.encode(salt.0),
            required_claims: required_claims.clone(),
            ahead: ahead.as_deref().map(|act| StoredAct::from(act.clone())),
            status: match status.clone() {
                SignerStatus::Waiting => StoredStatus::Waiting,
                SignerStatus::Open { since } => StoredStatus::Open { since },
                SignerStatus::Signed(Signature { at, method, claims, digests, address, jws }) => {
                    StoredStatus::Signed { at, method, claims, digests, address, jws }
                }
                SignerStatus::Declined { at, reason } => {
                    StoredStatus::Declined { at, reason: reason.map(|reason| reason.as_str().to_owned()) }
                }
                SignerStatus::NotNeeded => StoredStatus::NotNeeded,
            },
        }
    }
}

impl TryFrom<StoredSigner> for Signer {
    type Error = BadItem;

    fn try_from(stored: StoredSigner) -> Result<Self, BadItem> {
        let salt = STANDARD.decode(&stored.salt).map_err(BadItem::field("signers/salt"))?;
        Ok(Self {
            party: match stored.party {
                StoredParty::Person(person) => Party::Person(person.try_into()?),
                StoredParty::System { organization, client } => Party::System(System { organization, client }),
                StoredParty::Erased => Party::Erased,
            },
            group: stored.group,
            required_claims: stored.required_claims,
            ahead: stored.ahead.map(|act| Box::new(act.into())),
            salt: Salt(salt.try_into().map_err(|_| BadItem::field("signers/salt")("not 32 bytes"))?),
            status: match stored.status {
                StoredStatus::Waiting => SignerStatus::Waiting,
                StoredStatus::Open { since } => SignerStatus::Open { since },
                StoredStatus::Signed { at, method, claims, digests, address, jws } => {
                    SignerStatus::Signed(Signature { at, method, claims, digests, address, jws })
                }
                StoredStatus::Declined { at, reason } => {
                    SignerStatus::Declined { at, reason: parse_optional("signers/reason", reason.as_deref())? }
                }
                StoredStatus::NotNeeded => SignerStatus::NotNeeded,
            },
        })
    }
}
