//! The operations: what each takes and answers.

mod people;
mod webhooks;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::native::openapi::example;
use crate::native::query::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::native::route::Route;
use crate::problem::{self, Kind};

/// One operation.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    /// Parameters of the query and headers; those of the path follow from it.
    parameters: Vec<Value>,
    request: Option<Request>,
    answer: Answer,
    /// The problems that are this operation's own.
    problems: &'static [Kind],
}

/// A JSON body.
struct Request {
    schema: &'static str,
    required: bool,
    examples: Value,
}

/// What a success looks like.
enum Answer {
    /// JSON of a schema, with this status and an example.
    Json(u16, &'static str, Value),
    /// No body (204).
    Nothing,
    /// A PDF, or the address of one.
    Pdf,
    /// Evidence in these forms, or word that it is being made.
    Evidence(&'static [&'static str]),
    /// A checkpoint.
    Checkpoint,
    /// A signed token.
    Token,
    /// The OpenAPI description.
    Description,
}

/// Why an order does not change.
const CHANGES: &[Kind] = &[Kind::MalformedJson, Kind::DeadlinePassed, Kind::OrderClosed, Kind::ChangedMeanwhile];

pub(super) fn operations() -> Vec<Operation> {
    let order = |status| Answer::Json(status, "Order", example::order());
    let orders = vec![
        Operation {
            method: "POST",
            path: "/v1/orders",
            id: "createOrder",
            tag: "orders",
            summary: "Create an order",
            description: "Documents come inline as base64, together at most 4 MB, or are uploaded afterwards to the addresses in the \
                          answer. Signers are invited as soon as all documents have been read.",
            parameters: Vec::new(),
            request: Some(Request { schema: "NewOrder", required: true, examples: example::new_orders() }),
            answer: order(201),
            problems: &[Kind::MalformedJson, Kind::InvalidRequest, Kind::BodyTooLarge, Kind::UnsupportedMediaType],
        },
        Operation {
            method: "POST",
            path: "/v1/orders:batch",
            id: "createOrders",
            tag: "orders",
            summary: "Create up to 100 orders",
            description: "Each has an outcome of its own, told in the sequence of the request; what is wrong with one does not concern the \
                          others. All of it must fit one request. Where the answer is lost, send the same again with the same keys.",
            parameters: Vec::new(),
            request: Some(Request { schema: "NewBatch", required: true, examples: example::new_batches() }),
            answer: Answer::Json(200, "BatchResult", example::batch_result()),
            problems: &[Kind::MalformedJson, Kind::InvalidRequest, Kind::BodyTooLarge, Kind::UnsupportedMediaType],
        },
        Operation {
            method: "GET",
            path: "/v1/orders",
            id: "listOrders",
            tag: "orders",
            summary: "List orders",
            description: "The organization's orders, newest first.",
            parameters: vec![limit(DEFAULT_LIMIT), query("cursor", "The `next_cursor` of the page before.", json!({"type": "string"}))],
            request: None,
            answer: Answer::Json(200, "OrderPage", example::order_page()),
            problems: &[Kind::InvalidRequest],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}",
            id: "readOrder",
            tag: "orders",
            summary: "Read an order",
            description: "In the direct flow, give the token with which the signer came back: a wrong one is refused.",
            parameters: vec![query("status_query_token", "The token with which the signer came back.", json!({"type": "string"}))],
            request: None,
            answer: order(200),
            problems: &[],
        },
        Operation {
            method: "DELETE",
            path: "/v1/orders/{order_id}",
            id: "deleteOrder",
            tag: "orders",
            summary: "Remove documents and personal data",
            description: "Cancels the order first where it is pending. State, times and the audit trail stay. Removing twice is no error.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Nothing,
            problems: &[Kind::BeingSealed, Kind::OrderHeld, Kind::ChangedMeanwhile],
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/cancel",
            id: "cancelOrder",
            tag: "orders",
            summary: "Take an order back",
            description: "Possible until everyone has signed.",
            parameters: Vec::new(),
            request: Some(Request { schema: "Cancellation", required: false, examples: example::cancellations() }),
            answer: order(200),
            problems: &[Kind::MalformedJson, Kind::OrderClosed, Kind::ChangedMeanwhile, Kind::UnsupportedMediaType],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/events",
            id: "readEvents",
            tag: "orders",
            summary: "Read the audit trail",
            description: "Events form a hash chain: each holds the hash of the one before, and its own is SHA-256 over its canonical JSON \
                          (RFC 8785) without `hash`.",
            parameters: vec![
                limit(MAX_LIMIT),
                query("after", "The `next_after` of the page before.", json!({"type": "integer", "minimum": 0})),
            ],
            request: None,
            answer: Answer::Json(200, "EventPage", example::events()),
            problems: &[],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/evidence",
            id: "readEvidence",
            tag: "orders",
            summary: "Read the evidence of an order",
            description: "Who was asked and what each did, when, how and from where; digests, findings, messages, and the whole audit trail, \
                          sealed. For the client that created the order. A PDF, or an archive where `Accept` is `application/zip`. It is made when it \
                          is asked for, and anew after whatever happens to the order.",
            parameters: vec![wait()],
            request: None,
            answer: Answer::Evidence(&["application/pdf", "application/zip"]),
            problems: &[Kind::NotCreator, Kind::ChangedMeanwhile],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/evidence.pdf",
            id: "readEvidencePdf",
            tag: "orders",
            summary: "Read the evidence as a PDF",
            description: "The bundle for programs is in it.",
            parameters: vec![wait()],
            request: None,
            answer: Answer::Evidence(&["application/pdf"]),
            problems: &[Kind::NotCreator, Kind::ChangedMeanwhile],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/evidence.zip",
            id: "readEvidenceArchive",
            tag: "orders",
            summary: "Read the evidence as an archive",
            description: "The PDF, the bundle, the proof of inclusion (`inclusion.json`) and the checkpoint of its day where there are, and the order's \
                          documents as far as they fit. Where not even the bundle fits, the PDF.",
            parameters: vec![wait()],
            request: None,
            answer: Answer::Evidence(&["application/zip", "application/pdf"]),
            problems: &[Kind::NotCreator, Kind::ChangedMeanwhile],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/inclusion",
            id: "readInclusion",
            tag: "orders",
            summary: "Read the proof that a checkpoint has the audit trail",
            description: "An inclusion proof (RFC 9162, 2.1.3) by the newest checkpoint of a day on which the trail grew: with it and the token of that \
                          checkpoint, anybody who has the trail can tell that it was not rewritten since. It names nobody.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Json(200, "Inclusion", example::inclusion()),
            problems: &[],
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/hold",
            id: "holdOrder",
            tag: "orders",
            summary: "Keep an order from removal",
            description: "While it is held, nothing of it is removed: neither by retention, nor on request. Holding twice is no error.",
            parameters: Vec::new(),
            request: None,
            answer: order(200),
            problems: &[Kind::Erased, Kind::ChangedMeanwhile],
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/release",
            id: "releaseOrder",
            tag: "orders",
            summary: "Release an order that is held",
            description: "Where its retention is over, it is removed within a minute. Releasing one that is not held is no error.",
            parameters: Vec::new(),
            request: None,
            answer: order(200),
            problems: &[Kind::ChangedMeanwhile],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/workflow-token",
            id: "readWorkflowToken",
            tag: "orders",
            summary: "Read the workflow token",
            description: "A JWT (ES256) that proves without the service who signed what. Its key is in the key set by its `kid`.",
            parameters: vec![
                query(
                    "claims",
                    "What the token tells of people: everything, names and age, or names only.",
                    json!({"type": "string", "enum": ["All", "IncludeAgeClaims", "Restricted"], "default": "Restricted"}),
                ),
                query(
                    "format",
                    "Our own claims, or the flat names of `workflow_token_v1`.",
                    json!({"type": "string", "enum": ["workflow_token", "workflow_token_v1"], "default": "workflow_token"}),
                ),
            ],
            request: None,
            answer: Answer::Token,
            problems: &[Kind::NotAccepted, Kind::OrderClosed, Kind::Erased],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/documents/{document}",
            id: "readDocument",
            tag: "orders",
            summary: "Read a document as it was uploaded",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Pdf,
            problems: &[Kind::NoSuchDocument, Kind::DocumentsAwaited, Kind::Erased],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/documents/{document}/sealed",
            id: "readSealedDocument",
            tag: "orders",
            summary: "Read a sealed document",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Pdf,
            problems: &[Kind::NoSuchDocument, Kind::NotAccepted, Kind::OrderClosed, Kind::Erased],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/signature-request",
            id: "readSignatureRequest",
            tag: "signatures",
            summary: "Read what your system is asked to sign",
            description: "Documents and digests are there from your system's turn on.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Json(200, "SignatureRequest", example::signature_request()),
            problems: &[],
        },
        Operation {
            method: "GET",
            path: "/v1/orders/{order_id}/signature-request/documents/{document}",
            id: "readDocumentToSign",
            tag: "signatures",
            summary: "Read a document that your system is asked to sign",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Pdf,
            problems: &[Kind::NoSuchDocument, Kind::DocumentsAwaited, Kind::NotYourTurn, Kind::Erased],
        },
        Operation {
            method: "POST",
            path: "/v1/orders/{order_id}/signatures",
            id: "sign",
            tag: "signatures",
            summary: "Sign or decline as your organization's system",
            description: "A signature repeats the digests of what was read. It cannot be taken back.",
            parameters: Vec::new(),
            request: Some(Request { schema: "NewSignature", required: true, examples: example::new_signatures() }),
            answer: Answer::Json(200, "SignatureRequest", example::signature_request()),
            problems: &[
                Kind::MalformedJson,
                Kind::DocumentsAwaited,
                Kind::NotYourTurn,
                Kind::DigestsDiffer,
                Kind::AlreadyDecided,
                Kind::DeadlinePassed,
                Kind::OrderClosed,
                Kind::ChangedMeanwhile,
                Kind::UnsupportedMediaType,
            ],
        },
        Operation {
            method: "GET",
            path: "/v1/checkpoints/{day}",
            id: "readCheckpoint",
            tag: "service",
            summary: "Read the checkpoint of a day",
            description: "A signed commitment to all audit trails that grew on that day (UTC): keep it, and nobody can rewrite them unseen. It \
                          names no order and nobody. `checkpoint` is a JWS (ES256) by the key of workflow tokens over the root of a Merkle \
                          tree (RFC 6962) whose leaves follow in `leaves`.",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Checkpoint,
            problems: &[Kind::NoCheckpoint, Kind::Unauthenticated, Kind::TooManyFailures, Kind::Internal, Kind::Unavailable],
        },
        Operation {
            method: "GET",
            path: "/v1/openapi.json",
            id: "readDescription",
            tag: "service",
            summary: "Read this description",
            description: "",
            parameters: Vec::new(),
            request: None,
            answer: Answer::Description,
            problems: &[],
        },
    ];
    orders.into_iter().chain(people::operations()).chain(webhooks::operations()).collect()
}

impl Operation {
    /// The operation as an OpenAPI operation object.
    pub(super) fn describe(&self) -> Value {
        let mut object = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "security": self.security(),
            "responses": self.responses(),
        });
        let key = self.changes().then(super::idempotency_key);
        let parameters: Vec<_> = self.path_parameters().chain(self.parameters.iter().cloned()).chain(key).collect();
        if !self.description.is_empty() {
            object["description"] = json!(self.description);
        }
        if !parameters.is_empty() {
            object["parameters"] = Value::Array(parameters);
        }
        if let Some(request) = &self.request {
            object["requestBody"] = json!({
                "required": request.required,
                "content": {"application/json": {"schema": schema(request.schema), "examples": request.examples}},
            });
        }
        object
    }

    /// Whether it changes something. Such a request can be sent again under an idempotency key.
    fn changes(&self) -> bool {
        self.method != "GET" && self.route().and_then(Route::privilege).is_some()
    }

    fn route(&self) -> Option<Route> {
        Route::find(self.method, &self.example_path()).ok()
    }

    /// The path with identifiers.
    pub(super) fn example_path(&self) -> String {
        let webhook = example::webhooks::WEBHOOK_ID;
        let path = self.path.replace("{order_id}", example::ORDER_ID).replace("{webhook_id}", webhook);
        path.replace("{document}", "0").replace("{signer}", "0").replace("{day}", "2026-11-25")
    }

    /// Any one of the schemes will do. What stands in the list is the privilege that the client needs.
    fn security(&self) -> Value {
        match self.route().and_then(Route::privilege) {
            Some(privilege) => ["apiKey", "basic", "bearer", "oauth2", "mutualTls"]
                .map(|scheme| json!({scheme: [privilege.as_str()]}))
                .into_iter()
                .collect(),
            None => json!([]),
        }
    }

    fn path_parameters(&self) -> impl Iterator<Item = Value> {
        let parameter = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema});
        let order = parameter("order_id", "The order's id.", json!({"type": "string", "format": "uuid"}));
        let document =
            parameter("document", "The number of the document, from 0.", json!({"type": "integer", "minimum": 0, "maximum": 65535}));
        let signer = parameter("signer", "The number of the signer, from 0.", json!({"type": "integer", "minimum": 0, "maximum": 65535}));
        let webhook = parameter("webhook_id", "The webhook's id.", json!({"type": "string", "format": "uuid"}));
        let day = parameter("day", "The day.", json!({"type": "string", "format": "date"}));
        [("{order_id}", order), ("{document}", document), ("{signer}", signer), ("{webhook_id}", webhook), ("{day}", day)]
            .into_iter()
            .filter(|(name, _)| self.path.contains(name))
            .map(|(_, one)| one)
    }

    fn responses(&self) -> Value {
        let mut responses = Map::new();
        match &self.answer {
            Answer::Json(status, name, example) => {
                let body = json!({"description": "Done.", "content": {"application/json": {"schema": schema(name), "example": example}}});
                responses.insert(status.to_string(), body);
            }
            Answer::Nothing => {
                responses.insert("204".to_owned(), json!({"description": "Done."}));
            }
            Answer::Pdf => {
                responses.insert("200".to_owned(), json!({"description": "The document.", "content": {"application/pdf": {}}}));
                responses.insert("303".to_owned(), redirect("The document is large; read it there."));
            }
            Answer::Evidence(forms) => {
                let content: Map<_, _> = forms.iter().map(|form| ((*form).to_owned(), json!({}))).collect();
                responses.insert("200".to_owned(), json!({"description": "The evidence.", "content": content}));
                let body = json!({"application/json": {"schema": schema("EvidenceBeingMade"), "example": example::being_made()}});
                let retry = json!({"required": true, "schema": {"type": "integer"}});
                let made = "It is being made; ask again in a moment.";
                responses.insert("202".to_owned(), json!({"description": made, "headers": {"Retry-After": retry}, "content": body}));
                responses.insert("303".to_owned(), redirect("The evidence is large; read it there."));
            }
            Answer::Checkpoint => {
                let content = json!({"application/json": {"schema": {"type": "object"}}});
                responses.insert("200".to_owned(), json!({"description": "The checkpoint.", "content": content}));
                responses.insert("303".to_owned(), redirect("The checkpoint is large; read it there."));
            }
            Answer::Token => {
                let content = json!({"application/jwt": {}});
                responses.insert("200".to_owned(), json!({"description": "The token.", "content": content}));
            }
            Answer::Description => {
                let content = json!({super::MEDIA_TYPE: {"schema": {"type": "object"}}});
                responses.insert("200".to_owned(), json!({"description": "The description.", "content": content}));
            }
        }
        for (status, kinds) in self.problems_by_status() {
            responses.insert(status.to_string(), problem_response(&kinds));
        }
        Value::Object(responses)
    }

    /// The problems of this operation, and those that every operation of its kind has.
    fn problems_by_status(&self) -> BTreeMap<u16, Vec<Kind>> {
        let mut kinds = self.problems.to_vec();
        if self.route().and_then(Route::privilege).is_some() {
            kinds.extend([Kind::Unauthenticated, Kind::PrivilegeMissing, Kind::TooManyFailures, Kind::Internal, Kind::Unavailable]);
        }
        if self.changes() {
            kinds.extend([Kind::IdempotencyMismatch, Kind::InvalidRequest]);
        }
        if self.path.contains('{') {
            kinds.push(Kind::InvalidRequest);
        }
        if self.path.contains("{order_id}") {
            kinds.push(Kind::NotFound);
        }
        if self.path.contains("{webhook_id}") {
            kinds.push(Kind::NoSuchWebhook);
        }
        kinds.sort();
        kinds.dedup();
        let mut by_status = BTreeMap::<u16, Vec<Kind>>::new();
        for kind in kinds {
            by_status.entry(kind.status()).or_default().push(kind);
        }
        by_status
    }
}

fn redirect(description: &str) -> Value {
    let location = json!({"required": true, "description": "An address that needs no credential and lapses.", "schema": {"type": "string", "format": "uri"}});
    json!({"description": description, "headers": {"Location": location}})
}

fn problem_response(kinds: &[Kind]) -> Value {
    let described: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.code(), kind.title())).collect();
    let examples: Map<_, _> = kinds.iter().map(|kind| (kind.code().to_owned(), json!({"value": example::problem(*kind)}))).collect();
    let mut response = json!({
        "description": described.join(" "),
        "content": {problem::MEDIA_TYPE: {"schema": schema("Problem"), "examples": examples}},
    });
    if kinds.iter().any(|kind| matches!(kind, Kind::Unauthenticated | Kind::PrivilegeMissing)) {
        response["headers"] = json!({"WWW-Authenticate": {"schema": {"type": "string"}}});
    }
    if kinds.iter().any(|kind| matches!(kind, Kind::Unavailable | Kind::TooManyFailures)) {
        response["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}}});
    }
    response
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn wait() -> Value {
    let description = "`wait=10` waits up to ten seconds for evidence that is still to be made (RFC 7240).";
    json!({"name": "Prefer", "in": "header", "description": description, "schema": {"type": "string"}})
}

fn limit(default: usize) -> Value {
    query("limit", "How many at most.", json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": default}))
}
