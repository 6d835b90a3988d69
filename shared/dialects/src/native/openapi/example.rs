//! Examples in the description. Tests read each with the code that it is an example for.

pub(super) mod webhooks;

use serde_json::{Value, json};

use crate::problem::{FieldError, Kind, Problem};

pub(super) const ORDER_ID: &str = "0197f5a2-3c00-7c3a-b1d4-3f5e6a7b8c9d";
const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const COMMITMENT: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// Requests for orders, by name.
pub(super) fn new_orders() -> Value {
    json!({
        "inline": {
            "summary": "A small document inline, one person and one system",
            "value": {
                "title": "Lease of flat 12",
                "deadline": "2030-06-30T12:00:00+02:00",
                "documents": [{"title": "The lease", "file_name": "lease.pdf", "content_base64": "JVBERi0xLjcK"}],
                "signers": [
                    {"type": "person", "name": "Jane Doe", "email": "jane.doe@example.org", "mobile": "+46700000000"},
                    {"type": "system", "organization": "DK01234567"},
                ],
            },
        },
        "upload": {
            "summary": "A large document by upload; two of three board members, then the registry",
            "value": {
                "title": "Annual report",
                "description": "Please sign before the general meeting.",
                "retention_days": 365,
                "options": {"tell_signers": true},
                "seal": {"level": "B-LT", "appearance": "stamp", "stamp": {"page": "last", "corner": "bottom_right"}},
                "tags": {"case": "2030-17"},
                "creator": {"name": "John Smith", "email": "john.smith@example.org"},
                "documents": [{"title": "Annual report", "size": 62914560, "sha256": DIGEST}],
                "groups": [
                    {
                        "quorum": 2,
                        "signers": [
                            {"type": "person", "email": "chair@example.org"},
                            {"type": "person", "email": "treasurer@example.org"},
                            {"type": "person", "national_id": "198603052385"},
                        ],
                    },
                    {"signers": [{"type": "system", "organization": "NO984661185"}]},
                ],
            },
        },
    })
}

/// Bodies of an extension, by name.
pub(super) fn extensions() -> Value {
    json!({"a_month": {"value": {"deadline": "2030-07-31T12:00:00+02:00"}}})
}

/// A signer as corrected, by name.
pub(super) fn corrections() -> Value {
    json!({"another_address": {"value": {"name": "Jane Doe", "email": "jane@example.org", "mobile": "+46700000000", "authentication": "sms-code"}}})
}

/// A person to be anonymised, by name.
pub(super) fn anonymizations() -> Value {
    json!({"by_address": {"value": {"email": "jane@example.org"}}})
}

/// What came of it.
pub(super) fn anonymized() -> Value {
    json!({"orders": 3})
}

/// Evidence that is not there yet.
pub(super) fn being_made() -> Value {
    json!({"state": "being-made"})
}

/// A proof that an audit trail is in a checkpoint: one of two, the second leaf.
pub(super) fn inclusion() -> Value {
    json!({"proof": {
        "format": 1,
        "order": ORDER_ID,
        "day": "2030-05-02",
        "seq": 8,
        "hash": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "index": 1,
        "path": ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
        "checkpoint": "eyJhbGciOiJFUzI1NiJ9.eyJmb3JtYXQiOjF9.c2lnbmF0dXJl",
    }})
}

/// A redirect address.
pub(super) fn redirect() -> Value {
    json!({"url": "https://sign.example.org/sign/Vh0g1v3lGmUq6Y8nX4cTz2RkJw5sPdEoBa7MfLiQy9A", "expires_at": "2030-06-01T08:10:00Z"})
}

/// Batches of orders, by name.
pub(super) fn new_batches() -> Value {
    let order = new_orders()["inline"]["value"].clone();
    json!({"statements": {"value": {"orders": [{"idempotency_key": "statement-2030-06-0001", "order": order}, {"order": {"title": ""}}]}}})
}

/// The outcome of a batch.
pub(super) fn batch_result() -> Value {
    let problem = Problem::invalid(vec![FieldError::pointer("/documents", "is missing")]);
    json!({"results": [{"status": 201, "order": order()}, {"status": 400, "problem": problem.document()}]})
}

/// Bodies of a cancellation, by name.
pub(super) fn cancellations() -> Value {
    json!({"with_reason": {"value": {"reason": "Sent to the wrong person"}}})
}

/// Decisions of a system, by name.
pub(super) fn new_signatures() -> Value {
    json!({
        "sign": {"value": {"decision": "sign", "digests": [DIGEST], "claims": {"rule": "amount below 1000 EUR"}}},
        "decline": {"value": {"decision": "decline", "reason": "The amount needs a person's approval"}},
    })
}

/// An order as read.
pub(super) fn order() -> Value {
    json!({
        "id": ORDER_ID,
        "state": "pending",
        "title": "Lease of flat 12",
        "description": "",
        "created_at": "2030-06-01T08:00:00Z",
        "deadline": "2030-06-30T10:00:00Z",
        "signing_deadline": "2030-06-30T10:00:00Z",
        "next_action": "signatures",
        "blocked_by": [{"kind": "signer", "signer": 1}],
        "options": {"tell_signers": false},
        "seal": {"level": "B-B", "appearance": "page"},
        "documents": [{
            "index": 0,
            "title": "The lease",
            "file_name": "lease.pdf",
            "state": "ready",
            "sha256": DIGEST,
            "size": 48213,
            "pages": 4,
            "href": format!("/v1/orders/{ORDER_ID}/documents/0"),
        }],
        "groups": [{"quorum": 2, "signers": [0, 1]}],
        "signers": [
            {
                "index": 0, "group": 0, "type": "person", "name": "Jane Doe", "email": "jane.doe@example.org",
                "status": "signed", "at": "2030-06-02T09:30:00Z", "method": "link",
            },
            {"index": 1, "group": 0, "type": "system", "organization": "DK01234567", "status": "open", "since": "2030-06-01T08:00:05Z"},
        ],
        "links": {
            "self": format!("/v1/orders/{ORDER_ID}"),
            "events": format!("/v1/orders/{ORDER_ID}/events"),
            "cancel": format!("/v1/orders/{ORDER_ID}/cancel"),
        },
    })
}

/// A page of orders.
pub(super) fn order_page() -> Value {
    json!({
        "orders": [{
            "id": ORDER_ID,
            "state": "pending",
            "title": "Lease of flat 12",
            "created_at": "2030-06-01T08:00:00Z",
            "deadline": "2030-06-30T10:00:00Z",
            "href": format!("/v1/orders/{ORDER_ID}"),
        }],
        "next_cursor": ORDER_ID,
    })
}

/// The beginning of an audit trail.
pub(super) fn events() -> Value {
    json!({
        "events": [{
            "order": ORDER_ID,
            "seq": 1,
            "at": "2030-06-01T08:00:00Z",
            "actor": {"kind": "client", "client": "housing"},
            "what": {
                "type": "created",
                "organization": "SE5566778899",
                "signers": [COMMITMENT],
                "documents": 1,
                "deadline": "2030-06-30T10:00:00Z",
            },
            "previous": "0".repeat(64),
            "hash": HASH,
        }],
        "head": {"seq": 1, "hash": HASH},
    })
}

/// The hash of the event above.
const HASH: &str = "f4ceb3ed43175e9c5bd72467575ab4494b87d416e2847897fbf2b7cd46106b31";

/// What a system is asked to sign.
pub(super) fn signature_request() -> Value {
    json!({
        "order": ORDER_ID,
        "organization": "SE5566778899",
        "state": "pending",
        "title": "Lease of flat 12",
        "description": "",
        "deadline": "2030-06-30T10:00:00Z",
        "documents": [{
            "index": 0,
            "title": "The lease",
            "file_name": "lease.pdf",
            "state": "ready",
            "sha256": DIGEST,
            "size": 48213,
            "pages": 4,
            "href": format!("/v1/orders/{ORDER_ID}/signature-request/documents/0"),
        }],
        "digests": [DIGEST],
        "signer": 1,
        "status": "open",
        "since": "2030-06-01T08:00:05Z",
        "signatures": format!("/v1/orders/{ORDER_ID}/signatures"),
    })
}

/// A problem of this kind.
pub(super) fn problem(kind: Kind) -> Value {
    let problem = match kind {
        Kind::InvalidRequest => Problem::invalid(vec![FieldError::pointer("/deadline", "must be in the future")]),
        Kind::Unauthenticated => Problem::no_credential(),
        kind => Problem::new(kind, kind.title()),
    };
    json!(problem.document())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use segl_core::event::Event;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::fixture::offer;
    use crate::native::batch::{self, BatchView};
    use crate::native::decision;
    use crate::native::event::EventPage;
    use crate::native::request;
    use crate::native::signature_request::SignatureRequest;
    use crate::native::view::{OrderPage, OrderView};

    use super::*;

    fn values(examples: &Value) -> Vec<Vec<u8>> {
        let values: Vec<_> = examples.as_object().unwrap().values().map(|example| example["value"].to_string().into_bytes()).collect();
        assert!(!values.is_empty());
        values
    }

    /// The wire type reads the example and writes the very same again: no member is unknown to it or left out.
    fn same<T: Serialize + DeserializeOwned>(example: Value) {
        let read: T = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), example);
    }

    #[test]
    fn examples_of_requests_are_taken() {
        let now: Timestamp = "2030-06-01T08:00:00Z".parse().unwrap();
        for body in values(&new_orders()) {
            let parsed = request::parse(&body, now, 1024, offer()).unwrap();
            let id = ORDER_ID.parse().unwrap();
            let salt = || segl_core::commitment::Salt([1; 32]);
            parsed.order.create(id, "SE5566778899".parse().unwrap(), "housing".parse().unwrap(), now, salt).unwrap();
        }
        for body in values(&new_batches()) {
            let outcomes: Vec<_> =
                batch::parse(&body, &"client-a".parse().unwrap(), now, 1024, offer()).unwrap().iter().map(Result::is_ok).collect();
            assert_eq!(outcomes, [true, false]);
        }
        for body in values(&new_signatures()) {
            decision::decision(&body).unwrap();
        }
        for body in values(&cancellations()) {
            assert!(decision::cancellation(&body).unwrap().is_some());
        }
    }

    #[test]
    fn examples_of_answers_are_what_the_views_write() {
        same::<OrderView>(order());
        same::<OrderPage>(order_page());
        same::<EventPage>(events());
        same::<BatchView>(batch_result());
        same::<SignatureRequest>(signature_request());
    }

    #[test]
    fn the_example_of_an_event_verifies() {
        let event: Event = serde_json::from_value(events()["events"][0].clone()).unwrap();
        assert_eq!(event.computed_hash().to_string(), HASH);
    }
}
