//! The OpenAPI 3.1 description of the native API, served at `/v1/openapi.json`.
//!
//! Schemas are made from the wire types themselves, and privileges come from [`crate::native::route`]. Tests keep the rest true: each
//! operation is found by its method and path, and each example is read by the code that it is an example for.

mod example;
mod oauth;
mod operation;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use segl_core::client::Privilege;
use serde_json::{Map, Value, json};

use crate::native::anonymize::{AnonymizeRequest, AnonymizedView};
use crate::native::batch::{self, BatchView};
use crate::native::decision::{CancelRequest, DecisionRequest};
use crate::native::event::EventPage;
use crate::native::evidence::BeingMadeView;
use crate::native::inclusion::InclusionView;
use crate::native::people::{ExtensionRequest, PersonRequest, RedirectView};
use crate::native::request::wire::OrderRequest;
use crate::native::signature_request::SignatureRequest;
use crate::native::view::{OrderPage, OrderView};
use crate::native::webhook::{DeliveryPage, FeedPage, NewWebhook, ReplayRequest, ReplayResult, SecretRotation, WebhookChange, WebhookList};
use crate::oauth::TOKEN_PATH;
use crate::problem::ProblemDocument;

use operation::operations;

/// The media type of the description.
pub const MEDIA_TYPE: &str = "application/json";

/// The description. `server` is the address at which the service is reached, without a slash at the end.
pub fn document(server: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Segl",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Signing orders: documents, signers, and the sealed result",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [
            {"name": "orders", "description": "For the organization whose orders they are."},
            {"name": "people", "description": "How people sign: sending them here, reminding them, giving them time, correcting them."},
            {"name": "webhooks", "description": "Being told what happens: deliveries to an address, and a feed to be read."},
            {"name": "signatures", "description": "For the systems that are asked to sign."},
            {"name": "service", "description": "The service itself."},
        ],
        "paths": paths(),
        "components": {"schemas": schemas(), "securitySchemes": security_schemes(server)},
    })
}

const DESCRIPTION: &str = "An order has documents and signers. It is created with its documents, or with addresses to which they are \
uploaded; then the signers sign, group after group; then every document is sealed (PAdES). Members that are not known are refused. \
Errors are problem details (RFC 9457) with a stable `code`. Orders of other organizations do not exist, as far as a client can tell.";

fn paths() -> Value {
    let mut paths = oauth::paths();
    for operation in operations() {
        let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
        methods[operation.method.to_ascii_lowercase()] = operation.describe();
    }
    Value::Object(paths)
}

/// Requests and answers are described apart: what may be left out differs between reading and writing.
fn schemas() -> Map<String, Value> {
    let (mut requests, mut answers) = (requests(), answers());
    let mut schemas = requests.take_definitions(true);
    schemas.extend(answers.take_definitions(true));
    schemas.insert("NewBatch".to_owned(), batch::schema());
    if let Some(new_order) = schemas.get_mut("NewOrder") {
        new_order["oneOf"] = json!([
            {"required": ["signers"], "not": {"required": ["groups"]}},
            {"required": ["groups"], "not": {"required": ["signers"]}},
        ]);
    }
    schemas
}

fn requests() -> SchemaGenerator {
    let mut generator = generator(SchemaSettings::draft2020_12().for_deserialize());
    define::<OrderRequest>(&mut generator);
    define::<DecisionRequest>(&mut generator);
    define::<CancelRequest>(&mut generator);
    define::<ExtensionRequest>(&mut generator);
    define::<PersonRequest>(&mut generator);
    define::<NewWebhook>(&mut generator);
    define::<WebhookChange>(&mut generator);
    define::<SecretRotation>(&mut generator);
    define::<ReplayRequest>(&mut generator);
    define::<AnonymizeRequest>(&mut generator);
    generator
}

fn answers() -> SchemaGenerator {
    let mut generator = generator(SchemaSettings::draft2020_12().for_serialize());
    define::<OrderView>(&mut generator);
    define::<OrderPage>(&mut generator);
    define::<BatchView>(&mut generator);
    define::<EventPage>(&mut generator);
    define::<SignatureRequest>(&mut generator);
    define::<RedirectView>(&mut generator);
    define::<WebhookList>(&mut generator);
    define::<FeedPage>(&mut generator);
    define::<DeliveryPage>(&mut generator);
    define::<ReplayResult>(&mut generator);
    define::<AnonymizedView>(&mut generator);
    define::<BeingMadeView>(&mut generator);
    define::<InclusionView>(&mut generator);
    define::<ProblemDocument>(&mut generator);
    generator
}

/// The header under which a request can be sent again.
pub(crate) fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes a repeat of the same request the same deed, for 24 hours at least. The answer is made from the order as it is then.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    })
}

pub(crate) fn generator(settings: SchemaSettings) -> SchemaGenerator {
    let settings = settings.with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// Makes the schema of a type and of all that it refers to.
pub(crate) fn define<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

fn scopes() -> Value {
    let describe = |privilege| match privilege {
        Privilege::WorkflowRead => "Read the organization's orders, documents and audit trails.",
        Privilege::WorkflowWrite => "Create, cancel and delete orders.",
        Privilege::OrgSignatureRead => "Read what the organization's system is asked to sign.",
        Privilege::OrgSignatureSign => "Sign or decline it.",
    };
    Privilege::ALL
        .map(|privilege| (privilege.as_str().to_owned(), Value::from(describe(privilege))))
        .into_iter()
        .collect::<Map<_, _>>()
        .into()
}

pub(crate) fn security_schemes(server: &str) -> Value {
    json!({
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "basic": {"type": "http", "scheme": "basic", "description": "Client id and client secret (RFC 7617)."},
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token that the client makes itself: HS256 with the client secret as key.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "A token of one hour from the token endpoint (RFC 6749, 4.4). Clients prove themselves there by their secret, \
                            by a signed assertion (RFC 7523), or by a TLS certificate (RFC 8705).",
            "flows": {"clientCredentials": {"tokenUrl": format!("{server}{TOKEN_PATH}"), "scopes": scopes()}},
        },
        "mutualTls": {
            "type": "mutualTLS",
            "description": "A registered TLS client certificate, where the service's domain asks for one (RFC 8705).",
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::native::route::Route;

    use super::*;

    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => {
                            found.insert(target);
                        }
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_used() {
        let document = document("https://sign.example.org");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for target in &found {
            let pointer = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads out of the document"));
            assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(found.contains(format!("#/components/schemas/{name}").as_str()), "{name} is used by nothing");
        }
    }

    #[test]
    fn every_operation_is_found_by_its_method_and_path() {
        let mut ids = BTreeSet::new();
        for operation in operations() {
            let path = operation.example_path();
            let route = Route::find(operation.method, &path).unwrap_or_else(|problem| panic!("{path}: {problem:?}"));
            let described = operation.describe();
            let security = &described["security"];
            match route.privilege() {
                Some(privilege) => assert_eq!(security[0]["apiKey"][0], privilege.as_str(), "{path}"),
                None => assert_eq!(security, &json!([]), "{path}"),
            }
            for name in ["order_id", "document", "signer", "webhook_id", "day"] {
                let described = described["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name));
                assert_eq!(described, operation.path.contains(&format!("{{{name}}}")), "{path} {name}");
            }
            assert!(ids.insert(operation.id), "{} appears twice", operation.id);
        }
        assert_eq!(ids.len(), 38);
    }

    #[test]
    fn a_name_that_both_sets_of_schemas_have_is_the_same_thing() {
        let (requests, answers) = (requests(), answers());
        for (name, schema) in requests.definitions() {
            assert!(answers.definitions().get(name).is_none_or(|other| other == schema), "{name}");
        }
    }

    #[test]
    fn a_new_order_says_what_must_be_there_and_that_nothing_else_may() {
        let document = document("https://sign.example.org");
        let new_order = &document["components"]["schemas"]["NewOrder"];
        assert_eq!(new_order["required"], json!(["title", "documents"]));
        assert_eq!(new_order["additionalProperties"], json!(false));
        let signer = &document["components"]["schemas"]["NewSigner"]["oneOf"];
        assert_eq!(signer[0]["properties"]["type"]["const"], "person");
        assert_eq!(signer[1]["required"], json!(["type", "organization"]));
    }
}
