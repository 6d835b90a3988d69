//! The operations of webhooks and the feed.

use serde_json::json;

use super::{Answer, Operation, Request, limit, query};
use crate::native::openapi::example::webhooks as example;
use crate::native::query::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::problem::Kind;

/// Why an endpoint does not change.
const CHANGES: &[Kind] = &[Kind::MalformedJson, Kind::ChangedMeanwhile];

pub(super) fn operations() -> Vec<Operation> {
    let webhook = |status, secret| Answer::Json(status, "Webhook", example::webhook(secret));
    vec![
        Operation {
            method: "GET",
            path: "/v1/events",
            id: "readFeed",
            tag: "webhooks",
            summary: "Read what happened to all orders",
            description: "The same events that webhooks deliver, in the sequence in which they were published. Keep `next_after` and ask \
                          again with it: nothing is left out and nothing comes twice. Events are kept for 30 days.",
            parameters: vec![
                limit(MAX_LIMIT),
                query(
                    "after",
                    "The `next_after` of the page before; from the beginning where left out.",
                    json!({"type": "integer", "minimum": 0}),
                ),
                query(
                    "order",
                    "Only the events of this order. A page may then be empty although there is `more`.",
                    json!({"type": "string", "format": "uuid"}),
                ),
            ],
            request: None,
            answer: Answer::Json(200, "FeedPage", example::feed()),
            problems: &[Kind::InvalidRequest],
        },
        Operation {
            method: "POST",
            path: "/v1/webhooks",
            id: "createWebhook",
            tag: "webhooks",
            summary: "Have events delivered",
            description: "Deliveries follow the Standard Webhooks specification (https://www.standardwebhooks.com): `webhook-id`, \
                          `webhook-timestamp`, and `webhook-signature` with `v1` and `v1a`. An event that is not answered by 2xx within 20 \
                          seconds is tried again for some three days. The answer has the secret, which is not shown again.",
            parameters: Vec::new(),
            request: Some(Request { schema: "NewWebhook", required: true, examples: example::new_webhooks() }),
            answer: webhook(201, true),
            problems: &[Kind::MalformedJson, Kind::InvalidRequest],
        },
        Operation {
            method: "GET",
            path: "/v1/webhooks",
            id: "listWebhooks",
            tag: "webhooks",
            summary: "List the client's webhooks",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Json(200, "WebhookList", example::webhooks()),
            problems: &[],
        },
        Operation {
            method: "GET",
            path: "/v1/webhooks/{webhook_id}",
            id: "readWebhook",
            tag: "webhooks",
            summary: "Read a webhook",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: webhook(200, false),
            problems: &[],
        },
        Operation {
            method: "PATCH",
            path: "/v1/webhooks/{webhook_id}",
            id: "changeWebhook",
            tag: "webhooks",
            summary: "Change a webhook",
            description: "Switches on again, too, what was switched off because it failed; see `replay` for what was missed.",
            parameters: Vec::new(),
            request: Some(Request { schema: "WebhookChange", required: true, examples: example::changes() }),
            answer: webhook(200, false),
            problems: CHANGES,
        },
        Operation {
            method: "DELETE",
            path: "/v1/webhooks/{webhook_id}",
            id: "deleteWebhook",
            tag: "webhooks",
            summary: "Remove a webhook",
            description: "What is still owed to it is given up.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Nothing,
            problems: &[],
        },
        Operation {
            method: "POST",
            path: "/v1/webhooks/{webhook_id}/rotate-secret",
            id: "rotateWebhookSecret",
            tag: "webhooks",
            summary: "Get a new secret",
            description: "During the overlap deliveries are signed by both, so that the receiver can be configured anew without a gap.",
            parameters: Vec::new(),
            request: Some(Request { schema: "SecretRotation", required: false, examples: example::rotations() }),
            answer: webhook(200, true),
            problems: CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/webhooks/{webhook_id}/test",
            id: "testWebhook",
            tag: "webhooks",
            summary: "Have a test event delivered",
            description: "An event `webhook.test` is delivered to this webhook alone; `deliveries` tells what came of it.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Json(202, "WebhookDelivery", example::test_delivery()),
            problems: &[Kind::ChangedMeanwhile],
        },
        Operation {
            method: "POST",
            path: "/v1/webhooks/{webhook_id}/replay",
            id: "replayWebhook",
            tag: "webhooks",
            summary: "Have events delivered again",
            description: "One event or a range, by their positions in the feed. What was published before the webhook was created is \
                          delivered, too.",
            parameters: Vec::new(),
            request: Some(Request { schema: "WebhookReplay", required: true, examples: example::replays() }),
            answer: Answer::Json(202, "WebhookReplayResult", json!({"replayed": 12})),
            problems: CHANGES,
        },
        Operation {
            method: "GET",
            path: "/v1/webhooks/{webhook_id}/deliveries",
            id: "listWebhookDeliveries",
            tag: "webhooks",
            summary: "Read the log of deliveries",
            description: "Newest first, with what came of each try. Kept for 30 days.",
            parameters: vec![
                limit(DEFAULT_LIMIT),
                query("before", "The `next_before` of the page before.", json!({"type": "integer", "minimum": 0})),
            ],
            request: None,
            answer: Answer::Json(200, "WebhookDeliveryPage", example::deliveries()),
            problems: &[],
        },
    ]
}
