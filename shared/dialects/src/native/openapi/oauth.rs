//! The token endpoint and the documents beside it. They have OAuth's own errors (RFC 6749, 5.2).

use segl_core::client::Privilege;
use serde_json::{Map, Value, json};

use crate::oauth::error::Code;
use crate::oauth::request::{JWT_BEARER, MEDIA_TYPE};
use crate::oauth::{KEYS_PATH, METADATA_PATH, TOKEN_PATH};
use crate::problem;

/// The paths with their operations. Anybody may read keys and metadata; at the token endpoint the form can be the credential.
pub(super) fn paths() -> Map<String, Value> {
    let paths = [
        (TOKEN_PATH, json!({"post": issue()})),
        (KEYS_PATH, json!({"get": read_keys()})),
        (METADATA_PATH, json!({"get": read_metadata()})),
    ];
    paths.map(|(path, methods)| (path.to_owned(), methods)).into_iter().collect()
}

fn issue() -> Value {
    let mut responses = json!({"200": answer("The token.", "application/json", &issued())});
    for (status, codes) in [
        (400, &[Code::InvalidRequest, Code::UnsupportedGrantType, Code::InvalidScope][..]),
        (401, &[Code::InvalidClient]),
        (429, &[Code::SlowDown]),
        (500, &[Code::ServerError]),
        (503, &[Code::TemporarilyUnavailable]),
    ] {
        let codes: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
        let schema = json!({
            "type": "object",
            "required": ["error", "error_description"],
            "properties": {"error": {"enum": codes}, "error_description": {"type": "string"}},
        });
        responses[status.to_string()] = answer(&format!("`{}`.", codes.join("`, `")), "application/json", &schema);
    }
    json!({
        "operationId": "issueAccessToken",
        "tags": ["service"],
        "summary": "Get an access token",
        "description": "OAuth 2, client credentials (RFC 6749, 4.4). The client proves itself in one way: by HTTP Basic, by `client_id` and \
                        `client_secret`, by `client_assertion` (RFC 7523), or by a TLS certificate and `client_id` (RFC 8705). Parameters \
                        that are not known are ignored.",
        "security": [{"basic": []}, {"mutualTls": []}, {}],
        "requestBody": {"required": true, "content": {MEDIA_TYPE: {"schema": form(), "example": {"grant_type": "client_credentials"}}}},
        "responses": responses,
    })
}

fn form() -> Value {
    json!({
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "scope": {"type": "string", "description": "Privileges, separated by spaces; all that the client has where not given."},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string", "format": "password"},
            "client_assertion_type": {"const": JWT_BEARER},
            "client_assertion": {"type": "string"},
        },
    })
}

fn issued() -> Value {
    let privileges = Privilege::ALL.map(Privilege::as_str).join("|");
    json!({
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": {"type": "string", "description": "A JWT (RFC 9068)."},
            "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer", "description": "For how many seconds it is good."},
            "scope": {"type": "string", "pattern": format!("^({privileges})( ({privileges}))*$")},
        },
    })
}

fn read_keys() -> Value {
    let key = json!({"type": "object", "required": ["kty", "kid", "use", "alg"]});
    let schema = json!({"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array", "items": key}}});
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    json!({
        "operationId": "readKeys",
        "tags": ["service"],
        "summary": "Read the keys of access tokens and workflow tokens",
        "description": "A key set (RFC 7517).",
        "security": [],
        "responses": {
            "200": answer("The keys.", "application/json", &schema),
            "500": answer("The service is at fault.", problem::MEDIA_TYPE, &problem),
            "503": answer("Something does not answer; try again.", problem::MEDIA_TYPE, &problem),
        },
    })
}

fn read_metadata() -> Value {
    let schema = json!({"type": "object", "required": ["issuer", "token_endpoint", "jwks_uri", "grant_types_supported"]});
    json!({
        "operationId": "readMetadata",
        "tags": ["service"],
        "summary": "Read how to get access tokens",
        "description": "Authorization server metadata (RFC 8414).",
        "security": [],
        "responses": {"200": answer("The metadata.", "application/json", &schema)},
    })
}

fn answer(description: &str, media_type: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {media_type: {"schema": schema}}})
}
