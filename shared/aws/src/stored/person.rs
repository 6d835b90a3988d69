//! A person as stored.

use segl_core::assurance::Assurance;
use segl_core::ceremony::Authentication;
use segl_core::language::Language;
use segl_core::signer::{DirectoryKey, Email, Mobile, NationalId, Person, ZoneName};
use serde::{Deserialize, Serialize};

use super::parse_optional;
use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredPerson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mobile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    national_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    directory: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    authentication: Authentication,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assurance: Option<Assurance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Person> for StoredPerson {
    fn from(person: &Person) -> Self {
        let Person { name, title, email, mobile, national_id, directory, authentication, assurance, language, zone } = person;
        Self {
            name: name.as_ref().map(|name| name.as_str().to_owned()),
            title: title.as_ref().map(|title| title.as_str().to_owned()),
            email: email.as_ref().map(|email| email.as_str().to_owned()),
            mobile: mobile.as_ref().map(|mobile| mobile.as_str().to_owned()),
            national_id: national_id.as_ref().map(|id| id.as_str().to_owned()),
            directory: directory.as_ref().map(|key| key.as_str().to_owned()),
            authentication: *authentication,
            assurance: *assurance,
            language: *language,
            zone: zone.as_ref().map(|zone| zone.as_str().to_owned()),
        }
    }
}

impl TryFrom<StoredPerson> for Person {
    type Error = BadItem;

    fn try_from(stored: StoredPerson) -> Result<Self, BadItem> {
        let StoredPerson { name, title, email, mobile, national_id, directory, authentication, assurance, language, zone } = stored;
        Ok(Self {
            name: parse_optional("name", name.as_deref())?,
            title: parse_optional("title", title.as_deref())?,
            email: email.as_deref().map(Email::parse).transpose().map_err(BadItem::field("email"))?,
            mobile: mobile.as_deref().map(Mobile::parse).transpose().map_err(BadItem::field("mobile"))?,
            national_id: national_id.as_deref().map(NationalId::parse).transpose().map_err(BadItem::field("national_id"))?,
            directory: directory.as_deref().map(DirectoryKey::parse).transpose().map_err(BadItem::field("directory"))?,
            authentication,
            assurance,
            language,
            zone: zone.as_deref().map(ZoneName::parse).transpose().map_err(BadItem::field("zone"))?,
        })
    }
}
