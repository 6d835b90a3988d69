//! An API client as stored.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segl_core::client::{Client, Privilege};
use segl_core::id::{ClientId, OrganizationId, Sha256};
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
    enabled: bool,
}

impl From<&Client> for StoredClient {
    fn from(client: &Client) -> Self {
        let Client { id, organization, name, privileges, api_key_hash, secret_generation, previous_secret_until, enabled } = client.clone();
        Self {
            id,
            organization,
            name: name.as_str().to_owned(),
            privileges: privileges.iter().map(ToString::to_string).collect(),
            api_key_hash,
            secret_generation,
            previous_secret_until,
            enabled,
        }
    }
}

impl TryFrom<StoredClient> for Client {
    type Error = BadItem;

    fn try_from(stored: StoredClient) -> Result<Self, BadItem> {
        let privileges = stored.privileges.iter().map(|raw| raw.parse::<Privilege>()).collect::<Result<_, _>>();
        Ok(Self {
            id: stored.id,
            organization: stored.organization,
            name: parse_text("name", &stored.name)?,
            privileges: privileges.map_err(BadItem::field("privileges"))?,
            api_key_hash: stored.api_key_hash,
            secret_generation: stored.secret_generation,
            previous_secret_until: stored.previous_secret_until,
            enabled: stored.enabled,
        })
    }
}
