//! The audit trail on the wire.
//!
//! An event has one form everywhere, in storage, here and in the sealed result, because its hash is over that form: SHA-256 over the
//! canonical JSON (RFC 8785) of the event without `hash`.

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::event::{ChainHead, Event};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Events of one order, in sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventPage {
    /// The events.
    pub events: Vec<EventView>,
    /// The head of the whole chain.
    pub head: HeadView,
    /// The `after` of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<u64>,
}

/// The head of a chain of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ChainHead")]
pub struct HeadView {
    /// How many events there are.
    pub seq: u64,
    /// The hash of the last one.
    pub hash: String,
}

/// One line of the audit trail. `hash` is the SHA-256 over the canonical JSON (RFC 8785) of the other members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Event")]
pub struct EventView {
    /// The order.
    pub order: String,
    /// The event's place in the chain, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who caused it: `kind` is `service`, `client`, `clerk` (somebody who logged in and acts as a client) or `signer`.
    pub actor: Map<String, Value>,
    /// What happened: `type` names it, the other members depend on it. People appear as salted commitments only.
    pub what: Map<String, Value>,
    /// The hash of the event before; of the first one, 64 zeros.
    pub previous: String,
    /// The hash of this event.
    pub hash: String,
}

/// A page of events. `head` is that of the order as read before the events, so that it can be behind them, never ahead.
pub fn page(events: &[Event], head: &ChainHead) -> EventPage {
    let last = events.last().map_or(head.seq, |event| event.seq);
    EventPage {
        events: events.iter().map(event).collect(),
        head: HeadView { seq: head.seq, hash: head.hash.to_string() },
        next_after: (last < head.seq).then_some(last),
    }
}

fn event(event: &Event) -> EventView {
    EventView {
        order: event.order.to_string(),
        seq: event.seq,
        at: event.at,
        actor: members(&event.actor),
        what: members(&event.what),
        previous: event.previous.to_string(),
        hash: event.hash.to_string(),
    }
}

fn members<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        // Actors and occurrences are tagged enums of the domain: objects, always.
        _ => Map::new(),
    }
}
