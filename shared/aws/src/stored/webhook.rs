//! Endpoints, messages and deliveries as stored. What conditions and the stream's filters look at of a delivery are attributes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segl_core::document::Level;
use segl_core::id::{ClientId, DocumentIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::ports::FEED_KEPT;
use segl_core::task::TaskStatus;
use segl_core::webhook::{About, Attempt, Delivery, Disabled, Endpoint, EndpointId, EndpointUrl, Message, Reception, Topic, WhyDisabled};
use serde::{Deserialize, Serialize};

use crate::item::{BadItem, Item, ItemKey, Row};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredEndpoint {
    id: EndpointId,
    organization: OrganizationId,
    client: ClientId,
    url: String,
    topics: BTreeSet<String>,
    created_at: Timestamp,
    secret_generation: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_request: Option<Sha256>,
    failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled: Option<(Timestamp, WhyDisabled)>,
}

impl From<&Endpoint> for StoredEndpoint {
    fn from(endpoint: &Endpoint) -> Self {
        let Endpoint {
            id,
            version: _,
            organization,
            client,
            url,
            topics,
            created_at,
            secret_generation,
            previous_secret_until,
            last_request,
            failures,
            failing_since,
            retry_at,
            disabled,
        } = endpoint.clone();
        Self {
            id,
            organization,
            client,
            url: url.as_str().to_owned(),
            topics: topics.iter().map(ToString::to_string).collect(),
            created_at,
            secret_generation,
            previous_secret_until,
            last_request,
            failures,
            failing_since,
            retry_at,
            disabled: disabled.map(|disabled| (disabled.at, disabled.why)),
        }
    }
}

impl StoredEndpoint {
    /// The endpoint, in the version that stands beside it.
    pub(crate) fn read(self, version: u64) -> Result<Endpoint, BadItem> {
        let topics = self.topics.iter().map(|raw| raw.parse::<Topic>()).collect::<Result<_, _>>();
        Ok(Endpoint {
            id: self.id,
            version,
            organization: self.organization,
            client: self.client,
            url: EndpointUrl::parse(&self.url).map_err(BadItem::field("url"))?,
            topics: topics.map_err(BadItem::field("topics"))?,
            created_at: self.created_at,
            secret_generation: self.secret_generation,
            previous_secret_until: self.previous_secret_until,
            last_request: self.last_request,
            failures: self.failures,
            failing_since: self.failing_since,
            retry_at: self.retry_at,
            disabled: self.disabled.map(|(at, why)| Disabled { at, why }),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredMessage {
    position: u64,
    topic: String,
    at: Timestamp,
    about: StoredAbout,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredAbout {
    Order {
        order: OrderId,
        seq: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer: Option<SignerIndex>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentIndex>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
    },
    Endpoint {
        endpoint: EndpointId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<WhyDisabled>,
    },
}

impl From<&Message> for StoredMessage {
    fn from(message: &Message) -> Self {
        let about = match message.about.clone() {
            About::Order { order, seq, signer, document, level } => StoredAbout::Order { order, seq, signer, document, level },
            About::Endpoint { endpoint, reason } => StoredAbout::Endpoint { endpoint, reason },
        };
        Self { position: message.position, topic: message.topic.to_string(), at: message.at, about }
    }
}

impl TryFrom<StoredMessage> for Message {
    type Error = BadItem;

    fn try_from(stored: StoredMessage) -> Result<Self, BadItem> {
        let about = match stored.about {
            StoredAbout::Order { order, seq, signer, document, level } => About::Order { order, seq, signer, document, level },
            StoredAbout::Endpoint { endpoint, reason } => About::Endpoint { endpoint, reason },
        };
        let topic = stored.topic.parse().map_err(BadItem::field("topic"))?;
        Ok(Self { position: stored.position, topic, at: stored.at, about })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredDelivery {
    message: StoredMessage,
    attempts: Vec<StoredAttempt>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredAttempt {
    at: Timestamp,
    #[serde(flatten)]
    reception: StoredReception,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum StoredReception {
    Answered {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
    },
    NoAnswer {
        failure: String,
    },
}

/// `now` decides when a delivery that is over expires.
pub(crate) fn delivery_item(delivery: &Delivery, now: Timestamp) -> Item {
    let attempts = delivery.attempts.iter().map(|attempt| StoredAttempt {
        at: attempt.at,
        reception: match attempt.reception.clone() {
            Reception::Answered { status, retry_at } => StoredReception::Answered { status, retry_at },
            Reception::NoAnswer(failure) => StoredReception::NoAnswer { failure },
        },
    });
    let body = StoredDelivery { message: StoredMessage::from(&delivery.message), attempts: attempts.collect() };
    let item = Item::new(&ItemKey::of_delivery(&delivery.key))
        .number("version", delivery.version)
        .text("consumer", "webhooks")
        .text("status", delivery.status.as_str())
        .number("failures", delivery.failures)
        .delivery_due(delivery.key.endpoint, delivery.due)
        .body(&body);
    if delivery.is_open() { item } else { item.expires(now + FEED_KEPT) }
}

pub(crate) fn delivery_from_row(row: &Row) -> Result<Delivery, BadItem> {
    let StoredDelivery { message, attempts } = row.body()?;
    let due = row.optional_number("due")?.map(Timestamp::from_millisecond).transpose().map_err(BadItem::field("due"))?;
    let attempts = attempts.into_iter().map(|StoredAttempt { at, reception }| Attempt {
        at,
        reception: match reception {
            StoredReception::Answered { status, retry_at } => Reception::Answered { status, retry_at },
            StoredReception::NoAnswer { failure } => Reception::NoAnswer(failure),
        },
    });
    Ok(Delivery {
        key: row.key().delivery().ok_or(BadItem::Attribute("pk"))?,
        version: row.number("version")?,
        message: message.try_into()?,
        status: row.text("status")?.parse::<TaskStatus>().map_err(BadItem::field("status"))?,
        failures: row.number("failures")?,
        due,
        attempts: attempts.collect(),
    })
}
