//! Examples of webhooks and the feed.

use serde_json::{Value, json};

use super::ORDER_ID;

/// The webhook of the examples.
pub(in crate::native::openapi) const WEBHOOK_ID: &str = "0190a6c5-9d01-7f4e-a2b3-7c6d5e4f3a2b";

pub(in crate::native::openapi) fn new_webhooks() -> Value {
    json!({
        "everything": {"value": {"url": "https://hooks.example.org/segl"}},
        "outcomes": {"value": {
            "url": "https://hooks.example.org/outcomes",
            "events": ["order.accepted", "order.rejected", "order.cancelled", "order.expired", "order.failed"],
        }},
    })
}

pub(in crate::native::openapi) fn changes() -> Value {
    json!({"switch on again": {"value": {"enabled": true}}, "move": {"value": {"url": "https://hooks.example.org/segl/2"}}})
}

pub(in crate::native::openapi) fn rotations() -> Value {
    json!({"an hour": {"value": {"overlap_seconds": 3600}}})
}

pub(in crate::native::openapi) fn replays() -> Value {
    json!({"one": {"value": {"first": 42}}, "what did not arrive": {"value": {"first": 40, "last": 80, "failed_only": true}}})
}

pub(in crate::native::openapi) fn webhook(secret: bool) -> Value {
    let mut webhook = json!({
        "id": WEBHOOK_ID,
        "url": "https://hooks.example.org/segl",
        "events": ["order.accepted"],
        "enabled": true,
        "created_at": "2030-06-01T08:00:00Z",
        "public_key": "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    });
    if secret {
        webhook["secret"] = json!("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    }
    webhook
}

pub(in crate::native::openapi) fn webhooks() -> Value {
    json!({"webhooks": [webhook(false)]})
}

pub(in crate::native::openapi) fn feed() -> Value {
    json!({"events": [event()], "next_after": 42, "more": false})
}

pub(in crate::native::openapi) fn deliveries() -> Value {
    json!({
        "deliveries": [{
            "event": event(),
            "status": "pending",
            "next_attempt_at": "2030-06-01T09:05:25Z",
            "attempts": [
                {"at": "2030-06-01T09:00:00Z", "failure": "time-out"},
                {"at": "2030-06-01T09:00:26Z", "status": 503},
            ],
        }],
    })
}

pub(in crate::native::openapi) fn test_delivery() -> Value {
    json!({
        "event": {
            "id": "msg_SE5566778899_43",
            "position": 43,
            "type": "webhook.test",
            "timestamp": "2030-06-01T09:00:00Z",
            "data": {"webhook": WEBHOOK_ID},
        },
        "status": "pending",
        "next_attempt_at": "2030-06-01T09:05:00Z",
        "attempts": [],
    })
}

fn event() -> Value {
    json!({
        "id": format!("msg_{ORDER_ID}_8"),
        "position": 42,
        "type": "order.accepted",
        "timestamp": "2030-06-01T09:00:00Z",
        "data": {"order": ORDER_ID, "seq": 8},
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::native::webhook::{self, DeliveryPage, DeliveryView, FeedPage, WebhookList, WebhookView};

    use super::*;

    /// The wire type reads the example and writes the very same again: no member is unknown to it or left out.
    fn same<T: Serialize + DeserializeOwned>(example: Value) {
        let read: T = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), example);
    }

    #[test]
    fn examples_are_what_is_taken_and_what_the_views_write() {
        let bodies = |examples: Value| examples.as_object().unwrap().values().map(|one| one["value"].to_string()).collect::<Vec<_>>();
        assert!(bodies(new_webhooks()).iter().all(|body| webhook::new(body.as_bytes(), &BTreeSet::new()).is_ok()));
        assert!(bodies(changes()).iter().all(|body| webhook::change(body.as_bytes(), &BTreeSet::new()).is_ok()));
        assert!(bodies(rotations()).iter().all(|body| webhook::rotation(body.as_bytes()).is_ok()));
        assert!(bodies(replays()).iter().all(|body| webhook::replay(body.as_bytes()).is_ok()));
        same::<WebhookView>(super::webhook(true));
        same::<WebhookList>(webhooks());
        same::<FeedPage>(feed());
        same::<DeliveryPage>(deliveries());
        same::<DeliveryView>(test_delivery());
    }
}
