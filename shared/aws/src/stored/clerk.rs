//! A clerk as stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_core::clerk::{Clerk, KnownClerk};
use segl_core::commitment::Salt;
use segl_core::signer::Email;
use serde::{Deserialize, Serialize};

use super::parse_optional;
use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredClerk {
    provider: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    salt: String,
}

impl From<&KnownClerk> for StoredClerk {
    fn from(known: &KnownClerk) -> Self {
        let KnownClerk { clerk: Clerk { provider, subject, name, email }, salt } = known;
        Self {
            provider: provider.clone(),
            subject: subject.clone(),
            name: name.as_ref().map(|name| name.as_str().to_owned()),
            email: email.as_ref().map(|email| email.as_str().to_owned()),
            salt: STANDARD.encode(salt.0),
        }
    }
}

impl TryFrom<StoredClerk> for KnownClerk {
    type Error = BadItem;

    fn try_from(stored: StoredClerk) -> Result<Self, BadItem> {
        let StoredClerk { provider, subject, name, email, salt } = stored;
        let salt = STANDARD.decode(&salt).map_err(BadItem::field("clerks/salt"))?;
        let clerk = Clerk {
            provider,
            subject,
            name: parse_optional("clerks/name", name.as_deref())?,
            email: email.as_deref().map(Email::parse).transpose().map_err(BadItem::field("clerks/email"))?,
        };
        Ok(Self { clerk, salt: Salt(salt.try_into().map_err(|_| BadItem::field("clerks/salt")("not 32 bytes"))?) })
    }
}
