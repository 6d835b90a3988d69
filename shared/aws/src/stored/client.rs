//! An API client as stored.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segl_core::client::{CertificateName, Client, Privilege};
use segl_core::id::{ClientId, OrganizationId, Sha256};
use segl_core::jwk::PublicKey;
use serde::{Deserialize, Serialize};

use super::parse_text;
use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredClient {
    id: ClientId,
    organization: OrganizationId,
    name: String,
    privileges: BTreeSet<String>,
    api_key_hash: Sha256,
    secret_generation: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<Timestamp>,
    /// JSON Web Keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<serde_json::Value>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    certificates: BTreeSet<String>,
    enabled: bool,
}

impl From<&Client> for StoredClient {
    fn from(client: &Client) -> Self {
        let Client {
            id,
            organization,
            name,
            privileges,
            api_key_hash,
            secret_generation,
            previous_secret_until,
            keys,
            certificates,
            enabled,
        } = client.clone();
        Self {
            id,
            organization,
            name: name.as_str().to_owned(),
            privileges: privileges.iter().map(ToString::to_string).collect(),
            api_key_hash,
            secret_generation,
            previous_secret_until,
            keys: keys.iter().map(PublicKey::to_jwk).collect(),
            certificates: certificates.iter().map(ToString::to_string).collect(),
            enabled,
        }
    }
}

impl TryFrom<StoredClient> for Client {
    type Error = BadItem;

    fn try_from(stored: StoredClient) -> Result<Self, BadItem> {
        let keys = stored.keys.iter().map(PublicKey::from_jwk).collect::<Result<_, _>>();
        let certificates = stored.certificates.iter().map(|raw| raw.parse::<CertificateName>()).collect::<Result<_, _>>();
        let privileges = stored.privileges.iter().map(|raw| raw.parse::<Privilege>()).collect::<Result<_, _>>();
        Ok(Self {
            id: stored.id,
            organization: stored.organization,
            name: parse_text("name", &stored.name)?,
            privileges: privileges.map_err(BadItem::field("privileges"))?,
            api_key_hash: stored.api_key_hash,
            secret_generation: stored.secret_generation,
            previous_secret_until: stored.previous_secret_until,
            keys: keys.map_err(BadItem::field("keys"))?,
            certificates: certificates.map_err(BadItem::field("certificates"))?,
            enabled: stored.enabled,
        })
    }
}
