//! The OpenAPI 3.1 description of the trigger, served at `/zgw/openapi.json`.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::native::openapi::{define, generator, security_schemes};
use crate::problem;
use crate::zgw::error::ErrorBody;
use crate::zgw::request::TriggerRequest;
use crate::zgw::route::{Route, TRANSACTIONS};
use crate::zgw::view::{StartedView, TransactionView};

/// The description. `server` is the service's public address.
pub fn document(server: &str) -> Value {
    let mut security = security_schemes(server);
    // The codes of this dialect's answers are its own; the ways in are those of all dialects.
    if let Some(schemes) = security.as_object_mut() {
        schemes.retain(|name, _| WAYS_IN.contains(&name.as_str()));
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Ondertekentransacties", "version": "1.0.0", "description": ABOUT},
        "servers": [{"url": server}],
        "paths": {
            TRANSACTIONS: {"post": start()},
            format!("{TRANSACTIONS}/{{transaction_id}}"): {"get": read()},
        },
        "components": {"schemas": schemas(), "securitySchemes": security},
    })
}

const WAYS_IN: [&str; 5] = ["apiKey", "basic", "bearer", "oauth2", "mutualTls"];

const ABOUT: &str = "Start het ondertekenen van documenten bij een zaak (ZGW). De documenten worden opgehaald uit het DRC, en de \
ondertekende documenten worden daar een nieuwe versie. Het einde wordt gemeld op het kanaal `documentacties` van het NRC.";

fn start() -> Value {
    let mut operation = operation("startTransaction", "Start een ondertekentransactie", Route::Create, "OndertekentransactieGestart");
    operation["parameters"] = json!([{
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Hetzelfde bericht met dezelfde sleutel is dezelfde transactie.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    }]);
    operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema("Ondertekentransactie")}}});
    for (status, description) in
        [(413, "Het bericht is te groot."), (415, "Het bericht is geen JSON."), (422, "De Idempotency-Key is al gebruikt.")]
    {
        operation["responses"][status.to_string()] = failure(description);
    }
    operation
}

fn read() -> Value {
    let route = Route::Transaction(segl_core::id::OrderId::new(jiff::Timestamp::UNIX_EPOCH, [0; 10]));
    let mut operation = operation("readTransaction", "Lees hoe ver een ondertekentransactie is", route, "OndertekentransactieStatus");
    let parameter = json!({"name": "transaction_id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}});
    operation["parameters"] = json!([parameter]);
    operation["responses"]["404"] = failure("Deze transactie is er niet.");
    operation
}

fn operation(id: &str, summary: &str, route: Route, answer: &str) -> Value {
    let privilege = route.privilege().map_or("", |privilege| privilege.as_str());
    let mut responses = json!({"200": {"description": "Gelukt.", "content": {"application/json": {"schema": schema(answer)}}}});
    for (status, description) in [
        (400, "Het bericht klopt niet; zie invalidParams."),
        (401, "Niet duidelijk is wie dit vraagt."),
        (403, "Dit mag de client niet."),
        (429, "Te veel verzoeken met verkeerde gegevens."),
        (500, "Fout in de dienst."),
        (503, "De dienst is nu niet bereikbaar."),
    ] {
        responses[status.to_string()] = failure(description);
    }
    json!({
        "operationId": id,
        "summary": summary,
        "security": WAYS_IN.map(|scheme| json!({scheme: [privilege]})),
        "responses": responses,
    })
}

fn failure(description: &str) -> Value {
    json!({"description": description, "content": {problem::MEDIA_TYPE: {"schema": schema("Fout")}}})
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn schemas() -> Map<String, Value> {
    let mut requests = generator(SchemaSettings::draft2020_12().for_deserialize());
    define::<TriggerRequest>(&mut requests);
    let mut answers = generator(SchemaSettings::draft2020_12().for_serialize());
    define::<StartedView>(&mut answers);
    define::<TransactionView>(&mut answers);
    define::<ErrorBody>(&mut answers);
    let mut schemas = requests.take_definitions(true);
    schemas.extend(answers.take_definitions(true));
    schemas
}
