//! A session of somebody who logged in, as stored. The digest by which it is found is in the item's key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use segl_core::assurance::Assurance;
use segl_core::logged_in::LoggedIn;
use segl_core::signer::NationalId;
use serde::{Deserialize, Serialize};

use crate::item::BadItem;

#[derive(Serialize, Deserialize)]
pub(crate) struct StoredSession {
    provider: String,
    provider_name: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Assurance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authenticated_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<String, String>,
    until: Timestamp,
}

impl From<&LoggedIn> for StoredSession {
    fn from(session: &LoggedIn) -> Self {
        let LoggedIn { provider, provider_name, subject, level, number, name, authenticated_at, claims, until } = session.clone();
        let number = number.map(|number| number.as_str().to_owned());
        Self { provider, provider_name, subject, level, number, name, authenticated_at, claims, until }
    }
}

impl TryFrom<StoredSession> for LoggedIn {
    type Error = BadItem;

    fn try_from(stored: StoredSession) -> Result<Self, BadItem> {
        let StoredSession { provider, provider_name, subject, level, number, name, authenticated_at, claims, until } = stored;
        let number = number.as_deref().map(NationalId::parse).transpose().map_err(BadItem::field("number"))?;
        Ok(Self { provider, provider_name, subject, level, number, name, authenticated_at, claims, until })
    }
}
