//! What is stored, as it is stored: types with their own format, apart from those of the domain. Writing cannot fail; reading can, and
//! says which field makes no sense.
//!
//! A format that has been deployed stays readable: fields are added with a default, and anything else is a new format number.

mod ceremony;
mod clerk;
mod client;
mod contact;
mod idempotency;
mod link;
mod order;
mod person;
mod register;
mod register_settings;
mod session;
mod signer;
mod task;
#[cfg(test)]
mod tests;
mod webhook;

pub(crate) use client::StoredClient;
pub(crate) use contact::StoredContact;
pub(crate) use idempotency::StoredIdempotency;
pub(crate) use link::StoredLink;
pub(crate) use order::StoredOrder;
pub(crate) use person::StoredPerson;
pub(crate) use register::StoredRegisterWork;
pub(crate) use register_settings::StoredRegisterSettings;
pub(crate) use session::StoredSession;
pub(crate) use task::{task_from_row, task_item};
pub(crate) use webhook::{StoredEndpoint, StoredMessage, delivery_from_row, delivery_item};

use crate::item::BadItem;
use segl_core::text::Text;

/// Text was trimmed and bounded when it came in; what does not parse any more was not written by us.
fn parse_text<const MIN: usize, const MAX: usize>(field: &'static str, raw: &str) -> Result<Text<MIN, MAX>, BadItem> {
    Text::parse(raw).map_err(BadItem::field(field))
}

/// The same for text that may be missing.
fn parse_optional<const MIN: usize, const MAX: usize>(field: &'static str, raw: Option<&str>) -> Result<Option<Text<MIN, MAX>>, BadItem> {
    raw.map(|raw| parse_text(field, raw)).transpose()
}
