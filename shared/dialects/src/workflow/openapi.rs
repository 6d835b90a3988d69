//! The OpenAPI 3.1 description of the workflow API, served at `/transactionsigning/api/openapi.json`.
//!
//! Schemas are made from the wire types themselves, and privileges come from [`crate::workflow::route`]. Tests keep the rest true.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::native::decision::CancelRequest;
use crate::native::event::EventPage;
use crate::native::evidence::BeingMadeView;
use crate::native::openapi::{define, generator, idempotency_key, security_schemes};
use crate::problem::{self, ProblemDocument};
use crate::workflow::request::WorkflowRequest;
use crate::workflow::result::{PadesRequest, PadesView, TokenView};
use crate::workflow::route::{BASE, Route};
use crate::workflow::sign_text::{SignTextRequest, SignTextView};
use crate::workflow::signature::{DigestsView, SignRequest, SystemSignatureView};
use crate::workflow::view::{CreatedView, WorkflowPage, WorkflowView};

/// One operation.
struct Operation {
    method: &'static str,
    /// Below [`BASE`].
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    /// The schema of the body, and whether there must be one.
    request: Option<(&'static str, bool)>,
    status: u16,
    /// The schema of the answer; a PDF where none.
    answer: Option<&'static str>,
}

/// The operation that may have to wait.
const EVIDENCE: &str = "readWorkflowEvidence";

const OPERATIONS: [Operation; 16] = {
    const fn operation(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        request: Option<(&'static str, bool)>,
        status: u16,
        answer: Option<&'static str>,
    ) -> Operation {
        Operation { method, path, id, summary, request, status, answer }
    }
    let workflow = Some("Workflow");
    let decided = Some("SystemSignature");
    [
        operation("POST", "/workflows/{cvr}", "createWorkflow", "Create a workflow", Some(("NewWorkflow", true)), 201, Some("Created")),
        operation("GET", "/workflows/{cvr}", "listWorkflows", "List workflows, newest first", None, 200, Some("WorkflowPage")),
        operation(
            "POST",
            "/workflows/{cvr}/signtextid",
            "createSignTextId",
            "Ask one more signer",
            Some(("NewSignTextId", true)),
            201,
            Some("SignTextId"),
        ),
        operation("GET", "/workflows/{cvr}/{workflowId}", "readWorkflow", "Read a workflow", None, 200, workflow),
        operation(
            "POST",
            "/workflows/{cvr}/{workflowId}/close",
            "closeWorkflow",
            "Say that nobody else will be asked",
            None,
            200,
            workflow,
        ),
        operation(
            "POST",
            "/workflows/{cvr}/{workflowId}/cancel",
            "cancelWorkflow",
            "Take a workflow back",
            Some(("Cancellation", false)),
            200,
            workflow,
        ),
        operation(
            "POST",
            "/workflows/{cvr}/{workflowId}/pades",
            "readPades",
            "Read the sealed documents; where all who were asked have signed, and the client may write, this closes the list first",
            Some(("NewPades", false)),
            200,
            Some("Pades"),
        ),
        operation(
            "GET",
            "/workflows/{cvr}/{workflowId}/workflowtoken",
            "readWorkflowToken",
            "Read the workflow token",
            None,
            200,
            Some("Token"),
        ),
        operation(
            "GET",
            "/workflows/{cvr}/{workflowId}/events",
            "readWorkflowEvents",
            "Read the audit trail",
            None,
            200,
            Some("EventPage"),
        ),
        operation("GET", "/workflows/{cvr}/{workflowId}/evidence", EVIDENCE, "Read the evidence, sealed", None, 200, None),
        operation(
            "GET",
            "/systemsignatures/{signtextId}",
            "readSystemSignature",
            "Read what your system is asked to sign",
            None,
            200,
            decided,
        ),
        operation("GET", "/systemsignatures/{signtextId}/digests", "readDigests", "Read the digests to sign", None, 200, Some("Digests")),
        operation(
            "GET",
            "/systemsignatures/{signtextId}/documents/{document}",
            "readDocumentToSign",
            "Read a document to sign",
            None,
            200,
            None,
        ),
        operation(
            "POST",
            "/systemsignatures/{signtextId}/sign",
            "signAsSystem",
            "Sign as your organization's system",
            Some(("NewSystemSignature", true)),
            200,
            decided,
        ),
        operation(
            "POST",
            "/systemsignatures/{signtextId}/decline",
            "declineAsSystem",
            "Decline as your organization's system",
            Some(("Cancellation", false)),
            200,
            decided,
        ),
        operation("GET", "/openapi.json", "readDescription", "Read this description", None, 200, Some("Description")),
    ]
};

/// The description. `server` is the address at which the service is reached, without a slash at the end.
pub fn document(server: &str) -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let methods = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| json!({}));
        methods[operation.method.to_ascii_lowercase()] = operation.describe();
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Segl, workflow API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Workflows between organizations, signed by people and systems",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": schemas(), "securitySchemes": security_schemes(server)},
    })
}

const DESCRIPTION: &str = "A workflow is created with its documents; then signers are asked one by one, each by a sign-text id that is \
bound to a person or to an organization's system. The list of signers is open until it is closed, by `close`, by `last` with the last \
request for a sign-text id, or by asking for the result once all who were asked have signed. Then every document is sealed (PAdES), and \
the workflow token proves who signed what. Members that are not known are refused. Errors are problem details (RFC 9457) with a stable \
`code`. Workflows and sign-text ids of other organizations do not exist, as far as a client can tell.";

fn schemas() -> Map<String, Value> {
    let mut requests = generator(SchemaSettings::draft2020_12().for_deserialize());
    define::<WorkflowRequest>(&mut requests);
    define::<SignTextRequest>(&mut requests);
    define::<SignRequest>(&mut requests);
    define::<PadesRequest>(&mut requests);
    define::<CancelRequest>(&mut requests);
    let mut answers = generator(SchemaSettings::draft2020_12().for_serialize());
    define::<CreatedView>(&mut answers);
    define::<WorkflowPage>(&mut answers);
    define::<WorkflowView>(&mut answers);
    define::<SignTextView>(&mut answers);
    define::<SystemSignatureView>(&mut answers);
    define::<DigestsView>(&mut answers);
    define::<PadesView>(&mut answers);
    define::<TokenView>(&mut answers);
    define::<EventPage>(&mut answers);
    define::<BeingMadeView>(&mut answers);
    define::<ProblemDocument>(&mut answers);
    let mut schemas = requests.take_definitions(true);
    schemas.extend(answers.take_definitions(true));
    schemas.insert("Description".to_owned(), json!({"type": "object"}));
    schemas
}

impl Operation {
    fn route(&self) -> Option<Route> {
        Route::find(self.method, &self.example_path()).ok()
    }

    fn example_path(&self) -> String {
        let path = self.path.replace("{cvr}", "DK01234567").replace("{workflowId}", "0197f5a2-3c00-7c3a-b1d4-3f5e6a7b8c9d");
        format!("{BASE}{}", path.replace("{signtextId}", "x").replace("{document}", "0"))
    }

    fn describe(&self) -> Value {
        let privilege = self.route().and_then(|route| route.privilege());
        let security: Value = match privilege {
            Some(privilege) => ["apiKey", "basic", "bearer", "oauth2", "mutualTls"]
                .map(|scheme| json!({scheme: [privilege.as_str()]}))
                .into_iter()
                .collect(),
            None => json!([]),
        };
        let content = match self.answer {
            Some(name) => json!({"application/json": {"schema": schema(name)}}),
            None => json!({"application/pdf": {}}),
        };
        let mut object = json!({
            "operationId": self.id,
            "summary": self.summary,
            "security": security,
            "responses": {self.status.to_string(): {"description": "Done.", "content": content}},
        });
        if self.answer.is_none() {
            let location = json!({"required": true, "schema": {"type": "string", "format": "uri"}});
            object["responses"]["303"] = json!({"description": "The document is large; read it there.", "headers": {"Location": location}});
        }
        if self.id == EVIDENCE {
            object["responses"]["200"]["content"]["application/zip"] = json!({});
            object["responses"]["202"] = json!({
                "description": "It is being made; ask again in a moment, or say for how many seconds you would wait: `Prefer: wait=10`.",
                "headers": {"Retry-After": {"required": true, "schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": schema("EvidenceBeingMade")}},
            });
        }
        if privilege.is_some() {
            let content = json!({problem::MEDIA_TYPE: {"schema": schema("Problem")}});
            for (status, description) in self.problems() {
                object["responses"][status.to_string()] = json!({"description": description, "content": content});
            }
        }
        let parameters = self.parameters();
        if !parameters.is_empty() {
            object["parameters"] = Value::Array(parameters);
        }
        if let Some((name, required)) = self.request {
            object["requestBody"] = json!({"required": required, "content": {"application/json": {"schema": schema(name)}}});
        }
        object
    }

    fn problems(&self) -> Vec<(u16, &'static str)> {
        let mut problems = vec![
            (400, "The request is not valid."),
            (401, "Who calls is not known."),
            (403, "The client lacks a privilege."),
            (404, "There is no such thing for this client."),
            (429, "Credentials from this address were wrong too often."),
            (500, "The service is at fault."),
            (503, "Something does not answer; try again."),
        ];
        if self.id != "listWorkflows" {
            problems.push((409, "Not yet, or not any more; `code` tells which."));
        }
        if !matches!(self.id, "createWorkflow" | "listWorkflows") {
            problems.push((410, "The documents have been removed."));
        }
        if self.request.is_some() {
            problems.push((413, "The request is too large."));
            problems.push((415, "The media type is not supported."));
            problems.push((422, "The idempotency key was used for something else."));
        }
        problems
    }

    fn parameters(&self) -> Vec<Value> {
        let in_path = [
            ("cvr", "The organization, which must be the client's own.", json!({"type": "string", "pattern": "^[A-Za-z0-9-]{3,40}$"})),
            ("workflowId", "The workflow.", json!({"type": "string", "format": "uuid"})),
            ("signtextId", "The handle that the creator passed on.", json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})),
            ("document", "The number of the document, from 0.", json!({"type": "integer", "minimum": 0, "maximum": 65535})),
        ];
        let used = in_path.into_iter().filter(|(name, ..)| self.path.contains(&format!("{{{name}}}")));
        let mut all: Vec<_> = used
            .map(|(name, description, schema)| json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema}))
            .collect();
        let mut query = |name: &str, schema: Value| all.push(json!({"name": name, "in": "query", "schema": schema}));
        match self.id {
            "listWorkflows" => {
                query("limit", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 25}));
                query("cursor", json!({"type": "string"}));
            }
            "readWorkflowEvents" => {
                query("limit", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 100}));
                query("after", json!({"type": "integer", "minimum": 0}));
            }
            "readWorkflowToken" => {
                query("claimOutputFilter", json!({"type": "string", "enum": ["All", "IncludeAgeClaims", "Restricted"]}));
                query("format", json!({"type": "string", "enum": ["workflow_token", "workflow_token_v1"]}));
            }
            _ => {}
        }
        if self.request.is_some() {
            all.push(idempotency_key());
        }
        all
    }
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_is_found_by_its_method_and_path_and_described_once() {
        let ids: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), OPERATIONS.len());
        for operation in &OPERATIONS {
            let route = operation.route().unwrap_or_else(|| panic!("{} leads nowhere", operation.example_path()));
            let secured = operation.describe()["security"] != json!([]);
            assert_eq!(secured, route.privilege().is_some(), "{}", operation.id);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document("https://sign.example.org");
        let text = document.to_string();
        let targets: BTreeSet<_> = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(targets.len() > 20, "{targets:?}");
        for target in targets {
            assert!(document.pointer(target).is_some(), "{target} leads nowhere");
        }
    }
}
