//! The operations about people who sign.

use super::{Answer, CHANGES, Operation, Request};
use crate::native::openapi::example;
use crate::problem::Kind;

/// Why a signer does not.
const SIGNER_CHANGES: &[Kind] = &[
    Kind::MalformedJson,
    Kind::NoSuchSigner,
    Kind::DocumentsAwaited,
    Kind::NotYourTurn,
    Kind::SignerBlocked,
    Kind::AlreadyDecided,
    Kind::DeadlinePassed,
    Kind::OrderClosed,
    Kind::Erased,
    Kind::ChangedMeanwhile,
];

pub(super) fn operations() -> Vec<Operation> {
    let order = |status| Answer::Json(status, "Order", example::order());
    vec![
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/remind",
            id: "remindSigners",
            tag: "people",
            summary: "Remind all people whose turn it is",
            description: "At night in a signer's zone the reminder waits for the morning.",
            parameters: Vec::new(),
            request: None,
            answer: order(200),
            problems: CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/extend",
            id: "extendOrder",
            tag: "people",
            summary: "Give more time",
            description: "The new deadline is later than the one that those have whose turn it is. Reminders are planned anew.",
            parameters: Vec::new(),
            request: Some(Request { schema: "Extension", required: true, examples: example::extensions() }),
            answer: order(200),
            problems: CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/signers/{signer}/redirect",
            id: "redirectSigner",
            tag: "people",
            summary: "Get an address to which to send a signer who is logged in at your site",
            description: "For orders with `direct`. The address opens once, within ten minutes, and then belongs to that browser. Ask for a fresh one for each click. You answer for who the signer is.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Json(201, "Redirect", example::redirect()),
            problems: &[Kind::NoSuchSigner, Kind::NotDirect, Kind::Erased],
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/signers/{signer}/remind",
            id: "remindSigner",
            tag: "people",
            summary: "Remind one person whose turn it is",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: order(200),
            problems: SIGNER_CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/signers/{signer}/unblock",
            id: "unblockSigner",
            tag: "people",
            summary: "Let a signer try again who entered too many wrong codes",
            description: "Unblocking one who is not blocked is no error.",
            parameters: Vec::new(),
            request: None,
            answer: order(200),
            problems: SIGNER_CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/signers/{signer}/correct",
            id: "correctSigner",
            tag: "people",
            summary: "Correct who a signer is, or how to reach the signer",
            description: "What is sent takes the place of what was there. Links and sessions of before are void; where it is the signer's turn, an invitation goes out again.",
            parameters: Vec::new(),
            request: Some(Request { schema: "NewPerson", required: true, examples: example::corrections() }),
            answer: order(200),
            problems: SIGNER_CHANGES,
        },
        Operation {
            method: "POST",
            path: "/v1/people:anonymize",
            id: "anonymizePerson",
            tag: "people",
            summary: "Remove one person's data from all orders",
            description: "From every order of the organization, as signer and as creator, and from its directory. Refused while any of these \
                          orders is not over, or is held; then nothing changes. Documents and the signatures in them stay.",
            parameters: Vec::new(),
            request: Some(Request { schema: "Anonymization", required: true, examples: example::anonymizations() }),
            answer: Answer::Json(200, "Anonymized", example::anonymized()),
            problems: &[Kind::MalformedJson, Kind::InvalidRequest, Kind::PersonPending, Kind::OrderHeld, Kind::ChangedMeanwhile],
        },
    ]
}
