//! Webhooks and the event feed on the wire.
//!
//! A delivery's body is `type`, `timestamp` and `data`, as the Standard Webhooks specification recommends; the feed shows the same with
//! its id and position. Both are thin: neither has secrets or personal data, and the receiver reads the order for the rest.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use segl_core::id::{OrderId, OrganizationId};
use segl_core::task::TaskStatus;
use segl_core::use_case::webhooks::{EndpointChange, Replay};
use segl_core::webhook::{About, Delivery, Endpoint, EndpointUrl, Message, Reception, Topic, WebhookSecret};
use serde::{Deserialize, Serialize};

use crate::problem::{FieldErrors, Problem};

/// The body of `POST /v1/webhooks`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewWebhook")]
pub struct NewWebhook {
    /// Where events are delivered: an `https` address that anybody on the Internet can reach.
    #[schemars(length(max = 1000))]
    pub url: String,
    /// The types of events that are delivered; all where left out or empty.
    #[serde(default)]
    pub events: Vec<String>,
}

/// The body of `PATCH /v1/webhooks/{webhook_id}`. What is left out stays as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookChange")]
pub struct WebhookChange {
    /// Where events are delivered.
    #[schemars(length(max = 1000))]
    pub url: Option<String>,
    /// The types of events that are delivered; all where empty.
    pub events: Option<Vec<String>>,
    /// Whether anything is delivered. Switching on again begins without a past.
    pub enabled: Option<bool>,
}

/// The body of `POST /v1/webhooks/{webhook_id}/rotate-secret`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SecretRotation")]
pub struct SecretRotation {
    /// For how long deliveries are signed by the old secret, too: up to 30 days; a day where left out.
    #[schemars(range(min = 0, max = 2_592_000))]
    pub overlap_seconds: Option<u32>,
}

/// The body of `POST /v1/webhooks/{webhook_id}/replay`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookReplay")]
pub struct ReplayRequest {
    /// The first position of the feed.
    #[schemars(range(min = 1))]
    pub first: u64,
    /// The last position; the first one alone where left out. At most 100 positions at a time.
    pub last: Option<u64>,
    /// Leave out what has arrived.
    #[serde(default)]
    pub failed_only: bool,
}

/// How many deliveries are owed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookReplayResult")]
pub struct ReplayResult {
    /// How many.
    pub replayed: usize,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct WebhookView {
    /// Its id.
    pub id: String,
    /// Where events are delivered.
    pub url: String,
    /// The types of events that are delivered; all where empty.
    pub events: Vec<String>,
    /// Whether anything is delivered.
    pub enabled: bool,
    /// Since when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// Why nothing is: `by-owner`; `gone`, it answered 410; `failing`, nothing arrived for three days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    /// Since when nothing arrived although something was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The secret of `v1` signatures (HMAC-SHA-256). Shown when it is new, and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The public key of `v1a` signatures (Ed25519).
    pub public_key: String,
    /// Until when deliveries are signed by the secret before, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<Timestamp>,
}

/// The client's endpoints, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookList {
    /// The endpoints.
    pub webhooks: Vec<WebhookView>,
}

/// What a message is about, in a delivery's body and in the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FeedEventData")]
pub struct DataView {
    /// The order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The event's place in the order's audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The signer, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<u16>,
    /// The document, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<u16>,
    /// The level that the document's seal reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The endpoint, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Why the endpoint was switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One event of the organization's feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FeedEvent")]
pub struct FeedEventView {
    /// Its id, the `webhook-id` of deliveries: who sees an id twice sees one event twice.
    pub id: String,
    /// Its place in the feed, from 1 without gaps.
    pub position: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// To what.
    pub data: DataView,
}

/// A page of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedPage {
    /// The events, oldest first.
    pub events: Vec<FeedEventView>,
    /// The `after` of the next page, also where nothing has happened yet.
    pub next_after: u64,
    /// Whether there is more already.
    pub more: bool,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub struct DeliveryView {
    /// The event.
    pub event: FeedEventView,
    /// `pending`, `delivered`, or `given-up`.
    pub status: String,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The last tries, oldest first.
    pub attempts: Vec<AttemptView>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookAttempt")]
pub struct AttemptView {
    /// When it began.
    pub at: Timestamp,
    /// The status of the answer; 250 where the organization was told by mail that this webhook was switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer: `private-address`, `bad-address`, `no-such-host`, `no-connection`, `tls`, `time-out`, `broken-answer`,
    /// `answer-too-large`; of mails, `mail-refused` and `mail-not-sent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Deliveries to one endpoint, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WebhookDeliveryPage")]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<DeliveryView>,
    /// The `before` of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}

/// The body of a delivery, the bytes that are signed.
pub fn body(_: &OrganizationId, message: &Message) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body {
        r#type: &'static str,
        timestamp: Timestamp,
        data: DataView,
    }
    let body = Body { r#type: message.topic.as_str(), timestamp: message.at, data: data(message) };
    serde_json::to_vec(&body).expect("our own type has string keys and whole numbers only, which JSON can express")
}

/// Reads the body of `POST /v1/webhooks`. `plain_hosts` may be called without TLS.
pub fn new(body: &[u8], plain_hosts: &BTreeSet<String>) -> Result<(EndpointUrl, BTreeSet<Topic>), Problem> {
    let NewWebhook { url: raw, events } = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let url = errors.take("/url", url(&raw, plain_hosts));
    let topics = topics(&events, &mut errors);
    match url {
        Some(url) if errors.is_empty() => Ok((url, topics)),
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

/// Reads the body of `PATCH /v1/webhooks/{webhook_id}`.
pub fn change(body: &[u8], plain_hosts: &BTreeSet<String>) -> Result<EndpointChange, Problem> {
    let WebhookChange { url: raw, events, enabled } = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let url = raw.and_then(|raw| errors.take("/url", url(&raw, plain_hosts)));
    let topics = events.map(|events| topics(&events, &mut errors));
    if errors.is_empty() { Ok(EndpointChange { url, topics, enabled }) } else { Err(Problem::invalid(errors.into_vec())) }
}

/// Reads the body of `POST /v1/webhooks/{webhook_id}/rotate-secret`; it may be missing.
pub fn rotation(body: &[u8]) -> Result<SignedDuration, Problem> {
    let request: SecretRotation = if body.is_empty() { SecretRotation::default() } else { crate::json::read(body)? };
    Ok(SignedDuration::from_secs(request.overlap_seconds.unwrap_or(86_400).into()))
}

/// Reads the body of `POST /v1/webhooks/{webhook_id}/replay`.
pub fn replay(body: &[u8]) -> Result<Replay, Problem> {
    let ReplayRequest { first, last, failed_only } = crate::json::read(body)?;
    Ok(Replay { first, last: last.unwrap_or(first), failed_only })
}

fn url(raw: &str, plain_hosts: &BTreeSet<String>) -> Result<EndpointUrl, &'static str> {
    let url = EndpointUrl::parse(raw).map_err(|_| "must be an absolute https URL of at most 1000 characters, without credentials")?;
    if url.is_secure() || plain_hosts.contains(&url.host()) { Ok(url) } else { Err("must begin with https://") }
}

fn topics(names: &[String], errors: &mut FieldErrors) -> BTreeSet<Topic> {
    let topics = names.iter().enumerate().filter_map(|(index, name)| errors.take(format!("/events/{index}"), name.parse::<Topic>()));
    topics.collect()
}

/// An endpoint as its owner sees it. `secret` is that of its present generation.
pub fn endpoint(endpoint: &Endpoint, secret: &WebhookSecret, reveal: bool) -> WebhookView {
    WebhookView {
        id: endpoint.id.to_string(),
        url: endpoint.url.as_str().to_owned(),
        events: endpoint.topics.iter().map(ToString::to_string).collect(),
        enabled: endpoint.disabled.is_none(),
        disabled_at: endpoint.disabled.map(|disabled| disabled.at),
        disabled_reason: endpoint.disabled.map(|disabled| disabled.why.as_str().to_owned()),
        failing_since: endpoint.failing_since,
        created_at: endpoint.created_at,
        secret: reveal.then(|| secret.reveal()),
        public_key: secret.public_key(),
        previous_secret_until: endpoint.previous_secret_until,
    }
}

/// An event of the feed.
pub fn event(organization: &OrganizationId, message: &Message) -> FeedEventView {
    FeedEventView {
        id: message.id(organization),
        position: message.position,
        kind: message.topic.to_string(),
        timestamp: message.at,
        data: data(message),
    }
}

/// A page of the feed: what was read after `after`, of which only one order's events are shown where one is asked for.
pub fn page(organization: &OrganizationId, messages: &[Message], after: u64, order: Option<OrderId>, more: bool) -> FeedPage {
    let is_wanted = |message: &&Message| match (order, &message.about) {
        (None, _) => true,
        (Some(wanted), About::Order { order, .. }) => *order == wanted,
        (Some(_), About::Endpoint { .. }) => false,
    };
    FeedPage {
        events: messages.iter().filter(is_wanted).map(|message| event(organization, message)).collect(),
        next_after: messages.last().map_or(after, |message| message.position),
        more,
    }
}

/// A delivery.
pub fn delivery(delivery: &Delivery) -> DeliveryView {
    let attempts = delivery.attempts.iter().map(|attempt| match &attempt.reception {
        Reception::Answered { status, .. } => AttemptView { at: attempt.at, status: Some(*status), failure: None },
        Reception::NoAnswer(failure) => AttemptView { at: attempt.at, status: None, failure: Some(failure.clone()) },
    });
    let status = match delivery.status {
        TaskStatus::Ready | TaskStatus::Waiting => "pending",
        TaskStatus::Done => "delivered",
        TaskStatus::Dead => "given-up",
    };
    DeliveryView {
        event: event(&delivery.key.organization, &delivery.message),
        status: status.to_owned(),
        next_attempt_at: delivery.due,
        attempts: attempts.collect(),
    }
}

/// A page of an endpoint's log.
pub fn deliveries(deliveries: &[Delivery], more: bool) -> DeliveryPage {
    let last = deliveries.last().map(|delivery| delivery.key.position);
    DeliveryPage { deliveries: deliveries.iter().map(delivery).collect(), next_before: last.filter(|_| more) }
}

fn data(message: &Message) -> DataView {
    match &message.about {
        About::Order { order, seq, signer, document, level } => DataView {
            order: Some(order.to_string()),
            seq: Some(*seq),
            signer: signer.map(|signer| signer.0),
            document: document.map(|document| document.0),
            level: level.map(|level| level.as_str().to_owned()),
            ..DataView::default()
        },
        About::Endpoint { endpoint, reason } => {
            DataView { webhook: Some(endpoint.to_string()), reason: reason.map(|reason| reason.as_str().to_owned()), ..DataView::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use segl_core::id::SignerIndex;

    use crate::problem::FieldError;

    use super::*;

    #[test]
    fn requests_are_strict_and_every_mistake_is_told() {
        let plain = BTreeSet::from(["127.0.0.1".to_owned()]);
        let (url, topics) = new(br#"{"url": "https://example.org/h", "events": ["order.accepted", "signer.signed"]}"#, &plain).unwrap();
        assert_eq!((url.as_str(), topics.len()), ("https://example.org/h", 2));
        assert!(new(br#"{"url": "http://127.0.0.1:1/"}"#, &plain).is_ok());
        for (body, places) in [
            (r#"{"url": "http://example.org/"}"#, vec!["/url"]),
            (r#"{"url": "x", "events": ["order.accepted", "order.sung"]}"#, vec!["/url", "/events/1"]),
        ] {
            let problem = new(body.as_bytes(), &plain).unwrap_err();
            assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), places, "{body}");
        }
        assert!(new(br#"{"url": "https://example.org/", "secret": "x"}"#, &plain).is_err());
        assert_eq!(change(b"{}", &plain).unwrap(), EndpointChange::default());
        assert_eq!(rotation(b"").unwrap(), SignedDuration::from_hours(24));
        assert_eq!(replay(br#"{"first": 7}"#).unwrap(), Replay { first: 7, last: 7, failed_only: false });
    }

    #[test]
    fn a_body_is_thin() {
        let order: OrderId = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d".parse().unwrap();
        let about = About::Order { order, seq: 4, signer: Some(SignerIndex(1)), document: None, level: None };
        let message = Message { position: 9, topic: Topic::SignerSigned, at: Timestamp::UNIX_EPOCH, about };
        let expected = r#"{"type":"signer.signed","timestamp":"1970-01-01T00:00:00Z","data":{"order":"0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d","seq":4,"signer":1}}"#;
        assert_eq!(String::from_utf8(body(&"DK01234567".parse().unwrap(), &message)).unwrap(), expected);
        assert_eq!(message.id(&"DK01234567".parse().unwrap()), "msg_0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d_4");
    }
}
