//! Items of the table: their keys, and how their attributes are written and read.
//!
//! An item has `pk` and `sk`. What is only ever read whole is JSON in `body`, with the number of its format in `format`: JSON carries
//! every tag and claim that a caller may send, while DynamoDB's own maps bound the depth, the range of numbers and the names of keys.
//! What conditions, the index `agenda`, the stream's filters and expiry look at are attributes of their own.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use segl_core::attempts::Counter;
use segl_core::client::CertificateName;
use segl_core::id::{ClientId, OrderId, OrganizationId, Sha256};
use segl_core::ports::{AGENDA_SHARDS, Cause, PortError};
use segl_core::register::RegisterName;
use segl_core::task::TaskKind;
use segl_core::webhook::{DeliveryKey, EndpointId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The number of the format that is written; formats that are read stand in [`Row::body`].
const FORMAT: u32 = 1;

/// An item's attributes.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// The name of an item. Nothing else spells one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemKey {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// An item about to be written.
#[derive(Debug, Clone)]
pub(crate) struct Item(Attributes);

/// An item as read.
#[derive(Debug)]
pub(crate) struct Row {
    key: ItemKey,
    attributes: Attributes,
}

/// Why an item makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadItem {
    #[error("the attribute {0} is missing or of another type")]
    Attribute(&'static str),
    #[error("format {0} is unknown")]
    Format(u32),
    #[error("the body is not what its format says")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Field(&'static str, #[source] Cause),
    #[error("it belongs under another key")]
    Misplaced,
}

impl BadItem {
    /// For `map_err`: names the field that does not parse.
    pub(crate) fn field<E: Into<Cause>>(field: &'static str) -> impl FnOnce(E) -> Self {
        move |cause| Self::Field(field, cause.into())
    }
}

impl ItemKey {
    /// How the sort key of a task begins.
    pub(crate) const TASK: &'static str = "TASK#";

    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    pub(crate) fn order(id: OrderId) -> Self {
        Self::new(format!("ORDER#{id}"), "META")
    }

    /// Ten digits, so that the order of text is the order of numbers.
    pub(crate) fn event(id: OrderId, seq: u64) -> Self {
        Self::new(format!("ORDER#{id}"), format!("EVENT#{seq:010}"))
    }

    pub(crate) fn task(id: OrderId, kind: TaskKind) -> Self {
        Self::new(format!("ORDER#{id}"), format!("{}{kind}", Self::TASK))
    }

    /// What an order has to do with a register.
    pub(crate) fn register_work(id: OrderId) -> Self {
        Self::new(format!("ORDER#{id}"), "REGISTER")
    }

    /// The settings of a register.
    pub(crate) fn register(name: &RegisterName) -> Self {
        Self::new("REGISTERS".to_owned(), format!("REGISTER#{}", name.as_str()))
    }

    /// The row by which an organization's orders are listed.
    pub(crate) fn listed_order(organization: &OrganizationId, id: OrderId) -> Self {
        Self::new(format!("ORGANIZATION#{organization}"), format!("ORDER#{id}"))
    }

    /// Long or odd keys stand as their digest; no plain key can look like one, for want of the colon.
    pub(crate) fn idempotency(client: &ClientId, key: &str) -> Self {
        let plain = (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let key = if plain { key.to_owned() } else { format!("sha256:{}", Sha256::of(key.as_bytes())) };
        Self::new(format!("IDEMPOTENCY#{client}#{key}"), "META")
    }

    pub(crate) fn link(digest: &Sha256) -> Self {
        Self::new(format!("LINK#{digest}"), "META")
    }

    /// A session of somebody who logged in. The template names the prefix.
    pub(crate) fn session(digest: &Sha256) -> Self {
        Self::new(format!("SESSION#{digest}"), "META")
    }

    /// The row by which a person's orders are listed, by a keyed hash of the national identity number.
    pub(crate) fn persons_order(number: &Sha256, id: OrderId) -> Self {
        Self::new(format!("PERSON#{number}"), format!("ORDER#{id}"))
    }

    /// A count within one window of time.
    pub(crate) fn limit(key: &str, window: i64) -> Self {
        Self::new(format!("LIMIT#{key}"), window.to_string())
    }

    pub(crate) fn client(id: &ClientId) -> Self {
        Self::new(format!("CLIENT#{id}"), "META")
    }

    /// The row by which a certificate leads to its client. Subjects hold anything, so that the name stands as its digest.
    pub(crate) fn certificate(name: &CertificateName) -> Self {
        Self::new(format!("CERTIFICATE#{}", Sha256::of(name.to_string().as_bytes())), "META")
    }

    /// Failures to prove who calls. Roles that may write nothing else may write these: the template names the prefix.
    pub(crate) fn attempts(counter: &Counter) -> Self {
        Self::new(format!("ATTEMPTS#{}", counter.digest()), "META")
    }

    /// A token that was used. The template names the prefix.
    pub(crate) fn used_token(digest: &Sha256) -> Self {
        Self::new(format!("USED#{digest}"), "META")
    }

    /// The copy by which all clients are listed. Requests read the other one, so that they do not all meet in one partition.
    pub(crate) fn listed_client(id: &ClientId) -> Self {
        Self::new("CLIENTS".to_owned(), format!("CLIENT#{id}"))
    }

    pub(crate) fn person(organization: &OrganizationId, lookup: &Sha256) -> Self {
        Self::new(format!("DIRECTORY#{organization}"), lookup.to_string())
    }

    /// An endpoint of an organization's client.
    pub(crate) fn endpoint(organization: &OrganizationId, id: EndpointId) -> Self {
        Self::new(format!("WEBHOOKS#{organization}"), format!("ENDPOINT#{id}"))
    }

    /// How far an organization's feed has come.
    pub(crate) fn feed_head(organization: &OrganizationId) -> Self {
        Self::new(format!("FEED#{organization}"), "HEAD")
    }

    /// A message of the feed. Twenty digits, so that the order of text is the order of numbers.
    pub(crate) fn message(organization: &OrganizationId, position: u64) -> Self {
        Self::new(format!("FEED#{organization}"), format!("MESSAGE#{position:020}"))
    }

    /// A delivery; those of one endpoint are its log.
    pub(crate) fn of_delivery(key: &DeliveryKey) -> Self {
        let DeliveryKey { organization, endpoint, position } = key;
        Self::new(format!("DELIVERIES#{organization}#{endpoint}"), format!("{position:020}"))
    }

    /// The delivery of which this is the key.
    pub(crate) fn delivery(&self) -> Option<DeliveryKey> {
        let (organization, endpoint) = self.pk.strip_prefix("DELIVERIES#")?.split_once('#')?;
        Some(DeliveryKey { organization: organization.parse().ok()?, endpoint: endpoint.parse().ok()?, position: self.sk.parse().ok()? })
    }

    /// What is settled for an organization. Its orders are listed under another key, which holds nothing else.
    pub(crate) fn settings(organization: &OrganizationId) -> Self {
        Self::new(format!("SETTINGS#{organization}"), "META")
    }

    /// Whom an organization wants told. Apart from its other settings, so that neither is lost when the other is written.
    pub(crate) fn contact(organization: &OrganizationId) -> Self {
        Self::new(format!("SETTINGS#{organization}"), "CONTACT")
    }

    /// The head of an order's audit trail as of a day. A day's heads lie in as many partitions as the agenda has shards.
    pub(crate) fn head(day: Date, id: OrderId) -> Self {
        Self::new(heads(day, shard(&id.to_string())), format!("ORDER#{id}"))
    }

    /// The key of an item, or of a row of an index.
    pub(crate) fn of(attributes: &Attributes) -> Option<Self> {
        let text = |name| attributes.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text("pk")?, sk: text("sk")? })
    }

    /// The order under whose partition key this is.
    pub(crate) fn order_id(&self) -> Option<OrderId> {
        self.pk.strip_prefix("ORDER#")?.parse().ok()
    }

    /// The task of which this is the key.
    pub(crate) fn task_kind(&self) -> Option<TaskKind> {
        self.sk.strip_prefix(Self::TASK)?.parse().ok()
    }

    /// For requests.
    pub(crate) fn attributes(&self) -> Attributes {
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }

    /// An error that names this key.
    pub(crate) fn corrupt(&self, cause: impl Into<Cause>) -> PortError {
        PortError::Corrupt { key: self.to_string(), source: cause.into() }
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

impl Item {
    pub(crate) fn new(key: &ItemKey) -> Self {
        Self(key.attributes()).number("format", FORMAT)
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), text(value));
        self
    }

    pub(crate) fn number(mut self, name: &str, value: impl ToString) -> Self {
        self.0.insert(name.to_owned(), number(value));
        self
    }

    pub(crate) fn body<T: Serialize>(self, body: &T) -> Self {
        let json = serde_json::to_string(body).expect("our own types have string keys and finite numbers only, which JSON can express");
        self.text("body", &json)
    }

    /// Puts the item on the agenda; without a time it is not on it, for the index is sparse.
    pub(crate) fn due(self, order: OrderId, due: Option<Timestamp>) -> Self {
        self.due_in(shard(&order.to_string()), due)
    }

    /// The same for a delivery; those of one endpoint are in one shard.
    pub(crate) fn delivery_due(self, endpoint: EndpointId, due: Option<Timestamp>) -> Self {
        self.due_in(shard(&endpoint.to_string()), due)
    }

    fn due_in(self, shard: u8, due: Option<Timestamp>) -> Self {
        match due {
            Some(due) => self.text("agenda", &agenda(shard)).number("due", millis_up(due)),
            None => self,
        }
    }

    /// Puts an item on the list of what was given up. It is in the agenda's index, so that no other is needed, and never due.
    pub(crate) fn given_up(self, at: Timestamp) -> Self {
        self.text("agenda", GIVEN_UP).number("due", millis_up(at))
    }

    /// When the table may drop the item, in seconds as DynamoDB wants it. It may take days longer.
    pub(crate) fn expires(self, at: Timestamp) -> Self {
        self.number("ttl", at.as_second())
    }

    pub(crate) fn into_attributes(self) -> Attributes {
        self.0
    }
}

impl Row {
    /// An item that was asked for by its key, or read by a query.
    pub(crate) fn new(attributes: Attributes) -> Result<Self, PortError> {
        match ItemKey::of(&attributes) {
            Some(key) => Ok(Self { key, attributes }),
            None => Err(PortError::Corrupt { key: "(an item without a key)".to_owned(), source: Box::new(BadItem::Attribute("pk")) }),
        }
    }

    pub(crate) fn key(&self) -> &ItemKey {
        &self.key
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&str, BadItem> {
        self.attributes.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(BadItem::Attribute(name))
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, BadItem> {
        let raw = self.attributes.get(name).and_then(|value| value.as_n().ok()).ok_or(BadItem::Attribute(name))?;
        raw.parse().map_err(|_| BadItem::Attribute(name))
    }

    pub(crate) fn optional_number<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, BadItem> {
        if self.attributes.contains_key(name) { self.number(name).map(Some) } else { Ok(None) }
    }

    /// The body, of whichever format it is. An item that only has attributes has a format all the same.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, BadItem> {
        match self.number("format")? {
            FORMAT => Ok(serde_json::from_str(self.text("body")?)?),
            unknown => Err(BadItem::Format(unknown)),
        }
    }

    /// Makes something of the item; failing that, an error that names its key.
    pub(crate) fn read<T>(&self, parse: impl FnOnce(&Self) -> Result<T, BadItem>) -> Result<T, PortError> {
        parse(self).map_err(|bad| self.key.corrupt(bad))
    }
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The index's partition for one shard of the agenda.
pub(crate) fn agenda(shard: u8) -> String {
    format!("agenda#{shard}")
}

/// The index's partition of what was given up.
pub(crate) const GIVEN_UP: &str = "given-up";

/// The partition of the heads of one day and shard.
pub(crate) fn heads(day: Date, shard: u8) -> String {
    format!("HEADS#{day}#{shard}")
}

/// An order and its tasks are in one shard; ids are random enough at their end, but hashing does not rely on it.
fn shard(id: &str) -> u8 {
    Sha256::of(id.as_bytes()).0[0] % AGENDA_SHARDS
}

/// Whole milliseconds, rounded up: what comes up in the agenda is due then.
fn millis_up(at: Timestamp) -> i64 {
    at.as_millisecond() + i64::from(at.subsec_nanosecond() % 1_000_000 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_idempotency_keys_stand_as_their_digest() {
        let client = "client-a".parse().unwrap();
        let pk = |key: &str| ItemKey::idempotency(&client, key).pk;
        assert_eq!(pk("0190a6c5-8f2e_x.1"), "IDEMPOTENCY#client-a#0190a6c5-8f2e_x.1");
        for odd in ["", "a#b", "æ", " ", &"k".repeat(129), "sha256:00"] {
            assert!(pk(odd).starts_with("IDEMPOTENCY#client-a#sha256:"), "{odd}");
        }
        assert_ne!(pk("a#b"), pk("a#c"));
    }

    #[test]
    fn times_on_the_agenda_are_rounded_up() {
        for (nanos, millis) in [(0, 0), (1, 1), (999_999, 1), (1_000_000, 1), (-1, 0), (-1_000_000, -1), (-1_000_001, -1)] {
            assert_eq!(millis_up(Timestamp::from_nanosecond(nanos).unwrap()), millis, "{nanos}");
        }
    }
}
