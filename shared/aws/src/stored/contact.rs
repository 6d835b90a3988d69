//! Whom an organization wants told, as stored.

use segl_core::language::Language;
use segl_core::ports::Contact;
use segl_core::signer::Email;
use serde::{Deserialize, Serialize};

use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredContact {
    email: String,
    language: Language,
}

impl From<&Contact> for StoredContact {
    fn from(contact: &Contact) -> Self {
        let Contact { email, language } = contact;
        Self { email: email.as_str().to_owned(), language: *language }
    }
}

impl TryFrom<StoredContact> for Contact {
    type Error = BadItem;

    fn try_from(stored: StoredContact) -> Result<Self, BadItem> {
        let StoredContact { email, language } = stored;
        Ok(Self { email: Email::parse(&email).map_err(BadItem::field("email"))?, language })
    }
}
