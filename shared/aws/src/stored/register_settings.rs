//! The settings of registers as stored. No secret is among them.

use segl_core::register_settings::{RegisterAccess, RegisterSettings};
use serde::{Deserialize, Serialize};

use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredRegisterSettings {
    name: String,
    documents: String,
    cases: String,
    notifications: String,
    documents_version: (u16, u16),
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    overwrites_newer: bool,
    access: StoredAccess,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
enum StoredAccess {
    OwnToken {
        client_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
    },
    #[serde(rename = "oauth")]
    OAuth {
        token_url: String,
        client_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

impl From<&RegisterSettings> for StoredRegisterSettings {
    fn from(settings: &RegisterSettings) -> Self {
        let RegisterSettings { name, documents, cases, notifications, documents_version, overwrites_newer, access } = settings;
        Self {
            name: name.as_str().to_owned(),
            documents: documents.to_string(),
            cases: cases.to_string(),
            notifications: notifications.to_string(),
            documents_version: *documents_version,
            overwrites_newer: *overwrites_newer,
            access: match access.clone() {
                RegisterAccess::OwnToken { client_id, audience } => StoredAccess::OwnToken { client_id, audience },
                RegisterAccess::OAuth { token_url, client_id, scope } => StoredAccess::OAuth { token_url, client_id, scope },
            },
        }
    }
}

impl TryFrom<StoredRegisterSettings> for RegisterSettings {
    type Error = BadItem;

    fn try_from(stored: StoredRegisterSettings) -> Result<Self, BadItem> {
        Ok(Self {
            name: stored.name.parse().map_err(BadItem::field("name"))?,
            documents: stored.documents.parse().map_err(BadItem::field("documents"))?,
            cases: stored.cases.parse().map_err(BadItem::field("cases"))?,
            notifications: stored.notifications.parse().map_err(BadItem::field("notifications"))?,
            documents_version: stored.documents_version,
            overwrites_newer: stored.overwrites_newer,
            access: match stored.access {
                StoredAccess::OwnToken { client_id, audience } => RegisterAccess::OwnToken { client_id, audience },
                StoredAccess::OAuth { token_url, client_id, scope } => RegisterAccess::OAuth { token_url, client_id, scope },
            },
        })
    }
}
